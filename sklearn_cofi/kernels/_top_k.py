"""The compiled search for the largest of many scores."""

import numpy as np

from sklearn_cofi.kernels._blocks import HEIGHT, WIDTH
from sklearn_cofi.kernels._compiled import kernel, next_block, part

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


@kernel(
    writes=["kept", "thresholds"],
    n_blocks=lambda W, *_: -(-len(W) // HEIGHT),
)
def keep_best(taken, W, tiles, n_items, starts, stops, excluded, kept, thresholds):
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
    table = np.empty((HEIGHT, width), W.dtype)
    best = np.empty((HEIGHT, n_kept), W.dtype)
    scratch = np.empty((2, GROUPS + n_kept), W.dtype)
    groups = np.empty(n_kept, kept.dtype)
    next_excluded = np.empty(HEIGHT, starts.dtype)
    begin = next_block(taken) * HEIGHT
    while begin < n_rows:
        end = min(n_rows, begin + HEIGHT)
        for row in range(begin, end):
            next_excluded[row - begin] = starts[row]
            for rank in range(n_kept):
                best[row - begin, rank], kept[row, rank] = -np.inf, -1
        for number in range(tiles.shape[0]):
            first = number * width
            size = min(width, n_items - first)
            np.dot(W[begin:end], tiles[number], table[: end - begin])
            for row in range(begin, end):
                own = table[row - begin]
                for item in range(size, width):
                    own[item] = -np.inf
                p = next_excluded[row - begin]
                while p < stops[row] and excluded[p] < first + size:
                    own[excluded[p] - first] = -np.inf
                    p += 1
                next_excluded[row - begin] = p
                _update_best(own, first, best[row - begin], kept[row], scratch, groups)
        for row in range(begin, end):
            thresholds[row] = best[row - begin, n_kept - 1]
        begin = next_block(taken) * HEIGHT


@part()
def _update_best(scores, first, best, items, scratch, groups):
    """Merge the scores of the items from ``first`` on into the best, best first."""
    n_kept = best.size
    largest, thresholds = scratch[0], scratch[1]
    for group in range(GROUPS):
        largest[group] = scores[group]
    for start in range(GROUPS, scores.size, GROUPS):
        for group in range(GROUPS):
            score = scores[start + group]
            largest[group] = score if score > largest[group] else largest[group]
    for rank in range(n_kept):
        thresholds[rank] = best[rank]
    for group in range(GROUPS):
        if largest[group] > thresholds[n_kept - 1]:
            _insert(largest[group], thresholds, group, groups)
    threshold = thresholds[n_kept - 1]
    for group in range(GROUPS):
        if largest[group] < threshold or not largest[group] > best[n_kept - 1]:
            continue
        for start in range(0, scores.size, GROUPS):
            score = scores[start + group]
            if score >= threshold and score > best[n_kept - 1]:
                _insert(score, best, first + start + group, items)


@part()
def _insert(score, best, item, items):
    """Insert a score and its item into the best, in falling order; drop the last."""
    position = items.size - 1
    while position > 0 and best[position - 1] < score:
        best[position], items[position] = best[position - 1], items[position - 1]
        position -= 1
    best[position], items[position] = score, item
