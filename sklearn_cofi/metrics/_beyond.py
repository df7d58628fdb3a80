"""Metrics of recommendations alone: how much of the catalogue, and how well known."""

from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import ArrayLike

from sklearn_cofi._compat import validate_params
from sklearn_cofi._typing import FrameLike
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import id_array, open_table
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import IdMap, distinct_ids
from sklearn_cofi.data._matrix import pair_keys
from sklearn_cofi.metrics._lists import RankedLists, read_lists
from sklearn_cofi.metrics._parameters import K


@validate_params({"k": K}, prefer_skip_nested_validation=True)
def coverage_at_k(
    recommended: FrameLike, items: ArrayLike | Sequence[Hashable], *, k: int = 10
) -> float:
    """Return the share of the catalogue that is recommended to anyone.

    ``n_distinct_items_recommended / n_items``, of the first k of each user.

    Parameters
    ----------
    recommended : frame or array-like of shape (n_recommended, n_columns)
        Columns user, rank and item, as in `precision_at_k`.
    items : array-like of ids
        The catalogue, such as `item_ids_` of a fitted model; repeats count once.
    k : int, default=10
        Number of recommendations that are looked at.

    Returns
    -------
    float
        In (0, 1].

    Raises
    ------
    ValueError
        If an item is recommended that the catalogue has not.
    TypeError
        If ids are of different kinds.

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
    place = _among(catalogue, lists.item_ids, "items")
    if (place < 0).any():
        raise ValueError(
            f"{int((place < 0).sum())} recommended items are not among `items` (such "
            f"as {lists.item_ids[place < 0][0]!s}). Pass the whole catalogue, for "
            "example `item_ids_` of the model."
        )
    return np.unique(lists.item).size / catalogue.size


@validate_params({"k": K}, prefer_skip_nested_validation=True)
def novelty_at_k(recommended: FrameLike, ratings: FrameLike, *, k: int = 10) -> float:
    """Return the mean self-information of recommendations, in bits.

    Of an item that a share of the users has rated, it is ``-log2(share)``: 0 where
    everybody has, 1 where half have. It is averaged over the first k of each user, and
    then over users.

    Parameters
    ----------
    recommended : frame or array-like of shape (n_recommended, n_columns)
        Columns user, rank and item, as in `precision_at_k`.
    ratings : frame or array-like of shape (n_ratings, n_columns)
        Ratings that popularity is counted in, those of training: columns user and
        item, by these names or in this order. Repeated pairs count once.
    k : int, default=10
        Number of recommendations that are looked at.

    Returns
    -------
    float
        In [0, log2(n_users)], with the users of ``ratings``. An item that nobody has
        rated counts as if one user had.

    Raises
    ------
    TypeError
        If ids are of different kinds.

    References
    ----------
    Zhou, Kuscsik, Liu, Medo, Wakeling and Zhang, "Solving the Apparent
    Diversity-Accuracy Dilemma of Recommender Systems", PNAS 107, 2010,
    doi:10.1073/pnas.1000488107.

    Examples
    --------
    >>> from sklearn_cofi.metrics import novelty_at_k
    >>> ratings = [[1, 7], [2, 7], [3, 7], [4, 7], [4, 8]]  # rows of user and item
    >>> novelty_at_k([[5, 1, 7], [5, 2, 8]], ratings)  # 0 bits of 7 and 2 of 8
    1.0
    """
    lists = read_lists(recommended)
    table = open_table(ratings, "ratings")
    user, item, _, _ = find_columns(table, None, None, None)
    user_ids, users = distinct_ids(table.take(user), table.label(user))
    item_ids, items = distinct_ids(table.take(item), table.label(item))
    pairs = np.unique(pair_keys(users, items, item_ids.size))
    counts = np.bincount(pairs % item_ids.size, minlength=item_ids.size)
    place = _among(item_ids, lists.item_ids, "ratings")
    raters = np.where(place < 0, 0, counts[place])
    return mean_information(lists.top(k), raters, user_ids.size)


def mean_information(lists: RankedLists, raters: np.ndarray, n_users: int) -> float:
    """Return the mean over users of the mean of ``log2(n_users / raters[item])``.

    Parameters
    ----------
    lists : RankedLists
        Of at least one user, cut already.
    raters : int array of shape (n_items,)
        How many of the users rated each item of the lists; 0 counts as 1.
    n_users : int
    """
    bits = np.log2(n_users / np.maximum(raters, 1))[lists.item]
    means = np.bincount(lists.user, bits) / np.bincount(lists.user)
    return float(means.mean())


def _among(ids, given, name) -> np.ndarray:
    if id_kind(ids) != id_kind(given):
        raise TypeError(
            f"Recommended items have ids of kind {id_kind(given)} (such as "
            f"{given[0]!s}), but those of `{name}` are of kind {id_kind(ids)} (such as "
            f"{ids[0]!s}), so none could match. Convert one of the two."
        )
    return IdMap(ids).encode(given, "item")
