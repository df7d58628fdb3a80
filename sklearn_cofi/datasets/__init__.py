"""Ratings for examples and tests: the tutorial's, made ones, and real ones.

========================  ==========================================================
``_tutorial.py``          ``load_tutorial``: ten movies and six users
``_make_ratings.py``      ``make_ratings``: ratings with a known truth
``_draw_pairs.py``        the pairs of user and item that ``make_ratings`` rates
``_from_matrix.py``       ``ratings_from_matrix``: one row for each rating of a matrix
``_movielens.py``         ``fetch_movielens``, ``movielens_100k_folds``
``_goodbooks.py``         ``fetch_goodbooks``
``_jester.py``            ``fetch_jester``
``_movietweetings.py``    ``fetch_movietweetings``
``_lastfm.py``            ``fetch_lastfm``: counts of plays instead of ratings
``_fetch.py``             the steps that all fetchers share
``_archive.py``           finds, downloads and opens an archive
``_ratings_file.py``      reads a file of ratings
``_items_file.py``        reads a file of titles and genres
``_users_file.py``        reads a file of users
``_bunch.py``             a frame of ratings as scikit-learn's Bunch
``_validation.py``        ranges of the parameters that fetchers share
========================  ==========================================================
"""

from sklearn_cofi.datasets._from_matrix import ratings_from_matrix
from sklearn_cofi.datasets._goodbooks import fetch_goodbooks
from sklearn_cofi.datasets._jester import fetch_jester
from sklearn_cofi.datasets._lastfm import fetch_lastfm
from sklearn_cofi.datasets._make_ratings import make_ratings
from sklearn_cofi.datasets._movielens import fetch_movielens, movielens_100k_folds
from sklearn_cofi.datasets._movietweetings import fetch_movietweetings
from sklearn_cofi.datasets._tutorial import load_tutorial

__all__ = [
    "fetch_goodbooks",
    "fetch_jester",
    "fetch_lastfm",
    "fetch_movielens",
    "fetch_movietweetings",
    "load_tutorial",
    "make_ratings",
    "movielens_100k_folds",
    "ratings_from_matrix",
]
