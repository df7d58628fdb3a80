"""Biases as two more columns of the factors, so that no solver need know of them."""

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from sklearn_cofi._types import Factors
from sklearn_cofi.objective._squared import MaskedSquaredLoss

# Biases are a start, and decide whether a penalty leaves room for features: to as many
# digits as a threshold is compared with.
_TOL = 1e-8


def with_biases(factors: Factors, user_bias=0, item_bias=0) -> Factors:
    """Return ``U = [features, bias, 1]`` and ``V = [features, 1, bias]``."""
    U, V = factors
    return Factors(
        _append(U, user_bias, 1),
        _append(V, 1, item_bias),
    )


def split_biases(factors: Factors) -> tuple[Factors, np.ndarray, np.ndarray]:
    """Return features, user biases and item biases out of such factors."""
    U, V = (np.ascontiguousarray(side[:, :-2]) for side in factors)
    return Factors(U, V), factors.user[:, -2].copy(), factors.item[:, -1].copy()


def zero_biases(factors: Factors) -> tuple[Factors, np.ndarray, np.ndarray]:
    """Return factors without biases as they are, and biases of zero."""
    U, V = factors
    return factors, np.zeros(len(U), U.dtype), np.zeros(len(V), V.dtype)


def biases_alone(objective: MaskedSquaredLoss) -> Factors:
    """Fit the biases without features: a start, and what is left beyond them to learn.

    Their cost is a quadratic, which is least where ::

        [[diag(W.sum(1) + reg_u),          W             ],  @ biases = [(W * R).sum(1),
         [         W.T,          diag(W.sum(0) + reg_i)]]               (W * R).sum(0)]

    Conjugate gradients with the diagonal as preconditioner take some twenty steps, a
    pass over each side: biases of users and items hardly depend on each other.

    Returns
    -------
    Factors
        Of the two columns of bias and ones.
    """
    sides = objective.ratings.by_user, objective.ratings.by_item
    n_users, n_items = objective.ratings.shape
    weights = [_weights(rows) for rows in sides]
    diagonals, pulls = [], []
    for side, ones in enumerate((np.ones(n_items), np.ones(n_users))):
        penalty = objective.penalties[side][:, 1].astype(np.float64)
        diagonals.append(objective.entries_times(side, weights[side], ones) + penalty)
        errors = objective.weighted_errors(side)
        pulls.append(objective.entries_times(side, errors, ones))
    diagonal = np.concatenate(diagonals)
    # A row without ratings and without penalty has no equation, and a bias of zero.
    diagonal[diagonal == 0] = 1

    def system(x):
        x = x.ravel()
        across = [
            objective.entries_times(0, weights[0], x[n_users:]),
            objective.entries_times(1, weights[1], x[:n_users]),
        ]
        return diagonal * x + np.concatenate(across)

    square = diagonal.size, diagonal.size
    biases, _ = cg(
        LinearOperator(square, matvec=system, dtype=np.float64),
        np.concatenate(pulls),
        rtol=_TOL,
        maxiter=200,
        M=LinearOperator(square, matvec=lambda x: x.ravel() / diagonal, dtype=float),
    )
    biases = biases.astype(objective.dtype)
    no_features = Factors(*(np.empty((n, 0), biases.dtype) for n in (n_users, n_items)))
    return with_biases(no_features, biases[:n_users], biases[n_users:])


def _weights(rows):
    """Return the weight of each rating; a byte each where all are one."""
    return rows.weights if rows.weights.size else np.ones(rows.indices.size, np.int8)


def _append(X, *columns):
    wide = np.empty((X.shape[0], X.shape[1] + len(columns)), X.dtype)
    wide[:, : X.shape[1]] = X
    for f, column in enumerate(columns, X.shape[1]):
        wide[:, f] = column
    return wide
