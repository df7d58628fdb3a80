"""Rows of factors that are solutions of ridge regressions."""

import numpy as np

from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.objective._unrated import AllPairs


def solve_ridges(
    blocks: np.ndarray,
    rows: CSRRows,
    penalties: np.ndarray,
    means: np.ndarray,
    V: np.ndarray,
    X: np.ndarray,
    n_free: int,
    all_pairs: AllPairs,
) -> None:
    """Minimise over the first ``n_free`` columns of X, row by row, in place.

    ::

        X_u = argmin 1/2 * sum over rated i of W_ui * (X_u . V_i - R_ui)**2
                   + w0/2 * sum over unrated i of (X_u . V_i - t_ui)**2
                   + 1/2 * sum_f p_uf * (X_uf - means_uf)**2

    Parameters
    ----------
    blocks : int array
        Result of `balanced_blocks`. Threads compute different blocks.
    rows : CSRRows
    penalties : float array of shape (n_rows, 2)
        Penalty of the latent factors, and of the last free column: that of the bias,
        or the first one again.
    means : float array of shape (n_rows, n_free) or (0, 0)
        What features predict for each row. Without features it is empty, for zeros.
    V : float array of shape (n_columns, n_free or n_free + 1)
        A column after the free ones is subtracted from the ratings.
    X : float array of shape (n_rows, n_free or more)
        The first ``n_free`` columns are overwritten.
    n_free : int
    all_pairs : AllPairs
        The weight w0 and targets t of unrated pairs, with the sums that they need.
    """
    # Importing numba takes half a second, so it is imported when rows are solved.
    from sklearn_cofi.kernels._solve_rows import solve_rows

    failed = np.empty(X.shape[0], bool)
    solve_rows(blocks, *rows, *all_pairs, penalties, means, V, X, n_free, failed)
    for row in np.flatnonzero(failed).tolist():
        mean = means[row] if means.size else np.zeros(n_free, V.dtype)
        prior = np.repeat(penalties[row], (n_free - 1, 1)), mean
        if all_pairs.weight:
            X[row, :n_free] = _ridge_of_all(rows, row, V, *prior, n_free, all_pairs)
        else:
            X[row, :n_free] = ridge(rows, row, V, *prior, n_free)


def improve_ridges(
    blocks: np.ndarray,
    rows: CSRRows,
    penalties: np.ndarray,
    means: np.ndarray,
    V: np.ndarray,
    X: np.ndarray,
    n_free: int,
    all_pairs: AllPairs,
    steps: int,
) -> None:
    """Move X towards the result of `solve_ridges` by conjugate gradients, in place.

    If unrated pairs count, both sides are turned to the eigenvectors of ``V.T @ V``
    first. The cost of all pairs is then a penalty for each column, and a step takes
    O(n_ratings * k) without O(k**2) for each row. Biases have another penalty than
    latent factors, so rows with biases are not turned.

    Parameters
    ----------
    blocks, rows, penalties, means, V, X, n_free, all_pairs
        As in `solve_ridges`.
    steps : int
        Number of steps for each row.
    """
    from sklearn_cofi.kernels._improve_rows import improve_rows
    from sklearn_cofi.kernels._vectors import padded_columns

    if not all_pairs.weight or X.shape[1] > n_free:
        diagonal, V = np.empty(0, V.dtype), padded_columns(V)
        fixed = *all_pairs, diagonal, penalties, means, V
        improve_rows(blocks, *rows, *fixed, X, n_free, steps)
        return
    values, axes = np.linalg.eigh(all_pairs.gram)
    turned = all_pairs._replace(
        gram=np.empty((0, 0), V.dtype),
        slope=all_pairs.slope @ axes,
        sums=all_pairs.sums @ axes,
    )
    if means.size:
        means = means @ axes
    fixed = *turned, np.maximum(values, 0), penalties, means, padded_columns(V @ axes)
    along = X @ axes
    improve_rows(blocks, *rows, *fixed, along, n_free, steps)
    np.matmul(along, axes.T, out=X)


def ridge(
    rows: CSRRows,
    row: int,
    V: np.ndarray,
    penalty: float | np.ndarray,
    mean: np.ndarray,
    n_free: int,
) -> np.ndarray:
    """Solve one row as least squares, with the penalty as further equations.

    The condition number of the normal equations is the square of that of this system:
    in float32 their Cholesky factorisation fails if the penalty is small and there are
    few ratings.

    Parameters
    ----------
    rows : CSRRows
    row : int
        Number of the row to solve.
    V : float array of shape (n_columns, n_free or n_free + 1)
        A column after the free ones is subtracted from the ratings.
    penalty : float or array of shape (n_free,)
    mean : float array of shape (n_free,)
        What features predict for the row: its distance from them is penalised.
    n_free : int
        Number of unknowns.
    """
    rated = slice(rows.indptr[row], rows.indptr[row + 1])
    weights = rows.weights[rated] if rows.weights.size else 1
    V_rated = V[rows.indices[rated]]
    ratings = rows.ratings[rated] - V_rated[:, n_free:].sum(axis=1)
    ratings = ratings - V_rated[:, :n_free] @ mean
    root = np.sqrt(np.broadcast_to(weights, ratings.shape)).astype(V.dtype)
    system = np.zeros((ratings.size + n_free, n_free), V.dtype)
    system[: ratings.size] = root[:, None] * V_rated[:, :n_free]
    np.fill_diagonal(system[ratings.size :], np.sqrt(penalty))
    target = np.zeros(ratings.size + n_free, V.dtype)
    target[: ratings.size] = root * ratings
    return mean + np.linalg.lstsq(system, target, rcond=None)[0]


def _ridge_of_all(
    rows: CSRRows,
    row: int,
    V: np.ndarray,
    penalty: np.ndarray,
    mean: np.ndarray,
    n_free: int,
    all_pairs: AllPairs,
) -> np.ndarray:
    """Solve the normal equations of one row with unrated pairs, in float64.

    Weights ``w - w0`` can be negative, so these equations are not least squares of
    scaled rows. The result is the solution of smallest norm.
    """
    rated = slice(rows.indptr[row], rows.indptr[row + 1])
    columns, w0 = rows.indices[rated], all_pairs.weight
    weights = rows.weight_of_entry[rated].astype(np.float64)
    V_rated = V[columns].astype(np.float64)
    shift = V_rated[:, n_free:].sum(axis=1)
    targets = all_pairs.row_targets[row] + all_pairs.column_targets[columns]
    rest = weights * (rows.ratings[rated] - shift) - w0 * (targets - shift)
    V_rated = V_rated[:, :n_free]
    system = all_pairs.gram + np.diag(penalty)
    system = system + V_rated.T @ ((weights - w0)[:, None] * V_rated)
    target = all_pairs.slope + all_pairs.row_targets[row] * all_pairs.sums
    target = target + penalty * mean
    return np.linalg.lstsq(system, target + V_rated.T @ rest, rcond=None)[0]
