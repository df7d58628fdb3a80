"""Rows of factors, each the exact minimiser of a least-squares problem."""

import numpy as np

from sklearn_cofi.data._matrix import CSRRows


def solve_ridges(blocks, rows: CSRRows, penalties, V, X, n_free: int) -> None:
    """Minimise over the first ``n_free`` columns of X, row by row, in place.

    ::

        X_u = argmin 1/2 * sum_i W_ui * (X_u . V_i - R_ui)**2
                   + 1/2 * sum_f p_uf * X_uf**2

    Parameters
    ----------
    blocks : int array
        As `balanced_blocks` returns them: what threads share out.
    rows : CSRRows
    penalties : float array of shape (n_rows, 2)
        Of the features, and of the last free column: of a bias, or the same again.
    V : float array of shape (n_columns, n_free or n_free + 1)
        What stands beyond the free columns is subtracted from the ratings.
    X : float array of shape (n_rows, n_free or more)
    n_free : int
    """
    # numba takes half a second to import: not before the first rows need it.
    from sklearn_cofi.kernels._solve_rows import solve_rows

    failed = np.empty(X.shape[0], bool)
    solve_rows(blocks, *rows, penalties, V, X, n_free, failed)
    for row in np.flatnonzero(failed):
        penalty = np.repeat(penalties[row], (n_free - 1, 1))
        X[row, :n_free] = ridge(rows, row, V, penalty, n_free)


def ridge(rows: CSRRows, row: int, V, penalty, n_free: int) -> np.ndarray:
    """Solve one row as least squares, with the penalty as further equations.

    The normal equations have the square of this system's condition: in float32 their
    Cholesky factorisation fails where a small penalty meets few ratings.

    Parameters
    ----------
    rows : CSRRows
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
