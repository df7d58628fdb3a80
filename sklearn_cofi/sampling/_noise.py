"""How precise ratings are, over all and for each user."""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

# Degrees of freedom that are tried for how alike users are: from as different as can
# be to all alike.
_DEGREES = np.geomspace(1, 1000, 61)


class Noise(NamedTuple):
    """A rating of user u has the precision ``precision * by_user[u]``."""

    precision: float
    by_user: np.ndarray  # (n_users,), around 1
    degrees: float  # of the Gamma(degrees / 2, rate degrees / 2) they come from


def first_noise(n_users: int) -> Noise:
    """Return where the chain begins: half of the variance is noise."""
    return Noise(2.0, np.ones(n_users), 10.0)


def draw_noise(half_squares, weights, noise: Noise, rng, *, user_noise: bool) -> Noise:
    """Draw the precisions given the errors, each given the others.

    ::

        by_user[u] ~ Gamma((degrees + n_u) / 2, rate degrees / 2 + precision * h_u)
        precision  ~ Gamma(1 + n / 2, rate 1 + sum(by_user * h))

    and degrees from their posterior on a grid, under a flat prior on its logarithm.

    Parameters
    ----------
    half_squares : float64 array of shape (n_users,)
        ``h_u``, half the sum of each user's squared errors.
    weights : float64 array of shape (n_users,)
        ``n_u``, the number of each user's ratings or the sum of their weights.
    noise : Noise
        The last draw.
    rng : numpy.random.Generator
    user_noise : bool
        Whether users differ.

    References
    ----------
    Lakshminarayanan, Bouchard and Archambeau, "Robust Bayesian Matrix Factorisation",
    AISTATS 2011, section 3.
    """
    by_user, degrees = noise.by_user, noise.degrees
    if user_noise:
        rate = degrees / 2 + noise.precision * half_squares
        by_user = rng.gamma((degrees + weights) / 2) / rate
        degrees = _draw_degrees(by_user, rng)
    rate = 1 + by_user @ half_squares
    precision = rng.gamma(1 + weights.sum() / 2) / rate
    return Noise(float(precision), by_user, degrees)


def _draw_degrees(by_user, rng) -> float:
    half = _DEGREES / 2
    mean = np.log(by_user).mean() - by_user.mean()
    each = half * np.log(half) - gammaln(half) + half * mean
    log_posterior = by_user.size * each
    share = np.exp(log_posterior - log_posterior.max()).cumsum()
    return float(_DEGREES[np.searchsorted(share, rng.random() * share[-1])])
