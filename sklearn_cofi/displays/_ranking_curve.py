"""`RankingCurveDisplay`: a ranking metric of the first k recommendations."""

from numbers import Integral
from typing import TYPE_CHECKING, Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from sklearn_cofi._typing import (
    Estimator,
    Floats,
    FrameLike,
    Ints,
    NoRelevant,
    RankingMetric,
)
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import open_table
from sklearn_cofi.displays._axes import (
    axes_for,
    check_choice,
    check_fitted_filter,
    integer_ticks,
    named,
    show_names,
    styled,
    transform_before_last_step,
    true_ratings,
)
from sklearn_cofi.metrics import ranking_report

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_LABELS = {
    "precision": "precision at k",
    "recall": "recall at k",
    "hit_rate": "share of users with a hit by k",
    "average_precision": "average precision at k",
    "reciprocal_rank": "reciprocal rank at k",
    "ndcg": "nDCG at k",
}


class RankingCurveDisplay:
    """Mean over users of a ranking metric, for each number of recommendations.

    The band around the line is one standard error of the mean wide on each side. To
    compare models, draw them on the same axes with ``ax``.

    Parameters
    ----------
    ks : ndarray of shape (k,)
        Numbers of recommendations.
    means : ndarray of shape (k,)
        Mean of the metric over users, at each k.
    metric : {"precision", "recall", "hit_rate", "average_precision", \
            "reciprocal_rank", "ndcg"}
        Name of the metric.
    standard_errors : ndarray of shape (k,), default=None
        Half the width of the band. None draws no band.
    name : str, default=None
        Name in the legend.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
    band_ : matplotlib PolyCollection or None

    See Also
    --------
    sklearn_cofi.metrics.ranking_report : The numbers.

    Examples
    --------
    >>> from sklearn_cofi.displays import RankingCurveDisplay
    >>> truth = [[1, 7], [1, 8], [2, 7]]  # rows of user and item
    >>> best = [[1, 1, 7], [1, 2, 6], [2, 1, 6]]  # rows of user, rank and item
    >>> display = RankingCurveDisplay.from_predictions(
    ...     truth, best, metric="precision", k=2
    ... )
    >>> display.means
    array([0.5 , 0.25])
    """

    def __init__(
        self,
        *,
        ks: Ints,
        means: Floats,
        metric: RankingMetric,
        standard_errors: Floats | None = None,
        name: str | None = None,
    ) -> None:
        self.ks = ks
        self.means = means
        self.metric = metric
        self.standard_errors = standard_errors
        self.name = name

    @classmethod
    def from_estimator(
        cls,
        estimator: Estimator,
        X: FrameLike,
        y: ArrayLike | None = None,
        *,
        metric: RankingMetric = "ndcg",
        k: int = 20,
        relevant_from: float | None = None,
        no_relevant: NoRelevant = "skip",
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a metric of the recommendations of a fitted filter.

        The filter recommends k items to each user of ``X``, without the items that the
        user rated in training.

        Parameters
        ----------
        estimator : CollaborativeFilter, CollaborativeFilterCV or \
                BayesianCollaborativeFilter
            A fitted filter, or a pipeline that ends with one.
        X : frame or array-like of shape (n_pairs, n_columns)
            Held-out pairs.
        y : array-like of shape (n_pairs,), default=None
            Ratings of the pairs. None takes the rating column of X.
        metric, k, relevant_from, no_relevant, ax, **kwargs
            As in `from_predictions`.
        name : str, default=None
            Name in the legend. None takes the name of the estimator's class.

        Returns
        -------
        RankingCurveDisplay

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
        check_scalar(k, "k", Integral, min_val=1)
        X = transform_before_last_step(estimator, X)
        truth = _test_frame(model, X, true_ratings(cls, model, X, y))
        return cls.from_predictions(
            truth,
            model.recommend(truth["user"].unique(), n=k),
            metric=metric,
            k=k,
            relevant_from=relevant_from,
            no_relevant=no_relevant,
            name=type(model).__name__ if name is None else name,
            ax=ax,
            **kwargs,
        )

    @classmethod
    def from_predictions(
        cls,
        truth: FrameLike,
        recommended: FrameLike,
        *,
        metric: RankingMetric = "ndcg",
        k: int = 20,
        relevant_from: float | None = None,
        no_relevant: NoRelevant = "skip",
        name: str | None = None,
        ax: "Axes | None" = None,
        **kwargs: Any,
    ) -> Self:
        """Draw a metric of given recommendations.

        Parameters
        ----------
        truth, recommended, relevant_from, no_relevant
            As in `sklearn_cofi.metrics.ranking_report`.
        metric : {"precision", "recall", "hit_rate", "average_precision", \
                "reciprocal_rank", "ndcg"}, default="ndcg"
            Name of the metric, as in `sklearn_cofi.metrics.ranking_report`.
        k : int, default=20
            Largest number of recommendations.
        name : str, default=None
            Name in the legend. None shows no name.
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        RankingCurveDisplay

        Raises
        ------
        ValueError, TypeError
            If `sklearn_cofi.metrics.ranking_report` raises it, or the metric does not
            exist.

        Warns
        -----
        UndefinedMetricWarning
            If no user has a relevant item. The line is then empty.
        """
        check_choice("metric", metric, _LABELS)
        check_scalar(k, "k", Integral, min_val=1)
        report = ranking_report(
            truth,
            recommended,
            k=range(1, k + 1),
            relevant_from=relevant_from,
            no_relevant=no_relevant,
        )
        # The report is a frame of the library of `truth`.
        table = open_table(report)
        columns = {
            column: np.asarray(table.take(position))
            for position, column in enumerate(table.names or [])
        }
        rows = columns["metric"] == metric
        return cls(
            ks=columns["k"][rows],
            means=columns["mean"][rows],
            metric=metric,
            standard_errors=columns["standard_error"][rows],
            name=name,
        ).plot(ax, **kwargs)

    def plot(
        self, ax: "Axes | None" = None, *, name: str | None = None, **kwargs: Any
    ) -> Self:
        """Draw the line and its band.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Axes to draw on. None makes a new figure.
        name : str, default=None
            Name in the legend. None takes the name of the display.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        name = self.name if name is None else name
        style = styled({"marker": "."} | named(name), kwargs)
        self.line_ = ax.plot(self.ks, self.means, **style)[0]
        self.band_ = None
        if self.standard_errors is not None:
            error = np.asarray(self.standard_errors)
            self.band_ = ax.fill_between(
                self.ks,
                self.means - error,
                self.means + error,
                color=self.line_.get_color(),
                alpha=0.2,
                linewidth=0,
            )
        ax.set(xlabel="k, number of recommendations", ylabel=_LABELS[self.metric])
        integer_ticks(ax.xaxis)
        show_names(ax)
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _test_frame(model: RatingsEstimator, X: FrameLike, ratings: Floats) -> pd.DataFrame:
    """Return the columns user, item and rating of held-out pairs."""
    table = open_table(X)
    user, item, _, _ = model._layout(table)
    return pd.DataFrame(
        {"user": table.take(user), "item": table.take(item), "rating": ratings}
    )
