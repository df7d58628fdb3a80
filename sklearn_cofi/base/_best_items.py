"""The best items of each user of a query, and the frame that holds them."""

from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Frame, FrameLike, Titles
from sklearn_cofi.base._item_choices import read_banned, read_candidates
from sklearn_cofi.base._item_search import ItemSearch, item_search
from sklearn_cofi.base._listed_items import ListedItems, items_name, listed_items
from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.base._query import RecommendationQuery
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.base._similarity import similarity_of
from sklearn_cofi.data._frame import native_frame
from sklearn_cofi.inference._diversity import diverse_items
from sklearn_cofi.inference._exclusions import exclusions
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.inference._recommend import Best
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
    min_count: int = 0
    popularity_penalty: float = 0.0
    diversity: float = 0.0

    def __post_init__(self) -> None:
        check_scalar(self.n, "n", Integral, min_val=1)
        check_scalar(self.min_count, "min_count", Integral, min_val=0)
        check_scalar(self.popularity_penalty, "popularity_penalty", Real)
        if not np.isfinite(self.popularity_penalty):
            raise ValueError(
                f"popularity_penalty == {self.popularity_penalty}, must be finite."
            )
        check_scalar(self.diversity, "diversity", Real)
        if not 0 <= self.diversity <= 1:  # nan, too
            raise ValueError(
                f"diversity == {self.diversity}, must be from 0 (the items with the "
                "highest predictions) to 1 (the items that differ most)."
            )
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
    penalty = float(options.popularity_penalty)
    listed = listed_items(estimator, model, int(options.min_count), penalty)
    with _ranking_threads(estimator, query), single_blas_thread:
        search = item_search(
            RankingQuery(model, query.users, *excluded),
            listed,
            candidates,
            banned.items,
            lambda: _item_ranking(estimator, model, listed),
            options.memory_budget,
        )
        if options.diversity:
            best = _diverse(estimator, search, n, options.diversity)
        else:
            best = search.best(n)
        if penalty:
            # The frame has the predictions; only the order is by lowered scores.
            pairs = query.users[best.rows], best.items.astype(np.int64)
            best = best._replace(scores=model.predict(*pairs))
    return best


def recommended_frame(
    estimator: RatingsEstimator,
    query: RecommendationQuery,
    best: Best,
    *,
    id_name: str = "user",
    titles: Titles | None = None,
    std: np.ndarray | None = None,
) -> Frame:
    """Return the best items as a frame, with their titles and standard deviations."""
    columns = {} if query.ids is None else {id_name: query.ids[best.rows]}
    columns |= {"rank": best.ranks, "item": estimator.item_ids_[best.items]}
    if titles is not None:
        columns["title"] = estimator._titles_of(titles)[best.items]
    columns["prediction"] = estimator._clip(best.scores)
    if std is not None:
        columns["std"] = std
    return native_frame(columns, query.kind, copy=False)


def _diverse(
    estimator: RatingsEstimator, search: ItemSearch, n: int, diversity: float
) -> Best:
    """Return lists by marginal relevance, with the cosines of `similar_items`."""
    V = estimator.item_factors_
    directions, _ = similarity_of(estimator, "item", V, "cosine")
    return diverse_items(
        *(search.best, search.query.n_rows, n, directions.items.factors, diversity),
        memory=search.memory,
    )


def _item_ranking(
    estimator: RatingsEstimator, model: FittedFactors, listed: ListedItems
) -> ItemRanking:
    """Return the ranking of the listed items, prepared once for each fitted model."""
    side, name = listed.ranked, items_name(estimator, model)
    if side is not model.items:
        name = f"listed {name}"
    return prepared(
        estimator,
        f"{name}, ranked",
        (*side.arrays, model.global_mean, model.normalization),
        lambda: ItemRanking(replace(model, items=side)),
    )


def _ranking_threads(
    estimator: RatingsEstimator, query: RecommendationQuery
) -> AbstractContextManager[None]:
    """Return a context in which kernels use as many threads as the query justifies."""
    # One thread ranks a whole block of rows, so a single row cannot use a second one.
    work = query.users.size * query.model.items.factors.size // HEIGHT
    return kernel_threads(estimator.n_jobs, work)
