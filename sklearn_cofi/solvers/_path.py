"""A path of solutions over falling penalties, each the start of the next.

A large penalty leaves latent factors at zero. Zero is a saddle point, where the
gradient is zero also for smaller penalties. Before the solver continues, latent factors
of zero are replaced by the directions in which the errors are largest.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from functools import partial

import numpy as np
from scipy import sparse
from scipy.sparse.linalg import LinearOperator, aslinearoperator

from sklearn_cofi._types import Factors, Solution
from sklearn_cofi.objective._bias import biases_alone, split_biases, with_biases
from sklearn_cofi.objective._line import best_step, line_coefficients
from sklearn_cofi.objective._roots import (
    inverse_root_times,
    inverse_root_transposed_times,
    root_shape,
    root_times,
)
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._start import zero_start

# Singular values of U @ V.T below this fraction of the largest belong to unused latent
# factors, because solvers approach zero without reaching it. If a latent factor was in
# use nevertheless, it is found again among the errors.
_UNUSED = 1e-3

# Number of rounds of subspace iteration: with four rounds, paths over ml-100k and ml-1m
# have the same costs to four digits and take as many iterations.
_ROUNDS = 2
# Minimum fraction by which errors exceed the penalty. A smaller excess is rounding in
# float32, and in float64 it would lower the cost only by its square.
_EXCESS = 1e-4
# Number of additional directions, which randomised subspace iteration needs.
_OVERSAMPLED = 10


def solve_path(
    objectives: Iterable[MaskedSquaredLoss],
    num_features_grid: list[int],
    minimise: Callable[[MaskedSquaredLoss, Factors], Solution],
    finished: Collection[int] = (),
) -> Iterator[dict[int, Solution]]:
    """Minimise one objective after the other, with each number of latent factors.

    Each solution starts from the solution of the last objective with the same number of
    latent factors. The exception is a solution that leaves latent factors unused: a
    local minimum with an unused latent factor is a global minimum for any number of
    latent factors, so it is the start for the larger numbers, and the solver stops at
    once.

    Parameters
    ----------
    objectives : iterable of MaskedSquaredLoss
        Objectives of the same ratings, with falling penalties.
    num_features_grid : list of int
        Increasing numbers of latent factors.
    minimise : callable
        Function of objective and start that returns a Solution.
    finished : collection of int
        Positions in ``num_features_grid`` of paths that have ended. It may grow between
        the steps.

    Yields
    ------
    dict of int to Solution
        The solutions of each objective, by position in ``num_features_grid``.

    References
    ----------
    Haeffele and Vidal, "Structured Low-Rank Matrix Factorization: Global Optimality,
    Algorithms, and Applications", IEEE TPAMI 42 (2020), theorem 2,
    doi:10.1109/TPAMI.2019.2900306.
    """
    last: dict[int, Factors] = {}
    for objective in objectives:
        found: dict[int, Solution] = {}
        narrower: Factors | None = None
        for number, k in enumerate(num_features_grid):
            if number in finished:
                continue
            if narrower is not None and has_unused(objective, narrower):
                start = widened(objective, narrower, k)
            elif number in last:
                start = last[number]
            else:
                start = without_features(objective, k)
            found[number] = minimise(objective, with_directions(objective, start))
            last[number] = narrower = found[number].factors
        yield found


def without_features(objective: MaskedSquaredLoss, k: int) -> Factors:
    """Return ``k`` latent factors of zero, with the biases that fit best."""
    start = zero_start(objective, objective.ratings.shape, k)
    if not objective.fit_bias:
        return start
    return with_biases(start, *split_biases(biases_alone(objective))[1:])


def widened(objective: MaskedSquaredLoss, factors: Factors, k: int) -> Factors:
    """Append latent factors of zero, to have ``k``."""
    return _with_features(objective, factors, _padded(_features(objective, factors), k))


def has_unused(objective: MaskedSquaredLoss, factors: Factors) -> bool:
    """Return whether fewer latent factors can make the same predictions."""
    return rank(objective, factors) < _features(objective, factors).user.shape[1]


def rank(objective: MaskedSquaredLoss, factors: Factors) -> int:
    """Return the number of latent factors in use: the rank of ``U @ V.T``."""
    return int(np.count_nonzero(_balanced(objective, factors)[1]))


def with_directions(objective: MaskedSquaredLoss, factors: Factors) -> Factors:
    """Replace unused latent factors by the directions of the largest errors.

    ::

        E = S_user^(-1/2) @ (W * mask * (R - U @ V.T)) @ S_item^(-1/2)
        P, sigma, Q = svd(E, projected off the used latent factors of both sides)
        t = a * sqrt(max(0, sigma - reg_param))
        new columns of U = S_user^(-1/2) @ P * t, of V = S_item^(-1/2) @ Q * t

    with S the scales of the penalty, and ``a >= 0`` the step that minimises the cost
    exactly. With features, ``S^(-1/2)`` is the root L of `FeaturePenalty`. Factors are
    optimal only if no ``sigma`` exceeds ``reg_param``, so directions are added for each
    ``sigma`` above it, and never raise the cost. The used latent factors are rotated to
    be orthogonal, with the same predictions and the smallest penalty.

    The singular vectors are computed by subspace iteration from a fixed seed, with a
    few products with the sparse errors.

    References
    ----------
    Halko, Martinsson and Tropp, "Finding Structure with Randomness: Probabilistic
    Algorithms for Constructing Approximate Matrix Decompositions", SIAM Review 53
    (2011), doi:10.1137/090771806; for the condition, Mazumder, Hastie and Tibshirani,
    "Spectral Regularization Algorithms for Learning Large Incomplete Matrices", JMLR
    11 (2010), section 3.
    """
    balanced, values = _balanced(objective, factors)
    used = int(np.count_nonzero(values))
    start = _with_features(objective, factors, balanced)
    free = min(balanced.user.shape[1], *objective.ratings.shape) - used
    if free == 0 or objective.cost_at_zero == 0:
        return start
    P, sigma, Q = _largest_errors(objective, start, free)
    # In float64, because float32 may not hold the penalty.
    excess = sigma.astype(np.float64) - objective.reg_param
    length = np.sqrt(np.where(excess > _EXCESS * sigma, excess, 0))
    direction = Factors(*(np.zeros_like(side) for side in start))
    for side, vectors in enumerate((P, Q)):
        columns = inverse_root_times(objective, side, vectors * length)
        direction[side][:, used : used + sigma.size] = columns
    step = best_step(line_coefficients(objective, start, direction))
    pairs = zip(start, direction, strict=True)
    return Factors(*(x + x.dtype.type(step) * d for x, d in pairs))


def _largest_errors(
    objective: MaskedSquaredLoss, used: Factors, n: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the ``n`` largest singular triplets of the errors, without the used ones.

    At the end of a fit, the used latent factors are singular vectors of the errors with
    the singular value ``reg_param``. They are projected off, because they would be
    found again when ``reg_param`` has fallen.
    """
    matrix = _scaled_errors(objective, used)
    bases = [
        _directions(root_times(objective, side, X).astype(objective.dtype))
        for side, X in enumerate(_features(objective, used))
    ]
    rng = np.random.default_rng(0)
    n_drawn = min(n + _OVERSAMPLED, *matrix.shape)
    Q = rng.standard_normal((matrix.shape[1], n_drawn)).astype(matrix.dtype)
    for _ in range(_ROUNDS):
        P = np.linalg.qr(_without(bases[0], matrix @ Q))[0]
        Q = np.linalg.qr(_without(bases[1], matrix.T @ P))[0]
    P, sigma, Bt = np.linalg.svd(_without(bases[0], matrix @ Q), full_matrices=False)
    return P[:, :n], sigma[:n], _without(bases[1], Q @ Bt.T)[:, :n]


def _scaled_errors(objective: MaskedSquaredLoss, factors: Factors) -> LinearOperator:
    """Return the scaled errors of all pairs: a sparse matrix, plus one of low rank."""
    rows = objective.ratings.by_user
    errors = objective.weighted_errors(0, factors)
    if objective.features:
        return _errors_between_roots(objective, factors)
    by_user, by_item = (
        root_times(objective, side, np.ones(n)).astype(objective.dtype)
        for side, n in enumerate(objective.ratings.shape)
    )
    if (by_user != 1).any() or (by_item != 1).any():
        lengths = np.diff(rows.indptr)
        errors = errors / np.repeat(by_user, lengths) / by_item[rows.indices]
    entries = errors, rows.indices, rows.indptr
    rated = sparse.csr_array(entries, shape=objective.ratings.shape)
    if not objective.unrated:
        return aslinearoperator(rated)
    A, B = objective.unrated.low_rank(factors)
    A, B = (
        (X / root[:, None]).astype(objective.dtype)
        for X, root in zip((A, B), (by_user, by_item), strict=True)
    )
    return aslinearoperator(rated) + aslinearoperator(A) @ aslinearoperator(B.T)


def _errors_between_roots(
    objective: MaskedSquaredLoss, factors: Factors
) -> LinearOperator:
    """Return ``L_user.T @ errors @ L_item`` of an objective with features."""
    products = [
        partial(_between_roots, objective, side, objective.errors_times(side, factors))
        for side in (0, 1)
    ]
    return LinearOperator(
        root_shape(objective),
        matvec=lambda v: products[0](v[:, None] if v.ndim == 1 else v)[:, 0],
        matmat=products[0],
        rmatmat=products[1],
        dtype=objective.dtype,
    )


def _between_roots(
    objective: MaskedSquaredLoss,
    side: int,
    product: Callable[[np.ndarray], np.ndarray],
    X: np.ndarray,
) -> np.ndarray:
    errors = product(inverse_root_times(objective, 1 - side, X).astype(objective.dtype))
    scaled = inverse_root_transposed_times(objective, side, errors)
    return scaled.astype(objective.dtype)


def _directions(X: np.ndarray) -> np.ndarray:
    """Return orthogonal columns as unit vectors, without columns of zeros."""
    lengths = np.linalg.norm(X, axis=0)
    return X[:, lengths > 0] / lengths[lengths > 0]


def _without(basis: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Project columns off a basis of unit vectors."""
    return X - basis @ (basis.T @ X)


def _balanced(
    objective: MaskedSquaredLoss, factors: Factors
) -> tuple[Factors, np.ndarray]:
    """Return factors with the same product and the smallest penalty.

    They are the singular vectors of ``U @ V.T`` in the scales of the penalty, by
    falling singular value, and are returned with the singular values. Unused latent
    factors are exactly zero.
    """
    features = _features(objective, factors)
    k = features.user.shape[1]
    scaled = (
        root_times(objective, side, X).astype(objective.dtype)
        for side, X in enumerate(features)
    )
    bases, cores = zip(*map(np.linalg.qr, scaled), strict=True)
    A, values, Bt = np.linalg.svd(cores[0] @ cores[1].T, full_matrices=False)
    values[values <= _UNUSED * values[0]] = 0
    balanced = Factors(
        *(
            inverse_root_times(
                objective, side, basis @ (vectors * np.sqrt(values))
            ).astype(objective.dtype)
            for side, (basis, vectors) in enumerate(zip(bases, (A, Bt.T), strict=True))
        )
    )
    return _padded(balanced, k), values


def _features(objective: MaskedSquaredLoss, factors: Factors) -> Factors:
    """Return the factors without the columns of biases and ones."""
    return split_biases(factors)[0] if objective.fit_bias else factors


def _with_features(
    objective: MaskedSquaredLoss, factors: Factors, features: Factors
) -> Factors:
    """Return ``features`` with the biases of ``factors``, if there are biases."""
    if not objective.fit_bias:
        return features
    return with_biases(features, *split_biases(factors)[1:])


def _padded(features: Factors, k: int) -> Factors:
    """Append columns of zeros, or remove some, to have ``k``."""
    padded = []
    for X in features:
        wide = np.zeros((X.shape[0], k), X.dtype)
        wide[:, : X.shape[1]] = X[:, :k]
        padded.append(wide)
    return Factors(*padded)
