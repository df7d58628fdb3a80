"""The objective: squared error over the rated pairs, with an L2 penalty."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.kernels._blocks import balanced_blocks
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._ridge import solve_ridges

# With biases, the columns of ones: the user factors' last, the item factors' last but
# one, each facing the other side's biases.
_ONES = (-1, -2)
_BIASES = (-2, -1)


class MaskedSquaredLoss:
    """Cost of a pair of factors on the rated pairs of a matrix.

    ::

        cost = 1/2 * sum over rated (u, i) of W_ui * (U_u . V_i - R_ui)**2
             + reg_user/2 * sum_u s_u * ||U_u||**2
             + reg_item/2 * sum_i s_i * ||V_i||**2

        grad_U = (W * E) @ V + reg_user * s_u * U,   E = mask * (U @ V.T - R)
        grad_V = (W * E).T @ U + reg_item * s_i * V

    with ``s = n**p``, n being the number of ratings of the row (the sum of their
    weights) and p the ``reg_scaling``: 0 for "none", 1 for "count".

    With ``fit_bias`` each side has two more columns, ``U = [features, bias, 1]`` and
    ``V = [features, 1, bias]``, so that ``U_u . V_i`` is the product of the features
    plus both biases. The ones have no penalty and no gradient: what moves along
    gradients leaves them alone. The penalty of a bias is that of its row's features,
    or ``reg_bias/2 * bias**2``, whatever the row's number of ratings.

    Cost and gradient come from one pass over the ratings by user and one by item,
    O(n_ratings * k) together; nothing of size n_users x n_items is made.

    Parameters
    ----------
    ratings : RatingMatrix
        Ratings (normally centred) and their weights.
    penalty : Penalty
        On the squared factors, in units of the rating, and on the squared biases;
        its ``fit_bias`` says whether there are biases.

    Attributes
    ----------
    dtype : dtype
        Of ratings, factors and gradients.
    reg_param : float
        The penalty as one: of two, the root of their product, which is the penalty of
        the nuclear norm that they amount to.
    scales : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        The ``s`` of each row.
    penalties : (ndarray of shape (n_users, 2), ndarray of shape (n_items, 2))
        What half the square of each row's features, and of its bias, is multiplied
        by, of ``dtype``.
    cost_at_zero : float
        Cost of factors that are all zero.
    rating_scale : float
        Root mean square of the ratings.

    References
    ----------
    Salakhutdinov and Mnih, "Probabilistic Matrix Factorization", NIPS 2007, eq. 4;
    for "count", Zhou, Wilkinson, Schreiber and Pan, "Large-Scale Parallel
    Collaborative Filtering for the Netflix Prize", AAIM 2008, eq. 4,
    doi:10.1007/978-3-540-68880-8_32; for what lies between, Srebro and Salakhutdinov,
    "Collaborative Filtering in a Non-Uniform World: Learning with the Weighted Trace
    Norm", NIPS 2010, arXiv:1002.2780.
    """

    def __init__(self, ratings: RatingMatrix, penalty: Penalty):
        self.ratings = ratings
        self.reg_param = penalty.as_one
        self.fit_bias = penalty.fit_bias
        self.dtype = ratings.by_user.ratings.dtype
        sides = ratings.by_user, ratings.by_item
        self.scales = tuple(penalty.scales(rows) for rows in sides)
        self.penalties = tuple(
            penalty.of_rows(side, rows).astype(self.dtype)
            for side, rows in enumerate(sides)
        )
        self.cost_at_zero = _half_square(ratings.by_user)
        total_weight = float(ratings.by_user.weights.sum()) or ratings.n_ratings
        self.rating_scale = np.sqrt(2 * self.cost_at_zero / total_weight)
        self._blocks = (
            balanced_blocks(ratings.by_user),
            balanced_blocks(ratings.by_item),
        )

    def value_and_gradient(self, factors: Factors) -> tuple[float, Factors]:
        """Return the cost and its gradient, shaped as ``factors``."""
        U, V = factors
        loss, grad_U = self.fit_gradient(U, V)
        _, grad_V = self.fit_gradient(V, U, by_item=True)
        gradient = Factors(grad_U, grad_V)
        penalties = [self._penalise(side, factors, gradient) for side in (0, 1)]
        return loss + sum(penalties), gradient

    def stationarity(self, factors: Factors, gradient: Factors) -> float:
        """Return how far the factors are from stationary, free of units.

        ::

            norm(gradient) * norm(factors) / cost_at_zero

        the columns of ones left out. To first order, growing or shrinking all factors
        by one percent changes the cost by at most so many percent of what it was
        before anything was learned. With biases the factors count as if they had one
        more, of the ratings' scale: biases of zero are no optimum, as factors are.
        """
        if self.cost_at_zero == 0:
            return 0.0
        slope = np.sqrt(sum(_square(side) for side in gradient))
        return float(slope * self._size(factors) / self.cost_at_zero)

    def fit_gradient(self, U, V, *, by_item=False) -> tuple[float, np.ndarray]:
        """Return ``1/2 * sum(W * E**2)`` and ``(W * E) @ V``, without the penalty.

        With ``by_item`` the roles are exchanged: U are item factors, V user factors.
        """
        # numba takes half a second to import: not before the first fit needs it.
        from sklearn_cofi.kernels._gradient import half_gradient
        from sklearn_cofi.kernels._vectors import padded_columns

        grad_U = np.empty(U.shape, self.dtype)
        row_loss = np.empty(U.shape[0], np.float64)
        rows = self.blocked_rows(int(by_item))
        half_gradient(*rows, U, padded_columns(V), grad_U, row_loss)
        return float(row_loss.sum()), grad_U

    def weighted_errors(self, side: int, factors: Factors | None = None) -> np.ndarray:
        """Return ``W * mask * (R - U @ V.T)``, an entry for each rating of a side.

        Without factors ``W * R``, which may be the ratings themselves, uncopied.
        """
        from sklearn_cofi.kernels._errors import weighted_errors

        blocks, indptr, indices, ratings, weights = self.blocked_rows(side)
        if factors is None:
            return weights * ratings if weights.size else ratings
        errors, rows = np.empty_like(ratings), (indptr, indices, ratings, weights)
        weighted_errors(blocks, *rows, factors[side], factors[1 - side], errors)
        return errors

    def entries_times(self, side: int, entries, v) -> np.ndarray:
        """Return the product of a sparse matrix and a vector, summed in float64.

        The matrix has an entry for each rating, in the order of the rows of a side.
        """
        from sklearn_cofi.kernels._sparse_products import sparse_times

        blocks, indptr, indices, _, _ = self.blocked_rows(side)
        out = np.empty(indptr.size - 1)
        sparse_times(blocks, indptr, indices, entries, v, out)
        return out

    def solve_side(self, side: int, X, V, n_free: int, steps: int | None) -> None:
        """Minimise over the first ``n_free`` columns of one side, in place.

        Exactly, or by a few ``steps`` of conjugate gradients in each row. A column of
        V beyond the free ones faces the ones in X: see `half_step`, which arranges
        the columns.
        """
        from sklearn_cofi.kernels._improve_rows import improve_rows
        from sklearn_cofi.kernels._vectors import padded_columns

        blocks, *rows = self.blocked_rows(side)
        penalties = self.penalties[side]
        if steps is None:
            solve_ridges(blocks, CSRRows(*rows), penalties, V, X, n_free)
        else:
            V = padded_columns(V)
            improve_rows(blocks, *rows, penalties, V, X, n_free, steps)

    def blocked_rows(self, side: int) -> tuple:
        """Return what each kernel takes first: blocks, and the rows of one side."""
        rows = (self.ratings.by_user, self.ratings.by_item)[side]
        return self._blocks[side], *rows

    def penalty_product(self, side: int, X, Y) -> float:
        """Return ``sum(penalties * X * Y)`` over what one side learns, in float64.

        Half that of factors with themselves is their penalty.
        """
        features, biases = self.penalties[side].astype(np.float64).T
        total = 0.0
        if self.fit_bias:
            own = _BIASES[side]
            total = float(biases @ np.multiply(X[:, own], Y[:, own], dtype=np.float64))
            X, Y = X[:, :-2], Y[:, :-2]
        return total + float(features @ np.einsum("uk,uk->u", X, Y, dtype=np.float64))

    def _penalise(self, side: int, factors: Factors, gradient: Factors) -> float:
        """Add the penalty of one side to its gradient, and return the penalty."""
        X, half = factors[side], gradient[side]
        features, biases = self.penalties[side].T
        pull = features[:, None] * X
        if self.fit_bias:
            pull[:, _BIASES[side]] = biases * X[:, _BIASES[side]]
            pull[:, _ONES[side]] = half[:, _ONES[side]] = 0
        half += pull
        return self.penalty_product(side, X, X) / 2

    def _size(self, factors: Factors) -> float:
        """Return the norm of what is learned: of all but the columns of ones."""
        square = sum(_square(side) for side in factors)
        if self.fit_bias:
            square += self.rating_scale**2 - sum(self.ratings.shape)
        return np.sqrt(square)


def _half_square(rows: CSRRows) -> float:
    square = np.square(rows.ratings, dtype=np.float64)
    if rows.weights.size:
        square *= rows.weights
    return float(square.sum()) / 2


def _square(x: np.ndarray) -> float:
    return float(np.einsum("uk,uk->", x, x, dtype=np.float64))
