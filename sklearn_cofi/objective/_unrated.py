"""The term of pairs without a rating, by Gram matrices of the factors."""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._unrated import UnratedPairs

# Number of rows that are converted to float64 at once for a Gram matrix.
_BLOCK = 1 << 14


class AllPairs(NamedTuple):
    """What the rows of one side need of the cost of all pairs as unrated pairs.

    The fields are arguments of the kernels, in their order. Without unrated pairs the
    weight is 0 and the arrays are empty.
    """

    weight: np.floating
    row_targets: np.ndarray  # (n_rows,): an unrated pair has the rating
    column_targets: np.ndarray  # (n_columns,): row_targets[u] + column_targets[i]
    gram: np.ndarray  # (n_free, n_free): weight * V.T @ V
    slope: np.ndarray  # (n_free,): weight * V.T @ (column_targets - offsets)
    sums: np.ndarray  # (n_free,): weight * V.sum(axis=0)

    @classmethod
    def none(cls, dtype: DTypeLike) -> "AllPairs":
        """Return the value for rows whose unrated pairs do not count."""
        empty = np.empty(0, dtype)
        weight = empty.dtype.type(0)
        return cls(weight, empty, empty, np.empty((0, 0), dtype), empty, empty)

    @classmethod
    def of_rows(
        cls,
        weight: float,
        row_targets: np.ndarray,
        column_targets: np.ndarray,
        V: np.ndarray,
        n_free: int,
    ) -> "AllPairs":
        """Sum over the rows of V. A column after the free ones is an offset."""
        dtype = V.dtype
        offset = V[:, n_free:].sum(axis=1, dtype=np.float64)
        wide = np.column_stack([np.ones(len(V)), column_targets - offset])
        sums, slope = weight * gram(wide, V[:, :n_free])
        return cls(
            dtype.type(weight),
            row_targets.astype(dtype),
            column_targets.astype(dtype),
            (weight * gram(V[:, :n_free])).astype(dtype),
            slope.astype(dtype),
            sums.astype(dtype),
        )


class UnratedTerm:
    """Cost of all pairs as unrated pairs, from which kernels subtract rated pairs.

    ::

        cost = w0/2 * sum over all (u, i) of (U_u . V_i - t_ui)**2
             = w0/2 * sum((A.T @ A) * (B.T @ B))
        t_ui = e_u + f_i,   A = [U, -e, 1],   B = [V, 1, -f]

    A and B have two more columns than the factors, so the sum over all pairs takes
    O((n_users + n_items) * k**2) operations. The cost of the unrated pairs is this
    cost, minus ``w0/2 * (U_u . V_i - t_ui)**2`` for each rating.

    Parameters
    ----------
    pairs : UnratedPairs or None
        Weight w0 and targets t. None if unrated pairs do not count.
    dtype : dtype
        dtype of the factors. Sums are in float64.

    References
    ----------
    Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets",
    ICDM 2008, doi:10.1109/ICDM.2008.22, section 4; Steck, "Training and Testing of
    Recommender Systems on Data Missing Not at Random", KDD 2010, eq. 6,
    doi:10.1145/1835804.1835895.
    """

    def __init__(self, pairs: UnratedPairs | None, dtype: np.dtype) -> None:
        self.weight = 0.0 if pairs is None else pairs.weight
        empty = np.empty(0)
        self.targets = (
            (empty, empty) if pairs is None else (pairs.by_user, pairs.by_item)
        )
        self._dtype = dtype
        targets = [own.astype(dtype) for own in self.targets]
        weight = dtype.type(self.weight)
        self._of_kernels = (weight, *targets), (weight, *targets[::-1])

    def __bool__(self) -> bool:
        """Whether unrated pairs count."""
        return self.weight > 0

    def of_kernel(self, side: int) -> tuple[np.floating, np.ndarray, np.ndarray]:
        """Return weight, targets of the rows and of the columns, for kernels."""
        return self._of_kernels[side]

    def all_pairs(self, side: int, V: np.ndarray, n_free: int) -> AllPairs:
        """Return the sums that row solves of one side need, of the other side V."""
        if not self:
            return AllPairs.none(self._dtype)
        own, other = self.targets[side], self.targets[1 - side]
        return AllPairs.of_rows(self.weight, own, other, V, n_free)

    def targets_of(self, rows: CSRRows) -> np.ndarray:
        """Return the rating that each rated pair would have as an unrated pair.

        The rows are users.
        """
        e, f = self.targets
        return e[rows.row_of_entry] + f[rows.indices]

    def cost_at_zero(self, rows: CSRRows) -> float:
        """Return the cost of the unrated pairs where all factors are zero.

        The rows are the ratings of users.
        """
        if not self:
            return 0.0
        A, B = self._wide(None)
        of_all = float((gram(A) * gram(B)).sum())
        return self.weight / 2 * (of_all - float((self.targets_of(rows) ** 2).sum()))

    def add_gradient(self, factors: Factors, gradient: Factors) -> float:
        """Add the gradient of the cost of all pairs, and return this cost.

        The gradient is ``w0 * A @ (B.T @ V)``, whose product of k columns is a part of
        the ``B.T @ B`` of the cost.
        """
        if not self:
            return 0.0
        wide = self._wide(factors)
        grams = gram(wide[0]), gram(wide[1])
        for side, X in enumerate(gradient):
            slopes = self.weight * grams[1 - side][:, : X.shape[1]]
            X += (wide[side] @ slopes).astype(self._dtype)
        return self.weight / 2 * float((grams[0] * grams[1]).sum())

    def line_terms(self, factors: Factors, direction: Factors) -> np.ndarray:
        """Return the change of the cost of all pairs along a direction.

        Returns
        -------
        float64 array of shape (4,)
            Coefficients of a, a**2, a**3 and a**4.
        """
        terms = np.zeros(4)
        if not self:
            return terms
        powers = []
        for X, dX in zip(self._wide(factors), direction, strict=True):
            dX = np.column_stack([dX, np.zeros((len(dX), 2), dX.dtype)])
            mixed = gram(X, dX)
            powers.append((gram(X), mixed + mixed.T, gram(dX)))
        for a, left in enumerate(powers[0]):
            for b, right in enumerate(powers[1]):
                if a + b:
                    terms[a + b - 1] += (left * right).sum()
        return self.weight / 2 * terms

    def curvature(self, side: int, factors: Factors) -> np.ndarray:
        """Return the diagonal of the Hessian of all pairs, one number per column."""
        other = factors[1 - side]
        return self.weight * np.einsum("ik,ik->k", other, other, dtype=np.float64)

    def low_rank(self, factors: Factors | None) -> tuple[np.ndarray, np.ndarray]:
        """Return A and B with ``w0 * (t - U @ V.T) = A @ B.T``, of float64.

        Without factors, ``U @ V.T`` is zero.
        """
        A, B = self._wide(factors)
        return -self.weight * A, B

    def _wide(self, factors: Factors | None) -> tuple[np.ndarray, np.ndarray]:
        """Return A and B, which have two columns where all factors are zero."""
        e, f = self.targets
        U, V = factors or (np.empty((e.size, 0)), np.empty((f.size, 0)))
        A = np.column_stack([U, -e, np.ones(e.size)])
        B = np.column_stack([V, np.ones(f.size), -f])
        return A, B


def gram(X: np.ndarray, Y: np.ndarray | None = None) -> np.ndarray:
    """Return ``X.T @ Y`` or ``X.T @ X``, summed in float64 over blocks of rows."""
    Y = X if Y is None else Y
    total = np.zeros((X.shape[1], Y.shape[1]))
    for begin in range(0, len(X), _BLOCK):
        x, y = X[begin : begin + _BLOCK], Y[begin : begin + _BLOCK]
        left = x.astype(np.float64, copy=False)
        total += left.T @ (left if y is x else y.astype(np.float64, copy=False))
    return total
