"""`ResidualsDisplay`: the distribution of predictions for each true rating."""

from typing import TYPE_CHECKING, Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import is_regressor
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Estimator, Floats, FrameLike
from sklearn_cofi.displays._axes import (
    axes_for,
    check_choice,
    check_paired,
    label_once,
    styled,
    true_ratings,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_KINDS = {
    "predictions": "predicted rating",
    "residuals": "residual (true - predicted) [rating]",
}
# Rating scales have up to twenty levels (0.5 to 10). More levels are binned.
_MAX_LEVELS = 20
_WHISKERS = (5, 95)  # percentiles


class ResidualsDisplay:
    """Predictions or residuals, for each true rating.

    Each rating has a box with the median and quartiles of its predictions, and whiskers
    from the 5th to the 95th percentile. More than 20 distinct ratings are divided into
    ``n_bins`` bins of equal width, and each box stands at the mean rating of its bin.

    A prediction is a mean over possible ratings. Boxes of high ratings therefore lie
    below the line and boxes of low ratings above it, even for the best possible
    predictions.

    Parameters
    ----------
    y_true, y_pred : ndarray of shape (n_pairs,)
        Ratings and predictions.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    levels_ : ndarray of shape (n_boxes,)
        Rating of each box.
    counts_ : ndarray of shape (n_boxes,)
        Number of pairs of each box.
    boxes_ : dict of str to list of matplotlib artists
        Result of ``ax.boxplot``.
    line_ : matplotlib Line2D
        Line of equal predictions and ratings.

    See Also
    --------
    CalibrationDisplay : Shares of ratings within intervals.
    sklearn.metrics.PredictionErrorDisplay : The same for any regressor, as points.

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
        """Draw the predictions of a fitted regressor.

        Parameters
        ----------
        estimator : regressor
            A fitted regressor that predicts ratings. Pipelines and searches count, too.
        X : frame or array-like of shape (n_pairs, n_columns)
            Rated pairs, usually held out.
        y : array-like of shape (n_pairs,), default=None
            Ratings of the pairs. None takes the rating column of X, which only
            estimators of this package can find.
        kind, n_bins, ax, **kwargs
            As in `plot`.

        Returns
        -------
        ResidualsDisplay

        Raises
        ------
        TypeError
            If the estimator is not a regressor.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If there are no ratings, or a parameter is out of range.
        """
        if not is_regressor(estimator):
            raise TypeError(
                "ResidualsDisplay is drawn from a regressor, not from a "
                f"{type(estimator).__name__}."
            )
        check_is_fitted(estimator)
        ratings = true_ratings(cls, estimator, X, y)
        return cls.from_predictions(
            ratings, estimator.predict(X), kind=kind, n_bins=n_bins, ax=ax, **kwargs
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
        ratings, predicted = check_paired(y_true=y_true, y_pred=y_pred)
        display = cls(y_true=ratings, y_pred=predicted)
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
            Axes to draw on. None makes a new figure.
        kind : {"predictions", "residuals"}, default="predictions"
            Values to draw: ``y_pred`` or ``y_true - y_pred``.
        n_bins : int, default=10
            Number of bins if there are more than 20 distinct ratings. Empty bins have
            no box.
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
        values = self.y_pred if kind == "predictions" else self.y_true - self.y_pred
        self.levels_, groups = _by_rating(self.y_true, values, n_bins)
        self.counts_ = np.array([group.size for group in groups])
        ideal = self.levels_ if kind == "predictions" else np.zeros(self.levels_.size)
        self.line_ = ax.plot(
            self.levels_,
            ideal,
            color="0.6",
            linestyle="--",
            marker="_",
            zorder=1,
            label=label_once(ax, "prediction = rating"),
        )[0]
        self.boxes_ = ax.boxplot(groups, **self._style(kwargs))
        ax.set(xlabel="true rating (number of pairs)", ylabel=_KINDS[kind])
        ticks = zip(self.levels_, self.counts_, strict=True)
        ax.set_xticks(
            self.levels_,
            [f"{rating:.3g}\n({_short(count)})" for rating, count in ticks],
            fontsize="medium" if self.levels_.size <= 10 else "x-small",
        )
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _style(self, style: dict[str, Any]) -> dict[str, Any]:
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
        return styled(default, style)


def _by_rating(
    y_true: Floats, values: Floats, n_bins: int
) -> tuple[Floats, list[Floats]]:
    """Return the levels of the true ratings, and the values at each level."""
    levels, level = np.unique(y_true, return_inverse=True)
    if levels.size > _MAX_LEVELS:
        edges = np.linspace(levels[0], levels[-1], n_bins + 1)
        bins = np.searchsorted(edges[1:-1], y_true, side="right")
        _, level = np.unique(bins, return_inverse=True)
        levels = np.bincount(level, y_true) / np.bincount(level)
    order = np.argsort(level)
    ends = np.cumsum(np.bincount(level))[:-1]
    return levels, np.split(np.asarray(values)[order], ends)


def _short(count: int) -> str:
    """Return a number with at most three significant digits: 999, 1.23k, 45k, 6M."""
    for size, letter in ((1_000_000, "M"), (1_000, "k")):
        if count >= size:
            return f"{count / size:.3g}{letter}"
    return str(count)
