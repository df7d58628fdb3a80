"""Times of ratings, as numbers."""

import numpy as np
import pandas as pd

from sklearn_cofi._typing import Column
from sklearn_cofi.data._frame import Table

# The name that the loaders of this package give to the column of times.
_TIME = "timestamp"


def read_times(
    table: Table, time_col: Column, *, may_be_missing: bool = False
) -> np.ndarray:
    """Return the column of times: numbers, or an array of datetime64.

    Parameters
    ----------
    table : Table
    time_col : str, int or None
        Name or position of the column. None is "timestamp".
    may_be_missing : bool, default=False
        Whether times may be missing.

    Raises
    ------
    ValueError
        If there is no such column, or a time is missing.
    TypeError
        If the times are neither numbers nor dates.
    """
    position = _time_position(table, time_col, may_be_missing)
    name = table.label(position)
    times = np.asarray(table.take(position))
    if times.dtype == object:
        times = _from_objects(times)
    if times.dtype.kind not in "iufmM":
        raise TypeError(
            f"Times must be numbers or dates, but column {name!r} has dtype "
            f"{times.dtype}. Convert it, for example with `pandas.to_datetime`."
        )
    if not may_be_missing and pd.isna(times).any():
        raise ValueError(
            f"{int(pd.isna(times).sum())} times are missing in column {name!r}. Drop "
            "these rows first."
        )
    return times


def ordered_times(table: Table, time_col: Column) -> np.ndarray:
    """Return the column of times as numbers in the same order: see `read_times`."""
    times = read_times(table, time_col)
    return times.astype(np.int64) if times.dtype.kind in "mM" else times


def in_seconds(times: np.ndarray) -> np.ndarray:
    """Return times in seconds, float64; missing times are NaN.

    Dates are counted from 1970. Numbers are taken as seconds.
    """
    if times.dtype.kind not in "mM":
        return times.astype(np.float64)
    seconds = times.astype(f"{times.dtype.kind}8[us]").astype(np.int64) / 1e6
    return np.where(np.isnat(times), np.nan, seconds)


def _time_position(table: Table, time_col: Column, may_be_missing: bool) -> int:
    names = table.names or []
    column = _TIME if time_col is None else time_col
    if isinstance(column, str) and column in names:
        return names.index(column)
    if not isinstance(column, str) and 0 <= column < table.n_columns:
        return int(column)
    present = table.names or f"{table.n_columns} columns without names"
    advice = "Pass the name or the position of the column of times as `time_col`."
    if may_be_missing:
        advice = "Add the column. A missing time (NaN) stands for no particular time."
    raise ValueError(f"X has no column {column!r} of times; it has {present}. {advice}")


def _from_objects(times: np.ndarray) -> np.ndarray:
    """Convert Python's numbers and dates to an array of numbers or datetime64."""
    kind = pd.api.types.infer_dtype(times, skipna=True)
    if kind in ("date", "datetime", "datetime64"):
        return pd.to_datetime(times, utc=True).tz_localize(None).to_numpy()
    if kind in ("integer", "floating", "mixed-integer-float"):
        return np.asarray(pd.to_numeric(times))
    if kind == "empty":  # all times are missing
        return np.full(times.shape, np.nan)
    return times
