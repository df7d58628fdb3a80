"""Cluster recommenders with each filter, and with each clusterer."""

import warnings

import pytest
from clustering import CLUSTERERS, FILTERS, FRAME
from sklearn.cluster import DBSCAN

from sklearn_cofi import ClusterRecommender


@pytest.fixture(scope="session", params=FILTERS, ids=lambda x: str(x)[:60])
def fitted(request):
    """A recommender with one of the filters; some users are in no cluster."""
    model = ClusterRecommender(request.param, DBSCAN(0.7, min_samples=3))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*left every user without a cluster")
        return model.fit(FRAME)


@pytest.fixture(scope="session", params=CLUSTERERS, ids=lambda x: str(x)[:60])
def clustered(request):
    """A recommender with one of the clusterers."""
    model = ClusterRecommender(FILTERS[0], request.param)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Graph is not fully connected")
        return model.fit(FRAME)
