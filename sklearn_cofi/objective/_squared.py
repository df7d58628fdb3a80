"""The objective: squared error over the rated pairs, with an L2 penalty."""

from collections.abc import Callable
from typing import Any

import numpy as np
from scipy import sparse

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.kernels._blocks import balanced_blocks
from sklearn_cofi.objective._feature_penalty import (
    BIASES,
    NO_FEATURES,
    Features,
    FeatureTerm,
    RowFeatures,
)
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._principal_axes import along_principal_axes
from sklearn_cofi.objective._ridge import improve_ridges, solve_ridges
from sklearn_cofi.objective._unrated import UnratedTerm

# With biases, the columns of ones in the factors of users and of items. The ones of one
# side multiply the biases of the other side, in the columns `BIASES`.
_ONES = (-1, -2)


class MaskedSquaredLoss:
    """Cost of a pair of factors on the rated pairs of a matrix.

    ::

        cost = 1/2 * sum over rated (u, i) of W_ui * (U_u . V_i - R_ui)**2
             + reg_user/2 * sum_u s_u * ||U_u||**2
             + reg_item/2 * sum_i s_i * ||V_i||**2

        grad_U = (W * E) @ V + reg_user * s_u * U,   E = mask * (U @ V.T - R)
        grad_V = (W * E).T @ U + reg_item * s_i * V

    with ``s = n**p``, where n is the number of ratings of the row (the sum of their
    weights) and p is ``reg_scaling``: 0 for "none", 1 for "count". With "weight", p is
    1 and n is the weight of all pairs of the row, rated or not.

    If the matrix has unrated pairs that count, their cost is added::

        w0/2 * sum over unrated (u, i) of (U_u . V_i - t_ui)**2

    It is the cost of all pairs, by Gram matrices of the factors (`UnratedTerm`), minus
    a term for each rating.

    With ``fit_bias`` each side has two more columns, ``[U, bias, 1]`` and
    ``[V, 1, bias]``, so ``U_u . V_i`` is the product of the latent factors plus both
    biases. The ones have no penalty and a gradient of zero, so steps along gradients do
    not change them. The penalty of a bias is that of its row's factors, or
    ``reg_bias/2 * bias**2`` for any number of ratings.

    Cost and gradient take one pass over the ratings by user and one by item,
    O(n_ratings * k) together; no array of size n_users x n_items is made.

    Parameters
    ----------
    ratings : RatingMatrix
        Ratings (usually centred) and their weights, and those of unrated pairs.
    penalty : Penalty
        Penalty of the squared factors, in units of the rating, and of the squared
        biases. There are biases if its ``fit_bias`` is True.
    features : RowFeatures or FeatureTerm, default=NO_FEATURES
        Features of users and of items. The penalty is then that of the distance of the
        factors from what the features predict: see `FeaturePenalty`.

    Attributes
    ----------
    dtype : dtype
        dtype of ratings, factors and gradients.
    reg_param : float
        Penalty of the nuclear norm that is equivalent to the penalties of both sides:
        the square root of their product (`Penalty.as_one`).
    fit_bias : bool
        Whether the factors have columns of biases and ones.
    scales : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        The ``s`` of each row.
    penalties : (ndarray of shape (n_users, 2), ndarray of shape (n_items, 2))
        Penalties of each row's latent factors and of its bias, of ``dtype``. Half the
        squares are multiplied by them.
    cost_at_zero : float
        Cost of factors that are all zero.
    rating_scale : float
        Root mean square of the ratings.

    References
    ----------
    Salakhutdinov and Mnih, "Probabilistic Matrix Factorization", NIPS 2007, eq. 4;
    for "count", Zhou, Wilkinson, Schreiber and Pan, "Large-Scale Parallel
    Collaborative Filtering for the Netflix Prize", AAIM 2008, eq. 4,
    doi:10.1007/978-3-540-68880-8_32; for powers between 0 and 1, Srebro and
    Salakhutdinov, "Collaborative Filtering in a Non-Uniform World: Learning with the
    Weighted Trace Norm", NIPS 2010, arXiv:1002.2780.
    """

    def __init__(
        self,
        ratings: RatingMatrix,
        penalty: Penalty,
        features: Features = NO_FEATURES,
    ) -> None:
        self.ratings = ratings
        self.reg_param = penalty.as_one
        self.fit_bias = penalty.fit_bias
        self.dtype = ratings.by_user.ratings.dtype
        sides = ratings.by_user, ratings.by_item
        self.pair_weights = ratings.pair_weights
        counts = penalty.counts(ratings)
        self.unrated = UnratedTerm(ratings.unrated, self.dtype)
        self.scales = penalty.scales(counts[0]), penalty.scales(counts[1])
        self.penalties = (
            penalty.of_rows(0, counts[0]).astype(self.dtype),
            penalty.of_rows(1, counts[1]).astype(self.dtype),
        )
        if isinstance(features, RowFeatures):
            features = FeatureTerm(features, penalty, counts)
        self.features = features
        self.cost_at_zero = _half_square(sides[0]) + self.unrated.cost_at_zero(sides[0])
        total_weight = float(self.pair_weights[0].sum()) or ratings.n_ratings
        self.rating_scale: float = np.sqrt(2 * self.cost_at_zero / total_weight)
        self._blocks = balanced_blocks(sides[0]), balanced_blocks(sides[1])

    def value_and_gradient(self, factors: Factors) -> tuple[float, Factors]:
        """Return the cost and its gradient, with the shapes of ``factors``."""
        U, V = factors
        loss, grad_U = self.fit_gradient(U, V)
        _, grad_V = self.fit_gradient(V, U, by_item=True)
        gradient = Factors(grad_U, grad_V)
        loss += self.unrated.add_gradient(factors, gradient)
        penalties = [self._add_penalty(side, factors, gradient) for side in (0, 1)]
        return loss + sum(penalties), gradient

    def stationarity(self, factors: Factors, gradient: Factors) -> float:
        """Return a norm of the gradient without a unit.

        ::

            norm(gradient) * norm(factors) / cost_at_zero

        With biases, this is the sum of two such products, one of the latent factors and
        one of the biases, which have another unit. If the result is s, then scaling all
        factors by one percent changes the cost, to first order, by at most s percent of
        ``cost_at_zero``. The norm of the biases includes one more entry of
        ``rating_scale``, because biases of zero are not an optimum, while factors of
        zero are a stationary point.
        """
        if self.cost_at_zero == 0:
            return 0.0
        if not self.fit_bias:
            total = _norm(*gradient) * _norm(*factors)
            return float(total / self.cost_at_zero)
        latent, biases = _parts(factors)
        latent_slopes, bias_slopes = _parts(gradient)
        size = np.hypot(_norm(*biases), self.rating_scale)
        total = _norm(*latent_slopes) * _norm(*latent) + _norm(*bias_slopes) * size
        return float(total / self.cost_at_zero)

    def curvature(self, factors: Factors) -> Factors:
        """Return the diagonal of the Hessian, with the shapes of ``factors``.

        ::

            W @ V**2 + reg_user * s_u    for users
            W.T @ U**2 + reg_item * s_i  for items

        and 1 in the columns of ones, which do not change.

        Returns
        -------
        Factors
            Of float64.
        """
        user, item = (self._side_curvature(side, factors) for side in (0, 1))
        return Factors(user, item)

    def along_principal_axes(self, factors: Factors) -> Factors:
        """Return factors with the same cost along their principal axes."""
        return along_principal_axes(factors, self.penalties, self.fit_bias)

    def fit_gradient(
        self, U: np.ndarray, V: np.ndarray, *, by_item: bool = False
    ) -> tuple[float, np.ndarray]:
        """Return ``1/2 * sum(W * E**2)`` and ``(W * E) @ V``, without the penalty.

        The cost of unrated pairs is subtracted for rated pairs: see `UnratedTerm`. With
        ``by_item``, U are the factors of items and V those of users.
        """
        # Importing numba takes half a second, so it is imported by the first fit.
        from sklearn_cofi.kernels._gradient import half_gradient
        from sklearn_cofi.kernels._vectors import padded_columns

        grad_U = np.empty(U.shape, self.dtype)
        row_loss = np.empty(U.shape[0], np.float64)
        rows = self.blocked_rows(int(by_item))
        half_gradient(*rows, U, padded_columns(V), grad_U, row_loss)
        return float(row_loss.sum()), grad_U

    def weighted_errors(self, side: int, factors: Factors | None = None) -> np.ndarray:
        """Return ``W * mask * (R - U @ V.T)``, one entry for each rating of a side.

        Without factors, returns ``W * R``, which may be the array of ratings itself.
        The errors of rated pairs as unrated pairs are subtracted: see `UnratedTerm`.
        """
        from sklearn_cofi.kernels._errors import weighted_errors
        from sklearn_cofi.kernels._vectors import padded_columns

        rows = (self.ratings.by_user, self.ratings.by_item)[side]
        if factors is None:
            if not self.unrated:
                return (
                    rows.weights * rows.ratings if rows.weights.size else rows.ratings
                )
            factors = Factors(
                *(np.zeros((n, 1), self.dtype) for n in self.ratings.shape)
            )
        errors, V = np.empty_like(rows.ratings), padded_columns(factors[1 - side])
        weighted_errors(*self.blocked_rows(side), factors[side], V, errors)
        return errors

    def entries_times(
        self, side: int, entries: np.ndarray, v: np.ndarray
    ) -> np.ndarray:
        """Return the product of a sparse matrix and a vector, summed in float64.

        The matrix has one entry for each rating, in the order of the rows of a side. If
        v is a matrix, the product has its dtype.
        """
        if v.ndim == 2:
            rows = (self.ratings.by_user, self.ratings.by_item)[side]
            shape = self.ratings.shape[side], self.ratings.shape[1 - side]
            arrays = entries, rows.indices, rows.indptr
            return sparse.csr_array(arrays, shape=shape) @ v
        from sklearn_cofi.kernels._sparse_products import sparse_times

        blocks, indptr, indices, *_ = self.blocked_rows(side)
        out = np.empty(indptr.size - 1)
        sparse_times(blocks, indptr, indices, entries, v, out)
        return out

    def errors_times(
        self, side: int, factors: Factors | None = None
    ) -> Callable[[np.ndarray], np.ndarray]:
        """Return the product of the weighted errors of all pairs and an array.

        The errors are those of `weighted_errors`, plus those of all pairs as unrated
        pairs, a matrix of low rank.
        """
        errors = self.weighted_errors(side, factors)
        if not self.unrated:
            return lambda v: self.entries_times(side, errors, v)
        low_rank = self.unrated.low_rank(factors)
        left, right = low_rank[side], low_rank[1 - side]

        def product(v: np.ndarray) -> np.ndarray:
            of_unrated = (left @ (right.T @ v)).astype(v.dtype, copy=False)
            return self.entries_times(side, errors, v) + of_unrated

        return product

    def line_terms(self, factors: Factors, direction: Factors) -> np.ndarray:
        """Return the change of half the squared error along a direction.

        Returns
        -------
        float64 array of shape (4,)
            Coefficients of a, a**2, a**3 and a**4; see `line_coefficients`.
        """
        from sklearn_cofi.kernels._errors import line_terms

        row_terms = np.empty((4, factors.user.shape[0]), np.float64)
        line_terms(*self.blocked_rows(0), *factors, *direction, row_terms)
        return row_terms.sum(axis=1) + self.unrated.line_terms(factors, direction)

    def solve_side(
        self, side: int, X: np.ndarray, V: np.ndarray, n_free: int, steps: int | None
    ) -> None:
        """Minimise over the first ``n_free`` columns of one side, in place.

        Solves each row exactly, or takes ``steps`` steps of conjugate gradients in each
        row. A column of V after the free ones is multiplied by the ones in X: see
        `half_step`, which arranges the columns.
        """
        rows = (self.ratings.by_user, self.ratings.by_item)[side]
        ridges = (
            *(self._blocks[side], rows, self.penalties[side]),
            *(self.features.means(side, X, n_free), V, X, n_free),
            self.unrated.all_pairs(side, V, n_free),
        )
        if steps is None:
            solve_ridges(*ridges)
        else:
            improve_ridges(*ridges, steps)

    def blocked_rows(self, side: int) -> tuple[Any, ...]:
        """Return the first arguments of each kernel of one side.

        They are blocks of rows, the rows, and weight and targets of unrated pairs.
        """
        rows = (self.ratings.by_user, self.ratings.by_item)[side]
        return self._blocks[side], *rows, *self.unrated.of_kernel(side)

    def penalty_product(self, side: int, X: np.ndarray, Y: np.ndarray) -> float:
        """Return ``sum(penalties * X * Y)`` over the free columns, in float64.

        For ``Y = X``, half of it is the penalty of the factors.
        """
        return self._penalty_sum(side, X, self.features.own(side, Y))

    def _penalty_sum(self, side: int, X: np.ndarray, Y: np.ndarray) -> float:
        """Return ``sum(penalties * X * Y)``, where Y are own parts of factors."""
        p, q = self.penalties[side].astype(np.float64).T
        total = 0.0
        if self.fit_bias:
            own = BIASES[side]
            total = float(q @ np.multiply(X[:, own], Y[:, own], dtype=np.float64))
            X, Y = X[:, :-2], Y[:, :-2]
        return total + float(p @ np.einsum("uk,uk->u", X, Y, dtype=np.float64))

    def _side_curvature(self, side: int, factors: Factors) -> np.ndarray:
        rows = (self.ratings.by_user, self.ratings.by_item)[side]
        entries = rows.weight_of_entry - self.dtype.type(self.unrated.weight)
        squares = np.square(factors[1 - side], dtype=np.float64)
        curvature = self.entries_times(side, entries, squares)
        if self.unrated:
            curvature += self.unrated.curvature(side, factors)
        p, q = self.penalties[side].T
        if not self.fit_bias:
            return curvature + p[:, None]
        curvature[:, :-2] += p[:, None]
        curvature[:, BIASES[side]] += q
        curvature[:, _ONES[side]] = 1
        return curvature

    def _add_penalty(self, side: int, factors: Factors, gradient: Factors) -> float:
        """Add the gradient of one side's penalty, and return the penalty."""
        X, grad_X = factors[side], gradient[side]
        p, q = self.penalties[side].T
        own = self.features.own(side, X)
        shrinkage = p[:, None] * own
        if self.fit_bias:
            shrinkage[:, BIASES[side]] = q * own[:, BIASES[side]]
            shrinkage[:, _ONES[side]] = grad_X[:, _ONES[side]] = 0
        grad_X += shrinkage
        return self._penalty_sum(side, X, own) / 2


def _half_square(rows: CSRRows) -> float:
    square = np.square(rows.ratings, dtype=np.float64)
    if rows.weights.size:
        square *= rows.weights
    return float(square.sum()) / 2


def _parts(factors: Factors) -> tuple[list[np.ndarray], list[np.ndarray]]:
    """Return the latent factors of both sides, and the biases of both sides."""
    return (
        [side[:, :-2] for side in factors],
        [side[:, own] for side, own in zip(factors, BIASES, strict=True)],
    )


def _norm(*arrays: np.ndarray) -> float:
    """Return the Euclidean norm of all entries, summed in float64."""
    squares = [np.square(x, dtype=np.float64).sum() for x in arrays]
    return float(np.sqrt(sum(squares)))
