"""Gibbs sampling: each part of the model is drawn given all other parts, in turn."""

from collections.abc import Sequence
from copy import copy
from typing import NamedTuple, Self, TypeVar

import numpy as np

from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._link import LinkBlock, RatedMask
from sklearn_cofi.bayesian._noise import (
    Noise,
    draw_common,
    draw_noise,
    draw_precision,
    first_noise,
)
from sklearn_cofi.bayesian._normal import standard_normal
from sklearn_cofi.bayesian._row_prior import (
    RowPrior,
    draw_own,
    draw_prior,
    first_prior,
    prior_means,
)
from sklearn_cofi.bayesian._time_effects import TimeDraw, TimeEffects

T = TypeVar("T")


class Draw(NamedTuple):
    """One draw of all parameters. A row is ``[latent factors, bias]``."""

    rows: tuple[np.ndarray, np.ndarray]  # (n_users, k + 1), (n_items, k + 1)
    priors: tuple[RowPrior, RowPrior]
    noise: Noise
    times: tuple[TimeDraw, ...] = ()  # effects of time on users and on items
    precision_at_times: float = 2.0  # of the ratings around these effects


class GibbsSampler:
    """Draws users, items, their priors and the noise in turn.

    ::

        R_ui ~ Normal(u . i + b_u + c_i, precision alpha * tau_u * tau_i)
        [u, b_u] ~ Normal(mu + sum of F_u @ beta, precision omega_u * Lambda)
        omega_u ~ Gamma(kappa / 2, rate kappa / 2), items likewise

    The sum is over blocks of columns: the mask of the ratings, and features.

    Parameters
    ----------
    likelihood : NormalLikelihood
        Likelihood of ratings with mean zero and mean square one.
    num_features : int
        Number k of latent factors.
    rng : numpy.random.Generator
    implicit_features, heteroscedastic : bool
        As in `BayesianCollaborativeFilter`.
    features : (sequence of LinkBlock, sequence of LinkBlock)
        Blocks of features of users and of items.
    times : sequence of TimeEffects
        Effects of time on the biases; none in a model without times.

    References
    ----------
    Salakhutdinov and Mnih, "Bayesian Probabilistic Matrix Factorization using Markov
    Chain Monte Carlo", ICML 2008, doi:10.1145/1390156.1390267, section 3.3; for the
    effects of time, Plummer, "Cuts in Bayesian Graphical Models", Statistics and
    Computing 25, 2015, doi:10.1007/s11222-014-9503-z.
    """

    def __init__(
        self,
        likelihood: NormalLikelihood,
        num_features: int,
        rng: np.random.Generator,
        *,
        implicit_features: bool,
        heteroscedastic: bool,
        features: tuple[Sequence[LinkBlock], Sequence[LinkBlock]] = ((), ()),
        times: Sequence[TimeEffects] = (),
    ) -> None:
        self.times = tuple(times)
        self._likelihood, self._rng = likelihood, rng
        self._time_rng = _of_times(rng)
        self._heteroscedastic = heteroscedastic
        of_users, of_items = (tuple(blocks) for blocks in features)
        self._blocks: tuple[tuple[LinkBlock, ...], ...] = of_users, of_items
        if implicit_features:
            self._blocks = (
                (RatedMask(likelihood, 0), *of_users),
                (RatedMask(likelihood, 1), *of_items),
            )
        self._width = num_features + 1

    def with_generator(self, rng: np.random.Generator) -> Self:
        """Return the sampler of another chain, which shares all but the generator."""
        other = copy(self)
        other._rng, other._time_rng = rng, _of_times(rng)
        return other

    def start(self) -> Draw:
        """Return the start of the chain: small random factors, and zero biases."""
        shape, dtype = self._likelihood.shape, self._likelihood.dtype
        n_users, n_items = shape
        rows = self._first_rows(n_users), self._first_rows(n_items)
        user_blocks, item_blocks = self._blocks
        priors = (
            first_prior((n_users, self._width), user_blocks, dtype),
            first_prior((n_items, self._width), item_blocks, dtype),
        )
        noise = first_noise(shape, heteroscedastic=self._heteroscedastic)
        times = tuple(effects.start() for effects in self.times)
        return Draw(rows, priors, noise, times)

    def sweep(self, draw: Draw) -> Draw:
        """Return the next draw.

        The effects of time are drawn last, and the other parameters do not depend on
        them: the information flows one way ("cutting feedback").
        """
        for side in (0, 1):
            draw = self._draw_side(side, draw)
        drawn = draw_noise if self._heteroscedastic else draw_precision
        noise = drawn(self._likelihood, draw.rows, draw.noise, self._rng)
        draw = draw._replace(noise=noise)
        return self._draw_times(draw) if self.times else draw

    def _draw_times(self, draw: Draw) -> Draw:
        """Draw the effects of time on both sides, and the precision around them."""
        weights = self._likelihood.precisions(draw.noise.rows)
        precisions = draw.precision_at_times * weights
        errors, drawn = self._likelihood.errors(draw.rows), []
        for effects, own in zip(self.times, draw.times, strict=True):
            errors -= effects.by_user(own)
        for effects, own in zip(self.times, draw.times, strict=True):
            errors += effects.by_user(own)
            drawn.append(effects.draw(errors, precisions, own, self._time_rng))
            errors -= effects.by_user(drawn[-1])
        half = weights @ np.square(errors) / 2
        around = draw_common(errors.size, half, self._time_rng)
        return draw._replace(times=tuple(drawn), precision_at_times=around)

    def _first_rows(self, n: int) -> np.ndarray:
        shape, dtype = (n, self._width), self._likelihood.dtype
        rows = 0.3 * self._rng.standard_normal(shape, dtype=dtype)
        rows[:, -1] = 0
        return rows

    def _draw_side(self, side: int, draw: Draw) -> Draw:
        """Draw the prior of users or of items, and then their rows.

        The posterior of a row does not change if the precisions of its prior and of its
        ratings are divided by ``omega_u`` and the noise by its root. All rows then have
        the same prior.
        """
        blocks, (own, other) = self._blocks[side], _own_first(draw.rows, side)
        prior = draw_prior(own, draw.priors[side], blocks, self._rng)
        of_rows, of_columns = _own_first(draw.noise.rows, side)
        noise = standard_normal(self._rng, own.shape, own.dtype)
        drawn = self._likelihood.draw_rows(
            side,
            other,
            (draw.noise.precision * of_rows / prior.own, of_columns),
            prior.precision,
            prior_means(prior, own.shape),
            noise / np.sqrt(prior.own)[:, None],
        )
        prior = draw_own(drawn, prior, self._rng)
        return draw._replace(
            rows=_own_first((drawn, other), side),
            priors=_own_first((prior, draw.priors[1 - side]), side),
        )


def _own_first(pair: tuple[T, T], side: int) -> tuple[T, T]:
    """Return (users, items) with the given side first; the inverse is the same."""
    return pair if side == 0 else (pair[1], pair[0])


def _of_times(rng: np.random.Generator) -> np.random.Generator:
    """Return the generator of the effects of time.

    It draws nothing from ``rng``, so times do not change the other parameters.
    """
    bits = rng.bit_generator
    assert isinstance(bits, np.random.PCG64), "default_rng makes this generator"
    return np.random.Generator(bits.jumped())
