"""The link: the items that a user rated shift the prior mean of the user's row."""

from typing import NamedTuple

import numpy as np
from numpy.typing import DTypeLike

from sklearn_cofi.bayesian._likelihood import NormalLikelihood

# Norm of the residual relative to the first residual. Each solve starts from the beta
# of the previous sweep, so a few steps suffice. Tighter solves change no held-out
# error.
_TOL = 0.1
_MAX_STEPS = 50


class RatedMask:
    """The mask F of one side, with rows of length one, and products with it.

    ::

        F = mask / sqrt(mask.sum(axis=1))[:, None]

    Parameters
    ----------
    likelihood : NormalLikelihood
    side : {0, 1}
        0 has a row for each user and a column for each item, 1 the reverse.

    Attributes
    ----------
    shape : (n_rows, n_columns)
    gram_diagonal : ndarray of shape (n_columns, 1)
        Diagonal of ``F.T @ F``.
    """

    def __init__(self, likelihood: NormalLikelihood, side: int) -> None:
        self._likelihood, self._side = likelihood, side
        self.shape = likelihood.shape[side], likelihood.shape[1 - side]
        self._lengths = np.sqrt(likelihood.n_rated[side], dtype=likelihood.dtype)
        squares = (1 / np.square(self._lengths))[:, None]
        self.gram_diagonal = likelihood.rated_sums(1 - side, squares)

    def times(self, X: np.ndarray) -> np.ndarray:
        """Return ``F @ X``."""
        return self._likelihood.rated_sums(self._side, X) / self._lengths[:, None]

    def transposed_times(self, Y: np.ndarray) -> np.ndarray:
        """Return ``F.T @ Y``."""
        Y = Y / self._lengths[:, None]
        return self._likelihood.rated_sums(1 - self._side, Y)


class Link(NamedTuple):
    """Linear dependence of rows on the mask: ``mean = mu + F @ beta``."""

    beta: np.ndarray  # (n_columns, k)
    shift: np.ndarray  # (n_rows, k): F @ beta
    strength: float  # lambda: precision of beta, in multiples of that of the rows


def no_link(mask: RatedMask, k: int, dtype: DTypeLike) -> Link:
    """Return the start of the chain: a beta of zeros."""
    n_rows, n_columns = mask.shape
    return Link(np.zeros((n_columns, k), dtype), np.zeros((n_rows, k), dtype), 1.0)


def draw_link(
    mask: RatedMask,
    deviations: np.ndarray,
    precision: np.ndarray,
    link: Link,
    rng: np.random.Generator,
) -> Link:
    """Draw beta and its strength, by noise injection.

    ::

        (F.T @ F + strength * I) @ beta = F.T @ (A - mu + E1) + sqrt(strength) * E2
        strength ~ Gamma((1 + n * k) / 2, rate (1 + sum(beta @ precision * beta)) / 2)

    with n rows of beta. Rows of E1 and E2 are normal with the precision of the rows.
    The solution beta is a draw from its posterior, up to the residual of the solver.
    ``F.T @ F`` is never formed: conjugate gradients solve for all columns at once, with
    two products with the sparse mask in each step.

    Parameters
    ----------
    mask : RatedMask
    deviations : ndarray of shape (n_rows, k)
        ``A - mu``, the rows minus their common mean.
    precision : ndarray of shape (k, k)
    link : Link
        The previous draw, from which the solver starts.
    rng : numpy.random.Generator

    References
    ----------
    Simm et al., "Macau: Scalable Bayesian Factorization with High-Dimensional Side
    Information Using MCMC", MLSP 2017, arXiv:1509.04610, eq. 8; the mask as side
    information after Koren's SVD++, KDD 2008, doi:10.1145/1401890.1401944.
    """
    dtype = deviations.dtype
    spread = np.linalg.inv(np.linalg.cholesky(precision)).astype(dtype)
    injected, noise = (
        rng.standard_normal(shape, dtype) @ spread
        for shape in (link.beta.shape, deviations.shape)
    )
    strength = dtype.type(link.strength)
    residual = mask.transposed_times(deviations + noise - link.shift)
    residual += np.sqrt(strength) * injected - strength * link.beta
    beta, shift = _solve(mask, residual, link)
    beta64 = beta.astype(np.float64)
    square = np.einsum("ik,kl,il->", beta64, precision, beta64, optimize=True)
    drawn = rng.gamma((1 + beta.size) / 2) / ((1 + square) / 2)
    return Link(beta, shift, float(drawn))


def _solve(
    mask: RatedMask, residual: np.ndarray, link: Link
) -> tuple[np.ndarray, np.ndarray]:
    """Return the beta that solves the system, and ``F @ beta``.

    ``residual = target - (F.T @ F + strength * I) @ link.beta``. The method is
    conjugate gradients with the diagonal as preconditioner. The columns share only the
    products with the mask.
    """
    beta, shift = link.beta, link.shift
    strength = residual.dtype.type(link.strength)
    inverse = 1 / (mask.gram_diagonal + strength)
    scaled = inverse * residual
    direction, size = scaled, _products(residual, scaled)
    small_enough = _TOL**2 * size
    for _ in range(_MAX_STEPS):
        shifted = mask.times(direction)
        image = mask.transposed_times(shifted) + strength * direction
        step = _ratio(size, _products(direction, image))
        beta, shift = beta + step * direction, shift + step * shifted
        residual = residual - step * image
        scaled = inverse * residual
        last, size = size, _products(residual, scaled)
        if (size <= small_enough).all():
            break
        direction = scaled + _ratio(size, last) * direction
    return beta, shift


def _ratio(x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return x / y, and 0 where y is 0: that column is already solved."""
    return np.divide(x, y, out=np.zeros_like(x), where=y > 0)


def _products(X: np.ndarray, Y: np.ndarray) -> np.ndarray:
    """Return the product of each column of X with the same column of Y."""
    return np.einsum("ik,ik->k", X, Y)
