"""What can be proved about an objective without minimising it."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, svds

from sklearn_cofi._types import Factors
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# The error of a singular value is the square of that of its vectors, so that this
# gives it to all digits. Few vectors do with the fewest passes over the ratings.
_TOL = 1e-8
_LANCZOS_VECTORS = 10


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
    by_user, by_item = (_times_errors(objective, base, side) for side in (0, 1))
    if min(shape) == 1:
        single = by_item if shape[0] == 1 else by_user
        return float(np.linalg.norm(single(np.ones(1))))
    matrix = LinearOperator(shape, matvec=by_user, rmatvec=by_item, dtype=np.float64)
    # A fixed start keeps the result reproducible; svds draws a random one otherwise.
    start = np.random.default_rng(0).standard_normal(min(shape))
    across = by_item(start) if shape[0] < shape[1] else by_user(start)
    if not across.any():
        return 0.0  # the base explains every rating: nothing for ARPACK to start on
    n_vectors = _LANCZOS_VECTORS if min(shape) > _LANCZOS_VECTORS else None
    found = svds(
        matrix,
        k=1,
        v0=start,
        tol=_TOL,
        ncv=n_vectors,
        return_singular_vectors=False,
    )
    return float(found[0])


def _times_errors(objective: MaskedSquaredLoss, base: Factors | None, side: int):
    """Return the product of the scaled errors of a base with a vector, as a function.

    Sums are taken in float64, whatever the dtype of the ratings.
    """
    errors = objective.weighted_errors(side, base)
    rows, columns = (
        np.sqrt(objective.scales[s], dtype=np.float64) for s in (side, 1 - side)
    )
    return lambda v: objective.entries_times(side, errors, v.ravel() / columns) / rows
