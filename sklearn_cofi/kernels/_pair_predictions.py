"""Compiled products of the factors of given pairs."""

from sklearn_cofi.kernels._compiled import kernel, next_block
from sklearn_cofi.kernels._vectors import REORDER

# Number of pairs that a thread takes at a time.
_PAIRS = 2048


@kernel(
    writes=["scores"],
    n_blocks=lambda U, V, users, *_: -(-users.size // _PAIRS),
    fastmath=REORDER,
)
def add_pair_scores(taken, U, V, users, items, scores):
    """Add ``U[users] . V[items]`` to the scores of pairs with known user and item.

    Parameters
    ----------
    U, V : float arrays of shape (n_users, k) and (n_items, k)
    users, items : int64 arrays of shape (n_pairs,)
        Row numbers. A pair with -1, an unknown user or item, keeps its score.
    scores : float array of shape (n_pairs,)
        Updated in place.
    """
    b = next_block(taken)
    while b * _PAIRS < users.size:
        for n in range(b * _PAIRS, min(users.size, (b + 1) * _PAIRS)):
            u, i = users[n], items[n]
            if u >= 0 and i >= 0:
                score = scores[n]
                for f in range(U.shape[1]):
                    score += U[u, f] * V[i, f]
                scores[n] = score
        b = next_block(taken)
