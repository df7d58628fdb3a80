"""What can be proved about an objective without minimising it."""

from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.sparse.linalg import ArpackError, LinearOperator, svds

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.objective._bias import biases_alone
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# The error of a singular value is the square of that of its vectors, so that this
# gives it to all digits. Few vectors do with the fewest passes over the ratings.
_TOL = 1e-8
_LANCZOS_VECTORS = 10
# Where ARPACK fails, at most this many steps of LOBPCG are taken instead.
_LOBPCG_STEPS = 500

# Where biases depend on the penalty, it is a root, found to this share of itself.
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
    tol : float
        Relative error of the singular vectors; its square is that of the value.
    n_vectors : int
        Number of Lanczos vectors. More are needed where many singular values are
        nearly as large as the largest.

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
    if min(shape) <= n_vectors:
        n_vectors = None
    return _largest_singular_value(matrix, start, across, tol, n_vectors)


def _largest_singular_value(matrix, start, across, tol, n_vectors) -> float:
    """Return the largest singular value, by Lanczos iteration from a start.

    ``across`` is the product of the matrix, or of its transpose, with the start.
    """
    find = partial(svds, matrix, k=1, v0=start, return_singular_vectors=False)
    try:
        return float(find(tol=tol, ncv=n_vectors)[0])
    except ArpackError:
        # ARPACK gives up where many singular values are equal, on some processors.
        # LOBPCG does not; its residuals are those of squared singular values.
        square = np.dot(across, across) / np.dot(start, start)
        return float(find(solver="lobpcg", tol=tol * square, maxiter=_LOBPCG_STEPS)[0])


def penalty_without_features(ratings: RatingMatrix, penalty: Penalty) -> float:
    """Return the smallest ``reg_param`` at which all features are zero.

    That is `reg_param_max`; but where biases have the penalty r of the factors, it
    depends on r, and the result is the r with ``r = reg_param_max(r)``, above which
    the right side is smaller: as r grows, it tends to what there is without biases.
    (Which biases mostly lower, but can raise a little.)
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
        root *= 1 + _ROOT_TOL  # to the side on which nothing is learned
    return float(root)


def _times_errors(objective: MaskedSquaredLoss, base: Factors | None, side: int):
    """Return the product of the scaled errors of a base with a vector, as a function.

    Sums are taken in float64, whatever the dtype of the ratings.
    """
    errors = objective.weighted_errors(side, base)
    rows, columns = (
        np.sqrt(objective.scales[s], dtype=np.float64) for s in (side, 1 - side)
    )
    return lambda v: objective.entries_times(side, errors, v.ravel() / columns) / rows
