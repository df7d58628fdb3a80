"""The compiled search for the largest of many scores."""

import numpy as np
from numba import njit, prange

from sklearn_cofi.kernels._blocks import HEIGHT, WIDTH

# Number of groups that the scores of a row are split into. The largest score of each
# group is found for all groups at once.
GROUPS = 128


def tiles_of(Z: np.ndarray) -> np.ndarray:
    """Return ``Z.T`` in tiles of a width that `keep_best` accepts.

    Parameters
    ----------
    Z : float array of shape (n_items, k)

    Returns
    -------
    ndarray of shape (n_tiles, k, width)
        Columns after the last item are zero.
    """
    n_items, k = Z.shape
    n_tiles = -(-n_items // WIDTH)
    width = -(-n_items // (n_tiles * GROUPS)) * GROUPS
    tiles = np.zeros((n_tiles, k, width), Z.dtype)
    for number, tile in enumerate(tiles):
        part = Z[number * width : (number + 1) * width]
        tile[:, : len(part)] = part.T
    return tiles


@njit(parallel=True, cache=True, nogil=True)
def keep_best(W, tiles, n_items, starts, stops, excluded, kept, thresholds):
    """Find the items with the largest scores ``W @ Z.T`` of each row, best first.

    At least n items reach the n-th largest of the groups' largest scores. Few groups
    have more than one such item, and only groups that have one are searched.

    Parameters
    ----------
    W : float array of shape (n_rows, k)
    tiles : float array of shape (n_tiles, k, width)
        Result of `tiles_of`.
    n_items : int
    starts, stops : int arrays of shape (n_rows,)
    excluded : int array
        Item numbers: the items ``excluded[starts[row]:stops[row]]``, in increasing
        order, are left out.
    kept : int array of shape (n_rows, n_kept)
        Overwritten with item numbers; -1 where there are no more items.
    thresholds : float array of shape (n_rows,)
        Overwritten with the smallest score that was kept, which no other item
        exceeds, or with minus infinity if all items are kept.
    """
    n_rows, n_kept = kept.shape
    width = tiles.shape[2]
    for block in prange((n_rows + HEIGHT - 1) // HEIGHT):
        begin, end = block * HEIGHT, min(n_rows, (block + 1) * HEIGHT)
        table = np.empty((HEIGHT, width), W.dtype)
        best = np.full((HEIGHT, n_kept), -np.inf, W.dtype)
        scratch = np.empty((2, GROUPS + n_kept), W.dtype)
        next_excluded = starts[begin:end].copy()
        kept[begin:end] = -1
        for number in range(tiles.shape[0]):
            first = number * width
            size = min(width, n_items - first)
            scores = table[: end - begin]
            np.dot(W[begin:end], tiles[number], scores)
            for row in range(begin, end):
                own = scores[row - begin]
                own[size:] = -np.inf
                p = next_excluded[row - begin]
                while p < stops[row] and excluded[p] < first + size:
                    own[excluded[p] - first] = -np.inf
                    p += 1
                next_excluded[row - begin] = p
                _update_best(own, first, best[row - begin], kept[row], scratch)
        for row in range(begin, end):
            thresholds[row] = best[row - begin, -1]


@njit(cache=True, nogil=True)
def _update_best(scores, first, best, items, scratch):
    """Merge the scores of the items from ``first`` on into the best, best first."""
    largest, thresholds = scratch[0, :GROUPS], scratch[1, : best.size]
    groups = np.empty(best.size, items.dtype)
    table = scores.reshape(-1, GROUPS)
    for group in range(GROUPS):
        largest[group] = table[0, group]
    for row in range(1, table.shape[0]):
        for group in range(GROUPS):
            score = table[row, group]
            largest[group] = score if score > largest[group] else largest[group]
    thresholds[:] = best
    for group in range(GROUPS):
        if largest[group] > thresholds[-1]:
            _insert(largest[group], thresholds, group, groups)
    threshold = thresholds[-1]
    for group in range(GROUPS):
        if largest[group] < threshold or not largest[group] > best[-1]:
            continue
        for row in range(table.shape[0]):
            score = table[row, group]
            if score >= threshold and score > best[-1]:
                _insert(score, best, first + row * GROUPS + group, items)


@njit(cache=True, nogil=True)
def _insert(score, best, item, items):
    """Insert a score and its item into the best, in falling order; drop the last."""
    position = best.size - 1
    while position > 0 and best[position - 1] < score:
        best[position], items[position] = best[position - 1], items[position - 1]
        position -= 1
    best[position], items[position] = score, item
