"""A small table of ratings and a model that fits it at once."""

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import CollaborativeFilter


@pytest.fixture
def frame():
    """Three users, three items, each rated twice; returned fresh for each test."""
    return pd.DataFrame(
        {
            "user": [1, 1, 2, 2, 3, 3],
            "item": ["a", "b", "b", "c", "a", "c"],
            "rating": [5.0, 3.0, 4.0, 1.0, 2.0, 4.0],
        }
    )


@pytest.fixture
def model():
    """An estimator without warnings on the small table."""
    return CollaborativeFilter(2, reg_param=0.5, tol=1e-3, random_state=0)


@pytest.fixture
def fitted(model, frame):
    """The same, fitted."""
    return model.fit(frame)


@pytest.fixture
def predict_all():
    """Return a function: predictions of every (user, item) pair of a model."""

    def predict(model):
        users, items = np.meshgrid(model.user_ids_, model.item_ids_, indexing="ij")
        pairs = {"user": users.ravel(), "item": items.ravel()}
        return model.predict(pd.DataFrame(pairs))

    return predict
