"""A path of solutions over falling penalties, each the start of the next.

A penalty that is large leaves features at zero. Zero is a saddle, from where no
gradient leads away when the penalty falls: such features are given the directions in
which the errors are largest before the solver goes on.
"""

from collections.abc import Callable, Collection, Iterable, Iterator

import numpy as np
from scipy import sparse

from sklearn_cofi._types import Factors, Solution
from sklearn_cofi.objective._bias import biases_alone, split_biases, with_biases
from sklearn_cofi.objective._line import best_step, line_coefficients
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._start import zero_start

# Singular values of U @ V.T below this share of the largest are of features not in use:
# solvers approach zero, but stop short of it. If one was in use after all, it is found
# again among the errors.
_UNUSED = 1e-3

# Rounds of subspace iteration: with four, paths over ml-100k and ml-1m cost the same to
# four digits and take as many iterations.
_ROUNDS = 2
# Errors that exceed the penalty by a smaller share are rounding, in float32, and in
# float64 not worth a direction: the cost would fall by the square of it.
_EXCESS = 1e-4
# And some directions more than are asked for, as usual.
_OVERSAMPLED = 10


def solve_path(
    objectives: Iterable[MaskedSquaredLoss],
    num_features_grid: list[int],
    minimise: Callable[[MaskedSquaredLoss, Factors], Solution],
    finished: Collection[int] = (),
) -> Iterator[dict[int, Solution]]:
    """Minimise one objective after the other, with each number of features.

    Each solution starts where that of the last objective with as many features
    ended. But where one with fewer features leaves some unused, more are of no use
    either: a local minimum with an unused feature is a global one, whatever the
    number of features. It is then taken over, and the solver finds nothing to do.

    Parameters
    ----------
    objectives : iterable of MaskedSquaredLoss
        Of the same ratings and falling penalties.
    num_features_grid : list of int
        Numbers of features, increasing.
    minimise : callable
        Function of objective and start.
    finished : collection of int
        Positions in ``num_features_grid`` of paths that have ended; may grow between
        the steps.

    Yields
    ------
    dict of int to Solution
        For each objective the solutions, by place in ``num_features_grid``.

    References
    ----------
    Haeffele and Vidal, "Structured Low-Rank Matrix Factorization: Global Optimality,
    Algorithms, and Applications", IEEE TPAMI 42 (2020), theorem 2,
    doi:10.1109/TPAMI.2019.2900306.
    """
    last = {}
    for objective in objectives:
        found, narrower = {}, None
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
    """Return ``k`` features of zero, and with biases those that fit without them."""
    start = zero_start(objective, objective.ratings.shape, k)
    if not objective.fit_bias:
        return start
    return with_biases(start, *split_biases(biases_alone(objective))[1:])


def widened(objective: MaskedSquaredLoss, factors: Factors, k: int) -> Factors:
    """Return the same model with ``k`` features, the new ones zero."""
    return _with_features(objective, factors, _padded(_features(objective, factors), k))


def has_unused(objective: MaskedSquaredLoss, factors: Factors) -> bool:
    """Tell whether fewer features could make the same predictions."""
    return rank(objective, factors) < _features(objective, factors).user.shape[1]


def rank(objective: MaskedSquaredLoss, factors: Factors) -> int:
    """Return the number of features that are in use: the rank of ``U @ V.T``."""
    return int(np.count_nonzero(_balanced(objective, factors)[1]))


def with_directions(objective: MaskedSquaredLoss, factors: Factors) -> Factors:
    """Point features that are not in use to where the errors are largest.

    ::

        E = S_user^(-1/2) @ (W * mask * (R - U @ V.T)) @ S_item^(-1/2)
        P, sigma, Q = svd(E, projected off the features in use on both sides)
        t = a * sqrt(max(0, sigma - reg_param))
        new columns of U = S_user^(-1/2) @ P * t, of V = S_item^(-1/2) @ Q * t

    S being the scales of the penalty, and ``a >= 0`` the step that minimises the cost,
    exactly. Factors are optimal only where no ``sigma`` exceeds ``reg_param``: so
    directions are added while there are some to add, and never raise the cost. The
    features in use are turned to be orthogonal, with the same predictions and the
    least penalty.

    The singular vectors come from a few products with the sparse errors, by subspace
    iteration from a fixed seed.

    References
    ----------
    Halko, Martinsson and Tropp, "Finding Structure with Randomness: Probabilistic
    Algorithms for Constructing Approximate Matrix Decompositions", SIAM Review 53
    (2011), doi:10.1137/090771806; for the condition, Mazumder, Hastie and Tibshirani,
    "Spectral Regularization Algorithms for Learning Large Incomplete Matrices", JMLR
    11 (2010), section 3.
    """
    turned, values = _balanced(objective, factors)
    used = int(np.count_nonzero(values))
    start = _with_features(objective, factors, turned)
    free = min(turned.user.shape[1], *objective.ratings.shape) - used
    if free == 0 or objective.cost_at_zero == 0:
        return start
    P, sigma, Q = _largest_errors(objective, start, free)
    excess = sigma - objective.reg_param
    length = np.sqrt(np.where(excess > _EXCESS * sigma, excess, 0))
    direction = Factors(*(np.zeros_like(side) for side in start))
    for side, vectors, scales in zip(direction, (P, Q), _roots(objective), strict=True):
        side[:, used : used + sigma.size] = vectors * length / scales[:, None]
    step = best_step(line_coefficients(objective, start, direction))
    pairs = zip(start, direction, strict=True)
    return Factors(*(x + x.dtype.type(step) * d for x, d in pairs))


def _largest_errors(objective: MaskedSquaredLoss, used: Factors, n: int):
    """Return the ``n`` largest singular triplets of what errors the used ones leave.

    Features at the end of a fit are singular vectors of the errors themselves, with
    values of ``reg_param``: after that has fallen they would be found again.
    """
    matrix = _scaled_errors(objective, used)
    features = _features(objective, used)
    pairs = zip(features, _roots(objective), strict=True)
    bases = [_directions(X * root[:, None]) for X, root in pairs]
    rng = np.random.default_rng(0)
    n_drawn = min(n + _OVERSAMPLED, *matrix.shape)
    Q = rng.standard_normal((matrix.shape[1], n_drawn)).astype(matrix.dtype)
    for _ in range(_ROUNDS):
        P = np.linalg.qr(_without(bases[0], matrix @ Q))[0]
        Q = np.linalg.qr(_without(bases[1], matrix.T @ P))[0]
    P, sigma, Bt = np.linalg.svd(_without(bases[0], matrix @ Q), full_matrices=False)
    return P[:, :n], sigma[:n], _without(bases[1], Q @ Bt.T)[:, :n]


def _scaled_errors(objective: MaskedSquaredLoss, factors: Factors) -> sparse.csr_array:
    rows = objective.ratings.by_user
    errors = objective.weighted_errors(0, factors)
    by_user, by_item = _roots(objective)
    if (by_user != 1).any() or (by_item != 1).any():
        lengths = np.diff(rows.indptr)
        errors = errors / np.repeat(by_user, lengths) / by_item[rows.indices]
    entries = errors, rows.indices, rows.indptr
    return sparse.csr_array(entries, shape=objective.ratings.shape)


def _directions(X: np.ndarray) -> np.ndarray:
    """Return orthogonal columns as unit vectors, without those of zero."""
    lengths = np.linalg.norm(X, axis=0)
    return X[:, lengths > 0] / lengths[lengths > 0]


def _without(basis: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Project columns off a basis of unit vectors."""
    return X - basis @ (basis.T @ X)


def _balanced(objective: MaskedSquaredLoss, factors: Factors):
    """Return features with equal predictions and least penalty, and their strengths.

    The features are those of the singular value decomposition of ``U @ V.T`` in the
    penalty's scales, by falling singular value; those not in use are exactly zero.
    """
    features = _features(objective, factors)
    k = features.user.shape[1]
    roots = [root[:, None] for root in _roots(objective)]
    bases, cores = zip(
        *(np.linalg.qr(X * root) for X, root in zip(features, roots, strict=True)),
        strict=True,
    )
    A, values, Bt = np.linalg.svd(cores[0] @ cores[1].T, full_matrices=False)
    values[values <= _UNUSED * values[0]] = 0
    turned = Factors(
        *(
            (basis @ (vectors * np.sqrt(values)) / root).astype(objective.dtype)
            for basis, vectors, root in zip(bases, (A, Bt.T), roots, strict=True)
        )
    )
    return _padded(turned, k), values


def _roots(objective: MaskedSquaredLoss):
    """Return the root of each row's scale; a row without ratings has a scale of 1."""
    return tuple(
        np.sqrt(np.where(scales > 0, scales, 1)).astype(objective.dtype)
        for scales in objective.scales
    )


def _features(objective: MaskedSquaredLoss, factors: Factors) -> Factors:
    return split_biases(factors)[0] if objective.fit_bias else factors


def _with_features(objective, factors: Factors, features: Factors) -> Factors:
    """Return features together with the biases of factors, if they have any."""
    if not objective.fit_bias:
        return features
    return with_biases(features, *split_biases(factors)[1:])


def _padded(features: Factors, k: int) -> Factors:
    """Append columns of zeros, or cut such, to have ``k``."""
    padded = []
    for X in features:
        wide = np.zeros((X.shape[0], k), X.dtype)
        wide[:, : X.shape[1]] = X[:, :k]
        padded.append(wide)
    return Factors(*padded)
