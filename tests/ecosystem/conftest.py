"""Real ratings, and a model that is fitted to them in a twentieth of a second."""

import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter


@pytest.fixture(scope="session")
def frame(few_real_ratings):
    """User, item, rating and timestamp of 60 users and 100 items with many ratings."""
    busiest = few_real_ratings["item"].value_counts().index[:100]
    rows = few_real_ratings["item"].isin(busiest)
    return few_real_ratings[rows].reset_index(drop=True)


@pytest.fixture(scope="session", name="X")
def pairs_of_user_and_item(frame):
    return frame[["user", "item"]]


@pytest.fixture(scope="session")
def y(frame):
    return frame["rating"]


@pytest.fixture
def model():
    """A filter whose fit converges on any large part of the ratings."""
    return CollaborativeFilter(4, 8.0, tol=1e-4, n_jobs=1, random_state=0, **PLAIN)
