"""One row of factors as a least-squares problem, whatever its condition."""

import numpy as np

from sklearn_cofi.data._matrix import Compressed


def ridge(rows: Compressed, row: int, V, penalty, n_free: int) -> np.ndarray:
    """Solve one row as least squares, with the penalty as further equations.

    The normal equations have the square of this system's condition: in float32 their
    Cholesky factorisation fails where a small penalty meets few ratings.

    Parameters
    ----------
    rows : Compressed
    row : int
        The row of them to solve.
    V : float array of shape (n_columns, n_free or n_free + 1)
        What stands beyond the free columns is subtracted from the ratings.
    penalty : float or array of shape (n_free,)
    n_free : int
        Number of unknowns.
    """
    rated = slice(rows.indptr[row], rows.indptr[row + 1])
    weights = rows.weights[rated] if rows.weights.size else 1
    near = V[rows.indices[rated]]
    ratings = rows.ratings[rated] - near[:, n_free:].sum(axis=1)
    root = np.sqrt(np.broadcast_to(weights, ratings.shape)).astype(V.dtype)
    system = np.zeros((ratings.size + n_free, n_free), V.dtype)
    system[: ratings.size] = root[:, None] * near[:, :n_free]
    np.fill_diagonal(system[ratings.size :], np.sqrt(penalty))
    target = np.zeros(ratings.size + n_free, V.dtype)
    target[: ratings.size] = root * ratings
    return np.linalg.lstsq(system, target, rcond=None)[0]
