"""Ranked lists beside held-out ratings: read, coded and matched, a row for each."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import Table, numbers, open_table
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import IdMap, distinct_ids
from sklearn_cofi.data._matrix import CSRRows, pair_keys, rating_matrix


class TestRatings(NamedTuple):
    """Held-out ratings of each user, and which of them are relevant."""

    rows: CSRRows  # by user; a pair that was given twice is one entry, of its mean
    relevant: np.ndarray  # bool (n_entries,)
    n_relevant: np.ndarray  # int (n_users,)
    user_ids: np.ndarray  # (n_users,)
    item_ids: np.ndarray  # (n_items,)


class RankedLists(NamedTuple):
    """Recommendations to some users, in order of user and place."""

    user: np.ndarray  # int (n_rows,), row number of the user
    place: np.ndarray  # int (n_rows,), from 0, the best
    item: np.ndarray  # int (n_rows,), row number of the item
    user_ids: np.ndarray  # (n_users,)
    item_ids: np.ndarray  # (n_items,)

    def top(self, k: int) -> "RankedLists":
        """Return the first k of each list."""
        chosen = self.place < k
        columns = (column[chosen] for column in self[:3])
        return RankedLists(*columns, *self[3:])


class MatchedRecommendations(NamedTuple):
    """Recommendations to the users of held-out ratings, each matched with its entry."""

    user: np.ndarray  # int (n_rows,), row number in `held_out`
    place: np.ndarray  # int (n_rows,), from 0, the best
    entry: np.ndarray  # int (n_rows,), the pair's entry in `held_out`, or -1: none
    held_out: TestRatings

    def of_entries(self, values) -> np.ndarray:
        """Return the value of each recommendation's entry, 0 where it has none."""
        return np.where(self.entry < 0, 0, np.asarray(values)[self.entry])


def read_held_out(truth, relevant_from, *, needs_ratings: bool) -> TestRatings:
    """Read rows of user, item and, where they matter, rating.

    Raises
    ------
    ValueError
        If ratings are needed, and there is no column of them.
    """
    table = open_table(truth, "truth")
    user, item, rating, _ = find_columns(table, None, None, None)
    ratings = None
    if needs_ratings or relevant_from is not None:
        if rating is None:
            raise ValueError(
                "`truth` has no column of ratings, which `relevant_from` and gains "
                "other than 'binary' are about. Add a column 'rating', or pass "
                "relevant_from=None: every pair of `truth` is then relevant."
            )
        ratings = numbers(table.take(rating), f"rating column {table.label(rating)!r}")
    names = table.label(user), table.label(item)
    return code_held_out(
        table.take(user), table.take(item), ratings, relevant_from, names
    )


def code_held_out(users, items, ratings, relevant_from, names) -> TestRatings:
    """Factorise ids, merge repeated pairs, and tell which ratings are relevant.

    Parameters
    ----------
    users, items : ndarray or pandas array of shape (n_rows,)
    ratings : float array of shape (n_rows,) or None
        None where they do not matter.
    relevant_from : float or None
        Ratings from here are relevant; None: all are.
    names : (str, str)
        Names of the id columns, for messages.
    """
    user_ids, users = distinct_ids(users, names[0])
    item_ids, items = distinct_ids(items, names[1])
    ratings = np.ones(users.size) if ratings is None else ratings
    shape = user_ids.size, item_ids.size
    rows = rating_matrix(users, items, ratings, None, shape).by_user
    if relevant_from is None:
        relevant = np.ones(rows.indices.size, bool)
    else:
        relevant = rows.ratings >= relevant_from
    n_relevant = np.bincount(rows.row_of_entry[relevant], minlength=user_ids.size)
    return TestRatings(rows, relevant, n_relevant, user_ids, item_ids)


def read_lists(recommended) -> RankedLists:
    """Read rows of user, rank and item, by these names or, in an array, in this order.

    Raises
    ------
    ValueError
        If a column is missing, or a user has an item or a rank twice.
    """
    table = open_table(recommended, "recommended")
    user, rank, item = (table.take(k) for k in _list_columns(table))
    user_ids, users = distinct_ids(user, "user")
    item_ids, items = distinct_ids(item, "item")
    ranks = numbers(rank, "rank")
    order = _order(users, ranks)
    if order is not None:
        users, ranks, items = users[order], ranks[order], items[order]
    again = users[1:] == users[:-1]
    if (again & (ranks[1:] == ranks[:-1])).any():
        twice = users[1:][again & (ranks[1:] == ranks[:-1])][0]
        raise ValueError(
            f"User {user_ids[twice]!s} has two recommendations of one rank. Number "
            "each user's recommendations anew, from 1."
        )
    _check_repeats(users, items, user_ids, item_ids)
    starts = np.flatnonzero(np.r_[True, ~again])
    place = np.arange(users.size) - starts[np.cumsum(np.r_[True, ~again]) - 1]
    return RankedLists(users, place, items, user_ids, item_ids)


def match(held_out: TestRatings, lists: RankedLists) -> MatchedRecommendations:
    """Match recommendations with held-out pairs; other users' are left out.

    Raises
    ------
    TypeError
        If ids are of another kind than those held out: 5 and "5" differ.
    """
    users = _numbers_among(held_out.user_ids, lists.user_ids, "user")[lists.user]
    items = _numbers_among(held_out.item_ids, lists.item_ids, "item")[lists.item]
    asked = users >= 0
    users, items, place = users[asked], items[asked], lists.place[asked]
    rows, n_items = held_out.rows, held_out.item_ids.size
    keys = rows.keys(n_items)
    wanted = pair_keys(users, items, n_items)
    entry = np.searchsorted(keys, wanted)
    entry[entry == keys.size] = 0
    entry[(keys[entry] != wanted) | (items < 0)] = -1
    return MatchedRecommendations(users, place, entry, held_out)


def nothing_recommended(held_out: TestRatings) -> MatchedRecommendations:
    """Return what `judge` would where nobody is recommended anything."""
    none = np.empty(0, np.int64)
    return MatchedRecommendations(none, none, none, held_out)


def _numbers_among(ids, given, name) -> np.ndarray:
    expected, found = id_kind(ids), id_kind(given)
    if expected != found:
        raise TypeError(
            f"The ids in column {name!r} of `recommended` are of kind {found} (such as "
            f"{given[0]!s}), but those held out are of kind {expected} (such as "
            f"{ids[0]!s}), so none could match. Convert one of the two columns."
        )
    return IdMap(ids).encode(given, name)


def _list_columns(table: Table):
    """Return the positions of user, rank and item."""
    wanted = ["user", "rank", "item"]
    if table.names is None and table.n_columns >= len(wanted):
        return range(len(wanted))
    missing = [name for name in wanted if name not in (table.names or [])]
    if missing:
        has = table.names or f"{table.n_columns} columns without names"
        raise ValueError(
            f"`recommended` needs the columns user, rank and item, as `recommend` "
            f"returns them, but {', '.join(missing)} cannot be found: it has {has}."
        )
    return [table.names.index(name) for name in wanted]


def _order(users, ranks) -> np.ndarray | None:
    """Return the order by user and rank, or None where the rows are in it."""
    later = users[1:] > users[:-1]
    if (later | ((users[1:] == users[:-1]) & (ranks[1:] >= ranks[:-1]))).all():
        return None
    return np.lexsort((ranks, users))


def _check_repeats(users, items, user_ids, item_ids):
    pairs = np.sort(pair_keys(users, items, item_ids.size))
    repeated = pairs[1:][pairs[1:] == pairs[:-1]]
    if repeated.size:
        user, item = divmod(int(repeated[0]), item_ids.size)
        raise ValueError(
            f"{repeated.size} of the recommendations repeat an item that the same user "
            f"was recommended already (such as item {item_ids[item]!s} to user "
            f"{user_ids[user]!s}). Keep one of each."
        )
