"""Mean normalisation: what is subtracted from the ratings before they are factored."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._matrix import Compressed, RatingMatrix

NORMALIZATIONS = ("item", "user", "global", None)


class Means(NamedTuple):
    """Weighted mean rating of everything, of each user and of each item."""

    overall: float
    user: np.ndarray  # (n_users,)
    item: np.ndarray  # (n_items,)


def rating_means(ratings: RatingMatrix) -> Means:
    """Average the ratings that exist; there is at least one in each row."""
    whole = ratings.by_user._replace(indptr=np.array([0, ratings.n_ratings]))
    return Means(
        float(row_means(whole)[0]),
        row_means(ratings.by_user),
        row_means(ratings.by_item),
    )


def centre(ratings: RatingMatrix, means: Means, normalization) -> RatingMatrix:
    """Subtract the chosen means from every rating."""
    offsets = mean_offsets(means, normalization)
    return ratings if offsets is None else ratings.minus(*offsets)


def mean_offsets(means: Means, normalization):
    """Return what each user and each item adds to the centre of a rating.

    Returns
    -------
    (user_offsets, item_offsets) or None
        The centre of a rating is their sum; None where nothing is subtracted.
    """
    no_user, no_item = np.zeros_like(means.user), np.zeros_like(means.item)
    if normalization == "item":
        return no_user, means.item
    if normalization == "user":
        return means.user, no_item
    if normalization == "global":
        return no_user, np.full_like(means.item, means.overall)
    return None


def centre_of_pairs(means: Means, normalization, users, items) -> np.ndarray:
    """Return the prediction that needs no factors, for coded pairs.

    A pair of known user and item gets what was subtracted from its rating. With an
    unknown side (code -1) it gets the best mean that is left: the item's mean for an
    unknown user, the user's mean for an unknown item if users were centred, and
    else the mean of all ratings.

    Parameters
    ----------
    users, items : int arrays of shape (n,)
        Codes; -1 is unknown.
    """
    known_user, known_item = users >= 0, items >= 0
    centre = np.full(users.shape, means.overall, means.item.dtype)
    centre[known_item] = means.item[items[known_item]]
    if normalization == "user":
        centre[known_user] = means.user[users[known_user]]
    elif normalization != "item":
        known = known_user & known_item
        centre[known] = means.overall if normalization == "global" else 0
    return centre


def row_means(rows: Compressed, *, empty: float = 0.0) -> np.ndarray:
    """Average each row around its first rating, which keeps equal ratings exact.

    Rows without ratings get ``empty``.
    """
    rated = np.diff(rows.indptr) > 0
    starts, lengths = rows.indptr[:-1][rated], np.diff(rows.indptr)[rated]
    first = rows.ratings[starts].astype(np.float64)
    away = rows.ratings - np.repeat(first, lengths)
    if rows.weights.size:
        away *= rows.weights
        lengths = np.add.reduceat(rows.weights, starts, dtype=np.float64)
    means = np.full(rated.size, empty, rows.ratings.dtype)
    means[rated] = first + np.add.reduceat(away, starts) / lengths
    return means
