"""Gibbs sampling: each part of the model drawn given all the others, in turn."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._link import RatedMask
from sklearn_cofi.bayesian._noise import Noise, draw_noise, draw_precision, first_noise
from sklearn_cofi.bayesian._row_prior import (
    RowPrior,
    draw_prior,
    first_prior,
    prior_means,
)


class Draw(NamedTuple):
    """One draw of everything; a row is ``[features, bias]``."""

    rows: tuple[np.ndarray, np.ndarray]  # (n_users, k + 1), (n_items, k + 1)
    priors: tuple[RowPrior, RowPrior]
    noise: Noise


class GibbsSampler:
    """Draws users, items, their priors and the noise in turn.

    ::

        R_ui ~ Normal(u . i + b_u + c_i, precision alpha * tau_u * tau_i)
        [u, b_u] ~ Normal(mu + F_u @ beta, precision Lambda), items likewise

    Parameters
    ----------
    likelihood : NormalLikelihood
        Of ratings of mean square one, around zero.
    num_features : int
    rng : numpy.random.Generator
    implicit_features, heteroscedastic : bool

    References
    ----------
    Salakhutdinov and Mnih, "Bayesian Probabilistic Matrix Factorization using Markov
    Chain Monte Carlo", ICML 2008, doi:10.1145/1390156.1390267, section 3.3.
    """

    def __init__(
        self,
        likelihood: NormalLikelihood,
        num_features: int,
        rng: np.random.Generator,
        *,
        implicit_features: bool,
        heteroscedastic: bool,
    ):
        self._likelihood, self._rng = likelihood, rng
        self._heteroscedastic = heteroscedastic
        self._masks = None, None
        if implicit_features:
            self._masks = tuple(RatedMask(likelihood, side) for side in (0, 1))
        self._width = num_features + 1

    def start(self) -> Draw:
        """Return where the chain begins: small features, no biases."""
        shape, dtype = self._likelihood.shape, self._likelihood.dtype
        rows = tuple(
            0.3 * self._rng.standard_normal((n, self._width), dtype=dtype)
            for n in shape
        )
        for side in rows:
            side[:, -1] = 0
        priors = tuple(first_prior(self._width, mask, dtype) for mask in self._masks)
        return Draw(
            rows, priors, first_noise(shape, heteroscedastic=self._heteroscedastic)
        )

    def sweep(self, draw: Draw) -> Draw:
        """Return the next draw."""
        for side in (0, 1):
            draw = self._draw_side(side, draw)
        given, noise = (self._likelihood, draw.rows), draw.noise
        if self._heteroscedastic:
            noise = draw_noise(*given, noise, self._rng)
        noise = draw_precision(*given, noise, self._rng)
        return draw._replace(noise=noise)

    def _draw_side(self, side: int, draw: Draw) -> Draw:
        """Draw the prior of users or items, and then themselves."""
        mask, (own, other) = self._masks[side], _turned(draw.rows, side)
        prior = draw_prior(own, draw.priors[side], mask, self._rng)
        means = prior_means(prior, own.shape)
        of_users, of_items = draw.noise.rows
        of_users = draw.noise.precision * of_users
        drawn = self._likelihood.draw_rows(
            side,
            other,
            _turned((of_users, of_items), side),
            prior.precision,
            means,
            self._rng.standard_normal(own.shape, dtype=own.dtype),
        )
        return draw._replace(
            rows=_turned((drawn, other), side),
            priors=_turned((prior, draw.priors[1 - side]), side),
        )


def _turned(pair, side):
    """Return a pair with that of the side first, or such a pair turned back."""
    return pair if side == 0 else pair[::-1]
