"""The best items of each user: the sort of all predictions, without making them all."""

from collections.abc import Callable, Iterator
from typing import NamedTuple

import numpy as np
from sklearn import get_config

from sklearn_cofi.data._matrix import pair_keys, ranges
from sklearn_cofi.inference._item_ranking import SPARE, ItemRanking
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.kernels._blocks import HEIGHT, WIDTH
from sklearn_cofi.kernels._threads import n_threads

# To rank more items than these, all items of a user are predicted and sorted.
_FEW = 256

# What may be held in addition to the result, in MiB, unless scikit-learn's
# `working_memory` is less or the caller says how much.
_MEMORY = 64

# Bytes that are held for each item kept (its number, its score and where they sort),
# for each item that is returned, and for each row of the query.
_KEPT, _RETURNED, _ROW = 96, 16, 64


class Best(NamedTuple):
    """The best items of each row, one row after the other, best first."""

    rows: np.ndarray  # int (n_recommended,): rows of the query
    ranks: np.ndarray  # int (n_recommended,): from 1
    items: np.ndarray  # int (n_recommended,)
    scores: np.ndarray  # float (n_recommended,): predicted ratings


def recommend_rows(
    query: RankingQuery,
    ranking: Callable[[], ItemRanking],
    n: int,
    memory: float | None = None,
) -> Best:
    """Return the n best items for each row, best first; ties by item number.

    The result is that of sorting all predictions, bit for bit, but only a few of
    them exist at a time: O(n_rows * n_items * k) operations in matrix products.

    Parameters
    ----------
    query : RankingQuery
    ranking : callable
        Returns the `ItemRanking` of the query's model; called where it is needed.
    n : int
        Fewer are returned where fewer are left.
    memory : float, default=None
        What may be held in addition to the result, in MiB. None takes 64, or
        scikit-learn's ``working_memory`` if that is less, or as much as one row needs.

    Raises
    ------
    ValueError
        If the memory is less than what one row needs.
    """
    V = query.model.items.factors
    n, n_rows = min(n, len(V)), query.n_rows
    height = _rows_within(memory, query, n)
    search = ranking() if _is_few(n, len(V)) else None
    items = np.empty((n_rows, n), np.int32)
    scores = np.empty((n_rows, n), V.dtype)
    for begin in range(0, n_rows, height):
        part = slice(begin, begin + height)
        items[part], scores[part] = _recommend_part(query.part(part), search, n)
    found = items >= 0
    rows = np.repeat(np.arange(n_rows, dtype=np.int32), found.sum(axis=1))
    ranks = np.broadcast_to(np.arange(1, n + 1), found.shape)[found]
    if found.all():
        return Best(rows, ranks, items.ravel(), scores.ravel())
    return Best(rows, ranks, items[found], scores[found])


def recommend_pairs(
    query: RankingQuery, rows: np.ndarray, items: np.ndarray, n: int
) -> Best:
    """Return the n best of each row's own candidates, best first.

    Parameters
    ----------
    query : RankingQuery
    rows, items : int arrays of shape (n_pairs,)
        The candidates: a row of the query and an item each.
    n : int
    """
    n_items = len(query.model.items.factors)
    lengths = query.stops - query.starts
    excluded_rows = np.repeat(np.arange(query.n_rows), lengths)
    excluded = query.excluded[ranges(query.starts, lengths)]
    pairs = np.unique(pair_keys(rows, items, n_items))
    pairs = pairs[~np.isin(pairs, pair_keys(excluded_rows, excluded, n_items))]
    rows, items = np.divmod(pairs, n_items)
    scores = query.predict(rows, items)
    order = np.lexsort((items, -scores, rows))
    rows, items, scores = rows[order], items[order], scores[order]
    first = np.searchsorted(rows, np.arange(query.n_rows))
    ranks = np.arange(rows.size) - first[rows] + 1
    best = ranks <= n
    return Best(rows[best], ranks[best], items[best], scores[best])


def _is_few(n: int, n_items: int) -> bool:
    return n + SPARE <= min(_FEW, n_items)


def _rows_within(memory: float | None, query: RankingQuery, n: int) -> int:
    """Return how many rows may be ranked at once."""
    V, n_rows = query.model.items.factors, query.n_rows
    n_items, columns, size = len(V), V.shape[1] + query.model.n_terms, V.itemsize
    fixed = 2 * size * columns * (n_items + WIDTH)
    fixed += n_threads() * HEIGHT * (size * WIDTH + 16 * (n + SPARE))
    row = 3 * size * columns + _KEPT * (n + SPARE)
    if not _is_few(n, n_items):
        fixed, row = _KEPT * n_items, _KEPT * max(n, 1)
    fixed += n_rows * (_RETURNED * n + _ROW)
    if memory is None:
        limit = min(_MEMORY, get_config()["working_memory"])
        return max(HEIGHT, int((limit * 2**20 - fixed) / row))
    if not memory * 2**20 >= fixed + row:  # nan, too
        raise ValueError(
            f"memory_budget={memory:g} MiB is too little: ranking {n_items} items for "
            f"{n_rows} users, one at a time, takes {(fixed + row) / 2**20:.1f} MiB. "
            "Raise it, or query fewer users, or pass fewer `candidates`."
        )
    return int(min((memory * 2**20 - fixed) / row, max(n_rows, 1)))


def _recommend_part(
    query: RankingQuery, ranking: ItemRanking | None, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the best items of each row, -1 where there are no more; and scores."""
    n_rows, dtype = query.n_rows, query.model.items.factors.dtype
    best, scores = np.full((n_rows, n), -1, np.int32), np.zeros((n_rows, n), dtype)
    undecided = np.arange(n_rows)
    if ranking is not None:
        kept, others = ranking.keep(query, n + SPARE)
        best, scores = _sort_kept(query, kept, n)
        undecided = np.flatnonzero((best[:, -1] >= 0) & ~(scores[:, -1] > others))
    for same in _same_predictions(query, undecided):
        for row, items, predicted in _sort_all(query, same, n):
            best[row] = -1
            best[row, : items.size], scores[row, : items.size] = items, predicted
    return best, scores


def _same_predictions(query: RankingQuery, rows: np.ndarray) -> list[np.ndarray]:
    """Return the rows, in groups of users with the same factors and baseline.

    These users have the same predictions: unknown users, for example, and users whose
    factors are zero. Their items often tie, and are then sorted once for all of them.
    """
    if rows.size < 2:
        return [rows] if rows.size else []
    users, model = query.users[rows], query.model
    U = np.where((users >= 0)[:, None], model.users.factors[users], 0)
    columns = np.hstack([U, model.user_terms(users)])
    groups = np.unique(columns, axis=0, return_inverse=True)[1].ravel()
    order = np.argsort(groups, kind="stable")
    return np.split(rows[order], np.flatnonzero(np.diff(groups[order])) + 1)


def _sort_kept(
    query: RankingQuery, kept: np.ndarray, n: int
) -> tuple[np.ndarray, np.ndarray]:
    """Order the items kept of each row by their predictions; return the best n."""
    kept.sort(axis=1)
    rows = np.repeat(np.arange(len(kept)), kept.shape[1])
    items = kept.ravel().astype(np.int64)
    known = items >= 0
    scores = np.full(items.size, -np.inf, query.model.items.factors.dtype)
    scores[known] = query.predict(rows[known], items[known])
    scores = scores.reshape(kept.shape)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    best, scores = (np.take_along_axis(x, order, axis=1) for x in (kept, scores))
    return best, scores


def _sort_all(
    query: RankingQuery, same: np.ndarray, n: int
) -> Iterator[tuple[int, np.ndarray, np.ndarray]]:
    """Yield rows with the same predictions, their best items and the scores of these.

    All items are predicted once, and sorted once for all rows.
    """
    items = np.arange(len(query.model.items.factors))
    scores = query.predict(np.full_like(items, same[0]), items)
    longest = int((query.stops - query.starts)[same].max())
    order = top_items(scores, n + longest, np.empty(0, np.int32))
    for row in same.tolist():
        excluded = query.excluded[query.starts[row] : query.stops[row]]
        best = order[: n + excluded.size]
        best = best[~np.isin(best, excluded)][:n]
        yield row, best, scores[best]


def top_items(scores: np.ndarray, n: int, excluded: np.ndarray) -> np.ndarray:
    """Return the numbers of the n best items, best first; ties by item number.

    Parameters
    ----------
    scores : float array of shape (n_items,)
    n : int
        Fewer are returned where fewer are left.
    excluded : int array
        Items that are not to be returned.
    """
    allowed = np.ones(scores.size, bool)
    allowed[excluded] = False
    candidates = np.flatnonzero(allowed)
    if n < candidates.size:
        # All that reach the n-th best score are kept, so that ties are cut by item
        # number and not by the whim of the partition.
        cut = np.partition(scores[candidates], -n)[-n]
        candidates = candidates[scores[candidates] >= cut]
    # A stable sort of the negated scores leaves equal scores in item order.
    return candidates[np.argsort(-scores[candidates], kind="stable")][:n]
