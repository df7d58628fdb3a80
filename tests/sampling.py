"""Small ratings, a Bayesian model with few sweeps, and random draws."""

import numpy as np
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.bayesian._draws import PosteriorDraws, PriorDraws

DRAWN = random_ratings(0, (40, 30), density=0.4)
FRAME = DRAWN.frame()
PAIRS, RATINGS = FRAME[["user", "item"]], FRAME["rating"]


def model(num_features=2, **parameters):
    """Return a model that fits small ratings in a short time."""
    few = {"n_sweeps": 30, "burn_in": 5, "n_kept_draws": 6}
    return BayesianCollaborativeFilter(
        num_features, **few | {"random_state": 0, "n_jobs": 1} | parameters
    )


def assert_same(one, other, pairs=PAIRS):
    """Check that predictions and standard deviations have the same bits."""
    for found, expected in zip(
        one.predict(pairs, return_std=True),
        other.predict(pairs, return_std=True),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


class StopAfter:
    """A callback that stops after n iterations and records the biases of each."""

    def __init__(self, n):
        self.n, self.biases = n, []

    def setup(self, estimator, context):
        pass

    def teardown(self, estimator, context):
        pass

    def on_fit_task_begin(self, estimator, context):
        pass

    def on_fit_task_end(self, estimator, context, *, fitted_estimator=None):
        if context.task_name != "iteration" or fitted_estimator is None:
            return False
        self.biases.append(fitted_estimator.user_bias_)
        return len(self.biases) == self.n


N_DRAWS, N_USERS, N_ITEMS, K = 4, 5, 6, 2


def precision(rng):
    half = rng.standard_normal((N_DRAWS, K + 1, K + 1))
    return half @ half.transpose(0, 2, 1) + np.eye(K + 1)


def prior(rng, degrees, n_others, *, linked, m=0):
    """Return draws of the prior of one side, with m features.

    ``degrees`` are those of the ratings and those of the rows.
    """
    return PriorDraws(
        means=rng.standard_normal((N_DRAWS, K + 1)),
        precisions=precision(rng),
        links=rng.standard_normal((N_DRAWS, n_others if linked else 0, K + 1)),
        coef=rng.standard_normal((N_DRAWS, m, K + 1)),
        degrees=np.full(N_DRAWS, degrees[0]),
        own_degrees=np.full(N_DRAWS, degrees[1]),
    )


def draws(*, linked=True, degrees=7.0, own_degrees=np.inf, m=(0, 0)):
    """Return draws of 5 users and 6 items, with m features of users and of items."""
    rng, degrees = np.random.default_rng(0), (degrees, own_degrees)
    return PosteriorDraws(
        users=rng.standard_normal((N_DRAWS, N_USERS + 1, K + 1)),
        items=rng.standard_normal((N_DRAWS, N_ITEMS + 1, K + 1)),
        user_variances=rng.uniform(0.5, 2, (N_DRAWS, N_USERS + 1)),
        item_ratios=rng.uniform(0.5, 2, (N_DRAWS, N_ITEMS + 1)),
        noise=rng.uniform(0.5, 2, N_DRAWS),
        user_covariances=precision(rng),
        item_covariances=precision(rng),
        user_prior=prior(rng, degrees, N_ITEMS, linked=linked, m=m[0]),
        item_prior=prior(rng, degrees, N_USERS, linked=linked, m=m[1]),
    )


def score(users, items):
    return (users[..., :-1] * items[..., :-1]).sum(-1) + users[..., -1] + items[..., -1]
