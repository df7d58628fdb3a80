"""The best items of each user of a query, and the frame that holds them."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Frame, FrameLike
from sklearn_cofi.base._item_choices import read_banned, read_candidates
from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.base._query import RecommendationQuery
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import native_frame
from sklearn_cofi.inference._exclusions import exclusions, restrict_to
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.inference._recommend import (
    Best,
    recommend_pairs,
    recommend_rows,
)
from sklearn_cofi.kernels._blocks import HEIGHT
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread


@dataclass(frozen=True)
class RankingOptions:
    """The options of `recommend` that select items."""

    n: int
    exclude_rated: bool
    candidates: FrameLike | None
    banned: FrameLike | None
    memory_budget: float | None

    def __post_init__(self) -> None:
        check_scalar(self.n, "n", Integral, min_val=1)
        if self.memory_budget is not None:
            check_scalar(self.memory_budget, "memory_budget", Real)


def best_items(
    estimator: RatingsEstimator, query: RecommendationQuery, options: RankingOptions
) -> Best:
    """Return the best items of each row of a query, of those that are allowed."""
    model, n = query.model, int(options.n)
    candidates = read_candidates(estimator, options.candidates, query.ids)
    banned = read_banned(estimator, options.banned, query.ids)
    rated = model.rated if options.exclude_rated else None
    excluded = exclusions(query.users, rated, banned.pairs, query.users.size)
    ranked = RankingQuery(model, query.users, *excluded)
    n_items = len(model.items.factors)
    chosen = candidates.items
    if banned.items is not None:
        chosen = np.setdiff1d(_all(chosen, n_items), banned.items)
    with _ranking_threads(estimator, query), single_blas_thread:
        if candidates.pairs is not None:
            rows, items = candidates.pairs
            kept = np.isin(items, _all(chosen, n_items))
            return recommend_pairs(ranked, rows[kept], items[kept], n)
        if chosen is not None:
            return _best_of(chosen, ranked, n, options.memory_budget)
        return recommend_rows(
            ranked, lambda: _item_ranking(estimator, query), n, options.memory_budget
        )


def recommended_frame(
    estimator: RatingsEstimator,
    query: RecommendationQuery,
    best: Best,
    *,
    id_name: str = "user",
    **more: np.ndarray,
) -> Frame:
    """Return the best items as a frame, with ``more`` as its last columns."""
    columns = {} if query.ids is None else {id_name: query.ids[best.rows]}
    columns |= {
        "rank": best.ranks,
        "item": estimator.item_ids_[best.items],
        "prediction": estimator._clip(best.scores),
    }
    return native_frame(columns | more, query.kind, copy=False)


def _best_of(
    chosen: np.ndarray, query: RankingQuery, n: int, memory: float | None
) -> Best:
    """Return the best of the chosen items, whose numbers increase."""
    n_items = len(query.model.items.factors)
    excluded = restrict_to(chosen, query.starts, query.stops, query.excluded, n_items)
    model = query.model.with_items(chosen)
    among = RankingQuery(model, query.users, *excluded)
    best = recommend_rows(among, lambda: ItemRanking(model), n, memory)
    return best._replace(items=chosen[best.items])


def _item_ranking(
    estimator: RatingsEstimator, query: RecommendationQuery
) -> ItemRanking:
    """Return all items of a query's model, prepared once for each fitted model."""
    model = query.model
    # In a posterior, the model of new users has the items of all draws.
    is_fitted = model.items.factors is estimator.item_factors_
    side = model.items
    items = side.factors, side.bias, side.means, side.fallback
    return prepared(
        estimator,
        "fitted items" if is_fitted else "items of all draws, ranked",
        (*items, model.global_mean, model.normalization),
        lambda: ItemRanking(model),
    )


def _ranking_threads(
    estimator: RatingsEstimator, query: RecommendationQuery
) -> AbstractContextManager[None]:
    """Return a context in which kernels use as many threads as the query justifies."""
    # One thread ranks a whole block of rows, so a single row cannot use a second one.
    work = query.users.size * query.model.items.factors.size // HEIGHT
    return kernel_threads(estimator.n_jobs, work)


def _all(chosen: np.ndarray | None, n_items: int) -> np.ndarray:
    """Return the numbers of the chosen items; None is all items."""
    return np.arange(n_items) if chosen is None else chosen
