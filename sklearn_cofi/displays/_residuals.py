"""`ResidualsDisplay`: how predictions spread, for each true rating."""

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_regressor
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Estimator, Floats, FrameLike
from sklearn_cofi.displays._axes import (
    axes_for,
    check_choice,
    not_yet,
    paired,
    styled,
    true_ratings,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = {
    "predictions": "predicted rating",
    "residuals": "residual (true - predicted) [rating]",
}
# Scales of ratings have up to twenty steps (0.5 to 10); more are cut into bins.
_MOST_LEVELS = 20
_WHISKERS = (5, 95)


class ResidualsDisplay:
    """Predictions, or what they miss, for each true rating.

    A box for each rating: median and quartiles of what was predicted for it, whiskers
    from the 5th to the 95th percentile. Where there are more than 20 distinct ratings,
    ``n_bins`` bins of equal width stand for them, each at the mean of its ratings.

    Boxes are conditional on the true rating, so that those of high ratings lie below
    the line and those of low ones above it even for the best of predictions: what is
    predicted is a mean.

    Parameters
    ----------
    y_true, y_pred : ndarray of shape (n_pairs,)
        Ratings and predictions.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    levels_ : ndarray of shape (n_boxes,)
        The ratings that the boxes stand for.
    counts_ : ndarray of shape (n_boxes,)
        Numbers of pairs in the boxes.
    boxes_ : dict of str to list of matplotlib artists
        What ``ax.boxplot`` returned.
    line_ : matplotlib Line2D
        Where predictions and ratings are equal.

    Examples
    --------
    >>> from sklearn_cofi.displays import ResidualsDisplay
    >>> display = ResidualsDisplay.from_predictions([1, 1, 2, 2], [1.5, 1.3, 1.6, 2])
    >>> [median.get_ydata()[0].round(3) for median in display.boxes_["medians"]]
    [np.float64(1.4), np.float64(1.8)]
    """

    def __init__(self, *, y_true: Floats, y_pred: Floats) -> None:
        self.y_true = y_true
        self.y_pred = y_pred

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        X: FrameLike,
        y: ArrayLike | None = None,
        *,
        kind: Literal["predictions", "residuals"] = "predictions",
        n_bins: int = 10,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw what a fitted regressor predicts of rated pairs.

        Parameters
        ----------
        estimator : regressor
            Fitted: any that predicts ratings, pipelines and searches too.
        X : frame or array-like of shape (n_pairs, n_columns)
            Rated pairs, best those that the fit has not seen.
        y : array-like of shape (n_pairs,), default=None
            Their ratings. None takes the rating column of X, with estimators of this
            package.
        kind, n_bins, ax, **kwargs
            As in `plot`.

        Returns
        -------
        ResidualsDisplay

        Raises
        ------
        TypeError
            If the estimator is no regressor.
        NotFittedError
            If it is not fitted.
        ValueError
            If there are no ratings, or a parameter is out of range.
        """
        if not is_regressor(estimator):
            raise TypeError(
                "ResidualsDisplay is drawn from a regressor, not from a "
                f"{type(estimator).__name__}."
            )
        check_is_fitted(estimator)
        y = true_ratings(cls, estimator, X, y)
        return cls.from_predictions(
            y, estimator.predict(X), kind=kind, n_bins=n_bins, ax=ax, **kwargs
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        *,
        kind: Literal["predictions", "residuals"] = "predictions",
        n_bins: int = 10,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw given predictions.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_pairs,)
            Ratings and predictions.
        kind, n_bins, ax, **kwargs
            As in `plot`.

        Returns
        -------
        ResidualsDisplay

        Raises
        ------
        ValueError
            If lengths differ, numbers are missing, or a parameter is out of range.
        """
        y_true, y_pred = paired(y_true=y_true, y_pred=y_pred)
        display = cls(y_true=y_true, y_pred=y_pred)
        return display.plot(ax, kind=kind, n_bins=n_bins, **kwargs)

    def plot(
        self,
        ax: "Axes | None" = None,
        *,
        kind: Literal["predictions", "residuals"] = "predictions",
        n_bins: int = 10,
        **kwargs: Any,
    ) -> Self:
        """Draw the boxes.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        kind : {"predictions", "residuals"}, default="predictions"
            What the boxes are of: predictions, or ``y_true - y_pred``.
        n_bins : int, default=10
            Number of bins where ratings have more than 20 distinct values. Empty bins
            have no box.
        **kwargs : dict
            Passed to ``ax.boxplot``.

        Returns
        -------
        self
        """
        check_choice("kind", kind, _KINDS)
        if n_bins < 1:
            raise ValueError(f"n_bins is {n_bins}. Give at least 1.")
        ax = axes_for(self, ax)
        drawn = self.y_pred if kind == "predictions" else self.y_true - self.y_pred
        self.levels_, groups = _by_rating(self.y_true, drawn, n_bins)
        self.counts_ = np.array([group.size for group in groups])
        ideal = self.levels_ if kind == "predictions" else np.zeros(self.levels_.size)
        (self.line_,) = ax.plot(
            self.levels_,
            ideal,
            color="0.6",
            linestyle="--",
            marker="_",
            zorder=1,
            label=not_yet(ax, "prediction = rating"),
        )
        self.boxes_ = ax.boxplot(groups, **self._style(kwargs))
        ax.set(xlabel="true rating (number of pairs)", ylabel=_KINDS[kind])
        marks = zip(self.levels_, self.counts_, strict=True)
        ax.set_xticks(
            self.levels_,
            [f"{rating:.3g}\n({_short(count)})" for rating, count in marks],
            fontsize="medium" if self.levels_.size <= 10 else "x-small",
        )
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _style(self, given) -> dict:
        gaps = np.diff(self.levels_)
        default = {
            "positions": self.levels_,
            "widths": 0.6 * (gaps.min() if gaps.size else 1),
            "whis": _WHISKERS,
            "showfliers": False,
            "manage_ticks": False,
            "patch_artist": True,
            "boxprops": {"facecolor": "C0", "alpha": 0.5},
            "medianprops": {"color": "black"},
        }
        return styled(default, given)


def _by_rating(y_true, drawn, n_bins: int) -> tuple[np.ndarray, list[np.ndarray]]:
    """Return the levels of the true ratings, and what is drawn at each."""
    levels, places = np.unique(y_true, return_inverse=True)
    if levels.size > _MOST_LEVELS:
        edges = np.linspace(levels[0], levels[-1], n_bins + 1)
        places = np.searchsorted(edges[1:-1], y_true, side="right")
        _, places = np.unique(places, return_inverse=True)
        levels = np.bincount(places, y_true) / np.bincount(places)
    order = np.argsort(places)
    cuts = np.cumsum(np.bincount(places))[:-1]
    return levels, np.split(np.asarray(drawn)[order], cuts)


def _short(count: int) -> str:
    """Return a number in at most four characters and a letter: 1.23k, 45k."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.3g}{letter}"
    return str(count)
