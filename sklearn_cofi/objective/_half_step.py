"""Half a sweep of alternating least squares: one side is solved, the other fixed."""

import numpy as np

from sklearn_cofi._types import AlternatingObjective, Factors


def half_step(
    objective: AlternatingObjective,
    side: int,
    factors: Factors,
    *,
    steps: int | None = None,
) -> np.ndarray:
    """Return the factors of one side that minimise the objective for fixed other ones.

    Each row is a ridge regression of its ratings on the factors of the other side. A
    row with a singular system (``reg_param`` 0 and fewer ratings than latent factors)
    gets the minimiser of smallest norm.

    Parameters
    ----------
    objective : AlternatingObjective
    side : {0, 1}
        0 solves the factors of users, 1 those of items.
    factors : Factors
        Current factors of both sides, which are not modified.
    steps : int, default=None
        Number of steps of conjugate gradients for each row, from ``factors`` towards
        the exact solution. No step raises the cost. None solves exactly.

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
        # Exchange the last two columns, so the column of ones is the last one of X for
        # items as for users.
        X, V = _exchange_last_two(X), _exchange_last_two(V)
    objective.solve_side(side, X, V, X.shape[1] - 1, steps)
    return _exchange_last_two(X) if side == 1 else X


def _exchange_last_two(X: np.ndarray) -> np.ndarray:
    return np.concatenate([X[:, :-2], X[:, -1:], X[:, -2:-1]], axis=1)
