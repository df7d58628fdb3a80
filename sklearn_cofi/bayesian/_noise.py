"""How precise ratings are: over all, of each user and of each item."""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from sklearn_cofi.bayesian._likelihood import NormalLikelihood

# Degrees of freedom that are tried for how alike rows are: from as different as can be
# to all alike.
_DEGREES = np.geomspace(1, 1000, 61)


class Noise(NamedTuple):
    """The rating of (u, i) has precision ``precision * rows[0][u] * rows[1][i]``."""

    precision: float
    rows: tuple[np.ndarray, np.ndarray]  # (n_users,), (n_items,): around 1
    degrees: tuple[float, float]  # of Gamma(degrees / 2, rate degrees / 2), by side


def first_noise(shape, *, heteroscedastic: bool) -> Noise:
    """Return where the chain begins: half of the variance is noise.

    Rows that are to stay alike come from infinitely many degrees of freedom.
    """
    degrees = 10.0 if heteroscedastic else np.inf
    return Noise(2.0, tuple(np.ones(n) for n in shape), (degrees, degrees))


def mean_variance(degrees: float) -> float:
    """Return the mean of 1 / tau, ``tau ~ Gamma(degrees / 2, rate degrees / 2)``.

    It is infinite up to two degrees of freedom; below three, that of three.
    """
    return 1 / (1 - 2 / max(degrees, 3.0))


def draw_noise(likelihood: NormalLikelihood, rows, noise: Noise, rng) -> Noise:
    """Draw the precisions of users and of items given the errors.

    ::

        tau_u ~ Gamma((nu + n_u) / 2, rate nu / 2
                      + alpha / 2 * sum over items of W_ui * tau_i * E_ui**2)

    and ``tau_i`` likewise; ``nu`` of users and of items from their posterior on a grid,
    under a flat prior on its logarithm. n_u is the number of the user's ratings:
    weights say how precise a rating is beside others, not how many there are. The
    precision of all, alpha, is left as it is.

    Parameters
    ----------
    likelihood : NormalLikelihood
    rows : (ndarray of shape (n_users, k + 1), ndarray of shape (n_items, k + 1))
    noise : Noise
        The last draw.
    rng : numpy.random.Generator

    References
    ----------
    Lakshminarayanan, Bouchard and Archambeau, "Robust Bayesian Matrix Factorisation",
    AISTATS 2011, section 3.
    """
    drawn, degrees = list(noise.rows), list(noise.degrees)
    for side in (0, 1):
        squares = likelihood.half_squares(side, rows, drawn[1 - side])
        shape = (degrees[side] + likelihood.n_rated[side]) / 2
        rate = degrees[side] / 2 + noise.precision * squares
        drawn[side] = rng.gamma(shape) / rate
        degrees[side] = _draw_degrees(drawn[side], rng)
    return noise._replace(rows=tuple(drawn), degrees=tuple(degrees))


def draw_precision(likelihood: NormalLikelihood, rows, noise: Noise, rng) -> Noise:
    """Draw the precision of all ratings given the errors.

    ::

        alpha ~ Gamma(1 + n / 2, rate 1 + sum(W * tau_u * tau_i * E**2) / 2)

    Parameters are those of `draw_noise`.
    """
    squares = likelihood.half_squares(0, rows, noise.rows[1]) @ noise.rows[0]
    total = likelihood.n_rated[0].sum()
    return noise._replace(precision=float(rng.gamma(1 + total / 2) / (1 + squares)))


def _draw_degrees(precisions, rng) -> float:
    half = _DEGREES / 2
    mean = np.log(precisions).mean() - precisions.mean()
    each = half * np.log(half) - gammaln(half) + half * mean
    log_posterior = precisions.size * each
    share = np.exp(log_posterior - log_posterior.max()).cumsum()
    return float(_DEGREES[np.searchsorted(share, rng.random() * share[-1])])
