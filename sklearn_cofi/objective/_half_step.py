"""Half a sweep of alternating least squares: one side exactly, the other fixed."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.objective._squared import MaskedSquaredLoss


def half_step(
    objective: MaskedSquaredLoss,
    side: int,
    factors: Factors,
    *,
    steps: int | None = None,
) -> np.ndarray:
    """Return the factors of one side that minimise the objective, given the other's.

    Each row is a ridge regression of its ratings on the other side's factors. Rows
    whose system is singular (``reg_param`` 0 and fewer ratings than features) get the
    shortest of the minimisers.

    Parameters
    ----------
    objective : MaskedSquaredLoss
    side : {0, 1}
        0 solves the users' factors, 1 the items'.
    factors : Factors
        Left as they are.
    steps : int, default=None
        Instead of the exact solution, go towards it from ``factors`` by so many steps
        of conjugate gradients in each row, none of which raises the cost.

    Returns
    -------
    ndarray of the shape of ``factors[side]``

    References
    ----------
    Zhou, Wilkinson, Schreiber and Pan, "Large-Scale Parallel Collaborative Filtering
    for the Netflix Prize", AAIM 2008, doi:10.1007/978-3-540-68880-8_32, section 3.1.
    """
    X, V = factors[side].copy(), factors[1 - side]
    if not objective.fit_bias:
        objective.solve_side(side, X, V, X.shape[1], steps)
        return X
    if side == 1:
        # [features, 1, bias] and [features, bias, 1] change places: the column of
        # ones is then the last of X for items as it is for users.
        X, V = _exchange_last_two(X), _exchange_last_two(V)
    objective.solve_side(side, X, V, X.shape[1] - 1, steps)
    return _exchange_last_two(X) if side == 1 else X


def _exchange_last_two(X: np.ndarray) -> np.ndarray:
    return np.concatenate([X[:, :-2], X[:, -1:], X[:, -2:-1]], axis=1)
