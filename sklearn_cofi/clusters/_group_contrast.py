"""Groups of users: their means, the nearest mean, and contrasts of their ratings."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._typing import Ints
from sklearn_cofi.data._matrix import CSRRows


def group_means(groups: np.ndarray, n_groups: int, values: np.ndarray) -> np.ndarray:
    """Return the mean of the rows of each group and, in the last row, of all rows.

    Parameters
    ----------
    groups : int array of shape (n_rows,)
        From 0 to ``n_groups - 1``, each at least once; other values are in no group.
    n_groups : int
    values : float array of shape (n_rows,) or (n_rows, k)

    Returns
    -------
    ndarray of shape (n_groups + 1,) or (n_groups + 1, k)
    """
    parts = [values[groups == group] for group in range(n_groups)] + [values]
    means = [part.mean(axis=0, dtype=np.float64) for part in parts]
    return np.array(means).astype(values.dtype)


def nearest_means(rows: np.ndarray, means: np.ndarray) -> np.ndarray:
    """Return the position of the nearest mean of each row; of equal ones the first.

    Parameters
    ----------
    rows : float array of shape (n_rows, k)
    means : float array of shape (n_means, k)
        At least one.
    """
    squares = [np.square(rows - mean).sum(axis=1) for mean in means]
    return np.argmin(squares, axis=0)


class GroupContrast(NamedTuple):
    """The ratings of each item in each group, compared with those of other users."""

    inside: np.ndarray  # float64 (n_groups, n_items): damped mean in the group
    outside: np.ndarray  # float64 (n_groups, n_items): the same of all other users
    scores: np.ndarray  # float64 (n_groups, n_items): difference in standard errors
    counts: np.ndarray  # int64 (n_groups, n_items): number of ratings in the group


def group_contrast(
    rows: CSRRows, groups: Ints, n_groups: int, n_items: int, damping: float
) -> GroupContrast:
    """Compare the ratings of each item in each group with those of all other users.

    ::

        inside  = mean_i + sum over u in g     of w_ui * (r_ui - mean_i) / (n + damping)
        outside = mean_i + sum over u not in g of w_ui * (r_ui - mean_i) / (m + damping)
        score   = (inside - outside) / (s * sqrt(1 / (n + damping) + 1 / (m + damping)))

    with n and m the sums of weights inside and outside of the group, ``mean_i`` the
    mean of all ratings of i, and s the root mean square of ``r_ui - mean_i`` over all
    ratings. A side without ratings and without damping has no standard error, and a
    score of 0.

    Parameters
    ----------
    rows : CSRRows
        Ratings by user.
    groups : int array of shape (n_users,)
        From 0 to ``n_groups``; users of ``n_groups`` are in no group, and are other
        users for all groups.
    n_groups : int
    n_items : int
    damping : float
        Number of further ratings, equal to the item's mean, on each side.

    References
    ----------
    Monroe, Colaresi and Quinn, "Fightin' Words: Lexical Feature Selection and
    Evaluation for Identifying the Content of Political Conflict", Political Analysis
    16 (2008), doi:10.1093/pan/mpn018, who score the words that distinguish groups.
    """
    weights = rows.weight_of_entry
    means = _item_means(rows, weights, n_items)
    deviations = rows.ratings - means[rows.indices]
    spread = np.sqrt(np.average(np.square(deviations), weights=weights))
    group_of_entry = np.asarray(groups, np.int64)[rows.row_of_entry]
    cells, shape = group_of_entry * n_items + rows.indices, (n_groups + 1, n_items)
    own = [
        np.bincount(cells, values, minlength=shape[0] * shape[1]).reshape(shape)
        for values in (weights * deviations, weights, None)
    ]
    # Exactly 0 where only the group has rated: sums of weights cancel.
    others = [x.sum(axis=0) - x for x in own]
    inside, inside_variance = _damped(own[0][:-1], own[1][:-1], damping)
    outside, outside_variance = _damped(others[0][:-1], others[1][:-1], damping)
    shift = inside - outside
    errors = np.sqrt(inside_variance + outside_variance)
    # If every rating equals its item's mean, no group differs from another.
    scores = shift / (spread * errors) if spread > 0 else np.zeros_like(shift)
    return GroupContrast(means + inside, means + outside, scores, own[2][:-1])


def _item_means(rows: CSRRows, weights: np.ndarray, n_items: int) -> np.ndarray:
    """Return the mean rating of each item; equal ratings have exactly that mean.

    The mean of an item without ratings is 0.
    """
    lowest = np.full(n_items, np.inf)
    np.minimum.at(lowest, rows.indices, rows.ratings)
    above = weights * (rows.ratings - lowest[rows.indices])
    sums, sizes = (
        np.bincount(rows.indices, values, minlength=n_items)
        for values in (above, weights)
    )
    rated = sizes > 0
    means = np.divide(sums, sizes, out=np.zeros_like(sums), where=rated)
    return np.where(rated, lowest, 0) + means


def _damped(
    sums: np.ndarray, sizes: np.ndarray, damping: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return damped means and their variances; infinite without ratings and damping."""
    sizes = sizes + damping
    means = np.divide(sums, sizes, out=np.zeros_like(sums), where=sizes > 0)
    return means, np.divide(1, sizes, out=np.full_like(sizes, np.inf), where=sizes > 0)
