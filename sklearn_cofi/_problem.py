"""From a user's ratings to the centred matrix that an estimator's objective prices."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._centering import centre, rating_means
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix


class Problem(NamedTuple):
    """What an estimator would fit: centred ratings, and the ids of their rows."""

    user_ids: np.ndarray  # (n_users,)
    item_ids: np.ndarray  # (n_items,)
    centred: RatingMatrix
    n_conflicts: int  # pairs that were given more than one rating


def posed(model, X, y, sample_weight) -> Problem:
    """Read ratings as the estimator's `fit` does, and centre them as it would."""
    read = model._read_ratings(X, y, sample_weight)
    user_ids, users = distinct_ids(read.users, read.names[0])
    item_ids, items = distinct_ids(read.items, read.names[1])
    values = read.ratings.astype(model.dtype or read.ratings.dtype)
    shape = user_ids.size, item_ids.size
    ratings, n_conflicts = rating_matrix(users, items, values, read.weights, shape)
    means = rating_means(ratings, model.mean_damping)
    centred = centre(ratings, means, model.mean_normalization)
    return Problem(user_ids, item_ids, centred, n_conflicts)
