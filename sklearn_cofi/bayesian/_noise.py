"""The precision of the ratings: one for all, one for each user and for each item."""

from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from sklearn_cofi.bayesian._likelihood import NormalLikelihood

# Grid of the degrees of freedom nu. The precisions of users (or of items) differ most
# at 1 and are almost equal at 1000.
DEGREES = np.geomspace(1, 1000, 61)


class Noise(NamedTuple):
    """The rating of (u, i) has precision ``precision * rows[0][u] * rows[1][i]``."""

    precision: float
    rows: tuple[np.ndarray, np.ndarray]  # (n_users,), (n_items,): around 1
    degrees: tuple[float, float]  # nu of Gamma(nu / 2, rate nu / 2), of each side


def first_noise(shape: tuple[int, int], *, heteroscedastic: bool) -> Noise:
    """Return the start of the chain, at which half of the variance is noise.

    Without ``heteroscedastic`` the degrees of freedom are infinite: all users have
    precision one, and all items too.
    """
    degrees = 10.0 if heteroscedastic else np.inf
    n_users, n_items = shape
    return Noise(2.0, (np.ones(n_users), np.ones(n_items)), (degrees, degrees))


def draw_noise(
    likelihood: NormalLikelihood,
    rows: tuple[np.ndarray, np.ndarray],
    noise: Noise,
    rng: np.random.Generator,
) -> Noise:
    """Draw the precisions of users and of items, and the common one, given the errors.

    ::

        tau_u ~ Gamma((nu + n_u) / 2, rate nu / 2
                      + alpha / 2 * sum over items of W_ui * tau_i * E_ui**2)

    and ``tau_i`` likewise. ``nu`` of users and ``nu`` of items are drawn from their
    posterior on a grid, with a flat prior on the logarithm. ``n_u`` is the number of
    the user's ratings: weights change the precision of a rating, not the number of
    ratings. The common precision alpha is drawn last, as in `draw_precision`.

    Parameters
    ----------
    likelihood : NormalLikelihood
    rows : (ndarray of shape (n_users, k + 1), ndarray of shape (n_items, k + 1))
    noise : Noise
        The previous draw.
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
    # The half squares of items are those with the new precisions of users.
    precision = draw_common(likelihood.n_rated[0].sum(), squares @ drawn[1], rng)
    return Noise(precision, (drawn[0], drawn[1]), (degrees[0], degrees[1]))


def draw_precision(
    likelihood: NormalLikelihood,
    rows: tuple[np.ndarray, np.ndarray],
    noise: Noise,
    rng: np.random.Generator,
) -> Noise:
    """Draw the common precision of all ratings, given the errors and all others.

    ::

        alpha ~ Gamma(1 + n / 2, rate 1 + sum(W * tau_u * tau_i * E**2) / 2)

    Parameters are those of `draw_noise`.
    """
    squares = likelihood.half_squares(0, rows, noise.rows[1]) @ noise.rows[0]
    drawn = draw_common(likelihood.n_rated[0].sum(), squares, rng)
    return noise._replace(precision=drawn)


def draw_common(n_ratings: int, half_squares: float, rng: np.random.Generator) -> float:
    """Draw alpha, given half the weighted sum of all squared errors."""
    return float(rng.gamma(1 + n_ratings / 2) / (1 + half_squares))


def _draw_degrees(precisions: np.ndarray, rng: np.random.Generator) -> float:
    """Draw nu given precisions that are Gamma(nu / 2, rate nu / 2)."""
    half = DEGREES / 2
    mean = np.log(precisions).mean() - precisions.mean()
    each = half * np.log(half) - gammaln(half) + half * mean
    return draw_from_grid(precisions.size * each, rng)


def draw_from_grid(log_posterior: np.ndarray, rng: np.random.Generator) -> float:
    """Draw one of `DEGREES`, given the logarithms of their probabilities."""
    cumulative = np.exp(log_posterior - log_posterior.max()).cumsum()
    return float(DEGREES[np.searchsorted(cumulative, rng.random() * cumulative[-1])])
