"""The compiled search for the largest of many scores."""

import numpy as np

from sklearn_cofi.kernels._blocks import HEIGHT, WIDTH
from sklearn_cofi.kernels._compiled import kernel, next_block, part
from sklearn_cofi.kernels._panels import (
    PANEL_BYTES,
    PANEL_ROWS,
    above,
    count_above,
    fill_scores,
    first_bit,
)

# Number of groups that the scores of a row are split into. The largest score of each
# group is found for all groups at once. A multiple of a panel's width.
GROUPS = 128

# The interval that contains the threshold is halved until at most 2 groups too many
# exceed the threshold, and at most 10 times. Ranking a few more items takes less time
# than another step.
_ENOUGH, _HALVINGS = 2, 10

# A multiple of the number of lanes of any vector.
_CHAINS = 16


def panels_of(Z: np.ndarray) -> np.ndarray:
    """Return ``Z.T`` in panels, as `keep_best` takes it.

    Parameters
    ----------
    Z : float array of shape (n_items, k)

    Returns
    -------
    ndarray of shape (n_panels * k, width)
        Panel p is ``[p * k : (p + 1) * k]``. Columns after the last item are zero.
    """
    n_items, k = Z.shape
    width = PANEL_BYTES // Z.itemsize
    n_full = n_items // width
    panels = np.zeros((-(-n_items // width), k, width), Z.dtype)
    full = Z[: n_full * width].reshape(n_full, width, k)
    panels[:n_full] = full.transpose(0, 2, 1)
    panels[n_full:, :, : n_items - n_full * width] = Z[n_full * width :].T
    return panels.reshape(-1, width)


@kernel(
    writes=["kept", "thresholds"],
    n_blocks=lambda W, *_: -(-len(W) // HEIGHT),
)
def keep_best(taken, W, panels, n_items, starts, stops, excluded, kept, thresholds):
    """Find the items with the largest scores ``W @ Z.T`` of each row, best first.

    If n of the groups' largest scores exceed a threshold, at least n items exceed it.
    Few other items exceed it, so few items are ranked.

    Parameters
    ----------
    W : float array of shape (n_rows, k)
    panels : float array of shape (n_panels * k, width)
        Result of `panels_of`.
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
    width = min(WIDTH, -(-n_items // GROUPS) * GROUPS)
    table = np.empty((HEIGHT, width), W.dtype)
    best = np.empty((HEIGHT, n_kept), W.dtype)
    # Row 0 has the scores of candidates, with room for the best so far and as many more
    # as there are groups: when it is full, the best of them are chosen. Row 1 has the
    # largest scores of the groups and then the best so far.
    scratch = np.empty((2, _whole(n_kept) + GROUPS), W.dtype)
    items = np.empty(n_kept + GROUPS, kept.dtype)
    next_excluded = np.empty(HEIGHT, starts.dtype)
    begin = next_block(taken) * HEIGHT
    while begin < n_rows:
        end = min(n_rows, begin + HEIGHT)
        for row in range(begin, end):
            next_excluded[row - begin] = starts[row]
            for rank in range(n_kept):
                best[row - begin, rank], kept[row, rank] = -np.inf, -1
        for first in range(0, n_items, width):
            size = min(width, n_items - first)
            _fill_table(W, begin, end, panels, first, size, table)
            for row in range(begin, end):
                at = row - begin
                p = next_excluded[at]
                while p < stops[row] and excluded[p] < first + size:
                    table[at, excluded[p] - first] = -np.inf
                    p += 1
                next_excluded[at] = p
                _update_best(
                    table[at], first, size, best[at], kept[row], scratch, items
                )
        for row in range(begin, end):
            thresholds[row] = best[row - begin, n_kept - 1]
        begin = next_block(taken) * HEIGHT


@part()
def _fill_table(W, begin, end, panels, first, size, table):
    """Fill the table with the scores of items from ``first`` on.

    Columns after the last item, up to a whole number of groups, are minus infinity.
    """
    k, width = W.shape[1], panels.shape[1]
    for column in range(0, size, width):
        at = (first + column) // width * k
        for row in range(begin, end, PANEL_ROWS):
            fill_scores(W, row, end - 1, panels, at, table, row - begin, column)
    for row in range(end - begin):
        for column in range(size, -(-size // GROUPS) * GROUPS):
            table[row, column] = -np.inf


@part()
def _update_best(scores, first, size, best, kept, scratch, items):
    """Merge the scores of the items from ``first`` on into the best, best first."""
    n_kept = best.size
    threshold = _threshold(scores, size, best, scratch)
    n_before = n = _copy_best(best, kept, scratch, items)
    for start in range(0, size, PANEL_BYTES // scores.itemsize):
        bits = above(scores, start, threshold)
        while bits:
            column = start + first_bit(bits)
            bits &= bits - np.uint64(1)
            scratch[0, n], items[n] = scores[column], first + column
            n += 1
            if n == items.size:
                _choose(n, best, kept, scratch, items)
                n_before = n = _copy_best(best, kept, scratch, items)
                threshold = max(threshold, best[n_kept - 1])
    if n > n_before:
        _choose(n, best, kept, scratch, items)


@part()
def _threshold(scores, size, best, scratch):
    """Return a threshold that at least n scores exceed, or the n-th best so far.

    An item that does not exceed the threshold is not among the best n, or ties with
    the last of them and comes later. Halving an interval finds a threshold that few
    other scores exceed.
    """
    n_kept, values = best.size, scratch[1]
    for group in range(GROUPS):
        values[group] = -np.inf
    for start in range(0, size, GROUPS):
        for group in range(GROUPS):
            score = scores[start + group]
            values[group] = score if score > values[group] else values[group]
    for rank in range(values.size - GROUPS):
        values[GROUPS + rank] = best[rank] if rank < n_kept else -np.inf
    low = high = values[0]
    for group in range(1, GROUPS):
        low = values[group] if values[group] < low else low
        high = values[group] if values[group] > high else high
    last = best[n_kept - 1]
    if not (low > last and count_above(scratch, 1, values.size, low) >= n_kept):
        low = last
    if low == -np.inf or not high > low:
        return low
    for _ in range(_HALVINGS):
        middle = values.dtype.type(low / 2 + high / 2)
        n = count_above(scratch, 1, values.size, middle)
        if n < n_kept:
            high = middle
            continue
        low = middle
        if n <= n_kept + _ENOUGH:
            break
    return low


@part()
def _copy_best(best, kept, scratch, items):
    """Make the best so far the first candidates, and return their number."""
    n = 0
    while n < best.size and kept[n] >= 0:
        scratch[0, n], items[n] = best[n], kept[n]
        n += 1
    return n


@part()
def _choose(n, best, kept, scratch, items):
    """Fill the best with the best of n candidates; of equal ones, the first is best."""
    n_kept, n_values = best.size, _whole(n)
    for candidate in range(n, n_values):
        scratch[0, candidate] = -np.inf
    for rank in range(n_kept):
        kept[rank] = -1
    # Counting the better candidates needs no branch that depends on a score.
    for candidate in range(n):
        score = scratch[0, candidate]
        rank = count_above(scratch, 0, n_values, score)
        while rank < n_kept and kept[rank] >= 0:  # equal scores
            rank += 1
        if rank < n_kept:
            best[rank], kept[rank] = score, items[candidate]


@part()
def _whole(n):
    """Return n rounded up to whole vectors."""
    return -(-n // _CHAINS) * _CHAINS
