"""The likelihood of ratings that are normal around a product of rows, plus biases."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.inference._predict import predict_pairs
from sklearn_cofi.kernels._blocks import balanced_blocks


class NormalLikelihood:
    """Ratings are normal around the predictions of rows of users and of items.

    ::

        R_ui ~ Normal(u . i + b_u + c_i, precision W_ui * p_u * p_i)

    A row is ``[latent factors, bias]``. Rows of users and of items are treated alike.

    Parameters
    ----------
    ratings : RatingMatrix
        Centred ratings.

    Attributes
    ----------
    shape : (n_users, n_items)
    dtype : dtype
        Dtype of ratings and rows.
    n_rated : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        Number of ratings of each row.
    """

    def __init__(self, ratings: RatingMatrix) -> None:
        by_user, by_item = ratings.by_user, ratings.by_item
        self._sides = by_user, by_item
        self._blocks = balanced_blocks(by_user), balanced_blocks(by_item)
        self.shape = ratings.shape
        self.dtype = by_user.ratings.dtype
        self.n_rated = np.diff(by_user.indptr), np.diff(by_item.indptr)

    def errors(self, rows: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Return the rating minus its prediction, in the order of the ratings by user.

        Parameters
        ----------
        rows : (ndarray of shape (n_users, k + 1), ndarray of shape (n_items, k + 1))

        Returns
        -------
        float64 array of shape (n_ratings,)
        """
        own, (users, items) = self._sides[0], rows
        pairs = own.row_of_entry.astype(np.int64), own.indices.astype(np.int64)
        biases = users[pairs[0], -1] + items[pairs[1], -1]
        factors = Factors(users[:, :-1], items[:, :-1])
        predicted = predict_pairs(factors, biases, *pairs)
        return own.ratings.astype(np.float64) - predicted

    def precisions(self, factors: tuple[np.ndarray, np.ndarray]) -> np.ndarray:
        """Return ``W_ui * p_u * p_i`` of each rating, in the order of `errors`.

        Parameters
        ----------
        factors : (ndarray of shape (n_users,), ndarray of shape (n_items,))

        Returns
        -------
        float64 array of shape (n_ratings,)
        """
        own, (of_users, of_items) = self._sides[0], factors
        both = of_users[own.row_of_entry] * of_items[own.indices]
        return both * own.weight_of_entry

    def half_squares(
        self,
        side: int,
        rows: tuple[np.ndarray, np.ndarray],
        column_precision: np.ndarray,
    ) -> np.ndarray:
        """Return half the weighted sum of squared errors of each row of one side.

        ::

            1/2 * sum(W * column_precision * E**2, axis=1)

        Parameters
        ----------
        side : {0, 1}
            0 sums over the ratings of each user, 1 over the ratings of each item.
        rows : (ndarray of shape (n_users, k + 1), ndarray of shape (n_items, k + 1))
        column_precision : float array of shape (n_rows of the other side,)

        Returns
        -------
        float64 array of shape (n_rows of the side,)
        """
        # Importing numba takes half a second, so it waits for the first fit.
        from sklearn_cofi.kernels._sample_rows import half_squares
        from sklearn_cofi.kernels._vectors import padded_columns

        own = rows[side]
        U = np.column_stack([own, np.ones_like(own[:, 0])])
        V = padded_columns(with_ones(rows[1 - side]))
        out, precision = np.empty(len(own)), column_precision.astype(self.dtype)
        half_squares(self._blocks[side], *self._sides[side], precision, U, V, out)
        return out

    def draw_rows(
        self,
        side: int,
        other: np.ndarray,
        precisions: tuple[np.ndarray, np.ndarray],
        prior: np.ndarray,
        means: np.ndarray,
        noise: np.ndarray,
    ) -> np.ndarray:
        """Draw the rows of one side given the rows of the other side.

        ::

            x ~ Normal(mean_u, precision prior), given that
            r_ui ~ Normal([i, 1] . x + c_i, precision W_ui * p_u * p_i)

        With ``prior = L @ L.T``, the kernel draws ``y = L.T @ x``, whose prior has the
        identity as precision, from ``[i, 1] @ inv(L).T`` and ``L.T @ mean_u``. The
        system of each row is then as well conditioned as that of a ridge regression.

        Parameters
        ----------
        side : {0, 1}
            0 draws users, 1 draws items.
        other : ndarray of shape (n_rows of the other side, k + 1)
        precisions : (ndarray of shape (n_rows,), ndarray of shape (n_columns,))
            Factors of the precision of a rating, by row and by column.
        prior : ndarray of shape (k + 1, k + 1)
            Precision of the prior.
        means, noise : ndarrays of shape (n_rows, k + 1)
            Means of the prior, and standard normal noise. Noise of zero gives the mean
            of the posterior.

        Returns
        -------
        ndarray of shape (n_rows, k + 1)
        """
        from sklearn_cofi.kernels._sample_rows import sample_rows

        L = np.linalg.cholesky(prior)
        inverse = np.linalg.inv(L).astype(self.dtype)
        other = with_ones(other)
        of_rows, of_columns = (self._contiguous(array) for array in precisions)
        V = self._contiguous(np.column_stack([other[:, :-1] @ inverse.T, other[:, -1]]))
        means, noise = self._contiguous(means @ L), self._contiguous(noise)
        system = of_rows, of_columns, means, noise, V
        Y = np.empty(noise.shape, self.dtype)
        failed = np.empty(len(Y), bool)
        sample_rows(self._blocks[side], *self._sides[side], *system, Y, failed)
        for row in np.flatnonzero(failed).tolist():
            Y[row] = _draw_row(self._sides[side], row, *system)
        return Y @ inverse

    def rated_sums(self, side: int, X: np.ndarray) -> np.ndarray:
        """Return ``mask @ X``, or ``mask.T @ X`` for side 1."""
        from sklearn_cofi.kernels._sparse_products import mask_times
        from sklearn_cofi.kernels._vectors import padded_columns

        rows, X_padded = self._sides[side], padded_columns(X)
        out = np.empty((self.shape[side], X_padded.shape[1]), self.dtype)
        mask_times(self._blocks[side], rows.indptr, rows.indices, X_padded, out)
        return out[:, : X.shape[1]]

    def _contiguous(self, array: np.ndarray) -> np.ndarray:
        return np.ascontiguousarray(array, dtype=self.dtype)


def with_ones(rows: np.ndarray) -> np.ndarray:
    """Return ``[latent factors, 1, bias]``, of shape (n_rows, k + 2).

    The product with ``[latent factors, bias, 1]`` of the other side is the prediction.
    """
    ones = np.ones_like(rows[:, 0])
    return np.column_stack([rows[:, :-1], ones, rows[:, -1]])


def _draw_row(
    rows: CSRRows,
    row: int,
    of_rows: np.ndarray,
    of_columns: np.ndarray,
    means: np.ndarray,
    noise: np.ndarray,
    V: np.ndarray,
) -> np.ndarray:
    """Draw one row as `sample_rows` does, in float64.

    In float32, the Gram matrix of many ratings can be so large that adding the
    identity to it changes nothing.
    """
    rated = slice(rows.indptr[row], rows.indptr[row + 1])
    items, weights = rows.indices[rated], of_rows[row].astype(np.float64)
    weights = weights * of_columns[items]
    if rows.weights.size:
        weights = weights * rows.weights[rated]
    A, target = V[items, :-1].astype(np.float64), rows.ratings[rated] - V[items, -1]
    precision = np.eye(A.shape[1]) + A.T @ (weights[:, None] * A)
    R = np.linalg.cholesky(precision).T
    solved = np.linalg.solve(R.T, means[row] + A.T @ (weights * target))
    return np.linalg.solve(R, solved + noise[row])
