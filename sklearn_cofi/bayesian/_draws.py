"""Draws of the posterior."""

from typing import NamedTuple

import numpy as np


class PosteriorDraws(NamedTuple):
    """Draws of the Bayesian model, stacked. One draw has no first axis.

    Rows are ``[latent factors, bias]``. The last row of each side is the mean of the
    prior, which stands for unknown users or items.
    """

    users: np.ndarray  # (n_draws, n_users + 1, k + 1)
    items: np.ndarray  # (n_draws, n_items + 1, k + 1)
    user_variances: np.ndarray  # (n_draws, n_users + 1): variance of the noise
    item_ratios: np.ndarray  # (n_draws, n_items + 1): multiply the user's variance
    noise: np.ndarray  # (n_draws,): variance of the noise where tau_u = tau_i = 1
    degrees: np.ndarray  # (n_draws,): nu of the users' precisions
    user_precisions: np.ndarray  # (n_draws, k + 1, k + 1): of the prior of users
    item_precisions: np.ndarray  # (n_draws, k + 1, k + 1): of the prior of items
    links: np.ndarray  # (n_draws, n_items, k + 1), or 0 in place of n_items
