"""The compiled search for the largest of many scores."""

import numpy as np
from numba import njit, prange

# Rows that share a matrix product, and items that it scores: such a table of scores
# stays in the second cache of a core.
HEIGHT = 128
WIDTH = 4096

# Scores of a row are searched in so many groups, all at once for the largest of each.
GROUPS = 128


def tiles_of(Z: np.ndarray) -> np.ndarray:
    """Return ``Z.T`` in tiles of a width that `keep_best` takes.

    Parameters
    ----------
    Z : float array of shape (n_items, k)

    Returns
    -------
    ndarray of shape (n_tiles, k, width)
        Of items beyond the last, zeros.
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
def keep_best(W, tiles, n_items, starts, stops, excluded, kept, cuts):
    """Keep the items with the largest scores ``W @ Z.T`` of each row, in no order.

    The n-th largest of the largest of each group is a score that n items reach: few
    groups have more than one of these, and only groups that have one are looked into.

    Parameters
    ----------
    W : float array of shape (n_rows, k)
    tiles : float array of shape (n_tiles, k, width)
        As `tiles_of` returns them.
    n_items : int
    starts, stops, excluded : int arrays
        ``excluded[starts[row]:stops[row]]``, increasing, are left out.
    kept : int array of shape (n_rows, n_kept)
        Overwritten with item numbers, -1 where there are no more.
    cuts : float array of shape (n_rows,)
        Overwritten with the smallest score that was kept, which no other exceeds;
        minus infinity if all are kept.
    """
    n_rows, n_kept = kept.shape
    width = tiles.shape[2]
    for block in prange((n_rows + HEIGHT - 1) // HEIGHT):
        begin, end = block * HEIGHT, min(n_rows, (block + 1) * HEIGHT)
        table = np.empty((HEIGHT, width), W.dtype)
        best = np.full((HEIGHT, n_kept), -np.inf, W.dtype)
        scratch = np.empty((2, GROUPS + n_kept), W.dtype)
        at = starts[begin:end].copy()
        kept[begin:end] = -1
        for number in range(tiles.shape[0]):
            first = number * width
            size = min(width, n_items - first)
            scores = table[: end - begin]
            np.dot(W[begin:end], tiles[number], scores)
            for row in range(begin, end):
                own = scores[row - begin]
                own[size:] = -np.inf
                p = at[row - begin]
                while p < stops[row] and excluded[p] < first + size:
                    own[excluded[p] - first] = -np.inf
                    p += 1
                at[row - begin] = p
                _look(own, first, best[row - begin], kept[row], scratch)
        for row in range(begin, end):
            cuts[row] = best[row - begin, -1]


@njit(cache=True, nogil=True)
def _look(scores, first, best, items, scratch):
    """Bring the best of some items among the best so far, best first."""
    largest, bars = scratch[0, :GROUPS], scratch[1, : best.size]
    groups = np.empty(best.size, items.dtype)
    table = scores.reshape(-1, GROUPS)
    for group in range(GROUPS):
        largest[group] = table[0, group]
    for row in range(1, table.shape[0]):
        for group in range(GROUPS):
            score = table[row, group]
            largest[group] = score if score > largest[group] else largest[group]
    bars[:] = best
    for group in range(GROUPS):
        if largest[group] > bars[-1]:
            _insert(largest[group], bars, group, groups)
    bar = bars[-1]
    for group in range(GROUPS):
        if largest[group] < bar or not largest[group] > best[-1]:
            continue
        for row in range(table.shape[0]):
            score = table[row, group]
            if score >= bar and score > best[-1]:
                _insert(score, best, first + row * GROUPS + group, items)


@njit(cache=True, nogil=True)
def _insert(score, best, item, items):
    """Put a score and its item among the best, which fall, in the last one's stead."""
    place = best.size - 1
    while place > 0 and best[place - 1] < score:
        best[place], items[place] = best[place - 1], items[place - 1]
        place -= 1
    best[place], items[place] = score, item
