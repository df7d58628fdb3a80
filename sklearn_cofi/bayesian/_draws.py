"""Draws of the posterior."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sklearn_cofi._typing import SideName


class PriorDraws(NamedTuple):
    """Draws of the prior of the rows of one side, and of their noise, stacked.

    ::

        row of u ~ Normal(means + sum of links over rated i / sqrt(n) + F_u @ coef,
                          precision omega_u * precisions)
        omega_u  ~ Gamma(own_degrees / 2, rate own_degrees / 2)
        tau_u    ~ Gamma(degrees / 2, rate degrees / 2)

    Without implicit features there are no links, and without features no coefficients.
    """

    means: np.ndarray  # (n_draws, k + 1)
    precisions: np.ndarray  # (n_draws, k + 1, k + 1)
    links: np.ndarray  # (n_draws, n_others, k + 1), or 0 in place of n_others
    coef: np.ndarray  # (n_draws, m, k + 1), or 0 in place of m
    degrees: np.ndarray  # (n_draws,)
    own_degrees: np.ndarray  # (n_draws,)


# The attributes of a fitted model that hold the fields of `PriorDraws`.
PRIOR_ATTRIBUTES: dict[SideName, tuple[str, ...]] = {
    "user": (
        "_user_prior_mean_draws",
        "_user_precision_draws",
        "_link_draws",
        "_user_coef_draws",
        "_degrees_draws",
        "_user_own_degrees_draws",
    ),
    "item": (
        "_item_prior_mean_draws",
        "_item_precision_draws",
        "_item_link_draws",
        "_item_coef_draws",
        "_item_degrees_draws",
        "_item_own_degrees_draws",
    ),
}
# A field whose attribute a model of an earlier version lacks.
NO_DRAWS = np.empty((0, 0, 0))


class PosteriorDraws(NamedTuple):
    """Draws of the Bayesian model, stacked. One draw has no first axis.

    Rows are ``[latent factors, bias]``. The last row of each side stands for unknown
    users or items. It is the mean of the other rows, each weighted by its number of
    ratings, and so is the last entry of ``user_variances`` and ``item_ratios``. The
    covariances are those of the rows around this mean, with the same weights.
    """

    users: np.ndarray  # (n_draws, n_users + 1, k + 1)
    items: np.ndarray  # (n_draws, n_items + 1, k + 1)
    user_variances: np.ndarray  # (n_draws, n_users + 1): variance of the noise
    item_ratios: np.ndarray  # (n_draws, n_items + 1): multiply the user's variance
    noise: np.ndarray  # (n_draws,): variance of the noise where tau_u = tau_i = 1
    user_covariances: np.ndarray  # (n_draws, k + 1, k + 1)
    item_covariances: np.ndarray  # (n_draws, k + 1, k + 1)
    user_prior: PriorDraws
    item_prior: PriorDraws


def stacked_draws(draws: Sequence[PosteriorDraws]) -> PosteriorDraws:
    """Return single draws along a new first axis."""
    stacks = {
        name: np.stack([getattr(one, name) for one in draws])
        for name in PosteriorDraws._fields[:-2]
    }
    user_prior, item_prior = (
        PriorDraws(*map(np.stack, zip(*of_side, strict=True)))
        for of_side in (
            [one.user_prior for one in draws],
            [one.item_prior for one in draws],
        )
    )
    return PosteriorDraws(**stacks, user_prior=user_prior, item_prior=item_prior)
