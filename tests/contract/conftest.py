"""A small table of ratings, and a model that fits it quickly."""

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter


@pytest.fixture
def frame():
    """Three users and three items with two ratings each."""
    return pd.DataFrame(
        {
            "user": [1, 1, 2, 2, 3, 3],
            "item": ["a", "b", "b", "c", "a", "c"],
            "rating": [5.0, 3.0, 4.0, 1.0, 2.0, 4.0],
        }
    )


@pytest.fixture
def model():
    """An estimator whose fit to the small table raises no warning."""
    return CollaborativeFilter(2, reg_param=0.5, tol=1e-3, random_state=0, **PLAIN)


@pytest.fixture
def fitted(model, frame):
    """The estimator, fitted to the small table."""
    return model.fit(frame)


@pytest.fixture
def predict_all():
    """A function that predicts all pairs of users and items of a model."""

    def predict(model):
        users, items = np.meshgrid(model.user_ids_, model.item_ids_, indexing="ij")
        pairs = {"user": users.ravel(), "item": items.ravel()}
        return model.predict(pd.DataFrame(pairs))

    return predict
