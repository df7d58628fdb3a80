"""The smallest penalty at which the optimum is exactly zero.

It is computed from the ratings, without minimising the objective.
"""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import numpy as np
from scipy.optimize import brentq
from scipy.sparse.linalg import ArpackError, LinearOperator, svds

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.objective._bias import biases_alone
from sklearn_cofi.objective._feature_penalty import NO_FEATURES, Features
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._roots import (
    inverse_root_times,
    inverse_root_transposed_times,
    root_shape,
)
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# Relative tolerance of the singular vectors. The error of the singular value is its
# square, below rounding. This number of vectors takes the fewest passes over ratings.
_TOL = 1e-8
_LANCZOS_VECTORS = 10
# Vectors and restarts of the Lanczos iteration that is used if ARPACK fails, and the
# relative length of a new vector that is rounding.
_KRYLOV_VECTORS = 30
_RESTARTS = 100
_ENDED = 1e-13

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

    With features, ``S**(-1/2)`` is the root L of `FeaturePenalty`, which has a further
    column for each feature: the penalty of Z is then
    ``||M_user^(1/2) Z M_item^(1/2)||_*`` with ``M^-1 = L @ L.T``.

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
    shape = root_shape(objective)
    if objective.cost_at_zero == 0:
        return 0.0
    by_user, by_item = (_times_errors(objective, base, side) for side in (0, 1))
    if min(shape) == 1:
        single = by_item if shape[0] == 1 else by_user
        return float(np.linalg.norm(single(np.ones(1))))
    matrix = LinearOperator(shape, matvec=by_user, rmatvec=by_item, dtype=np.float64)
    # A fixed start makes the result reproducible; svds would draw a random one.
    start = np.random.default_rng(0).standard_normal(min(shape))
    if not (by_item(start) if shape[0] < shape[1] else by_user(start)).any():
        return 0.0  # the base explains every rating, and ARPACK would fail
    lanczos_vectors = None if min(shape) <= n_vectors else n_vectors
    find = partial(svds, matrix, k=1, v0=start, return_singular_vectors=False)
    try:
        return float(find(tol=tol, ncv=lanczos_vectors)[0])
    except ArpackError:
        return largest_singular_value(matrix, start, tol)


def largest_singular_value(
    matrix: LinearOperator, start: np.ndarray, tol: float
) -> float:
    """Return the largest singular value by Lanczos iteration, orthogonalised in full.

    ARPACK fails on some processors if few singular values are distinct, and scipy's
    LOBPCG and PROPACK fail or warn. Here a Krylov space that ends is a result: it
    contains a singular vector of the largest value, because the start is random.

    Parameters
    ----------
    matrix : LinearOperator of shape (n_users, n_items)
    start : float array of shape (min(n_users, n_items),)
    tol : float
        Relative residual of the squared singular value at which the iteration ends.

    References
    ----------
    Parlett, "The Symmetric Eigenvalue Problem", SIAM, 1998, chapter 13,
    doi:10.1137/1.9781611971163.
    """
    is_wide = matrix.shape[0] < matrix.shape[1]
    first, then = matrix.rmatvec, matrix.matvec
    if not is_wide:
        first, then = then, first
    square = 0.0
    for _ in range(_RESTARTS):
        basis, images, is_complete = _krylov_basis(lambda v: then(first(v)), start)
        values, vectors = np.linalg.eigh(basis @ images.T)
        square, vector = float(values[-1]), vectors[:, -1]
        start = vector @ basis
        residual = float(np.linalg.norm(vector @ images - square * start))
        if is_complete or residual <= tol * square:
            break
    return float(np.sqrt(max(square, 0.0)))


def _krylov_basis(
    times: Callable[[np.ndarray], np.ndarray], start: np.ndarray
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return orthonormal rows, their images, and whether they contain their images."""
    basis = (start / np.linalg.norm(start))[None]
    images = np.empty((0, start.size))
    for _ in range(_KRYLOV_VECTORS):
        image = times(basis[-1])
        images = np.vstack([images, image])
        rest = image
        for _ in range(2):  # once leaves rounding errors
            rest = rest - (basis @ rest) @ basis
        length = float(np.linalg.norm(rest))
        if length <= _ENDED * float(np.linalg.norm(image)):
            return basis, images, True
        if len(images) < _KRYLOV_VECTORS:
            basis = np.vstack([basis, rest / length])
    return basis, images, False


def penalty_without_factors(
    ratings: RatingMatrix, penalty: Penalty, features: Features = NO_FEATURES
) -> float:
    """Return the smallest ``reg_param`` at which all latent factors are zero.

    The ratings are in the units of the penalty; the result is not. It is
    `reg_param_max`. If biases have the penalty r of the factors, that value
    depends on r, and the result is the root ``r = reg_param_max(r)`` above which the
    right side is smaller than r. As r grows, the right side tends to its value without
    biases, which biases mostly lower, but can also raise a little.
    """

    def largest(reg_param: float) -> float:
        penalised = penalty.with_reg_param(reg_param)
        objective = MaskedSquaredLoss(ratings, penalised, features)
        base = biases_alone(objective) if penalty.fit_bias else None
        return reg_param_max(objective, base) * penalty.reg_unit

    if not penalty.fit_bias or penalty.reg_bias is not None:
        return largest(1.0)
    without_biases = MaskedSquaredLoss(
        ratings, replace(penalty, reg_param=penalty.reg_unit, fit_bias=False), features
    )
    high = low = reg_param_max(without_biases) * penalty.reg_unit
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
    product = objective.errors_times(side, base)

    def scaled(v: np.ndarray) -> np.ndarray:
        errors = product(inverse_root_times(objective, 1 - side, v.ravel()))
        return inverse_root_transposed_times(objective, side, errors)

    return scaled
