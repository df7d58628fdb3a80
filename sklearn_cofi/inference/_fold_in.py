"""New rows of one side, exactly, from the factors of the other side."""

import numpy as np

from sklearn_cofi.data._centering import Means, mean_offsets, row_means
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side
from sklearn_cofi.kernels._blocks import balanced_blocks
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._ridge import solve_ridges


def infer_rows(
    model: FittedFactors,
    side: int,
    rows: CSRRows,
    penalty: Penalty,
    mean_damping: float,
) -> Side:
    """Return users that minimise the objective given the items, or items given users.

    Parameters
    ----------
    model : FittedFactors
    side : {0, 1}
        0 has rows of users, 1 rows of items.
    rows : CSRRows
        All ratings of each row, as they were given.
    penalty : Penalty
    mean_damping : float

    Returns
    -------
    Side
        Without ids, a row for each of ``rows``.
    """
    own_means = row_means(rows, model.global_mean, mean_damping)
    other = model.items if side == 0 else model.users
    other, rows = _rated_only(other, rows)
    means = [other.means, other.means]
    means[side] = own_means
    offsets = mean_offsets(Means(model.global_mean, *means), model.normalization)
    rows = rows.minus(offsets[side], offsets[1 - side])
    penalties = penalty.of_rows(side, rows).astype(rows.ratings.dtype)
    if penalty.fit_bias:
        factors, bias = fold_in_with_bias(rows, other.factors, other.bias, penalties)
    else:
        factors = fold_in(rows, other.factors, penalties)
        bias = np.zeros_like(own_means)
    return Side(NO_IDS, factors, bias, own_means)


def _rated_only(other: Side, rows: CSRRows) -> tuple[Side, CSRRows]:
    """Return the rated rows of the other side, and the ratings of these.

    A new user has rated few of many items: copying them is cheaper than copying all.
    """
    if rows.indices.size >= len(other.means):
        return other, rows
    rated, indices = np.unique(rows.indices, return_inverse=True)
    indices = indices.astype(rows.indices.dtype)
    return other.take(rated), rows._replace(indices=indices)


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
