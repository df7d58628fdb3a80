"""Draws of the posterior."""

from typing import NamedTuple

import numpy as np


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
    degrees: np.ndarray  # (n_draws,): nu of the users' precisions
    user_covariances: np.ndarray  # (n_draws, k + 1, k + 1)
    item_covariances: np.ndarray  # (n_draws, k + 1, k + 1)
    user_prior_means: np.ndarray  # (n_draws, k + 1): of users, without the link
    user_precisions: np.ndarray  # (n_draws, k + 1, k + 1): of the prior of users
    links: np.ndarray  # (n_draws, n_items, k + 1), or 0 in place of n_items
