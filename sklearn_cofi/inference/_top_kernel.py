"""The compiled search for the largest of many scores."""

import numpy as np
from numba import njit, prange

# Scores that are compared with the smallest of the best at once.
CHUNK = 64


@njit(parallel=True, cache=True, nogil=True)
def keep_best(scores, starts, stops, rated, first, kept, cuts):
    """Keep the items of the largest scores of each row, in no order.

    Most chunks hold no score above the smallest that is kept, and one comparison of
    whole vectors tells so.

    Parameters
    ----------
    scores : float array of shape (n_rows, n_chunks, CHUNK)
        Minus infinity beyond the last item; overwritten with it where rated.
    starts, stops, rated : int arrays
        ``rated[starts[first + row]:stops[first + row]]`` are left out.
    first : int
        The number of the first row.
    kept : int array of shape (n_rows, n_kept)
        Overwritten with item numbers, -1 where there are no more.
    cuts : float array of shape (n_rows,)
        Overwritten with the smallest score that was kept, which no other exceeds;
        minus infinity if all are kept.
    """
    for row in prange(scores.shape[0]):
        for p in range(starts[first + row], stops[first + row]):
            scores[row, rated[p] // CHUNK, rated[p] % CHUNK] = -np.inf
        best = np.full(kept.shape[1], -np.inf, scores.dtype)
        items = np.full(kept.shape[1], -1, kept.dtype)
        for chunk in range(scores.shape[1]):
            above = 0
            for j in range(CHUNK):
                above += scores[row, chunk, j] > best[-1]
            if above == 0:
                continue
            for j in range(CHUNK):
                score = scores[row, chunk, j]
                if score > best[-1]:
                    place = best.size - 1
                    while place > 0 and best[place - 1] < score:
                        best[place] = best[place - 1]
                        items[place] = items[place - 1]
                        place -= 1
                    best[place], items[place] = score, chunk * CHUNK + j
        for place in range(items.size):
            kept[row, place] = items[place]
        cuts[row] = best[-1]
