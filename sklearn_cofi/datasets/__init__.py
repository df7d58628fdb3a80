"""Ratings to try things on: the tutorial's, made ones, and real ones."""

from sklearn_cofi.datasets._from_matrix import ratings_from_matrix
from sklearn_cofi.datasets._goodbooks import fetch_goodbooks
from sklearn_cofi.datasets._jester import fetch_jester
from sklearn_cofi.datasets._make_ratings import make_ratings
from sklearn_cofi.datasets._movielens import fetch_movielens, movielens_100k_folds
from sklearn_cofi.datasets._movietweetings import fetch_movietweetings
from sklearn_cofi.datasets._tutorial import load_tutorial

__all__ = [
    "fetch_goodbooks",
    "fetch_jester",
    "fetch_movielens",
    "fetch_movietweetings",
    "load_tutorial",
    "make_ratings",
    "movielens_100k_folds",
    "ratings_from_matrix",
]
