"""Rows of new users, from their ratings and draws of the posterior of the items."""

import numpy as np

from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._side_draws import other_side, rows_given
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.data._side_features import FeatureRows


def mean_rows(
    draws: PosteriorDraws, ratings: RatingMatrix, features: FeatureRows | None = None
) -> np.ndarray:
    """Return the rows of new users: the posterior means given each draw's items.

    Parameters
    ----------
    draws : PosteriorDraws
    ratings : RatingMatrix
        Centred ratings of the new users.
    features : FeatureRows, default=None
        Features of the new users. None has the mean of each feature.

    Returns
    -------
    ndarray of shape (n_draws, n_rows, k + 1)
    """
    return rows_given(other_side(draws, 0), ratings.by_user, None, features).rows


def draw_rows(
    draws: PosteriorDraws, ratings: RatingMatrix, features: FeatureRows | None = None
) -> PosteriorDraws:
    """Return the draws with new users in place of those of the fit.

    Each draw gets a row of each new user, drawn from the posterior given the items of
    the draw; `mean_rows` returns the mean of this posterior. All users share the noise,
    so the draws of a user do not depend on the other users. The seed is fixed, so
    repeated calls return the same draws.
    """
    rng = np.random.default_rng(0)
    noise = rng.standard_normal((len(draws.users), draws.users.shape[2]))
    given = other_side(draws, 0), ratings.by_user, noise, features
    rows, precision, _ = rows_given(*given)
    variances = draws.noise[:, None] / precision
    return draws._replace(
        users=np.concatenate([rows, draws.users[:, -1:]], axis=1),
        user_variances=np.column_stack([variances, draws.user_variances[:, -1]]),
    )
