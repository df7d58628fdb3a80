"""The best items of each user."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from sklearn import get_config

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import pair_keys, ranges
from sklearn_cofi.inference._predict import predict_pairs
from sklearn_cofi.kernels._threads import n_threads

# Items are ranked by a matrix product, which rounds otherwise than single predictions
# do, and so many more are kept than are asked for: where even they do not tell the
# best from the rest beyond rounding, all items of the user are predicted.
_SPARE = 8

# To look for more items than these, all items of a user are predicted and sorted.
_FEW = 256

# What may be held beside the answer, in MiB, unless scikit-learn's `working_memory` is
# less or the caller says how much.
_MEMORY = 64

# Bytes of what is held for each item kept: its number, its score and where they sort;
# for each that is returned, beside what the caller makes of it; and for each user.
_KEPT, _FOUND, _ASKING = 96, 16, 64


class Askers(NamedTuple):
    """Users who ask for recommendations, a row for each."""

    users: np.ndarray  # int64 (n_rows,): rows of factors; -1 is unknown
    factors: np.ndarray  # (n_users, k)
    centre_of: Callable  # (rows, items) -> what predictions are centred on
    terms: np.ndarray  # (n_rows, c): terms @ item_terms.T is centre_of, but rounding
    starts: np.ndarray  # excluded[starts[row]:stops[row]] are not recommended
    stops: np.ndarray
    excluded: np.ndarray  # int32 item numbers, increasing within a row

    def part(self, rows: slice) -> "Askers":
        """Return some of them."""
        return self._replace(
            users=self.users[rows],
            centre_of=lambda own, items: self.centre_of(own + rows.start, items),
            terms=self.terms[rows],
            starts=self.starts[rows],
            stops=self.stops[rows],
        )

    def predicted(self, V, rows, items) -> np.ndarray:
        """Return the predictions of pairs of an asker and an item."""
        centre = self.centre_of(rows, items)
        return predict_pairs(Factors(self.factors, V), centre, self.users[rows], items)


class Best(NamedTuple):
    """The best items of each row, one row after the other, best first."""

    rows: np.ndarray  # int (n_recommended,): who asked
    ranks: np.ndarray  # int (n_recommended,): from 1
    items: np.ndarray  # int (n_recommended,)
    scores: np.ndarray  # float (n_recommended,): predicted ratings


def recommend_rows(
    askers: Askers, V, item_terms, n: int, memory: float | None = None
) -> Best:
    """Return the n best items for each row, best first; ties by item number.

    The result is that of sorting all predictions, bit for bit, but only a few of
    them exist at a time: O(n_rows * n_items * k) operations in matrix products.

    Parameters
    ----------
    askers : Askers
    V : float array of shape (n_items, k)
    item_terms : float array of shape (n_items, c)
    n : int
        Fewer are returned where fewer are left.
    memory : float, default=None
        What may be held beside the result, in MiB. None takes 64, or scikit-learn's
        ``working_memory`` if that is less, or as much as one row needs.

    Raises
    ------
    ValueError
        If the memory is less than what one row needs.
    """
    n = min(n, len(V))
    ranking = _ProductRanking(V, item_terms, n) if _few(n, len(V)) else None
    n_rows = askers.users.size
    height = _rows_within(memory, V, item_terms, n, n_rows)
    items = np.empty((n_rows, n), np.int32)
    scores = np.empty((n_rows, n), V.dtype)
    for begin in range(0, n_rows, height):
        part = slice(begin, begin + height)
        items[part], scores[part] = _recommend_part(askers.part(part), V, ranking, n)
    found = items >= 0
    rows = np.repeat(np.arange(n_rows, dtype=np.int32), found.sum(axis=1))
    ranks = np.broadcast_to(np.arange(1, n + 1), found.shape)[found]
    if found.all():
        return Best(rows, ranks, items.ravel(), scores.ravel())
    return Best(rows, ranks, items[found], scores[found])


def recommend_pairs(askers: Askers, V, rows, items, n: int) -> Best:
    """Return the n best of each row's own candidates, best first.

    Parameters
    ----------
    askers : Askers
    V : float array of shape (n_items, k)
    rows, items : int arrays of shape (n_pairs,)
        The candidates: an asker and an item each.
    n : int
    """
    lengths = askers.stops - askers.starts
    taken = np.repeat(np.arange(lengths.size), lengths)
    excluded = askers.excluded[ranges(askers.starts, lengths)]
    pairs = np.unique(pair_keys(rows, items, len(V)))
    pairs = pairs[~np.isin(pairs, pair_keys(taken, excluded, len(V)))]
    rows, items = np.divmod(pairs, len(V))
    scores = askers.predicted(V, rows, items)
    order = np.lexsort((items, -scores, rows))
    rows, items, scores = rows[order], items[order], scores[order]
    first = np.searchsorted(rows, np.arange(lengths.size))
    ranks = np.arange(rows.size) - first[rows] + 1
    best = ranks <= n
    return Best(rows[best], ranks[best], items[best], scores[best])


def _few(n: int, n_items: int) -> bool:
    return n + _SPARE <= min(_FEW, n_items)


def _rows_within(memory: float | None, V, item_terms, n: int, n_rows: int) -> int:
    """Return how many rows may be ranked at once."""
    from sklearn_cofi.kernels._top_k import HEIGHT, WIDTH

    size, columns = V.itemsize, V.shape[1] + item_terms.shape[1]
    fixed = 2 * size * columns * (len(V) + WIDTH)
    fixed += n_threads() * HEIGHT * (size * WIDTH + 16 * (n + _SPARE))
    row = 3 * size * columns + _KEPT * (n + _SPARE)
    if not _few(n, len(V)):
        fixed, row = _KEPT * len(V), _KEPT * max(n, 1)
    fixed += n_rows * (_FOUND * n + _ASKING)
    if memory is None:
        limit = min(_MEMORY, get_config()["working_memory"])
        return max(HEIGHT, int((limit * 2**20 - fixed) / row))
    if not memory * 2**20 >= fixed + row:  # nan, too
        raise ValueError(
            f"memory_budget={memory:g} MiB is too little: to rank {len(V)} items for "
            f"{n_rows} users, one at a time, takes {(fixed + row) / 2**20:.1f} MiB. "
            "Raise it, or ask for fewer users or among fewer `candidates`."
        )
    return int(min((memory * 2**20 - fixed) / row, max(n_rows, 1)))


class _ProductRanking:
    """Ranks items by a matrix product, and tells where rounding may matter."""

    def __init__(self, V, item_terms, n: int):
        from sklearn_cofi.kernels._top_k import tiles_of

        Z = np.hstack([V, item_terms]).astype(V.dtype, copy=False)
        self._tiles, self._n_items = tiles_of(Z), len(Z)
        error = 4 * Z.shape[1] * np.finfo(V.dtype).eps
        self._rounding = error * np.linalg.norm(Z, axis=1).max()
        self._n_kept = n + _SPARE

    def keep(self, askers: Askers):
        """Return the items that may be the best of each row, and what others reach."""
        from sklearn_cofi.kernels._top_k import keep_best

        known = askers.users >= 0
        U = np.where(known[:, None], askers.factors[askers.users], 0)
        W = np.hstack([U, askers.terms]).astype(self._tiles.dtype, copy=False)
        kept = np.empty((len(W), self._n_kept), np.int32)
        cuts = np.empty(len(W), W.dtype)
        keep_best(W, self._tiles, self._n_items, *askers[4:], kept, cuts)
        return kept, cuts + self._rounding * np.linalg.norm(W, axis=1)


def _recommend_part(askers: Askers, V, ranking, n: int):
    """Return the best items of each row, -1 where there are no more; and scores."""
    n_rows = askers.users.size
    best, scores = np.full((n_rows, n), -1, np.int32), np.zeros((n_rows, n), V.dtype)
    undecided = np.arange(n_rows)
    if ranking is not None:
        kept, others = ranking.keep(askers)
        best, scores = _ranked(askers, V, kept, n)
        undecided = np.flatnonzero((best[:, -1] >= 0) & ~(scores[:, -1] > others))
    for row in undecided:
        items, predicted = _sorted_row(askers, V, row, n)
        best[row] = -1
        best[row, : items.size], scores[row, : items.size] = items, predicted
    return best, scores


def _ranked(askers, V, kept, n):
    """Order the items kept of each row by their predictions; return the best n."""
    kept.sort(axis=1)
    rows = np.repeat(np.arange(len(kept)), kept.shape[1])
    items = kept.ravel().astype(np.int64)
    known = items >= 0
    scores = np.full(items.size, -np.inf, V.dtype)
    scores[known] = askers.predicted(V, rows[known], items[known])
    scores = scores.reshape(kept.shape)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    best, scores = (np.take_along_axis(x, order, axis=1) for x in (kept, scores))
    return best, scores


def _sorted_row(askers, V, row, n):
    """Return the best items of one row and their scores, from all predictions."""
    items = np.arange(len(V))
    scores = askers.predicted(V, np.full_like(items, row), items)
    excluded = askers.excluded[askers.starts[row] : askers.stops[row]]
    best = top_items(scores, n, excluded)
    return best, scores[best]


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
