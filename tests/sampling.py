"""Small ratings, and a Bayesian model with few sweeps."""

from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter

DRAWN = random_ratings(0, (40, 30), density=0.4)
FRAME = DRAWN.frame()
PAIRS, RATINGS = FRAME[["user", "item"]], FRAME["rating"]


def model(num_features=2, **parameters):
    """Return a model that fits small ratings in a short time."""
    few = {"n_sweeps": 30, "burn_in": 5, "n_kept_draws": 6}
    return BayesianCollaborativeFilter(
        num_features, **few | {"random_state": 0, "n_jobs": 1} | parameters
    )
