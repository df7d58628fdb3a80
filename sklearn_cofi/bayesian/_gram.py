"""An approximation of ``F.T @ F`` that is cheap to invert: low rank plus diagonal."""

from typing import NamedTuple, Protocol

import numpy as np

# Number of directions. Popularity is the first one: the first eigenvalue of the mask of
# MovieLens-1M is 700, the 50th is 10, and the strength of the link is near 1. With 50
# directions, three steps of conjugate gradients are as exact as eight with the diagonal
# alone.
_RANK = 50
_ROUNDS = 3


class SideMatrix(Protocol):
    """A matrix F with a row for each user or item, known by products with it."""

    shape: tuple[int, int]

    def times(self, X: np.ndarray) -> np.ndarray:
        """Return ``F @ X``."""

    def transposed_times(self, Y: np.ndarray) -> np.ndarray:
        """Return ``F.T @ Y``."""


class GramApproximation(NamedTuple):
    """``F.T @ F`` is near ``vectors @ diag(values) @ vectors.T + diag(remainder)``.

    The diagonal is exact. So are ``values``, up to rounding, if F has few rows or
    columns.
    """

    vectors: np.ndarray  # (n_columns, r), orthonormal
    values: np.ndarray  # (r,), above 0
    remainder: np.ndarray  # (n_columns, 1), at least 0

    def inverse(self, strength: np.floating) -> "LowRankInverse":
        """Return the inverse of the approximation of ``F.T @ F + strength * I``.

        With D the diagonal of remainder + strength, V the vectors and E the values::

            inv(V @ E @ V.T + D) = inv(D) - inv(D) @ V @ C @ V.T @ inv(D)
            C = inv(inv(E) + V.T @ inv(D) @ V)
        """
        dtype = self.vectors.dtype
        diagonal = 1 / (self.remainder + strength)
        scaled = diagonal * self.vectors
        inverse = np.diag(1 / self.values) + self.vectors.T @ scaled
        # C = inv(L).T @ inv(L), with L the Cholesky factor of its inverse.
        root = np.linalg.inv(np.linalg.cholesky(inverse)).T
        return LowRankInverse(diagonal, scaled @ root.astype(dtype))


class LowRankInverse(NamedTuple):
    """The matrix ``diag(diagonal) - root @ root.T``."""

    diagonal: np.ndarray  # (n, 1)
    root: np.ndarray  # (n, r)

    def times(self, X: np.ndarray) -> np.ndarray:
        """Return the product with X, of shape (n, k)."""
        return self.diagonal * X - self.root @ (self.root.T @ X)


def approximate_gram(F: SideMatrix, diagonal: np.ndarray) -> GramApproximation:
    """Return an approximation of ``F.T @ F`` by its leading eigenvectors.

    They are found by subspace iteration from a start that does not depend on the chain,
    with products with F alone.

    Parameters
    ----------
    F : matrix of shape (n_rows, n_columns)
    diagonal : ndarray of shape (n_columns, 1)
        Diagonal of ``F.T @ F``.

    References
    ----------
    Halko, Martinsson and Tropp, "Finding Structure with Randomness", SIAM Review 2011,
    doi:10.1137/090771806, algorithm 4.4.
    """
    start = np.random.default_rng(0)
    shape = F.shape[1], min(_RANK, *F.shape)
    basis = start.standard_normal(shape, diagonal.dtype)
    for _ in range(_ROUNDS):
        basis = np.linalg.qr(F.transposed_times(F.times(basis))).Q
    return gram_within(basis, F.times(basis), diagonal)


def gram_within(
    basis: np.ndarray, image: np.ndarray, diagonal: np.ndarray
) -> GramApproximation:
    """Return the approximation of ``F.T @ F`` whose vectors lie in a subspace.

    Parameters
    ----------
    basis : ndarray of shape (n_columns, r)
        Orthonormal basis of the subspace.
    image : ndarray of shape (n_rows, r)
        ``F @ basis``.
    diagonal : ndarray of shape (n_columns, 1)
        Diagonal of ``F.T @ F``.
    """
    dtype, exact = diagonal.dtype, image.astype(np.float64)
    values, rotation = np.linalg.eigh(exact.T @ exact)
    large = values > np.finfo(dtype).eps * image.shape[1] * values[-1:]
    values, vectors = values[large], basis @ rotation[:, large].astype(dtype)
    explained = np.square(vectors) @ values.astype(dtype)
    remainder = np.maximum(diagonal - explained[:, None], 0)
    return GramApproximation(vectors, values, remainder)
