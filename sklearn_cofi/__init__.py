"""Collaborative filtering for explicit ratings, as a scikit-learn estimator."""

from sklearn_cofi._bayesian import BayesianCollaborativeFilter
from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._collaborative_filter_cv import CollaborativeFilterCV
from sklearn_cofi._collaborative_filter_path import collaborative_filter_path

__version__ = "0.1.0.dev0"

__all__ = [
    "BayesianCollaborativeFilter",
    "CollaborativeFilter",
    "CollaborativeFilterCV",
    "__version__",
    "collaborative_filter_path",
]
