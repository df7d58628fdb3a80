"""Biases as two more columns of the factors, which a solver treats like all others."""

import numpy as np
from numpy.typing import ArrayLike
from scipy.sparse.linalg import LinearOperator, cg

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# Relative tolerance of the biases. They also decide at which penalty the factors become
# zero, and thresholds are compared to this precision.
_TOL = 1e-8


def with_biases(
    factors: Factors, user_bias: ArrayLike = 0, item_bias: ArrayLike = 0
) -> Factors:
    """Return ``U = [U, bias, 1]`` and ``V = [V, 1, bias]``."""
    U, V = factors
    return Factors(
        _append(U, user_bias, 1),
        _append(V, 1, item_bias),
    )


def split_biases(factors: Factors) -> tuple[Factors, np.ndarray, np.ndarray]:
    """Split the result of `with_biases` into factors, user biases and item biases."""
    U, V = (np.ascontiguousarray(side[:, :-2]) for side in factors)
    return Factors(U, V), factors.user[:, -2].copy(), factors.item[:, -1].copy()


def zero_biases(factors: Factors) -> tuple[Factors, np.ndarray, np.ndarray]:
    """Return factors that have no biases, and biases of zero."""
    U, V = factors
    return factors, np.zeros(len(U), U.dtype), np.zeros(len(V), V.dtype)


def biases_alone(objective: MaskedSquaredLoss) -> Factors:
    """Fit the biases without latent factors.

    Their cost is a quadratic, with its minimum at the solution of ::

        [[diag(W.sum(1) + reg_u),          W             ],  @ biases = [(W * R).sum(1),
         [         W.T,          diag(W.sum(0) + reg_i)]]               (W * R).sum(0)]

    Conjugate gradients with the diagonal as preconditioner take about twenty steps of
    one pass over each side, because user biases depend little on item biases. With
    features, ``reg`` is the matrix M of `FeaturePenalty`.

    Returns
    -------
    Factors
        With two columns, of biases and ones.
    """
    sides = objective.ratings.by_user, objective.ratings.by_item
    n_users, n_items = objective.ratings.shape
    w0 = objective.unrated.weight
    weights = [_weights(rows, w0) for rows in sides]
    diagonals, sums = [], []
    for side, ones in enumerate((np.ones(n_items), np.ones(n_users))):
        penalty = objective.penalties[side][:, 1].astype(np.float64)
        diagonals.append(objective.pair_weights[side] + penalty)
        sums.append(objective.errors_times(side)(ones))
    diagonal = np.concatenate(diagonals)
    # A row without ratings and without penalty has no equation; its bias is zero.
    diagonal[diagonal == 0] = 1

    def system(x: np.ndarray) -> np.ndarray:
        x = x.ravel()
        across = [
            objective.entries_times(side, weights[side], other) + w0 * other.sum()
            for side, other in enumerate((x[n_users:], x[:n_users]))
        ]
        own = diagonal * x + np.concatenate(across)
        if objective.features:
            own -= _predicted(objective, x)
        return own

    square = diagonal.size, diagonal.size
    biases, _ = cg(
        LinearOperator(square, matvec=system, dtype=np.float64),
        np.concatenate(sums),
        rtol=_TOL,
        maxiter=200,
        M=LinearOperator(square, matvec=lambda x: x.ravel() / diagonal, dtype=float),
    )
    biases = biases.astype(objective.dtype)
    empty = Factors(*(np.empty((n, 0), biases.dtype) for n in (n_users, n_items)))
    return with_biases(empty, biases[:n_users], biases[n_users:])


def _predicted(objective: MaskedSquaredLoss, x: np.ndarray) -> np.ndarray:
    """Return ``penalty * F @ B`` of the biases of both sides, with the best B."""
    parts = np.split(x[:, None], [objective.ratings.shape[0]])
    for side, X in enumerate(parts):
        bias, penalty = objective.features.bias(side), objective.penalties[side][:, 1:]
        parts[side] = np.zeros_like(X) if bias is None else penalty * bias.means(X)
    return np.concatenate(parts).ravel()


def _weights(rows: CSRRows, unrated: float) -> np.ndarray:
    """Return the weight of each rating, minus that of an unrated pair.

    They are in one byte each if all weights are one and unrated pairs do not count.
    """
    if unrated:
        return rows.weight_of_entry - unrated
    return rows.weights if rows.weights.size else np.ones(rows.indices.size, np.int8)


def _append(X: np.ndarray, *columns: ArrayLike) -> np.ndarray:
    wide = np.empty((X.shape[0], X.shape[1] + len(columns)), X.dtype)
    wide[:, : X.shape[1]] = X
    for f, column in enumerate(columns, X.shape[1]):
        wide[:, f] = column
    return wide
