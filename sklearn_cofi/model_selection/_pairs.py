"""Pairs of user and item, and their times, from what a splitter is passed."""

from typing import NamedTuple

import numpy as np
import pandas as pd

from sklearn_cofi._typing import Column
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import Table
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import pair_keys

# As the loaders of this package name it.
_TIME = "timestamp"


class Pairs(NamedTuple):
    """The pairs that occur, in order of user and item, and which pair each row is."""

    of_row: np.ndarray  # int (n_rows,), number of the row's pair
    users: np.ndarray  # int (n_pairs,), row number of the user, rising
    items: np.ndarray  # int (n_pairs,), row number of the item, rising for each user

    @property
    def n_pairs(self) -> int:
        """Number of distinct pairs."""
        return self.users.size

    def rows(self, chosen: np.ndarray) -> np.ndarray:
        """Return the rows of the pairs that a bool mask of shape (n_pairs,) chooses."""
        return np.flatnonzero(chosen[self.of_row])

    def latest(self, times: np.ndarray) -> np.ndarray:
        """Return the latest of the times of each pair's rows."""
        order = np.argsort(self.of_row, kind="stable")
        starts = np.searchsorted(self.of_row[order], np.arange(self.n_pairs))
        return np.maximum.reduceat(times[order], starts)


def read_pairs(table: Table, user_col: Column, item_col: Column) -> Pairs:
    """Find the columns of user and item as the estimators do, and number the pairs."""
    user, item, _, _ = find_columns(table, user_col, item_col, None)
    users = distinct_ids(table.take(user), table.label(user))[1]
    item_ids, items = distinct_ids(table.take(item), table.label(item))
    keys = pair_keys(users, items, item_ids.size)
    pairs, of_row = np.unique(keys, return_inverse=True)
    return Pairs(of_row, *np.divmod(pairs, item_ids.size))


def read_times(table: Table, time_col: Column) -> np.ndarray:
    """Return the column of times as numbers that order as they do.

    Raises
    ------
    ValueError
        If the column is not there, or a time is missing.
    TypeError
        If it holds neither numbers nor dates.
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
    asked = _TIME if time_col is None else time_col
    if isinstance(asked, str) and asked in names:
        return names.index(asked)
    if not isinstance(asked, str) and 0 <= asked < table.n_columns:
        return int(asked)
    has = table.names or f"{table.n_columns} columns without names"
    raise ValueError(
        f"There is no column {asked!r} of times in X, which has {has}. Name it, or "
        "give its position, with `time_col`."
    )


def _from_objects(times):
    kind = pd.api.types.infer_dtype(times, skipna=True)
    if kind in ("date", "datetime", "datetime64"):
        return pd.to_datetime(times, utc=True).tz_localize(None).to_numpy()
    if kind in ("integer", "floating", "mixed-integer-float"):
        return np.asarray(pd.to_numeric(times))
    return times
