"""`CalibrationDisplay`: whether intervals hold as many ratings as they say."""

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
    before_last_step,
    check_choice,
    fitted_filter,
    not_yet,
    paired,
    styled,
    true_ratings,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

# Twentieths, and what is asked for at the end of the scale.
_COVERAGES = (*np.arange(1, 20) / 20, 0.99)
_BAND = 0.95
_ROOM = 0.25  # above and below differences, for the legend, as a share of them
_PROMISED = "coverage that the intervals promise"
_KINDS = {
    "coverage": "share of ratings within",
    "difference": "share of ratings within, above what is promised",
}


class CalibrationDisplay:
    """Share of ratings within their intervals, against what the intervals promise.

    The band around the diagonal is binomial: were the intervals right and the ratings
    independent, 95 of 100 sets of ``n_ratings`` ratings would be in it, at each
    coverage::

        binom(n_ratings, nominal).ppf([0.025, 0.975]) / n_ratings

    Parameters
    ----------
    nominal : ndarray of shape (n_coverages,)
        Coverages of the intervals, rising.
    observed : ndarray of shape (n_coverages,)
        Shares of the ratings that were in them.
    n_ratings : int
        Number of ratings.
    name : str, default=None
        For the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        Observed against nominal coverage.
    diagonal_ : matplotlib Line2D
        Where both are equal.
    band_ : matplotlib PolyCollection

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
        kind: Literal["coverage", "difference"] = "coverage",
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the coverage of a Bayesian filter's intervals.

        Of the intervals as `predict_interval` returns them, clipped to
        ``rating_range`` where there is one.

        Parameters
        ----------
        estimator : BayesianCollaborativeFilter
            Fitted; or a pipeline that ends with one.
        X : frame or array-like of shape (n_pairs, n_columns)
            Rated pairs that the fit has not seen.
        y : array-like of shape (n_pairs,), default=None
            Their ratings. None takes the rating column of X.
        coverages : array-like of float, default=None
            Coverages of the intervals, between 0 and 1. None takes 0.05 to 0.95 in
            twentieths, and 0.99.
        kind : {"coverage", "difference"}, default="coverage"
            As in `plot`.
        name : str, default=None
            For the legend. None takes the name of the class.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
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
            If it is not fitted.
        ValueError
            If there are no ratings, or a coverage is not between 0 and 1.
        """
        model = fitted_filter(cls, estimator, (BayesianCollaborativeFilter,))
        nominal, X = _check_coverages(coverages), before_last_step(estimator, X)
        y = true_ratings(cls, model, X, y)
        bounds = (model.predict_interval(X, coverage).T for coverage in nominal)
        observed = [np.mean((low <= y) & (y <= high)) for low, high in bounds]
        name = type(model).__name__ if name is None else name
        display = cls(
            nominal=nominal, observed=np.array(observed), n_ratings=y.size, name=name
        )
        return display.plot(ax, kind=kind, **kwargs)

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        mean: ArrayLike,
        std: ArrayLike,
        *,
        coverages: ArrayLike | None = None,
        kind: Literal["coverage", "difference"] = "coverage",
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the coverage of normal intervals.

        ::

            observed = mean(abs(y_true - mean) <= ndtri((1 + nominal) / 2) * std)

        Parameters
        ----------
        y_true : array-like of shape (n_pairs,)
            Ratings.
        mean, std : float or array-like of shape (n_pairs,)
            Means and standard deviations that were predicted.
        coverages, kind, name, ax, **kwargs
            As in `from_estimator`; without a name there is none.

        Returns
        -------
        CalibrationDisplay

        Raises
        ------
        ValueError
            If lengths differ, numbers are missing, a standard deviation is not
            positive, or a coverage is not between 0 and 1.
        """
        (y_true,) = paired(y_true=y_true)
        mean, std = (
            np.full(y_true.size, x, float) if np.ndim(x) == 0 else x
            for x in (mean, std)
        )
        y_true, mean, std = paired(y_true=y_true, mean=mean, std=std)
        if std.min() <= 0:
            raise ValueError(f"std has a value of {std.min():g}: it must be above 0.")
        nominal = _check_coverages(coverages)
        away = np.abs(y_true - mean) / std
        observed = [np.mean(away <= ndtri((1 + p) / 2)) for p in nominal]
        display = cls(
            nominal=nominal,
            observed=np.array(observed),
            n_ratings=y_true.size,
            name=name,
        )
        return display.plot(ax, kind=kind, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        kind: Literal["coverage", "difference"] = "coverage",
        name: str | None = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the line, the diagonal and its band.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        kind : {"coverage", "difference"}, default="coverage"
            Draw the observed coverage, or what it is above the nominal one, which
            shows what a large set of ratings can tell.
        name : str, default=None
            For the legend, in place of the display's.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        self
        """
        check_choice("kind", kind, _KINDS)
        ax = axes_for(self, ax)
        name = self.name if name is None else name
        promised = np.linspace(0, 1, 201)
        edges = [
            binom.ppf(q, self.n_ratings, promised) / self.n_ratings
            for q in ((1 - _BAND) / 2, (1 + _BAND) / 2)
        ]
        lines = [promised, *edges], [self.nominal, self.observed]
        if kind == "difference":
            lines = [[y - x[0] for y in x] for x in lines]
        (ideal, *edges), (_, shown) = lines
        label = not_yet(ax, f"{_BAND:.0%} of samples of {self.n_ratings:,}")
        self.band_ = ax.fill_between(
            promised, *edges, color="0.5", alpha=0.25, linewidth=0, label=label
        )
        (self.diagonal_,) = ax.plot(promised, ideal, color="0.5", linewidth=1)
        default = {"marker": "o", "markersize": 4} | ({"label": name} if name else {})
        (self.line_,) = ax.plot(self.nominal, shown, **styled(default, kwargs))
        ax.set(xlim=(0, 1), xlabel=_PROMISED, ylabel=_KINDS[kind])
        if kind == "coverage":
            ax.set(ylim=(0, 1), aspect="equal")
        else:
            ax.margins(y=_ROOM)
        ax.legend(frameon=False, loc="upper left")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _check_coverages(coverages) -> np.ndarray:
    """Return coverages in rising order, each once."""
    (given,) = paired(coverages=_COVERAGES if coverages is None else coverages)
    if not ((given > 0) & (given < 1)).all():
        raise ValueError(
            f"coverages go from {given.min():g} to {given.max():g}: give shares "
            "between 0 and 1, such as 0.5 and 0.9."
        )
    return np.unique(given)
