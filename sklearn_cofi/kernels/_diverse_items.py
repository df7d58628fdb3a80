"""The compiled choice of relevant items that differ from each other."""

import numpy as np

from sklearn_cofi.kernels._compiled import kernel, next_block
from sklearn_cofi.kernels._vectors import REORDER

# Number of rows that a thread takes at a time.
_ROWS = 32


@kernel(
    writes=["chosen"],
    n_blocks=lambda X, starts, *_: -(-(starts.size - 1) // _ROWS),
    fastmath=REORDER,
)
def choose_diverse(taken, X, starts, items, relevance, diversity, chosen):
    """Choose items of each row's pool, one after the other, by marginal relevance.

    The first item of the pool is chosen first. Each further choice is the item with
    the largest ::

        (1 - diversity) * relevance[p] - diversity * max over chosen q of X_p . X_q

    and, of several with the same value, the first of these in the pool.

    Parameters
    ----------
    X : float array of shape (n_items, k)
        Rows of length 1, or of zeros.
    starts : int64 array of shape (n_rows + 1,)
        The pool of a row is ``items[starts[row]:starts[row + 1]]``.
    items : int64 array of shape (n_pooled,)
        Item numbers.
    relevance : float64 array of shape (n_pooled,)
    diversity : float
    chosen : int64 array of shape (n_rows, n)
        Overwritten with positions in ``items``; -1 where the pool has no more items.
    """
    n_rows, n = chosen.shape
    longest = 0
    for row in range(n_rows):
        longest = max(longest, starts[row + 1] - starts[row])
    nearest = np.empty(longest, np.float64)
    is_left = np.empty(longest, np.bool_)
    b = next_block(taken)
    while b * _ROWS < n_rows:
        for row in range(b * _ROWS, min(n_rows, (b + 1) * _ROWS)):
            first, size = starts[row], starts[row + 1] - starts[row]
            for p in range(size):
                nearest[p], is_left[p] = -np.inf, True
            latest = 0
            for rank in range(n):
                if rank >= size:
                    chosen[row, rank] = -1
                    continue
                if rank > 0:
                    # The pool of a row has few items, so the search is a plain loop.
                    other, best = items[first + latest], -np.inf
                    for p in range(size):
                        if is_left[p]:
                            cosine = 0.0
                            for f in range(X.shape[1]):
                                cosine += X[items[first + p], f] * X[other, f]
                            nearest[p] = max(nearest[p], cosine)
                            value = (1 - diversity) * relevance[first + p]
                            value -= diversity * nearest[p]
                            if value > best:
                                best, latest = value, p
                is_left[latest] = False
                chosen[row, rank] = first + latest
        b = next_block(taken)
