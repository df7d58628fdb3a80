"""Mean normalisation: the means that are subtracted from the ratings before a fit."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sklearn_cofi._typing import Normalization
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix


class Means(NamedTuple):
    """Weighted mean of all ratings, and damped means of each user and each item."""

    overall: float
    user: np.ndarray  # (n_users,)
    item: np.ndarray  # (n_items,)


def rating_means(ratings: RatingMatrix, damping: float = 0.0) -> Means:
    """Average the ratings of a matrix with at least one rating in each row.

    Means of users and items are damped towards the mean of all ratings: see
    `row_means`.
    """
    whole = ratings.by_user._replace(indptr=np.array([0, ratings.n_ratings]))
    overall = float(row_means(whole)[0])
    sides = ratings.by_user, ratings.by_item
    return Means(overall, *(row_means(rows, overall, damping) for rows in sides))


def centre(
    ratings: RatingMatrix, means: Means, normalization: Normalization
) -> RatingMatrix:
    """Subtract the chosen means from every rating."""
    if normalization is None:
        return ratings
    return ratings.minus(*mean_offsets(means, normalization))


def mean_offsets(
    means: Means, normalization: Normalization
) -> tuple[np.ndarray, np.ndarray]:
    """Return the offsets of users and of items that are subtracted from ratings.

    Returns
    -------
    user_offsets, item_offsets : arrays of shape (n_users,) and (n_items,)
        The rating of (u, i) is centred by ``user_offsets[u] + item_offsets[i]``.
    """
    user, item = np.zeros_like(means.user), np.zeros_like(means.item)
    if normalization == "item":
        return user, means.item
    if normalization == "user":
        return means.user, item
    return user, item + (means.overall if normalization == "global" else 0)


def baseline_predictions(
    means: Means,
    biases: Sequence[np.ndarray],
    normalization: Normalization,
    users: np.ndarray,
    items: np.ndarray,
) -> np.ndarray:
    """Return the part of the predictions of encoded pairs that needs no factors.

    A pair of a known user and a known item gets the offsets that were subtracted from
    its rating, plus both biases. If a side is unknown (-1), the pair gets the mean of
    the other side, and a bias only if that mean does not include it:

    - an unknown user: the item's mean;
    - an unknown item: the user's mean if users were centred, else the mean of all
      ratings, plus the user's bias unless nothing was centred;
    - both unknown: the mean of all ratings.

    Parameters
    ----------
    means : Means
    biases : (array of shape (n_users,), array of shape (n_items,))
    normalization : {"item", "user", "global"} or None
    users, items : int arrays of shape (n,)
        Row numbers; -1 is unknown.

    Returns
    -------
    float array of shape (n,)
    """
    known_user, known_item = users >= 0, items >= 0
    baseline = np.full(users.shape, means.overall, means.item.dtype)
    both = known_user & known_item
    u, i = users[both], items[both]
    bias = biases[0][u] + biases[1][i]
    if normalization == "item":
        baseline[both] = means.item[i] + bias
    elif normalization == "user":
        baseline[both] = means.user[u] + bias
    elif normalization == "global":
        baseline[both] += bias
    else:
        baseline[both] = bias
    baseline[~known_user & known_item] = means.item[items[~known_user & known_item]]
    u = users[known_user & ~known_item]
    if normalization == "user":
        baseline[known_user & ~known_item] = means.user[u]
    elif normalization is not None:
        baseline[known_user & ~known_item] += biases[0][u]
    return baseline


def row_means(rows: CSRRows, prior: float = 0.0, damping: float = 0.0) -> np.ndarray:
    """Average each row, with ``damping`` further ratings equal to the prior mean.

    ::

        mean = (sum(w * r) + damping * prior) / (sum(w) + damping)

    computed from the differences to the row's first rating, so the mean of equal
    ratings is exact. Rows without ratings get the prior.

    References
    ----------
    Ekstrand, Riedl and Konstan, "Collaborative Filtering Recommender Systems",
    Foundations and Trends in Human-Computer Interaction 4 (2011), section 2.1,
    doi:10.1561/1100000009.
    """
    rated = np.diff(rows.indptr) > 0
    starts, lengths = rows.indptr[:-1][rated], np.diff(rows.indptr)[rated]
    first = rows.ratings[starts].astype(np.float64)
    deltas = rows.ratings - np.repeat(first, lengths)
    if rows.weights.size:
        deltas *= rows.weights
        lengths = np.add.reduceat(rows.weights, starts, dtype=np.float64)
    total = np.add.reduceat(deltas, starts) + damping * (prior - first)
    means = np.full(rated.size, prior, rows.ratings.dtype)
    means[rated] = first + total / (lengths + damping)
    return means
