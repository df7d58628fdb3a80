"""Test ratings and ranked recommendations: read, encoded and matched."""

from typing import NamedTuple

import numpy as np
from numpy.typing import ArrayLike

from sklearn_cofi._typing import Bools, Floats, FrameLike, Ints
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import Table, numbers, open_table
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import IdMap, distinct_ids
from sklearn_cofi.data._matrix import CSRRows, pair_keys, rating_matrix


class TestRatings(NamedTuple):
    """Test ratings by user, and which of them are relevant."""

    rows: CSRRows  # by user; repeats of a pair are one entry with their mean rating
    relevant: Bools  # (n_entries,)
    n_relevant: Ints  # (n_users,)
    user_ids: np.ndarray  # (n_users,)
    item_ids: np.ndarray  # (n_items,)


class RankedLists(NamedTuple):
    """Recommendations, one row for each, sorted by user and position."""

    user: Ints  # (n_rows,), row number in `user_ids`
    position: Ints  # (n_rows,), 0 for the user's first recommendation
    item: Ints  # (n_rows,), row number in `item_ids`
    user_ids: np.ndarray  # (n_users,)
    item_ids: np.ndarray  # (n_items,)

    def top(self, k: int) -> "RankedLists":
        """Return the first k recommendations of each user."""
        chosen = self.position < k
        return self._replace(
            user=self.user[chosen],
            position=self.position[chosen],
            item=self.item[chosen],
        )


class MatchedRecommendations(NamedTuple):
    """Recommendations to the users of test ratings, each with its test entry."""

    user: Ints  # (n_rows,), row number in `test.user_ids`
    position: Ints  # (n_rows,), 0 for the user's first recommendation
    entry: Ints  # (n_rows,), entry of the pair in `test.rows`, -1 if it has none
    test: TestRatings

    def entry_values(self, values: np.ndarray) -> np.ndarray:
        """Return ``values[entry]``, and 0 for recommendations without an entry."""
        return np.where(self.entry < 0, 0, np.asarray(values)[self.entry])


def read_test_ratings(
    truth: FrameLike, relevant_from: float | None, *, needs_ratings: bool
) -> TestRatings:
    """Read the columns user, item and, if they are needed, rating.

    Raises
    ------
    ValueError
        If ratings are needed and there is no rating column.
    """
    table = open_table(truth, "truth")
    needs_ratings = needs_ratings or relevant_from is not None
    user, item, rating, _ = find_columns(
        table, None, None, None, with_rating=needs_ratings
    )
    assert user is not None  # the user column is optional only with user_optional
    ratings = None
    if needs_ratings:
        if rating is None:
            raise ValueError(
                "`truth` has no rating column, which `relevant_from`, `disliked_to` "
                "and gains other than 'binary' need. Add a column 'rating', or pass "
                "relevant_from=None and gains='binary' without `disliked_to`: every "
                "pair of `truth` is then relevant."
            )
        ratings = numbers(table.take(rating), f"rating column {table.label(rating)!r}")
    names = table.label(user), table.label(item)
    return encode_test_ratings(
        table.take(user), table.take(item), ratings, relevant_from, names
    )


def encode_test_ratings(
    users: ArrayLike,
    items: ArrayLike,
    ratings: Floats | None,
    relevant_from: float | None,
    names: tuple[str, str],
) -> TestRatings:
    """Encode ids, merge repeated pairs and mark the relevant ratings.

    Parameters
    ----------
    users, items : ndarray or pandas array of shape (n_rows,)
        Ids.
    ratings : float array of shape (n_rows,) or None
        Ratings. None if they are not needed.
    relevant_from : float or None
        Lowest relevant rating. None makes all ratings relevant.
    names : (str, str)
        Names of the id columns, for messages.
    """
    user_ids, user_codes = distinct_ids(users, names[0])
    item_ids, item_codes = distinct_ids(items, names[1])
    ratings = np.ones(user_codes.size) if ratings is None else ratings
    shape = user_ids.size, item_ids.size
    rows = rating_matrix(user_codes, item_codes, ratings, None, shape).by_user
    if relevant_from is None:
        relevant = np.ones(rows.indices.size, bool)
    else:
        relevant = rows.ratings >= relevant_from
    n_relevant = np.bincount(rows.row_of_entry[relevant], minlength=user_ids.size)
    return TestRatings(rows, relevant, n_relevant, user_ids, item_ids)


def read_lists(recommended: FrameLike) -> RankedLists:
    """Read the columns user, rank and item by name, or in this order from an array.

    There may be no rows: `recommend` returns none if the users rated all items.

    Raises
    ------
    ValueError
        If a column is missing, or a user has an item or a rank twice.
    """
    table = open_table(recommended, "recommended", may_be_empty=True)
    columns = _list_columns(table)
    if not table.n_rows:
        empty = np.empty(0, np.int64)
        return RankedLists(empty, empty, empty, empty, empty)
    user, rank, item = (table.take(k) for k in columns)
    user_ids, users = distinct_ids(user, "user")
    item_ids, items = distinct_ids(item, "item")
    ranks = numbers(rank, "rank")
    order = _sort_order(users, ranks)
    if order is not None:
        users, ranks, items = users[order], ranks[order], items[order]
    same_user = users[1:] == users[:-1]
    same_rank = same_user & (ranks[1:] == ranks[:-1])
    if same_rank.any():
        raise ValueError(
            f"User {user_ids[users[1:][same_rank][0]]!s} has two recommendations with "
            "the same rank. Number the recommendations of each user again, from 1."
        )
    _check_repeats(users, items, user_ids, item_ids)
    is_first = np.r_[True, ~same_user]
    starts = np.flatnonzero(is_first)
    position = np.arange(users.size) - starts[np.cumsum(is_first) - 1]
    return RankedLists(users, position, items, user_ids, item_ids)


def match(test: TestRatings, lists: RankedLists) -> MatchedRecommendations:
    """Match recommendations with test ratings, leaving out users without any.

    Raises
    ------
    TypeError
        If the ids of the two are of different kinds: 5 and "5" differ.
    """
    if not lists.user.size:
        return no_recommendations(test)
    users = _encode_with(test.user_ids, lists.user_ids, "user")[lists.user]
    items = _encode_with(test.item_ids, lists.item_ids, "item")[lists.item]
    is_known = users >= 0
    users, items, position = users[is_known], items[is_known], lists.position[is_known]
    n_items = test.item_ids.size
    test_keys = test.rows.keys(n_items)
    keys = pair_keys(users, items, n_items)
    entry = np.searchsorted(test_keys, keys)
    entry[entry == test_keys.size] = 0
    entry[(test_keys[entry] != keys) | (items < 0)] = -1
    return MatchedRecommendations(users, position, entry, test)


def no_recommendations(test: TestRatings) -> MatchedRecommendations:
    """Return the match of no recommendation at all."""
    empty = np.empty(0, np.int64)
    return MatchedRecommendations(empty, empty, empty, test)


def _encode_with(ids: np.ndarray, listed: np.ndarray, name: str) -> Ints:
    """Return the row numbers in ``ids`` of recommended ids, -1 for unknown ones."""
    expected, found = id_kind(ids), id_kind(listed)
    if expected != found:
        raise TypeError(
            f"Column {name!r} of `recommended` has ids of kind {found} (such as "
            f"{listed[0]!s}), but the test ratings have ids of kind {expected} (such "
            f"as {ids[0]!s}), so no id can match. Convert one of the two columns."
        )
    return IdMap(ids).encode(listed, name)


def _list_columns(table: Table) -> list[int]:
    """Return the positions of the columns user, rank and item."""
    columns = ["user", "rank", "item"]
    if table.names is None and table.n_columns >= len(columns):
        return list(range(len(columns)))
    names = table.names or []
    missing = [name for name in columns if name not in names]
    if missing:
        present = table.names or f"{table.n_columns} columns without names"
        raise ValueError(
            "`recommended` needs the columns user, rank and item, as `recommend` "
            f"returns them, but {', '.join(missing)} cannot be found. It has {present}."
        )
    return [names.index(name) for name in columns]


def _sort_order(users: Ints, ranks: Floats) -> Ints | None:
    """Return the order by user and rank, or None if the rows are in this order."""
    next_user = users[1:] > users[:-1]
    next_rank = (users[1:] == users[:-1]) & (ranks[1:] >= ranks[:-1])
    if (next_user | next_rank).all():
        return None
    return np.lexsort((ranks, users))


def _check_repeats(
    users: Ints, items: Ints, user_ids: np.ndarray, item_ids: np.ndarray
) -> None:
    """Check that no user is recommended an item twice."""
    pairs = np.sort(pair_keys(users, items, item_ids.size))
    repeated = pairs[1:][pairs[1:] == pairs[:-1]]
    if repeated.size:
        user, item = divmod(int(repeated[0]), item_ids.size)
        raise ValueError(
            f"{repeated.size} recommendations repeat an earlier one (such as item "
            f"{item_ids[item]!s} for user {user_ids[user]!s}). Keep one row for each "
            "pair of user and item."
        )
