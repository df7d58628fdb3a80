"""The weight of unrated pairs that the density of the ratings implies."""

import numpy as np

from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.data._unrated import Unrated
from sklearn_cofi.training._auto_penalty import multiple_of_auto


def unrated_of(ratings: RatingMatrix, weight: float | str, rating: float) -> Unrated:
    """Return the weight and the rating of unrated pairs, computed if "auto".

    See `auto_unrated_weight`. A multiple is written "0.5*auto".
    """
    if isinstance(weight, str):
        multiple = multiple_of_auto(weight, "unrated_weight")
        weight = multiple * auto_unrated_weight(ratings)
    return Unrated(float(weight), rating)


def auto_unrated_weight(ratings: RatingMatrix) -> float:
    """Return the weight "auto": mean weight of a rating * sqrt(density).

    ::

        density = n_ratings / (n_users * n_items)

    All unrated pairs together then weigh about ``1 / sqrt(density)`` times as much as
    all ratings, between the equal weights of both and equal weights of single pairs.
    On five data sets with densities from 0.004 to 0.06, NDCG@10 is within 2% of the
    best weight (``docs/howto/unrated-pairs.md``).
    """
    n_users, n_items = ratings.shape
    density = ratings.n_ratings / (n_users * n_items)
    return float(ratings.by_user.mean_weight * np.sqrt(density))
