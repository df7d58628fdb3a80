"""The best items of each user."""

from typing import NamedTuple

import numpy as np
from sklearn import get_config

from sklearn_cofi._types import Factors
from sklearn_cofi.inference._predict import predict_pairs

# Items are ranked by a matrix product, which rounds otherwise than single predictions
# do, and so many more are kept than are asked for: where even they do not tell the
# best from the rest beyond rounding, all items of the user are predicted.
_SPARE = 8

# To look for more items than these, all items of a user are predicted and sorted.
_FEW = 256

# Scores in one block, in bytes: enough users at once for the matrix product to pay,
# unless scikit-learn's `working_memory` is set to less.
_BLOCK_BYTES = 64 << 20


class Askers(NamedTuple):
    """Users who ask for recommendations, a row for each."""

    factors: np.ndarray  # (n_rows, k)
    centre_of: callable  # (rows, items) -> what predictions are centred on
    terms: np.ndarray  # (n_rows, c): terms @ item_terms.T is centre_of, but rounding
    starts: np.ndarray  # rated[starts[row]:stops[row]] are not to be recommended
    stops: np.ndarray
    rated: np.ndarray  # int32 item numbers


def recommend_rows(askers: Askers, V, item_terms, n: int):
    """Return the n best items for each row, best first; ties by item number.

    The result is that of sorting all predictions, bit for bit, but only a block of
    them exists at a time: O(n_rows * n_items * k) operations in a matrix product, and
    memory for n_rows * n beside the block.

    Parameters
    ----------
    askers : Askers
    V : float array of shape (n_items, k)
    item_terms : float array of shape (n_items, c)
    n : int
        Fewer are returned where fewer are left.

    Returns
    -------
    rows, ranks, items : int arrays of shape (n_recommended,)
        Ranks count from 1.
    scores : float array of shape (n_recommended,)
        Predicted ratings.
    """
    n_rows, n_items = askers.factors.shape[0], V.shape[0]
    n = min(n, n_items)
    best = np.full((n_rows, n), -1, np.int64)
    scores = np.empty((n_rows, n), V.dtype)
    undecided = np.arange(n_rows)
    if n + _SPARE <= min(_FEW, n_items):
        undecided = undecided[_rank_in_blocks(askers, V, item_terms, best, scores)]
    for row in undecided:
        items, predicted = _sorted_row(askers, V, row, n)
        best[row] = -1
        best[row, : items.size], scores[row, : items.size] = items, predicted
    rows, ranks = np.nonzero(best >= 0)
    return rows, ranks + 1, best[rows, ranks], scores[rows, ranks]


def _rank_in_blocks(askers, V, item_terms, best, scores):
    """Fill the best items of each row and their scores; return where they may not be.

    Ranks a block of rows at a time by a matrix product.
    """
    from sklearn_cofi.inference._top_kernel import CHUNK, keep_best

    W = np.hstack([askers.factors, askers.terms]).astype(V.dtype, copy=False)
    Z = np.hstack([V, item_terms]).astype(V.dtype, copy=False)
    rounding = 4 * W.shape[1] * np.finfo(V.dtype).eps * np.linalg.norm(Z, axis=1).max()
    n_rows, n_items = W.shape[0], Z.shape[0]
    width = -(-n_items // CHUNK) * CHUNK
    limit = min(_BLOCK_BYTES, get_config()["working_memory"] << 20)
    height = max(1, min(n_rows, int(limit // (width * V.itemsize))))
    products = np.full((height, width), -np.inf, V.dtype)
    undecided = np.empty(n_rows, bool)
    for begin in range(0, n_rows, height):
        rows = slice(begin, min(begin + height, n_rows))
        block = products[: rows.stop - begin]
        np.matmul(W[rows], Z.T, out=block[:, :n_items])
        kept = np.empty((block.shape[0], best.shape[1] + _SPARE), np.int32)
        cuts = np.empty(block.shape[0], V.dtype)
        chunks = block.reshape(block.shape[0], -1, CHUNK)
        keep_best(chunks, *askers[3:], begin, kept, cuts)
        best[rows], scores[rows] = _ranked(askers, V, rows, kept, best.shape[1])
        # No prediction of an item that was not kept is above this.
        beyond = cuts + rounding * np.linalg.norm(W[rows], axis=1)
        undecided[rows] = (best[rows, -1] >= 0) & ~(scores[rows, -1] > beyond)
    return undecided


def _ranked(askers, V, rows, kept, n):
    """Order the items kept of each row by their predictions; return the best n."""
    kept.sort(axis=1)
    users = np.repeat(np.arange(rows.start, rows.stop), kept.shape[1])
    items = kept.ravel().astype(np.int64)
    known = items >= 0
    scores = np.full(items.size, -np.inf, V.dtype)
    scores[known] = _predicted(askers, V, users[known], items[known])
    scores = scores.reshape(kept.shape)
    order = np.argsort(-scores, axis=1, kind="stable")[:, :n]
    best, scores = (np.take_along_axis(x, order, axis=1) for x in (kept, scores))
    return best, scores


def _predicted(askers, V, rows, items):
    centre = askers.centre_of(rows, items)
    return predict_pairs(Factors(askers.factors, V), centre, rows, items)


def _sorted_row(askers, V, row, n):
    """Return the best items of one row and their scores, from all predictions."""
    items = np.arange(V.shape[0])
    scores = _predicted(askers, V, np.full_like(items, row), items)
    rated = askers.rated[askers.starts[row] : askers.stops[row]]
    best = top_items(scores, n, rated)
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
