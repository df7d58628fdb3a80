"""Fitted models for the displays; figures are closed after each test."""

import matplotlib
import pytest
import strategies  # noqa: F401  # it loads the settings of hypothesis
from fitting import PLAIN
from sklearn.model_selection import train_test_split

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    collaborative_filter_path,
)
from sklearn_cofi.datasets import make_ratings

matplotlib.use("Agg")

ONE_THREAD = {"n_jobs": 1, "random_state": 0}


@pytest.fixture(autouse=True)
def _closed_figures():
    from matplotlib import pyplot as plt

    yield
    plt.close("all")


@pytest.fixture(scope="session")
def parts():
    """Return training pairs and ratings, and held-out pairs and ratings."""
    X, y = make_ratings(1500, n_users=60, n_items=40, rank=3, random_state=0)
    X, held_out, y, truth = train_test_split(X, y, random_state=0)
    return X, y, held_out, truth


@pytest.fixture(scope="session")
def fitted(parts):
    return CollaborativeFilter(4, reg_param=2.0, **(PLAIN | ONE_THREAD)).fit(*parts[:2])


@pytest.fixture(scope="session")
def stopped_early(parts):
    model = CollaborativeFilter(4, 0.1, early_stopping=True, **(PLAIN | ONE_THREAD))
    return model.fit(*parts[:2])


@pytest.fixture(scope="session")
def bayesian(parts):
    model = BayesianCollaborativeFilter(
        3, 30, burn_in=6, n_kept_draws=10, rating_range=(-10, 10), **ONE_THREAD
    )
    return model.fit(*parts[:2])


@pytest.fixture(scope="session")
def cross_validated(parts):
    model = CollaborativeFilterCV(
        num_features=[2, 4], n_reg_params=8, cv=3, patience=2, **(PLAIN | ONE_THREAD)
    )
    return model.fit(*parts[:2])


@pytest.fixture(scope="session")
def path(parts):
    return collaborative_filter_path(
        *parts[:2], num_features=3, n_reg_params=5, n_jobs=1, **PLAIN
    )
