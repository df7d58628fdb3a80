"""Coverage and novelty: metrics that need recommendations but no test ratings."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_cofi._compat import validate_params
from sklearn_cofi._typing import FrameLike, Ints
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import id_array, open_table
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import IdMap, distinct_ids
from sklearn_cofi.data._matrix import pair_keys
from sklearn_cofi.metrics._lists import RankedLists, read_lists
from sklearn_cofi.metrics._parameters import K_CONSTRAINTS


@validate_params({"k": K_CONSTRAINTS}, prefer_skip_nested_validation=True)
def coverage_at_k(
    recommended: FrameLike, items: ArrayLike | Sequence[Hashable], *, k: int = 10
) -> float:
    """Return the share of the catalogue that is recommended to at least one user.

    ``n_distinct_items_recommended / n_items``, counting the first k recommendations of
    each user.

    Parameters
    ----------
    recommended : frame or array-like of shape (n_recommended, n_columns)
        Recommendations: columns user, rank and item, as in `precision_at_k`.
    items : array-like of ids
        The catalogue, such as `item_ids_` of a fitted model. Repeated ids count once.
    k : int, default=10
        Number of recommendations per user that count.

    Returns
    -------
    float
        Coverage, in [0, 1]; 0 without recommendations.

    Raises
    ------
    ValueError
        If a recommended item is not in the catalogue.
    TypeError
        If the ids of both arguments are of different kinds.

    See Also
    --------
    ranking_report : All metrics, with standard errors.
    novelty_at_k : How rarely the recommended items are rated.
    sklearn_cofi.displays.LongTailDisplay : Popular items among recommendations.

    References
    ----------
    Ge, Delgado-Battenfeld and Jannach, "Beyond Accuracy: Evaluating Recommender
    Systems by Coverage and Serendipity", RecSys 2010, doi:10.1145/1864708.1864761.

    Examples
    --------
    >>> from sklearn_cofi.metrics import coverage_at_k
    >>> best = [[1, 1, 7], [1, 2, 8], [2, 1, 7]]  # rows of user, rank and item
    >>> coverage_at_k(best, items=[6, 7, 8, 9])
    0.5
    """
    lists = read_lists(recommended).top(k)
    catalogue = distinct_ids(id_array(items, "items"), "items")[0]
    if not lists.item.size:
        return 0.0
    unknown = encode_items(catalogue, lists.item_ids, "items") < 0
    if unknown.any():
        raise ValueError(
            f"{int(unknown.sum())} recommended items are not in `items` (such as "
            f"{lists.item_ids[unknown][0]!s}). Pass the whole catalogue, for example "
            "`item_ids_` of the model."
        )
    return np.unique(lists.item).size / catalogue.size


@validate_params({"k": K_CONSTRAINTS}, prefer_skip_nested_validation=True)
def novelty_at_k(recommended: FrameLike, ratings: FrameLike, *, k: int = 10) -> float:
    """Return the mean self-information of recommendations, in bits.

    The self-information of an item is ``-log2(share)``, where ``share`` is the share of
    users who rated the item: 0 bits if all users rated it, 1 bit if half of them did.
    It is averaged over the first k recommendations of each user, then over users.

    Parameters
    ----------
    recommended : frame or array-like of shape (n_recommended, n_columns)
        Recommendations: columns user, rank and item, as in `precision_at_k`.
    ratings : frame or array-like of shape (n_ratings, n_columns)
        Training ratings, whose users are counted for each item: columns user and item,
        by these names or in this order. Repeated pairs count once.
    k : int, default=10
        Number of recommendations per user that count.

    Returns
    -------
    float
        Novelty, in [0, log2(n_users)], where n_users is the number of users of
        ``ratings``. An item without ratings counts as if one user had rated it.
        Without recommendations it is nan, with an `UndefinedMetricWarning`.

    Raises
    ------
    TypeError
        If the item ids of both arguments are of different kinds.

    Warns
    -----
    UndefinedMetricWarning
        If there are no recommendations.

    See Also
    --------
    ranking_report : All metrics, with standard errors.
    coverage_at_k : Share of the catalogue that is recommended.
    sklearn_cofi.displays.LongTailDisplay : Popular items among recommendations.

    References
    ----------
    Zhou, Kuscsik, Liu, Medo, Wakeling and Zhang, "Solving the Apparent
    Diversity-Accuracy Dilemma of Recommender Systems", PNAS 107, 2010,
    doi:10.1073/pnas.1000488107.

    Examples
    --------
    >>> from sklearn_cofi.metrics import novelty_at_k
    >>> ratings = [[1, 7], [2, 7], [3, 7], [4, 7], [4, 8]]  # rows of user and item
    >>> novelty_at_k([[5, 1, 7], [5, 2, 8]], ratings)  # 0 bits for item 7, 2 for 8
    1.0
    """
    lists = read_lists(recommended)
    if not lists.item.size:
        warn_caller(
            "Novelty is undefined and set to nan because there are no recommendations.",
            UndefinedMetricWarning,
        )
        return float("nan")
    item_ids, counts, n_users = count_raters(ratings)
    codes = encode_items(item_ids, lists.item_ids, "ratings")
    n_raters = np.where(codes < 0, 0, counts[codes])
    return mean_self_information(lists.top(k), n_raters, n_users)


def count_raters(ratings: FrameLike) -> tuple[np.ndarray, Ints, int]:
    """Return the items of ratings, the number of raters of each, and of all users.

    Repeated pairs count once.
    """
    table = open_table(ratings, "ratings")
    user, item, _, _ = find_columns(table, None, None, None, with_rating=False)
    assert user is not None  # the user column is optional only with user_optional
    user_ids, users = distinct_ids(table.take(user), table.label(user))
    item_ids, items = distinct_ids(table.take(item), table.label(item))
    pairs = np.unique(pair_keys(users, items, item_ids.size))
    counts = np.bincount(pairs % item_ids.size, minlength=item_ids.size)
    return item_ids, counts, user_ids.size


def mean_self_information(lists: RankedLists, n_raters: Ints, n_users: int) -> float:
    """Return the mean over users of the mean of ``log2(n_users / n_raters[item])``.

    Parameters
    ----------
    lists : RankedLists
        Recommendations to at least one user, all of which count.
    n_raters : int array of shape (n_items,)
        Number of users who rated each item of the lists. 0 counts as 1.
    n_users : int
        Number of users with ratings.
    """
    bits = np.log2(n_users / np.maximum(n_raters, 1))[lists.item]
    means = np.bincount(lists.user, bits) / np.bincount(lists.user)
    return float(means.mean())


def encode_items(ids: np.ndarray, listed: np.ndarray, name: str) -> Ints:
    """Return the row numbers in ``ids`` of recommended items, -1 for unknown ones."""
    if id_kind(ids) != id_kind(listed):
        raise TypeError(
            f"Recommended items have ids of kind {id_kind(listed)} (such as "
            f"{listed[0]!s}), but `{name}` has ids of kind {id_kind(ids)} (such as "
            f"{ids[0]!s}), so no id can match. Convert one of the two."
        )
    return IdMap(ids).encode(listed, "item")
