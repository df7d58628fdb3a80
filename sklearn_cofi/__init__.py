"""Collaborative filtering for explicit ratings, as a scikit-learn estimator."""

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._optimality import optimality_gap, reg_param_max
from sklearn_cofi.objective._gap import OptimalityGap

__version__ = "0.1.0.dev0"

__all__ = [
    "CollaborativeFilter",
    "OptimalityGap",
    "__version__",
    "optimality_gap",
    "reg_param_max",
]
