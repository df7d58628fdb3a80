"""Draws of the posterior."""

from typing import NamedTuple

import numpy as np


class PosteriorDraws(NamedTuple):
    """Some draws of the Bayesian model, stacked; or one, without the first axis.

    Rows are ``[features, bias]``, and the last of each side is one that nothing is
    known of: the mean of the prior.
    """

    users: np.ndarray  # (n_draws, n_users + 1, k + 1)
    items: np.ndarray  # (n_draws, n_items + 1, k + 1)
    user_variances: np.ndarray  # (n_draws, n_users + 1): of the noise
    item_ratios: np.ndarray  # (n_draws, n_items + 1): what it is multiplied by
    noise: np.ndarray  # (n_draws,): its variance for users and items like others
    degrees: np.ndarray  # (n_draws,): of the distribution of users' precisions
    user_precisions: np.ndarray  # (n_draws, k + 1, k + 1): of the users' prior
    item_precisions: np.ndarray  # (n_draws, k + 1, k + 1)
    links: np.ndarray  # (n_draws, n_items, k + 1), or no items
