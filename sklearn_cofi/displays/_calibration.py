"""`CalibrationDisplay`: observed and nominal coverage of intervals."""

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri
from scipy.stats import binom

from sklearn_cofi._typing import Estimator, Floats, FrameLike
from sklearn_cofi.bayesian._bayesian_collaborative_filter import (
    BayesianCollaborativeFilter,
)
from sklearn_cofi.displays._axes import (
    axes_for,
    check_choice,
    check_fitted_filter,
    check_paired,
    label_once,
    named,
    styled,
    transform_before_last_step,
    true_ratings,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Twentieths, and 0.99, a usual level above the last of them.
_COVERAGES = (*np.arange(1, 20) / 20, 0.99)
_BAND = 0.95
# Margin around the differences, as a share of their range, with room for the legend.
_MARGIN = 0.25
_NOMINAL = "nominal coverage of the intervals"
_KINDS = {
    "coverage": "observed coverage: share of ratings in their interval",
    "difference": "observed minus nominal coverage\n[percentage points]",
}


class CalibrationDisplay:
    """Observed coverage of intervals, compared with their nominal coverage.

    Observed coverage is the share of ratings that lie in their interval. The band
    around the nominal coverage is binomial. If the intervals are correct and the
    ratings independent, 95% of the sets of ``n_ratings`` ratings lie in it at each
    coverage::

        binom(n_ratings, nominal).ppf([0.025, 0.975]) / n_ratings

    Parameters
    ----------
    nominal : ndarray of shape (n_coverages,)
        Nominal coverages of the intervals, rising.
    observed : ndarray of shape (n_coverages,)
        Share of ratings in the intervals of each nominal coverage.
    n_ratings : int
        Number of ratings.
    name : str, default=None
        Name in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Observed against nominal coverage.
    diagonal_ : matplotlib Line2D
        Line of equal observed and nominal coverage.
    band_ : matplotlib PolyCollection

    See Also
    --------
    TraceDisplay : Check the draws before the intervals.
    sklearn_cofi.BayesianCollaborativeFilter : Predicts intervals.
    sklearn.calibration.CalibrationDisplay : For probabilities of classes.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_cofi.displays import CalibrationDisplay
    >>> ratings = np.random.default_rng(0).normal(3.5, 1, 1000)
    >>> display = CalibrationDisplay.from_predictions(ratings, 3.5, 1)
    >>> bool(abs(display.observed - display.nominal).max() < 0.05)
    True
    """

    def __init__(
        self,
        *,
        nominal: Floats,
        observed: Floats,
        n_ratings: int,
        name: str | None = None,
    ) -> None:
        self.nominal = nominal
        self.observed = observed
        self.n_ratings = n_ratings
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        X: FrameLike,
        y: ArrayLike | None = None,
        *,
        coverages: ArrayLike | None = None,
        kind: Literal["coverage", "difference"] = "difference",
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the coverage of a Bayesian filter's intervals.

        The intervals are those of `predict_interval`, clipped to ``rating_range`` if
        the filter has one.

        Parameters
        ----------
        estimator : BayesianCollaborativeFilter
            A fitted filter, or a pipeline that ends with one.
        X : frame or array-like of shape (n_pairs, n_columns)
            Held-out pairs.
        y : array-like of shape (n_pairs,), default=None
            Ratings of the pairs. None takes the rating column of X.
        coverages : array-like of float, default=None
            Nominal coverages, between 0 and 1. None takes 0.05 to 0.95 in steps of
            0.05, and 0.99.
        kind : {"coverage", "difference"}, default="difference"
            Values to draw, as in `plot`.
        name : str, default=None
            Name in the legend. None takes the name of the estimator's class.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        TypeError
            If the estimator is of another kind.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If there are no ratings, or a coverage is not between 0 and 1.
        """
        model = check_fitted_filter(cls, estimator, (BayesianCollaborativeFilter,))
        nominal = _check_coverages(coverages)
        X = transform_before_last_step(estimator, X)
        ratings = true_ratings(cls, model, X, y)
        bounds = (model.predict_interval(X, coverage).T for coverage in nominal)
        observed = [
            np.mean((low <= ratings) & (ratings <= high)) for low, high in bounds
        ]
        return cls(
            nominal=nominal,
            observed=np.array(observed),
            n_ratings=ratings.size,
            name=type(model).__name__ if name is None else name,
        ).plot(ax, kind=kind, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        mean: ArrayLike,
        std: ArrayLike,
        *,
        coverages: ArrayLike | None = None,
        kind: Literal["coverage", "difference"] = "difference",
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the coverage of the intervals of normal distributions.

        ::

            observed = mean(abs(y_true - mean) <= ndtri((1 + nominal) / 2) * std)

        Parameters
        ----------
        y_true : array-like of shape (n_pairs,)
            Ratings.
        mean, std : float or array-like of shape (n_pairs,)
            Predicted means and standard deviations.
        coverages, kind, ax, **kwargs
            As in `from_estimator`.
        name : str, default=None
            Name in the legend. None shows no name.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        ValueError
            If lengths differ, numbers are missing, a standard deviation is not
            positive, or a coverage is not between 0 and 1.
        """
        (ratings,) = check_paired(y_true=y_true)
        mean, std = (
            np.full(ratings.size, x, float) if np.ndim(x) == 0 else x
            for x in (mean, std)
        )
        ratings, means, stds = check_paired(y_true=ratings, mean=mean, std=std)
        if stds.min() <= 0:
            raise ValueError(
                f"std has a value of {stds.min():g}, but must be above 0 everywhere."
            )
        nominal = _check_coverages(coverages)
        n_stds = np.abs(ratings - means) / stds
        observed = [np.mean(n_stds <= ndtri((1 + p) / 2)) for p in nominal]
        return cls(
            nominal=nominal,
            observed=np.array(observed),
            n_ratings=ratings.size,
            name=name,
        ).plot(ax, kind=kind, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        kind: Literal["coverage", "difference"] = "difference",
        name: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the line, the diagonal and its band.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        kind : {"coverage", "difference"}, default="difference"
            Values to draw: the observed coverage, or its difference from the nominal
            coverage in percentage points. With many ratings the band is only a few
            percentage points wide, so that only the difference shows it.
        name : str, default=None
            Name in the legend. None takes the name of the display.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        self
        """
        check_choice("kind", kind, _KINDS)
        ax = axes_for(self, ax)
        name = self.name if name is None else name
        nominal = np.linspace(0, 1, 201)
        drawn = _difference if kind == "difference" else _observed
        low, high = (
            drawn(binom.ppf(q, self.n_ratings, nominal) / self.n_ratings, nominal)
            for q in ((1 - _BAND) / 2, (1 + _BAND) / 2)
        )
        label = label_once(ax, f"{_BAND:.0%} of samples of {self.n_ratings:,} ratings")
        self.band_ = ax.fill_between(
            nominal, low, high, color="0.5", alpha=0.4, linewidth=0, label=label
        )
        self.diagonal_ = ax.plot(
            nominal, drawn(nominal, nominal), color="0.5", linewidth=1
        )[0]
        observed = drawn(np.asarray(self.observed), np.asarray(self.nominal))
        style = styled({"marker": "o", "markersize": 4} | named(name), kwargs)
        self.line_ = ax.plot(self.nominal, observed, **style)[0]
        ax.set(xlim=(0, 1), xlabel=_NOMINAL, ylabel=_KINDS[kind])
        if kind == "coverage":
            ax.set(ylim=(0, 1), aspect="equal")
        else:
            ax.margins(y=_MARGIN)
        ax.legend(frameon=False, loc="upper left")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _observed(observed: Floats, nominal: Floats) -> Floats:
    return observed


def _difference(observed: Floats, nominal: Floats) -> Floats:
    """Return observed minus nominal coverage, in percentage points."""
    return 100 * (observed - nominal)


def _check_coverages(coverages: ArrayLike | None) -> Floats:
    """Return the distinct coverages in rising order."""
    (values,) = check_paired(coverages=_COVERAGES if coverages is None else coverages)
    if not ((values > 0) & (values < 1)).all():
        raise ValueError(
            f"coverages range from {values.min():g} to {values.max():g}. Give numbers "
            "above 0 and below 1, such as 0.5 and 0.9."
        )
    return np.unique(values)
