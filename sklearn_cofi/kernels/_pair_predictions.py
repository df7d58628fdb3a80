"""Compiled products of the factors of given pairs."""

from numba import njit, prange

from sklearn_cofi.kernels._vectors import REORDER


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def add_pair_scores(U, V, users, items, scores):
    """Add ``U[users] . V[items]`` to the scores of pairs with known user and item.

    Parameters
    ----------
    U, V : float arrays of shape (n_users, k) and (n_items, k)
    users, items : int64 arrays of shape (n_pairs,)
        Row numbers. A pair with -1, an unknown user or item, keeps its score.
    scores : float array of shape (n_pairs,)
        Updated in place.
    """
    for n in prange(users.size):
        u, i = users[n], items[n]
        if u >= 0 and i >= 0:
            score = scores[n]
            for f in range(U.shape[1]):
                score += U[u, f] * V[i, f]
            scores[n] = score
