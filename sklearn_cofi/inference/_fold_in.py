"""New rows of factors, exactly, from the factors of the other side."""

import numpy as np
from scipy import linalg

from sklearn_cofi.data._matrix import Compressed


def fold_in(rows: Compressed, V: np.ndarray, reg_param: float) -> np.ndarray:
    """Return the factors of each row that minimise the objective, V being fixed.

    ::

        U_u = argmin 1/2 * sum_i W_ui * (U_u . V_i - R_ui)**2 + reg_param/2 * ||U_u||**2
            = (V_u.T @ diag(W_u) @ V_u + reg_param * I)^-1 @ V_u.T @ (W_u * R_u)

    with V_u the rows of V that u has rated. A row without ratings gets zeros. Where
    the system is singular (``reg_param`` 0, fewer ratings than features) the shortest
    of the minimisers is returned.

    Parameters
    ----------
    rows : Compressed
        Centred ratings of the new rows.
    V : float array of shape (n_columns, k)
    reg_param : float

    Returns
    -------
    ndarray of shape (n_rows, k)

    References
    ----------
    Zhou, Wilkinson, Schreiber and Pan, "Large-Scale Parallel Collaborative Filtering
    for the Netflix Prize", AAIM 2008, doi:10.1007/978-3-540-68880-8_32, section 3.1.
    """
    U = np.zeros((rows.indptr.size - 1, V.shape[1]), V.dtype)
    for u in range(U.shape[0]):
        rated = slice(rows.indptr[u], rows.indptr[u + 1])
        weights = rows.weights[rated] if rows.weights.size else 1.0
        U[u] = _ridge(V[rows.indices[rated]], rows.ratings[rated], weights, reg_param)
    return U


def _ridge(V, ratings, weights, reg_param) -> np.ndarray:
    gram = (V.T * weights) @ V
    gram[np.diag_indices_from(gram)] += reg_param
    target = V.T @ (weights * ratings)
    if reg_param > 0:
        return linalg.solve(gram, target, assume_a="pos")
    return np.linalg.lstsq(gram, target, rcond=None)[0]
