"""New rows of factors, exactly, from the factors of the other side."""

import numpy as np

from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.kernels._blocks import balanced_blocks
from sklearn_cofi.objective._ridge import solve_ridges


def fold_in(rows: CSRRows, V: np.ndarray, penalties) -> np.ndarray:
    """Return the factors of each row that minimise the objective, V being fixed.

    ::

        U_u = argmin 1/2 * sum_i W_ui * (U_u . V_i - R_ui)**2 + p_u/2 * ||U_u||**2
            = (V_u.T @ diag(W_u) @ V_u + p_u * I)^-1 @ V_u.T @ (W_u * R_u)

    with V_u the rows of V that u has rated. A row without ratings gets zeros. Where
    the system is singular (no penalty, fewer ratings than features) the shortest of
    the minimisers is returned.

    Parameters
    ----------
    rows : CSRRows
        Centred ratings of the new rows.
    V : float array of shape (n_columns, k)
    penalties : float array of shape (n_rows, 2)
        The p_u of each row, of its features and of its last factor.

    Returns
    -------
    ndarray of shape (n_rows, k)

    References
    ----------
    Zhou, Wilkinson, Schreiber and Pan, "Large-Scale Parallel Collaborative Filtering
    for the Netflix Prize", AAIM 2008, doi:10.1007/978-3-540-68880-8_32, section 3.1.
    """
    U = np.zeros((rows.indptr.size - 1, V.shape[1]), V.dtype)
    V = np.ascontiguousarray(V)
    solve_ridges(balanced_blocks(rows), rows, penalties, V, U, V.shape[1])
    return U


def fold_in_with_bias(rows: CSRRows, V, item_bias, penalties):
    """Return the factors and the bias of each row, by the same exact solve.

    The items' biases are subtracted from the ratings, and the row's own bias is the
    coefficient of one more feature, which is 1 for every item.

    Parameters
    ----------
    penalties : array of shape (n_rows, 2)
        Of each row's factors, and of its bias.

    Returns
    -------
    factors : ndarray of shape (n_rows, k)
    bias : ndarray of shape (n_rows,)
    """
    rows = rows._replace(ratings=rows.ratings - item_bias[rows.indices])
    U = fold_in(rows, np.column_stack([V, np.ones_like(item_bias)]), penalties)
    return U[:, :-1], U[:, -1]
