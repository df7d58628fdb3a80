"""Rated pairs and their times, read from the input of a splitter."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_cofi._typing import Bools, Column, Ints
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import Table
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import pair_keys

# The name that the loaders of this package give to the column of times.
_TIME = "timestamp"


class Pairs(NamedTuple):
    """The distinct pairs, sorted by user and item, and the pair of each row."""

    of_row: Ints  # (n_rows,), number of the row's pair
    users: Ints  # (n_pairs,), row number of the user, rising
    items: Ints  # (n_pairs,), row number of the item, rising for each user

    @property
    def n_pairs(self) -> int:
        """Number of distinct pairs."""
        return self.users.size

    def rows(self, chosen: Bools) -> Ints:
        """Return the rows of the pairs chosen by a mask of shape (n_pairs,)."""
        return np.flatnonzero(chosen[self.of_row])

    def latest(self, times: np.ndarray) -> np.ndarray:
        """Return the latest time of each pair, given the times of the rows."""
        order = np.argsort(self.of_row, kind="stable")
        starts = np.searchsorted(self.of_row[order], np.arange(self.n_pairs))
        return np.maximum.reduceat(times[order], starts)


def number_pairs(users: Ints, items: Ints, n_items: int) -> Pairs:
    """Number the distinct pairs of rows whose ids are encoded.

    Parameters
    ----------
    users, items : int arrays of shape (n_rows,)
        Row numbers of user and item, not negative.
    n_items : int
        Number of items, above all of ``items``.

    Returns
    -------
    Pairs

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_cofi.model_selection._pairs import number_pairs
    >>> number_pairs(np.array([1, 0, 1]), np.array([2, 1, 2]), 3).of_row
    array([1, 0, 1])
    """
    keys = pair_keys(users, items, n_items)
    pairs, of_row = np.unique(keys, return_inverse=True)
    return Pairs(of_row, *np.divmod(pairs, n_items))


def read_pairs(table: Table, user_col: Column, item_col: Column) -> Pairs:
    """Find the columns of user and item as the estimators do, and number the pairs."""
    user, item, _, _ = find_columns(table, user_col, item_col, None, with_rating=False)
    assert user is not None  # the user column is optional only with user_optional
    users = distinct_ids(table.take(user), table.label(user))[1]
    item_ids, items = distinct_ids(table.take(item), table.label(item))
    return number_pairs(users, items, item_ids.size)


def read_times(table: Table, time_col: Column) -> np.ndarray:
    """Return the column of times as numbers in the same order.

    Raises
    ------
    ValueError
        If there is no such column, or a time is missing.
    TypeError
        If the times are neither numbers nor dates.
    """
    position = _time_position(table, time_col)
    name = table.label(position)
    times = np.asarray(table.take(position))
    if times.dtype == object:
        times = _from_objects(times)
    if times.dtype.kind not in "iufmM":
        raise TypeError(
            f"Times must be numbers or dates, but column {name!r} has dtype "
            f"{times.dtype}. Convert it, for example with `pandas.to_datetime`."
        )
    if pd.isna(times).any():
        raise ValueError(
            f"{int(pd.isna(times).sum())} times are missing in column {name!r}. Drop "
            "these rows first."
        )
    return times.astype(np.int64) if times.dtype.kind in "mM" else times


def _time_position(table: Table, time_col: Column) -> int:
    names = table.names or []
    column = _TIME if time_col is None else time_col
    if isinstance(column, str) and column in names:
        return names.index(column)
    if not isinstance(column, str) and 0 <= column < table.n_columns:
        return int(column)
    present = table.names or f"{table.n_columns} columns without names"
    raise ValueError(
        f"X has no column {column!r} of times; it has {present}. Pass the name or the "
        "position of the column of times as `time_col`."
    )


def _from_objects(times: np.ndarray) -> np.ndarray:
    """Convert Python's numbers and dates to an array of numbers or datetime64."""
    kind = pd.api.types.infer_dtype(times, skipna=True)
    if kind in ("date", "datetime", "datetime64"):
        return pd.to_datetime(times, utc=True).tz_localize(None).to_numpy()
    if kind in ("integer", "floating", "mixed-integer-float"):
        return np.asarray(pd.to_numeric(times))
    return times
