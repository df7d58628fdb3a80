"""`ErrorByCountDisplay`: errors of predictions by the number of training ratings."""

from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Estimator, Floats, FrameLike, Ints, SideName
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import open_table
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.displays._axes import (
    axes_for,
    check_choice,
    check_fitted_filter,
    check_paired,
    log_scale,
    named,
    show_names,
    styled,
    transform_before_last_step,
    true_ratings,
)

if TYPE_CHECKING:
    from matplotlib.axes import Axes


class ErrorByCountDisplay:
    """Errors of held-out predictions, by the user's or item's training ratings.

    Held-out ratings are divided into bins of about equal size by the number of training
    ratings that their user or item has. A bin is a point at the mean of these numbers,
    and its error is::

        mse = mean(errors**2)
        rmse = sqrt(mse)
        standard_error = std(errors**2, ddof=1) / sqrt(n) / (2 * rmse)

    where n is the number of held-out ratings in the bin. The standard error assumes
    that errors are independent. Unknown users or items, which have no training rating,
    are in a bin of their own. To compare models, draw them on the same axes with
    ``ax``.

    Parameters
    ----------
    counts : ndarray of shape (n_bins,)
        Mean number of training ratings in each bin, rising.
    rmse : ndarray of shape (n_bins,)
        Root mean squared error in each bin.
    standard_errors : ndarray of shape (n_bins,)
        Standard errors of ``rmse``, nan for a bin with a single rating.
    n_ratings : ndarray of shape (n_bins,)
        Number of held-out ratings in each bin.
    by : {"user", "item"}, default="user"
        Side whose training ratings are counted.
    name : str, default=None
        Name in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    errorbar_ : matplotlib ErrorbarContainer
        The line and its vertical bars, one standard error long on each side.

    See Also
    --------
    ResidualsDisplay : Errors by rating.
    LongTailDisplay : Recommendations by number of ratings.

    Examples
    --------
    >>> from sklearn_cofi.displays import ErrorByCountDisplay
    >>> display = ErrorByCountDisplay.from_predictions(
    ...     [3, 3, 3, 3], [2, 4, 3.5, 2.5], [1, 3, 10, 20], n_bins=2
    ... )
    >>> display.counts.tolist(), display.rmse.tolist()
    ([2.0, 15.0], [1.0, 0.5])
    """

    def __init__(
        self,
        *,
        counts: Floats,
        rmse: Floats,
        standard_errors: Floats,
        n_ratings: Ints,
        by: SideName = "user",
        name: str | None = None,
    ) -> None:
        self.counts = counts
        self.rmse = rmse
        self.standard_errors = standard_errors
        self.n_ratings = n_ratings
        self.by = by
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        X: FrameLike,
        y: ArrayLike | None = None,
        *,
        by: SideName = "user",
        n_bins: int = 10,
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the errors of a fitted filter.

        Parameters
        ----------
        estimator : CollaborativeFilter, CollaborativeFilterCV or \
                BayesianCollaborativeFilter
            A fitted filter, or a pipeline that ends with one.
        X : frame or array-like of shape (n_pairs, n_columns)
            Held-out pairs.
        y : array-like of shape (n_pairs,), default=None
            Ratings of the pairs. None takes the rating column of X.
        by, n_bins, ax, **kwargs
            As in `from_predictions`.
        name : str, default=None
            Name in the legend. None takes the name of the estimator's class.

        Returns
        -------
        ErrorByCountDisplay

        Raises
        ------
        TypeError
            If the estimator is of another kind.
        NotFittedError
            If the estimator is not fitted.
        ValueError
            If there are no ratings, or a parameter is out of range.
        """
        model = check_fitted_filter(cls, estimator, (RatingsEstimator,))
        check_choice("by", by, ("user", "item"))
        X = transform_before_last_step(estimator, X)
        return cls.from_predictions(
            true_ratings(cls, model, X, y),
            model.predict(X),
            _training_counts(model, X, by),
            by=by,
            n_bins=n_bins,
            name=type(model).__name__ if name is None else name,
            ax=ax,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        y_true: ArrayLike,
        y_pred: ArrayLike,
        counts: ArrayLike,
        *,
        by: SideName = "user",
        n_bins: int = 10,
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw the errors of given predictions.

        Parameters
        ----------
        y_true, y_pred : array-like of shape (n_pairs,)
            Held-out ratings and their predictions.
        counts : array-like of shape (n_pairs,)
            Number of training ratings of the user or of the item of each pair.
        by : {"user", "item"}, default="user"
            Side whose training ratings are counted.
        n_bins : int, default=10
            Largest number of bins for counts above 0. There are fewer if many pairs
            have the same count, because pairs with the same count share a bin.
        name : str, default=None
            Name in the legend. None shows no name.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of the line, passed to ``ax.errorbar``.

        Returns
        -------
        ErrorByCountDisplay

        Raises
        ------
        ValueError
            If lengths differ, numbers are missing, a count is negative, or a parameter
            is out of range.
        """
        check_choice("by", by, ("user", "item"))
        check_scalar(n_bins, "n_bins", Integral, min_val=1)
        true, predicted, numbers = check_paired(
            y_true=y_true, y_pred=y_pred, counts=counts
        )
        if numbers.min() < 0:
            raise ValueError(f"counts has the value {numbers.min():g}, below 0.")
        level = _bins(numbers, n_bins)
        sizes = np.bincount(level)
        rmse, standard_errors = _binned_rmse((true - predicted) ** 2, level, sizes)
        return cls(
            counts=np.bincount(level, numbers) / sizes,
            rmse=rmse,
            standard_errors=standard_errors,
            n_ratings=sizes,
            by=by,
            name=name,
        ).plot(ax, **kwargs)

    def plot(
        self, ax: "Axes | None" = None, *, name: str | None = None, **kwargs: Any
    ) -> Self:
        """Draw a point with an error bar for each bin, and a line between them.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        name : str, default=None
            Name in the legend. None takes the name of the display.
        **kwargs : dict
            Style of the line, passed to ``ax.errorbar``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        name = self.name if name is None else name
        default = {"marker": "o", "markersize": 4, "capsize": 2} | named(name)
        self.errorbar_ = ax.errorbar(
            self.counts, self.rmse, self.standard_errors, **styled(default, kwargs)
        )
        # A line that was drawn before may have a point at 0.
        drawn = [np.asarray(line.get_xdata()) for line in ax.lines]
        log_scale(ax, np.concatenate(drawn))
        ax.set(
            xlabel=f"training ratings of the {self.by}",
            ylabel="RMSE of held-out ratings [rating]",
        )
        show_names(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _training_counts(model: RatingsEstimator, X: FrameLike, by: SideName) -> Ints:
    """Return the number of training ratings of each pair's user or item."""
    table = open_table(X)
    layout = model._layout(table)
    if by == "item":
        ids, column = model.item_ids_, layout.item
    else:
        ids, column = model.user_ids_, layout.user
    rows = IdMap(ids).encode(table.take(column), table.label(column))
    return np.where(rows < 0, 0, model._counts_of(by)[rows])


def _bins(counts: Floats, n_bins: int) -> Ints:
    """Return the bin of each rating: quantiles of positive counts, and one of zeros."""
    bins = np.zeros(counts.size, np.intp)
    known = counts > 0
    if known.any():
        shares = np.arange(1, n_bins) / n_bins
        bounds = np.quantile(counts[known], shares, method="inverted_cdf")
        bins[known] = 1 + np.searchsorted(np.unique(bounds), counts[known])
    return np.unique(bins, return_inverse=True)[1]


def _binned_rmse(squares: Floats, level: Ints, sizes: Ints) -> tuple[Floats, Floats]:
    """Return the root mean squared error of each bin, and its standard error."""
    mean = np.bincount(level, squares) / sizes
    deviations = np.bincount(level, (squares - mean[level]) ** 2)
    rmse = np.sqrt(mean)
    with np.errstate(divide="ignore", invalid="ignore"):
        errors = np.sqrt(deviations / (sizes - 1) / sizes) / (2 * rmse)
    # Errors of exactly zero have a standard error of zero.
    return rmse, np.where((rmse == 0) & (sizes > 1), 0.0, errors)
