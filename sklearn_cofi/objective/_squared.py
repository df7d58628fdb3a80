"""The objective: squared error over the rated pairs, with an L2 penalty."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import Compressed, RatingMatrix

# Enough blocks to keep many threads busy, few enough to cost nothing.
_BLOCKS = 256


class MaskedSquaredLoss:
    """Cost of a pair of factors on the rated pairs of a matrix.

    ::

        cost = 1/2 * sum over rated (u, i) of W_ui * (U_u . V_i - R_ui)**2
             + reg_param/2 * (||U||**2 + ||V||**2)

        grad_U = (W * E) @ V + reg_param * U,   E = mask * (U @ V.T - R)
        grad_V = (W * E).T @ U + reg_param * V

    Cost and gradient come from one pass over the ratings by user and one by item,
    O(n_ratings * k) together; nothing of size n_users x n_items is made.

    Parameters
    ----------
    ratings : RatingMatrix
        Ratings (normally centred) and their weights.
    reg_param : float
        Penalty on the squared norm of the factors, in units of the rating.

    References
    ----------
    Salakhutdinov and Mnih, "Probabilistic Matrix Factorization", NIPS 2007, eq. 4.
    """

    def __init__(self, ratings: RatingMatrix, reg_param: float):
        self.ratings = ratings
        self.reg_param = reg_param
        self.dtype = ratings.by_user.ratings.dtype
        self._blocks_by_user = balanced_blocks(ratings.by_user)
        self._blocks_by_item = balanced_blocks(ratings.by_item)
        self.cost_at_zero = _half_square(ratings.by_user)
        total_weight = float(ratings.by_user.weights.sum()) or ratings.n_ratings
        self.rating_scale = np.sqrt(2 * self.cost_at_zero / total_weight)

    def value_and_gradient(self, factors: Factors) -> tuple[float, Factors]:
        """Return the cost and its gradient, shaped as ``factors``."""
        U, V = factors
        loss, grad_U = self.fit_gradient(U, V)
        _, grad_V = self.fit_gradient(V, U, by_item=True)
        grad_U += self.dtype.type(self.reg_param) * U
        grad_V += self.dtype.type(self.reg_param) * V
        penalty = self.reg_param / 2 * (_square(U) + _square(V))
        return loss + penalty, Factors(grad_U, grad_V)

    def fit_gradient(self, U, V, *, by_item=False) -> tuple[float, np.ndarray]:
        """Return ``1/2 * sum(W * E**2)`` and ``(W * E) @ V``, without the penalty.

        With ``by_item`` the roles are exchanged: U are item factors, V user factors.
        """
        # numba takes half a second to import: not before the first fit needs it.
        from sklearn_cofi.objective._kernels import half_gradient

        rows = self.ratings.by_item if by_item else self.ratings.by_user
        blocks = self._blocks_by_item if by_item else self._blocks_by_user
        grad_U = np.empty(U.shape, self.dtype)
        row_loss = np.empty(U.shape[0], np.float64)
        half_gradient(blocks, *rows, U, V, grad_U, row_loss)
        return float(row_loss.sum()), grad_U


def balanced_blocks(rows: Compressed) -> np.ndarray:
    """Cut the rows into blocks of about equally many ratings.

    Returns
    -------
    ndarray of int64
        Increasing row numbers from 0 to n_rows: block b is ``[b]:[b + 1]``.
    """
    n_rows = rows.indptr.size - 1
    shares = np.linspace(0, rows.indptr[-1], min(_BLOCKS, n_rows) + 1)
    blocks = np.searchsorted(rows.indptr, shares)
    blocks[0], blocks[-1] = 0, n_rows
    return np.unique(blocks)


def _half_square(rows: Compressed) -> float:
    square = np.square(rows.ratings, dtype=np.float64)
    if rows.weights.size:
        square *= rows.weights
    return float(square.sum()) / 2


def _square(x: np.ndarray) -> float:
    return float(np.einsum("uk,uk->", x, x, dtype=np.float64))
