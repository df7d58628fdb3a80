"""What the choice of rated items tells about a user, and of raters about an item."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._likelihood import NormalLikelihood

# Of the residual, relative to the right-hand side. The next sweep starts from where
# this one ends, so that few steps do: tighter solves change no held-out error.
_TOL = 0.1
_MAX_STEPS = 50


class RatedMask:
    """F, the mask of one side with rows of length one, and products with it.

    ::

        F = mask / sqrt(mask.sum(axis=1))[:, None]

    Parameters
    ----------
    likelihood : NormalLikelihood
    side : {0, 1}
        0 has a row for each user and a column for each item, 1 the reverse.
    """

    def __init__(self, likelihood: NormalLikelihood, side: int):
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
    """Linear dependence of rows on what they have rated: ``mean = mu + F @ beta``."""

    beta: np.ndarray  # (n_columns, k)
    pull: np.ndarray  # (n_rows, k): F @ beta
    strength: float  # lambda: beta's precision is lambda times that of the rows


def no_link(mask: RatedMask, k: int, dtype) -> Link:
    """Return where the chain begins."""
    beta, pull = (np.zeros((n, k), dtype) for n in reversed(mask.shape))
    return Link(beta, pull, 1.0)


def draw_link(mask: RatedMask, away, precision, link: Link, rng) -> Link:
    """Draw beta and its strength, by noise injection.

    ::

        (F.T @ F + strength * I) @ beta = F.T @ (A - mu + E1) + sqrt(strength) * E2
        strength ~ Gamma((1 + n * k) / 2, rate (1 + sum(beta @ precision * beta)) / 2)

    rows of E1 and E2 being normal with the precision of the rows: this beta is a draw
    from its posterior, up to what the solver leaves. F.T @ F is never formed: all
    columns are solved at once by conjugate gradients, two products with the sparse mask
    a step.

    Parameters
    ----------
    mask : RatedMask
    away : ndarray of shape (n_rows, k)
        ``A - mu``, the rows less their common mean.
    precision : ndarray of shape (k, k)
    link : Link
        The last draw, to start from.
    rng : numpy.random.Generator

    References
    ----------
    Simm et al., "Macau: Scalable Bayesian Factorization with High-Dimensional Side
    Information Using MCMC", MLSP 2017, arXiv:1509.04610, eq. 8; the mask as side
    information after Koren's SVD++, KDD 2008, doi:10.1145/1401890.1401944.
    """
    dtype = away.dtype
    spread = np.linalg.inv(np.linalg.cholesky(precision)).astype(dtype)
    injected, noise = (
        rng.standard_normal(shape, dtype) @ spread
        for shape in (link.beta.shape, away.shape)
    )
    strength = dtype.type(link.strength)
    left = mask.transposed_times(away + noise - link.pull)
    left += np.sqrt(strength) * injected - strength * link.beta
    beta, pull = _solve(mask, left, link)
    wide = beta.astype(np.float64)
    square = np.einsum("ik,kl,il->", wide, precision, wide, optimize=True)
    strength = rng.gamma((1 + beta.size) / 2) / ((1 + square) / 2)
    return Link(beta, pull, float(strength))


def _solve(mask: RatedMask, left, link: Link):
    """Return the beta at which nothing is left of a residual, and ``F @ beta``.

    ``left = target - (F.T @ F + strength * I) @ link.beta``. Conjugate gradients with
    the diagonal as preconditioner; the columns share nothing but the products.
    """
    beta, pull, strength = link
    strength = left.dtype.type(strength)
    inverse = 1 / (mask.gram_diagonal + strength)
    scaled = inverse * left
    direction, size = scaled, _products(left, scaled)
    enough = _TOL**2 * size
    for _ in range(_MAX_STEPS):
        across = mask.times(direction)
        image = mask.transposed_times(across) + strength * direction
        step = _ratio(size, _products(direction, image))
        beta, pull = beta + step * direction, pull + step * across
        left = left - step * image
        scaled = inverse * left
        last, size = size, _products(left, scaled)
        if (size <= enough).all():
            break
        direction = scaled + _ratio(size, last) * direction
    return beta, pull


def _ratio(x, y):
    """Return x / y, and 0 for a column of which nothing is left to solve."""
    return np.divide(x, y, out=np.zeros_like(x), where=y > 0)


def _products(X, Y):
    """Return the product of each column of X with that of Y."""
    return np.einsum("ik,ik->k", X, Y)
