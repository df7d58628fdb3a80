"""Similarities of rows in each draw."""

import numpy as np

from sklearn_cofi._typing import Similarity


def similarities_of_draws(
    own: np.ndarray,
    other: np.ndarray,
    pairs: tuple[np.ndarray, np.ndarray],
    metric: Similarity,
) -> np.ndarray:
    """Return the similarities of pairs of rows of one side, in each draw.

    ::

        dot    = v_i @ M @ v_j,  M @ (V.T @ V) @ M = U.T @ U
        cosine = dot / sqrt((v_i @ M @ v_i) * (v_j @ M @ v_j))

    with V the rows of the side and U those of the other side, without biases. The
    product ``U @ V.T`` stays the same if the factors are multiplied by any invertible
    matrix and its inverse. The metric M is that of balanced factors, with
    ``U.T @ U = V.T @ V``, as the factors of the mean over the draws are. M is the
    geometric mean of ``inv(V.T @ V)`` and ``U.T @ U``.

    Parameters
    ----------
    own, other : float arrays of shape (n_draws, n_rows or n_others, k)
    pairs : (int array of shape (n_pairs,), int array of shape (n_pairs,))
    metric : {"cosine", "dot"}

    Returns
    -------
    float64 array of shape (n_draws, n_pairs)

    References
    ----------
    Bhatia, "Positive Definite Matrices", Princeton University Press, 2007,
    doi:10.1515/9781400827787, section 4.1.
    """
    found = np.empty((len(own), pairs[0].size))
    for V, U, scores in zip(own, other, found, strict=True):
        V, U = V.astype(np.float64), U.astype(np.float64)
        X = V @ _root_of_metric(V.T @ V, U.T @ U)
        if metric == "cosine":
            lengths = np.linalg.norm(X, axis=1, keepdims=True)
            X = np.divide(X, lengths, out=np.zeros_like(X), where=lengths > 0)
        scores[:] = np.einsum("nk,nk->n", X[pairs[0]], X[pairs[1]])
    return found


def _root_of_metric(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return R with ``M = R @ R.T`` and ``M @ own @ M = other``, for Gram matrices."""
    root = _power(own, 0.5)
    return _power(own, -0.5) @ _power(root @ other @ root, 0.25)


def _power(gram: np.ndarray, exponent: float) -> np.ndarray:
    """Return a power of a positive definite matrix; zeros stay zeros."""
    values, vectors = np.linalg.eigh(gram)
    limit = np.finfo(np.float64).eps * gram.shape[0] * max(values[-1], 0)
    large = values > limit
    powers = np.where(large, np.where(large, values, 1.0) ** exponent, 0.0)
    return (vectors * powers) @ vectors.T
