"""A fitted Bayesian model."""

import pytest
from sampling import PAIRS, RATINGS, model


@pytest.fixture(scope="session")
def fitted():
    """A model of the small ratings."""
    return model().fit(PAIRS, RATINGS)
