"""Small ratings, and the filters and clusterers that are tested with them."""

import numpy as np
import pandas as pd
from sklearn.cluster import (
    DBSCAN,
    HDBSCAN,
    AgglomerativeClustering,
    KMeans,
    SpectralClustering,
)
from sklearn.mixture import GaussianMixture
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import Normalizer
from strategies import random_ratings

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
)

DRAWN = random_ratings(3, (30, 12))
FRAME = DRAWN.frame()
SMALL = {"n_jobs": 1, "random_state": 0}
FILTERS = [
    CollaborativeFilter(3, 0.5, **SMALL),
    CollaborativeFilter(3, 0.5, fit_bias=True, mean_normalization="global", **SMALL),
    CollaborativeFilter(3, 0.5, mean_normalization="user", **SMALL),
    CollaborativeFilter(3, 0.5, mean_normalization=None, **SMALL),
    CollaborativeFilterCV([0.5, 2.0], 3, cv=2, **SMALL),
    BayesianCollaborativeFilter(3, 20, burn_in=5, **SMALL),
]
CLUSTERERS = [
    KMeans(4, random_state=0),
    DBSCAN(0.7, min_samples=3),
    HDBSCAN(min_cluster_size=3, copy=True),
    AgglomerativeClustering(4),
    SpectralClustering(3, random_state=0),
    GaussianMixture(3, random_state=0),
    make_pipeline(Normalizer(), KMeans(4, random_state=0)),
    make_pipeline(Normalizer(), AgglomerativeClustering(4)),
]


def pairs_of(users, items):
    """Return the frame of all pairs of users and items."""
    users, items = np.meshgrid(users, items, indexing="ij")
    return pd.DataFrame({"user": users.ravel(), "item": items.ravel()})
