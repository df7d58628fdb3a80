"""Collaborative filtering for explicit ratings, as a scikit-learn estimator."""

from sklearn_cofi._bayesian import BayesianCollaborativeFilter
from sklearn_cofi._cluster_recommender import ClusterRecommender
from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._collaborative_filter_cv import CollaborativeFilterCV
from sklearn_cofi._collaborative_filter_path import collaborative_filter_path
from sklearn_cofi._optimality import optimality_gap, reg_param_max
from sklearn_cofi.objective._gap import OptimalityGap
from sklearn_cofi.persistence._models import load_npz, save_npz

__version__ = "0.1.0.dev0"

__all__ = [
    "BayesianCollaborativeFilter",
    "ClusterRecommender",
    "CollaborativeFilter",
    "CollaborativeFilterCV",
    "OptimalityGap",
    "__version__",
    "collaborative_filter_path",
    "load_npz",
    "optimality_gap",
    "reg_param_max",
    "save_npz",
]
