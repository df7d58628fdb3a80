"""`RankingCurveDisplay`: how good recommendations are, from the first to the k-th."""

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
    before_last_step,
    check_choice,
    fitted_filter,
    styled,
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
    """A ranking metric of the first k recommendations, for each k; mean over users.

    Around the line is a band of a standard error of that mean. Several models share
    axes by ``ax=``.

    Parameters
    ----------
    ks : ndarray of shape (k,)
        Numbers of recommendations.
    means : ndarray of shape (k,)
        The metric, the mean over users.
    metric : {"precision", "recall", "hit_rate", "average_precision", \
            "reciprocal_rank", "ndcg"}
        Which it is.
    standard_errors : ndarray of shape (k,), default=None
        Half the width of the band. None draws none.
    name : str, default=None
        For the legend.

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
        """Draw a metric of what a fitted filter recommends.

        Each user of ``X`` is recommended ``k`` items, without those rated in the fit.

        Parameters
        ----------
        estimator : CollaborativeFilter, CollaborativeFilterCV or \
                BayesianCollaborativeFilter
            Fitted; or a pipeline that ends with one.
        X : frame or array-like of shape (n_pairs, n_columns)
            Rated pairs that the fit has not seen.
        y : array-like of shape (n_pairs,), default=None
            Their ratings. None takes the rating column of X.
        metric, k, relevant_from, no_relevant, ax, **kwargs
            As in `from_predictions`.
        name : str, default=None
            For the legend. None takes the name of the class.

        Returns
        -------
        RankingCurveDisplay

        Raises
        ------
        TypeError
            If the estimator is of another kind.
        NotFittedError
            If it is not fitted.
        ValueError
            If there are no ratings, or a parameter is out of range.
        """
        model = fitted_filter(cls, estimator, (RatingsEstimator,))
        check_scalar(k, "k", Integral, min_val=1)
        X = before_last_step(estimator, X)
        ratings = true_ratings(cls, model, X, y)
        table = open_table(X)
        layout = model._layout(table)
        truth = pd.DataFrame(
            {
                "user": table.take(layout.user),
                "item": table.take(layout.item),
                "rating": ratings,
            }
        )
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
            As the functions of `sklearn_cofi.metrics` say, such as `ndcg_at_k`.
        k : int, default=20
            Largest number of recommendations.
        name : str, default=None
            For the legend.
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        RankingCurveDisplay

        Raises
        ------
        ValueError, TypeError
            As `sklearn_cofi.metrics.ranking_report`, or if there is no such metric.

        Warns
        -----
        UndefinedMetricWarning
            If no user has a relevant item: there is no line.
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
        # The report is a frame of the kind of `truth`.
        table = open_table(report)
        columns = {
            name: np.asarray(table.take(c)) for c, name in enumerate(table.names)
        }
        rows = columns["metric"] == metric
        display = cls(
            ks=columns["k"][rows],
            means=columns["mean"][rows],
            metric=metric,
            standard_errors=columns["standard_error"][rows],
            name=name,
        )
        return display.plot(ax, **kwargs)

    def plot(
        self, ax: "Axes | None" = None, *, name: str | None = None, **kwargs: Any
    ) -> Self:
        """Draw the line and its band.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw. None makes a new figure.
        name : str, default=None
            For the legend, in place of the display's.
        **kwargs : dict
            Style of the line, passed to ``ax.plot``.

        Returns
        -------
        self
        """
        ax = axes_for(self, ax)
        name = self.name if name is None else name
        default = {"marker": "."} | ({"label": name} if name else {})
        (self.line_,) = ax.plot(self.ks, self.means, **styled(default, kwargs))
        self.band_ = None
        if self.standard_errors is not None:
            around = np.asarray(self.standard_errors)
            self.band_ = ax.fill_between(
                self.ks,
                self.means - around,
                self.means + around,
                color=self.line_.get_color(),
                alpha=0.2,
                linewidth=0,
            )
        ax.set(xlabel="k, number of recommendations", ylabel=_LABELS[self.metric])
        ax.xaxis.get_major_locator().set_params(integer=True)
        if ax.get_legend_handles_labels()[1]:
            ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
