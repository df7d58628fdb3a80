"""Recommendations and recall of popular and of unpopular items."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._compat import validate_params
from sklearn_cofi._typing import Floats, FrameLike, Ints
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.metrics._beyond import count_raters, encode_items
from sklearn_cofi.metrics._lists import MatchedRecommendations, RankedLists, read_lists
from sklearn_cofi.metrics._parameters import K_CONSTRAINTS

GROUPS = ("head", "middle", "tail")

# The shares of all ratings at which the middle and the tail begin.
BOUNDS = (0.2, 0.8)


class GroupedLists(NamedTuple):
    """Matched recommendations, with the popularity group of each item."""

    matched: MatchedRecommendations
    listed: Ints  # (n_rows,), group of each matched recommendation
    tested: Ints  # (n_entries,), group of each test rating


def group_lists(
    matched: MatchedRecommendations, lists: RankedLists, ratings: FrameLike
) -> GroupedLists:
    """Find the popularity group of each recommendation and of each test rating.

    Parameters
    ----------
    matched : MatchedRecommendations
        Match of the lists with test ratings.
    lists : RankedLists
    ratings : frame or array-like
        Training ratings. Items without one are in the tail.

    Raises
    ------
    TypeError
        If the item ids of the ratings are of another kind.
    """
    test = matched.test
    item_ids, counts, _ = count_raters(ratings)
    # Position -1, an unknown item, is the last.
    groups = np.append(popularity_groups(counts), len(GROUPS) - 1)
    tested = groups[encode_items(item_ids, test.item_ids, "ratings")]
    listed = np.empty(0, np.int64)
    if lists.user.size:
        is_known = IdMap(test.user_ids).encode(lists.user_ids, "user")[lists.user] >= 0
        listed = groups[encode_items(item_ids, lists.item_ids, "ratings")]
        listed = listed[lists.item[is_known]]
    return GroupedLists(matched, listed, tested[test.rows.indices])


def popularity_groups(counts: Ints) -> Ints:
    """Return the group of each item: 0 is the head, 1 the middle, 2 the tail.

    An item is in the head if the items with more ratings have less than 20% of all
    ratings, and in the tail if these have 80% or more. Items with the same number of
    ratings are in one group.
    """
    levels, level = np.unique(counts, return_inverse=True)
    of_level = levels * np.bincount(level)
    more = of_level.sum() - np.cumsum(of_level)
    return np.searchsorted(BOUNDS, more / of_level.sum(), side="right")[level]


@validate_params({"k": K_CONSTRAINTS}, prefer_skip_nested_validation=True)
def popularity_curve(
    recommended: FrameLike, ratings: FrameLike, *, k: int = 10
) -> tuple[Floats, Floats]:
    """Return shares of ratings and of recommendations, most popular items first.

    There is a point for each number of ratings that an item has, and a first point at
    zero. The last point is that of the items without ratings.

    Raises
    ------
    ValueError
        If there are no recommendations.
    """
    lists = read_lists(recommended).top(k)
    if not lists.item.size:
        raise ValueError("`recommended` is empty, so its items have no shares.")
    item_ids, counts, _ = count_raters(ratings)
    # Position -1, an unknown item, is the last, with a count of 0.
    counts = np.append(counts, 0)
    items = encode_items(item_ids, lists.item_ids, "ratings")[lists.item]
    n_listed = np.bincount(items % counts.size, minlength=counts.size)
    level = np.unique(-counts, return_inverse=True)[1]
    rated, listed = (
        np.append(0, np.cumsum(np.bincount(level, of_item)))
        for of_item in (counts, n_listed)
    )
    return rated / rated[-1], listed / listed[-1]


def group_values(grouped: GroupedLists, k: int) -> dict[str, Floats]:
    """Return the values of each user, by the name of the metric."""
    groups = list(enumerate(GROUPS))
    shares = {f"share_{name}": _share(grouped, group, k) for group, name in groups}
    recalls = {f"recall_{name}": _recall(grouped, group, k) for group, name in groups}
    return shares | recalls


def _share(grouped: GroupedLists, group: int, k: int) -> Floats:
    """Return ``n_listed_in_group / n_listed``, nan for users without a list."""
    user, in_top = grouped.matched.user, grouped.matched.position < k
    in_group = in_top & (grouped.listed == group)
    return _ratio(grouped, user[in_group], user[in_top])


def _recall(grouped: GroupedLists, group: int, k: int) -> Floats:
    """Return ``n_hits_in_group / n_relevant_in_group``, nan where none is relevant."""
    matched = grouped.matched
    relevant = matched.test.relevant & (grouped.tested == group)
    is_hit = matched.entry_values(relevant).astype(bool) & (matched.position < k)
    return _ratio(
        grouped, matched.user[is_hit], matched.test.rows.row_of_entry[relevant]
    )


def _ratio(grouped: GroupedLists, some: Ints, whole: Ints) -> Floats:
    """Return each user's number of rows in ``some``, divided by that in ``whole``."""
    n_users = grouped.matched.test.user_ids.size
    n_some, n_whole = (np.bincount(users, minlength=n_users) for users in (some, whole))
    return np.divide(n_some, n_whole, out=np.full(n_users, np.nan), where=n_whole > 0)
