"""The smallest penalty at which the optimum is exactly zero.

It is computed from the ratings, without minimising the objective.
"""

from collections.abc import Callable
from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.sparse.linalg import ArpackError, LinearOperator, svds

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.objective._bias import biases_alone
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# Relative tolerance of the singular vectors. The error of the singular value is its
# square, below rounding. This number of vectors takes the fewest passes over ratings.
_TOL = 1e-8
_LANCZOS_VECTORS = 10
# Maximum number of steps of LOBPCG, which is used if ARPACK fails.
_LOBPCG_STEPS = 500

# Relative tolerance of the root that is the result if biases depend on the penalty.
_ROOT_TOL = 1e-9


def reg_param_max(
    objective: MaskedSquaredLoss,
    base: Factors | None = None,
    *,
    tol: float = _TOL,
    n_vectors: int = _LANCZOS_VECTORS,
) -> float:
    """Return the smallest penalty at which all factors are exactly zero.

    ::

        reg_param_max = sigma_max(S_user^(-1/2) @ (W * R) @ S_item^(-1/2))

    the largest singular value of the weighted, centred, masked ratings, with S the
    scales of the penalty. The factored problem is equivalent to a nuclear-norm problem,
    ``1/2 ||W^(1/2) * P(Z - R)||^2 + reg_param * ||S_user^(1/2) Z S_item^(1/2)||_*``,
    and ``Z = 0`` satisfies its optimality condition exactly if no (scaled) singular
    value of the gradient at zero, ``-W * R``, exceeds ``reg_param``.

    Takes some tens of passes over the ratings, and no more memory than the factors.

    Parameters
    ----------
    objective : MaskedSquaredLoss
    base : Factors, default=None
        Factors whose product is subtracted from R first: the biases, in an objective
        that fits them. They depend on ``reg_param``, and then so does the result.
    tol : float
        Relative error of the singular vectors. The relative error of the singular value
        is its square.
    n_vectors : int
        Number of Lanczos vectors. More are needed if many singular values are nearly as
        large as the largest.

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
    # A fixed start makes the result reproducible; svds would draw a random one.
    start = np.random.default_rng(0).standard_normal(min(shape))
    across = by_item(start) if shape[0] < shape[1] else by_user(start)
    if not across.any():
        return 0.0  # the base explains every rating, and ARPACK would fail
    lanczos_vectors = None if min(shape) <= n_vectors else n_vectors
    return _largest_singular_value(matrix, start, across, tol, lanczos_vectors)


def _largest_singular_value(
    matrix: LinearOperator,
    start: np.ndarray,
    across: np.ndarray,
    tol: float,
    n_vectors: int | None,
) -> float:
    """Return the largest singular value, by Lanczos iteration from a start.

    ``across`` is the product of the matrix, or of its transpose, with the start.
    """
    find = partial(svds, matrix, k=1, v0=start, return_singular_vectors=False)
    try:
        return float(find(tol=tol, ncv=n_vectors)[0])
    except ArpackError:
        # On some processors ARPACK fails if many singular values are equal. LOBPCG does
        # not fail; its residuals refer to squared singular values.
        square = np.dot(across, across) / np.dot(start, start)
        return float(find(solver="lobpcg", tol=tol * square, maxiter=_LOBPCG_STEPS)[0])


def penalty_without_features(ratings: RatingMatrix, penalty: Penalty) -> float:
    """Return the smallest ``reg_param`` at which all latent factors are zero.

    This is `reg_param_max`. If biases have the penalty r of the factors, that value
    depends on r, and the result is the root ``r = reg_param_max(r)`` above which the
    right side is smaller than r. As r grows, the right side tends to its value without
    biases, which biases mostly lower, but can also raise a little.
    """

    def largest(reg_param: float) -> float:
        objective = MaskedSquaredLoss(ratings, penalty.with_reg_param(reg_param))
        base = biases_alone(objective) if penalty.fit_bias else None
        return reg_param_max(objective, base)

    if not penalty.fit_bias or penalty.reg_bias is not None:
        return largest(1.0)
    without_biases = Penalty(1.0, penalty.reg_scaling)
    high = low = reg_param_max(MaskedSquaredLoss(ratings, without_biases))
    smallest = _ROOT_TOL * high
    while largest(high) > high:
        high *= 2
    while low > smallest and largest(low) <= low:
        high, low = low, low / 2
    if low <= smallest:
        return 0.0  # biases explain every rating
    root = brentq(lambda r: largest(r) - r, low, high, rtol=_ROOT_TOL, xtol=smallest)
    while largest(root) > root:
        root *= 1 + _ROOT_TOL  # to the side on which the factors are zero
    return float(root)


def _times_errors(
    objective: MaskedSquaredLoss, base: Factors | None, side: int
) -> Callable[[np.ndarray], np.ndarray]:
    """Return a function that multiplies the scaled errors of a base by a vector.

    Sums are in float64 for any dtype of the ratings.
    """
    errors = objective.weighted_errors(side, base)
    rows, columns = (
        np.sqrt(objective.scales[s], dtype=np.float64) for s in (side, 1 - side)
    )
    return lambda v: objective.entries_times(side, errors, v.ravel() / columns) / rows
