"""Small ratings with two latent factors, and their fits by cross-validation."""

import warnings

import numpy as np
from fitting import PLAIN, pairs
from strategies import EXACT_WEIGHTS, Ratings

from sklearn_cofi import CollaborativeFilterCV
from sklearn_cofi.datasets import make_ratings


def learnable():
    """Make ratings with two latent factors."""
    X, y = make_ratings(500, n_users=30, n_items=20, rank=2, noise=0.3, random_state=0)
    return Ratings(
        X["user"].to_numpy(), X["item"].to_numpy(), y.to_numpy(), None, (30, 20)
    )


DRAWN = learnable()
WEIGHTED = DRAWN._replace(
    weights=np.random.default_rng(0).choice(EXACT_WEIGHTS, DRAWN.users.size)
)


def choose(drawn=DRAWN, **parameters):
    """Fit `CollaborativeFilterCV` without warnings of repeats and large penalties."""
    settings = {"n_jobs": 1, "random_state": 0, "n_reg_params": 6, "cv": 3}
    model = CollaborativeFilterCV(**(PLAIN | settings | parameters))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*more than one rating")
        warnings.filterwarnings("ignore", ".*is not below reg_param_max_")
        return model.fit(pairs(drawn), drawn.ratings, drawn.weights)


def assert_same(a, b):
    """Check that two fits have equal errors, penalties and factors."""
    for name in ("rmse_path_", "reg_params_", "item_factors_", "user_factors_"):
        np.testing.assert_array_equal(getattr(a, name), getattr(b, name))
