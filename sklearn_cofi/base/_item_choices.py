"""Reading `candidates` and `banned`: items for all users, or for each user."""

from collections.abc import Sized
from dataclasses import dataclass

import numpy as np

from sklearn_cofi._typing import FrameLike
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import id_array, is_table, open_table
from sklearn_cofi.data._ids import IdMap, distinct_ids
from sklearn_cofi.data._matrix import ranges


@dataclass(frozen=True)
class ItemChoice:
    """Numbers of items for all users, or pairs of row and item; neither: all items."""

    items: np.ndarray | None = None  # int, increasing
    pairs: tuple[np.ndarray, np.ndarray] | None = None  # rows of the query, items


def read_candidates(
    estimator: RatingsEstimator,
    candidates: FrameLike | None,
    query_ids: np.ndarray | None,
) -> ItemChoice:
    """Read the items that may be recommended.

    Raises
    ------
    ValueError
        If all candidates are unknown, or if one is and ``unknown="error"``, or if
        candidates name users and the query has no ids.
    """
    if candidates is None:
        return ItemChoice()
    choice, n_unknown, n_items = _read(estimator, candidates, "candidates", query_ids)
    if n_unknown:
        text = (
            f"{n_unknown} of the {n_items} candidates were not seen in fit and "
            "cannot be recommended."
        )
        if estimator.unknown == "error" or n_unknown == n_items:
            raise ValueError(f"{text} Compare the ids with `item_ids_`.")
        warn_caller(text)
    return choice


def read_banned(
    estimator: RatingsEstimator,
    banned: FrameLike | None,
    query_ids: np.ndarray | None,
) -> ItemChoice:
    """Read the items that are not recommended; unknown items are ignored."""
    if banned is None or (isinstance(banned, Sized) and len(banned) == 0):
        return ItemChoice()
    return _read(estimator, banned, "banned", query_ids)[0]


def _read(
    estimator: RatingsEstimator,
    choice: FrameLike,
    name: str,
    query_ids: np.ndarray | None,
) -> tuple[ItemChoice, int, int]:
    """Return the choice, its number of unknown items and its number of items."""
    item_map = IdMap(estimator.item_ids_)
    if not is_table(choice):
        items = item_map.encode(id_array(choice, name), name)
        known = np.unique(items[items >= 0])
        return ItemChoice(known), int((items < 0).sum()), items.size
    table = open_table(choice, name)
    columns = estimator._columns_of(table)[:2]
    user, item = find_columns(table, *columns, None, with_rating=False)[:2]
    if query_ids is None:
        raise ValueError(
            f"`{name}` names a user for each item, but the one new user has no id. "
            "Pass a list of items, or add a column of users to `ratings`."
        )
    items = item_map.encode(table.take(item), table.label(item))
    distinct, of_row = distinct_ids(query_ids, "users")
    users = IdMap(distinct).encode(table.take(user), table.label(user))
    n_unknown, n_items = int((items < 0).sum()), items.size
    known = (users >= 0) & (items >= 0)
    users, items = users[known], items[known]
    # A user can be in several rows of the query.
    order = np.argsort(of_row, kind="stable")
    bounds = np.searchsorted(of_row[order], np.arange(distinct.size + 1))
    times = np.diff(bounds)[users]
    rows = order[ranges(bounds[users], times)]
    pairs = rows, np.repeat(items, times)
    return ItemChoice(pairs=pairs), n_unknown, n_items
