"""The likelihood of ratings that are normal around a product of rows, plus biases."""

import numpy as np

from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.kernels._blocks import balanced_blocks


class NormalLikelihood:
    """Ratings that are normal around what rows of users and items predict.

    ::

        R_ui ~ Normal(u . i + b_u + c_i, precision W_ui * p_u * p_i)

    A row is ``[features, bias]``; users' and items' are treated alike.

    Parameters
    ----------
    ratings : RatingMatrix
        Centred.

    Attributes
    ----------
    shape : (n_users, n_items)
    dtype : dtype
        Of ratings and rows.
    n_rated : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        Number of rated pairs of each row.
    """

    def __init__(self, ratings: RatingMatrix):
        self._sides = ratings.by_user, ratings.by_item
        self._blocks = tuple(balanced_blocks(rows) for rows in self._sides)
        self.shape = ratings.shape
        self.dtype = ratings.by_user.ratings.dtype
        self.n_rated = tuple(np.diff(rows.indptr) for rows in self._sides)

    def half_squares(self, side: int, rows, column_precision) -> np.ndarray:
        """Return half the weighted sum of squared errors of each row of a side.

        ::

            1/2 * sum(W * column_precision * E**2, axis=1)

        Parameters
        ----------
        side : {0, 1}
            0 sums over each user's ratings, 1 over each item's.
        rows : (ndarray of shape (n_users, k + 1), ndarray of shape (n_items, k + 1))
        column_precision : float array of shape (n_rows of the other side,)
        """
        # numba takes half a second to import: not before the first fit needs it.
        from sklearn_cofi.kernels._sample_rows import half_squares
        from sklearn_cofi.kernels._vectors import padded_columns

        own = rows[side]
        U = np.column_stack([own, np.ones_like(own[:, 0])])
        V = padded_columns(facing(rows[1 - side]))
        out, precision = np.empty(len(own)), column_precision.astype(self.dtype)
        half_squares(self._blocks[side], *self._sides[side], precision, U, V, out)
        return out

    def draw_rows(self, side: int, other, precisions, prior, means, noise):
        """Return rows of one side drawn given the other's.

        ::

            x ~ Normal(mean_u, precision prior), given that
            r_ui ~ Normal([i, 1] . x + c_i, precision W_ui * p_u * p_i)

        With ``prior = L @ L.T``, ``y = L.T @ x`` is drawn, whose prior is the identity,
        from ``[i, 1] @ inv(L).T`` and ``L.T @ mean_u``: the system of each row is then
        as well conditioned as a ridge regression's.

        Parameters
        ----------
        side : {0, 1}
            0 draws users, 1 items.
        other : ndarray of shape (n_rows of the other side, k + 1)
        precisions : (ndarray, ndarray)
            Factors of the precision of a rating, by row and by column.
        prior : ndarray of shape (k + 1, k + 1)
        means, noise : ndarrays of shape (n_rows, k + 1)
            The noise is standard normal.
        """
        from sklearn_cofi.kernels._sample_rows import sample_rows

        L = np.linalg.cholesky(prior)
        inverse = np.linalg.inv(L).astype(self.dtype)
        wide = facing(other)
        V = np.column_stack([wide[:, :-1] @ inverse.T, wide[:, -1]])
        arrays = (*precisions, means @ L, noise, V)
        arrays = [np.ascontiguousarray(a, dtype=self.dtype) for a in arrays]
        Y = np.empty(noise.shape, self.dtype)
        failed = np.empty(len(Y), bool)
        sample_rows(self._blocks[side], *self._sides[side], *arrays, Y, failed)
        for row in np.flatnonzero(failed):
            Y[row] = _drawn_row(self._sides[side], row, *arrays)
        return Y @ inverse

    def rated_sums(self, side: int, X: np.ndarray) -> np.ndarray:
        """Return ``mask @ X``, or ``mask.T @ X`` for side 1."""
        from sklearn_cofi.kernels._sparse_products import mask_times
        from sklearn_cofi.kernels._vectors import padded_columns

        rows, X_wide = self._sides[side], padded_columns(X)
        out = np.empty((self.shape[side], X_wide.shape[1]), self.dtype)
        mask_times(self._blocks[side], rows.indptr, rows.indices, X_wide, out)
        return out[:, : X.shape[1]]


def facing(rows: np.ndarray) -> np.ndarray:
    """Return ``[features, 1, bias]``, to be multiplied by ``[features, bias, 1]``."""
    ones = np.ones_like(rows[:, 0])
    return np.column_stack([rows[:, :-1], ones, rows[:, -1]])


def _drawn_row(rows: CSRRows, row: int, of_rows, of_columns, means, noise, V):
    """Draw one row as `sample_rows` does, in float64.

    In float32, many ratings that say the same leave nothing of the prior's ones.
    """
    rated = slice(rows.indptr[row], rows.indptr[row + 1])
    items, weights = rows.indices[rated], of_rows[row].astype(np.float64)
    weights = weights * of_columns[items]
    if rows.weights.size:
        weights = weights * rows.weights[rated]
    A, target = V[items, :-1].astype(np.float64), rows.ratings[rated] - V[items, -1]
    precision = np.eye(A.shape[1]) + A.T @ (weights[:, None] * A)
    R = np.linalg.cholesky(precision).T
    pulled = np.linalg.solve(R.T, means[row] + A.T @ (weights * target))
    return np.linalg.solve(R, pulled + noise[row])
