"""Collaborative filtering for explicit ratings, as a scikit-learn estimator."""

from sklearn_cofi._bayesian import BayesianCollaborativeFilter
from sklearn_cofi._collaborative_filter import CollaborativeFilter

__version__ = "0.1.0.dev0"

__all__ = ["BayesianCollaborativeFilter", "CollaborativeFilter", "__version__"]
