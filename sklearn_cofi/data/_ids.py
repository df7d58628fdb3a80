"""Ids of users and items: any hashable kind outside, row numbers inside."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._frame import ColumnArray
from sklearn_cofi.data._id_arrays import (
    MISSING_IDS,
    canonical_ids,
    id_kind,
    plain_column,
    sorted_order,
)

NONE_KNOWN = (
    "None of the {} pairs has a user or an item that was seen in fit, so every "
    "prediction is the mean of all ratings."
)
NO_USER_KNOWN = (
    "None of the {} users was seen in fit, so each gets the items with the highest "
    "predictions for an unknown user. Compare the ids with `user_ids_`."
)
SWAPPED = (
    "The columns {!r} and {!r} look swapped: no pair has a known user or item, but "
    "some pairs have both if the two columns are exchanged. Name them with `user_col` "
    "and `item_col`."
)
_COMPARE = "Compare the ids with `user_ids_` and `item_ids_`."
_OTHER_KIND = (
    "The ids in column {0!r} are of kind {1} (such as {2[0]!s}), but the ids seen "
    "in fit are of kind {3} (such as {4[0]!s}), so no id can match. Convert the "
    "column to the kind seen in fit. numpy turns numbers into strings in an array "
    "with strings: pass a frame, a list of rows or an array of dtype object instead."
)


@dataclass(frozen=True)
class IdMap:
    """Sorted distinct ids; the row number of an id is its position among them."""

    ids: np.ndarray  # (n_ids,), sorted, without repeats

    def encode(self, values: ColumnArray, name: str) -> np.ndarray:
        """Return the row number of each id, -1 for an unknown id.

        Raises
        ------
        TypeError
            If the ids are of another kind than the ids of the map: 5 and "5" differ.
        ValueError
            If an id is missing, infinite or not exact.
        """
        distinct, codes = distinct_ids(values, name)
        return self.encode_distinct(distinct, name)[codes]

    def encode_distinct(self, distinct: np.ndarray, name: str) -> np.ndarray:
        """Return the row number of each of sorted distinct ids, as `encode` does."""
        own, given = id_kind(self.ids), id_kind(distinct)
        if own != given:
            raise TypeError(_OTHER_KIND.format(name, given, distinct, own, self.ids))
        return self._positions(distinct)

    def _positions(self, distinct: np.ndarray) -> np.ndarray:
        """Return the row numbers of sorted ids of the map's kind."""
        outside = np.zeros(distinct.size, bool)
        if {self.ids.dtype.kind, distinct.dtype.kind} == {"i", "u"}:
            # numpy would compare int64 with uint64 as floats and merge large ids.
            bounds = np.iinfo(self.ids.dtype)
            outside = (distinct < bounds.min) | (distinct > bounds.max)
            distinct = distinct.astype(self.ids.dtype)
        position = np.searchsorted(self.ids, distinct)
        position[position == self.ids.size] = 0
        position[(self.ids[position] != distinct) | outside] = -1
        return position


def encode_pairs(
    user_map: IdMap,
    item_map: IdMap,
    users: ColumnArray,
    items: ColumnArray,
    names: tuple[str, str],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the row numbers of the user and of the item of each pair, or -1.

    Parameters
    ----------
    user_map, item_map : IdMap
    users, items : ndarray or pandas array of shape (n,)
    names : (str, str)
        Names of the two columns, for messages.

    Raises
    ------
    TypeError
        If ids are of another kind than the ids of the map.
    ValueError
        If the kinds of ids match only when the columns are exchanged.

    Warns
    -----
    UserWarning
        If no user and no item is known. The message says that the columns look swapped
        if some pairs are known when they are exchanged. If users and items have ids of
        one kind, this is not certain: the pairs may be of unknown users and items.
    """
    try:
        codes = user_map.encode(users, names[0]), item_map.encode(items, names[1])
    except TypeError:
        if _known_when_exchanged(user_map, item_map, users, items):
            raise ValueError(SWAPPED.format(*names)) from None
        raise
    if (codes[0] < 0).all() and (codes[1] < 0).all():
        swapped = _known_when_exchanged(user_map, item_map, users, items)
        warn_caller(
            f"{NONE_KNOWN.format(codes[0].size)} "
            f"{SWAPPED.format(*names) if swapped else _COMPARE}"
        )
    return codes


def _known_when_exchanged(
    user_map: IdMap, item_map: IdMap, users: ColumnArray, items: ColumnArray
) -> bool:
    try:
        codes = user_map.encode(items, "item"), item_map.encode(users, "user")
    except (TypeError, ValueError):
        return False
    return bool(((codes[0] >= 0) & (codes[1] >= 0)).any())


def distinct_ids(values: ColumnArray, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Encode a column of ids.

    The column is hashed first, and only the distinct ids are sorted. On strings this
    takes a tenth of the time of ``numpy.unique``.

    Parameters
    ----------
    values : ndarray or pandas array of shape (n,)
    name : str
        Name of the column, for messages.

    Returns
    -------
    ids : ndarray of shape (n_ids,)
        Sorted: int64, float64, bool, datetime64, ``<U`` or object of a single type.
    codes : int array of shape (n,)
        ``ids[codes]`` equals the column.
    """
    values = plain_column(values, name)
    codes, uniques = pd.factorize(values)
    if (codes < 0).any():
        raise ValueError(MISSING_IDS.format(int((codes < 0).sum()), name))
    # The values of a pandas categorical or extension array are only visible now.
    ids = canonical_ids(np.asarray(plain_column(np.asarray(uniques), name)), name)
    order = sorted_order(ids, name)
    rank = np.empty(order.size, np.int32 if order.size < 2**31 else np.int64)
    rank[order] = np.arange(order.size)
    return ids[order], rank[codes]


def union_ids(ids: np.ndarray, more: np.ndarray, name: str) -> np.ndarray:
    """Return the sorted distinct ids of two arrays of ids of one kind."""
    if {ids.dtype.kind, more.dtype.kind} == {"i", "u"}:
        # numpy would make floats of int64 and uint64 together.
        ids, more = ids.astype(object), more.astype(object)
    return distinct_ids(np.concatenate([ids, more]), name)[0]
