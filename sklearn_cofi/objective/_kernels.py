"""Compiled inner loops; the only file that compiles with numba.

Each row writes its own cells and sums are taken outside, so that the number of
threads cannot change a bit of any result.
"""

from numba import njit, prange

# Sums over features may be reordered to fill vector registers: the order is fixed
# when the loop is compiled, not when it runs, so results stay reproducible. NaN and
# infinity keep their meaning.
_REORDER = {"reassoc", "contract", "nsz"}


@njit(parallel=True, cache=True, nogil=True, fastmath=_REORDER)
def half_gradient(blocks, indptr, indices, ratings, weights, U, V, grad_U, row_loss):
    """Price the rows of U and fill their half of the gradient.

    ``E = mask * (U @ V.T - R)``; fills ``grad_U = (W * E) @ V`` and
    ``row_loss = 1/2 * sum(W * E**2, axis=1)``.

    Parameters
    ----------
    blocks : int64 array of shape (n_blocks + 1,)
        Rows ``blocks[b]:blocks[b + 1]`` are done by one thread: cut them so that
        each block holds about as many ratings.
    indptr, indices, ratings, weights : arrays
        Rows of the rating matrix in compressed form; empty ``weights`` means ones.
    U, V : float arrays of shape (n_rows, k) and (n_columns, k)
    grad_U, row_loss : float arrays of shape (n_rows, k), float64 (n_rows,)
        Overwritten.
    """
    k = U.shape[1]
    weighted = weights.size > 0
    for b in prange(blocks.size - 1):
        for row in range(blocks[b], blocks[b + 1]):
            for f in range(k):
                grad_U[row, f] = 0
            loss = 0.0
            for p in range(indptr[row], indptr[row + 1]):
                column = indices[p]
                error = -ratings[p]
                for f in range(k):
                    error += U[row, f] * V[column, f]
                pull = error
                if weighted:
                    pull = weights[p] * error
                loss += pull * error
                for f in range(k):
                    grad_U[row, f] += pull * V[column, f]
            row_loss[row] = 0.5 * loss


@njit(parallel=True, cache=True, nogil=True, fastmath=_REORDER)
def add_pair_scores(U, V, users, items, scores):
    """Add ``U[users] . V[items]`` to the scores of the pairs where both are known.

    Parameters
    ----------
    U, V : float arrays of shape (n_users, k) and (n_items, k)
    users, items : int64 arrays of shape (n_pairs,)
        Row numbers; -1 is unknown, and leaves the score alone.
    scores : float array of shape (n_pairs,)
        Added to in place.
    """
    for n in prange(users.size):
        u, i = users[n], items[n]
        if u >= 0 and i >= 0:
            score = scores[n]
            for f in range(U.shape[1]):
                score += U[u, f] * V[i, f]
            scores[n] = score
