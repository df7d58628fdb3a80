"""Groups of users: their means, who belongs to them, and what they like."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._matrix import CSRRows


def group_means(groups: np.ndarray, n_groups: int, values: np.ndarray) -> np.ndarray:
    """Return the mean of each group's rows and, as the last, that of all rows.

    Parameters
    ----------
    groups : int array of shape (n_rows,)
        From 0 to ``n_groups - 1``, each of which has a row; others are in none.
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
    """Return the number of the mean that is nearest to each row; the first of equals.

    Parameters
    ----------
    rows : float array of shape (n_rows, k)
    means : float array of shape (n_means, k)
        At least one.
    """
    squares = [np.square(rows - mean).sum(axis=1) for mean in means]
    return np.argmin(squares, axis=0)


class GroupContrast(NamedTuple):
    """What each group thinks of each item, beside everyone else."""

    inside: (
        np.ndarray
    )  # float64 (n_groups, n_items): damped mean of the group's ratings
    outside: np.ndarray  # the same of all other users'
    scores: np.ndarray  # their difference, in standard errors
    counts: (
        np.ndarray
    )  # int64 (n_groups, n_items): how many of the group rated the item


def group_contrast(
    rows: CSRRows, groups, n_groups: int, n_items: int, damping: float
) -> GroupContrast:
    """Compare each group's ratings of each item with all others'.

    ::

        inside  = mean_i + sum over u in g     of w_ui * (r_ui - mean_i) / (n + damping)
        outside = mean_i + sum over u not in g of w_ui * (r_ui - mean_i) / (m + damping)
        score   = (inside - outside) / (s * sqrt(1 / (n + damping) + 1 / (m + damping)))

    with n and m the sums of weights in the group and beyond it, ``mean_i`` the mean of
    all ratings of i, and s the root mean square of what is left of all ratings. A side
    without ratings and without damping has no standard error, and a score of 0.

    Parameters
    ----------
    rows : CSRRows
        Ratings by user.
    groups : int array of shape (n_users,)
        From 0 to ``n_groups - 1``; users of ``n_groups`` are in none, and others to
        all.
    n_groups : int
    n_items : int
        Each has a rating.
    damping : float
        So many more ratings of the item's mean on either side.

    References
    ----------
    Monroe, Colaresi and Quinn, "Fightin' Words: Lexical Feature Selection and
    Evaluation for Identifying the Content of Political Conflict", Political Analysis
    16 (2008), doi:10.1093/pan/mpn018: what sets groups apart, by scores with a prior.
    """
    weights = rows.weight_of_entry
    means = _item_means(rows, weights, n_items)
    away = rows.ratings - means[rows.indices]
    spread = np.sqrt(np.average(np.square(away), weights=weights))
    lines = np.asarray(groups, np.int64)[rows.row_of_entry]
    cells, shape = lines * n_items + rows.indices, (n_groups + 1, n_items)
    own = [
        np.bincount(cells, values, minlength=shape[0] * shape[1]).reshape(shape)
        for values in (weights * away, weights, None)
    ]
    # Where only the group has rated, the difference is exactly 0: all else is.
    others = [x.sum(axis=0) - x for x in own]
    (inside, near), (outside, far) = (
        _damped(side[0][:-1], side[1][:-1], damping) for side in (own, others)
    )
    shift, errors = inside - outside, np.sqrt(near + far)
    # Where no rating differs from its item's mean, no group differs from another.
    scores = shift / (spread * errors) if spread > 0 else np.zeros_like(shift)
    return GroupContrast(means + inside, means + outside, scores, own[2][:-1])


def _item_means(rows: CSRRows, weights, n_items: int) -> np.ndarray:
    """Return the mean rating of each item, exactly that of equal ratings."""
    lowest = np.full(n_items, np.inf)
    np.minimum.at(lowest, rows.indices, rows.ratings)
    above = weights * (rows.ratings - lowest[rows.indices])
    sums, sizes = (
        np.bincount(rows.indices, values, minlength=n_items)
        for values in (above, weights)
    )
    return lowest + sums / sizes


def _damped(sums, sizes, damping: float) -> tuple[np.ndarray, np.ndarray]:
    """Return damped means, and what variance of one they have; infinite of nothing."""
    sizes = sizes + damping
    means = np.divide(sums, sizes, out=np.zeros_like(sums), where=sizes > 0)
    return means, np.divide(1, sizes, out=np.full_like(sizes, np.inf), where=sizes > 0)
