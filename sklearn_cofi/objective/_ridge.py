"""One row of factors as a least-squares problem, whatever its condition."""

import numpy as np


def ridge(V, ratings, weights, reg_param) -> np.ndarray:
    """Solve one row as least squares, with the penalty as k further equations.

    The normal equations have the square of this system's condition: in float32 their
    Cholesky factorisation fails where a small penalty meets few ratings.
    """
    k = V.shape[1]
    root = np.sqrt(np.broadcast_to(weights, ratings.shape)).astype(V.dtype)
    system = np.zeros((ratings.size + k, k), V.dtype)
    system[: ratings.size] = root[:, None] * V
    np.fill_diagonal(system[ratings.size :], np.sqrt(reg_param))
    target = np.zeros(ratings.size + k, V.dtype)
    target[: ratings.size] = root * ratings
    return np.linalg.lstsq(system, target, rcond=None)[0]
