"""The weight of unrated pairs that the density of the ratings implies."""

from collections.abc import Iterable
from numbers import Real
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

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


def check_unrated_weights(
    unrated_weight: ArrayLike, ratings: RatingMatrix
) -> list[float]:
    """Return weights of unrated pairs in rising order, each once.

    Raises
    ------
    ValueError
        If there are none, or one of them is negative, not finite, or a string that is
        not a multiple of "auto".
    TypeError
        If one of them is neither a number nor a string.
    """
    is_one = np.ndim(unrated_weight) == 0
    given = [unrated_weight] if is_one else unrated_weight
    weights = set()
    for position, weight in enumerate(cast(Iterable[float | str], given)):
        if not isinstance(weight, str):
            name = f"unrated_weight[{position}]"
            check_scalar(weight, name, Real, min_val=0)
            if not np.isfinite(weight):
                raise ValueError(f"{name} == {weight}, must be finite.")
        weights.add(unrated_of(ratings, weight, 0.0).weight)
    if not weights:
        raise ValueError("unrated_weight is empty. Give at least one weight.")
    return sorted(weights)


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
