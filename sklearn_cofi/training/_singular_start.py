"""A start along singular vectors, for objectives that count unrated pairs."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# Number of power iterations. A second one saves no sweep on ml-1m.
_POWERS = 1

# Smallest scale of a column, as a fraction of the largest: a column of zeros on both
# sides would have no gradient.
_SMALLEST = 1e-3


def singular_start(
    objective: MaskedSquaredLoss, drawn: Factors, base: Factors | None
) -> Factors:
    """Return factors along the leading singular vectors of the weighted errors.

    ::

        E = W * (R - base),  with w0 and the targets for unrated pairs
        U @ V.T = mean(W)**-1 * E @ Q @ Q.T,  Q = orthonormal basis of E.T @ E @ drawn

    If all pairs had the same weight, and without a penalty, the best factors of k
    columns would be the k leading singular vectors. With unrated pairs the weights of
    pairs differ less than without, and a fit from here takes half of the sweeps that it
    takes from normal factors (ml-1m, 256 latent factors: 5 instead of 10).

    Parameters
    ----------
    objective : MaskedSquaredLoss
    drawn : Factors
        Normal factors. Columns beyond the number of users or items remain as drawn.
    base : Factors or None
        Factors that are subtracted, such as biases.

    References
    ----------
    Halko, Martinsson and Tropp, "Finding Structure with Randomness", SIAM Review 53
    (2011), algorithm 4.4, doi:10.1137/090771806.
    """
    by_user, by_item = (objective.errors_times(side, base) for side in (0, 1))
    size = min(drawn.user.shape[0], drawn.item.shape[0], drawn.item.shape[1])
    Q = drawn.item[:, :size]
    for _ in range(_POWERS):
        Q, _ = np.linalg.qr(by_item(by_user(Q)))
    projected = by_user(Q) / Q.dtype.type(objective.ratings.by_user.mean_weight)
    squares, rotation = np.linalg.eigh(projected.T @ projected)
    values = np.sqrt(np.maximum(squares, 0))
    if not values[-1] > 0:
        return drawn
    roots = np.sqrt(np.maximum(values, _SMALLEST * values[-1]))
    start = Factors(drawn.user.copy(), drawn.item.copy())
    start.user[:, :size] = projected @ rotation / roots
    start.item[:, :size] = Q @ rotation * roots
    return start
