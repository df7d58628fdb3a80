"""What can be proved about an objective without minimising it."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, svds

from sklearn_cofi._types import Factors
from sklearn_cofi.objective._squared import MaskedSquaredLoss


def reg_param_max(objective: MaskedSquaredLoss, base: Factors | None = None) -> float:
    """Return the smallest penalty at which all factors are exactly zero.

    ::

        reg_param_max = sigma_max(S_user^(-1/2) @ (W * R) @ S_item^(-1/2))

    the largest singular value of the weighted, centred, masked ratings, S being the
    scales of the penalty. The factored problem is a nuclear-norm problem in disguise,
    ``1/2 ||W^(1/2) * P(Z - R)||^2 + reg_param * ||S_user^(1/2) Z S_item^(1/2)||_*``,
    and ``Z = 0`` satisfies its optimality condition just where the gradient at zero,
    ``-W * R``, has no (scaled) singular value above ``reg_param``.

    Costs some tens of passes over the ratings; makes nothing larger than the factors.

    Parameters
    ----------
    objective : MaskedSquaredLoss
    base : Factors, default=None
        Factors whose product is subtracted from R first: biases, in an objective that
        fits them. They depend on ``reg_param``, and so does then the result.

    References
    ----------
    Mazumder, Hastie and Tibshirani, "Spectral Regularization Algorithms for Learning
    Large Incomplete Matrices", JMLR 11 (2010), section 3.
    """
    shape = objective.ratings.shape
    if objective.cost_at_zero == 0:
        return 0.0
    if base is None:
        base = Factors(*(np.zeros((n, 0), objective.dtype) for n in shape))

    def by_user(v):
        return _residual_times(v, objective, base.user, base.item, side=0)

    def by_item(v):
        return _residual_times(v, objective, base.item, base.user, side=1)

    if min(shape) == 1:
        single = by_item if shape[0] == 1 else by_user
        return float(np.linalg.norm(single(np.ones(1))))
    matrix = LinearOperator(
        shape, matvec=by_user, rmatvec=by_item, dtype=objective.dtype
    )
    # A fixed start keeps the result reproducible; svds draws a random one otherwise.
    start = np.random.default_rng(0).standard_normal(min(shape))
    start = start.astype(objective.dtype)
    across = by_item(start) if shape[0] < shape[1] else by_user(start)
    if not across.any():
        return 0.0  # the base explains every rating: nothing for ARPACK to start on
    return float(svds(matrix, k=1, v0=start, return_singular_vectors=False)[0])


def _residual_times(v, objective, U, V, *, side: int) -> np.ndarray:
    """Return the scaled residual ``W * mask * (R - U @ V.T)`` times a vector.

    One more column, of zeros in U and of ``v`` in V, leaves the error as it is and
    has the product in its gradient.
    """
    rows, columns = objective.scales[side], objective.scales[1 - side]
    v = (v.ravel() / np.sqrt(columns)).astype(objective.dtype)
    U = np.column_stack([U, np.zeros(U.shape[0], objective.dtype)])
    V = np.column_stack([V, v])
    gradient = objective.fit_gradient(U, V, by_item=side == 1)[1]
    return -gradient[:, -1] / np.sqrt(rows)
