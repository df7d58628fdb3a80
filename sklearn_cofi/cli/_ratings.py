"""Ratings, and users and items to predict, out of files."""

import contextlib
import re

from sklearn_cofi.cli._ids import from_text, is_text
from sklearn_cofi.cli._options import Columns
from sklearn_cofi.cli._tables import label_of, read_table

_DEFAULT = Columns(None, None, None, None, None, None, "utf-8", False)


def read_ratings(source, columns=_DEFAULT, *, like=None, new_users=False):
    """Read ratings from a file.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    columns : Columns
    like : estimator, default=None
        A fitted model: ids are read as text if its ids are.
    new_users : bool, default=False
        The column of users may be left out.

    Returns
    -------
    DataFrame
        Columns user (absent if left out), item, rating (float64) and, where it was
        found, timestamp.

    Raises
    ------
    ValueError
        If columns cannot be told, an id is missing or a rating is no number, naming
        the row.
    """
    import pandas as pd

    frame = _read(source, columns, _ids_are_text(columns, like))
    name = label_of(source)
    layout = _layout(frame, columns, name, new_users)
    if layout.rating is None:
        raise ValueError(
            f"{name} has no column of ratings, but {list(frame.columns)}. Name it by "
            "--rating-col."
        )
    ratings = _sides(frame, layout, name, like)
    ratings["rating"] = _numbers(frame, layout.rating, name)
    time = _time_column(frame, columns, layout[:3], name)
    if time is not None:
        ratings["timestamp"] = frame.iloc[:, time]
    return pd.DataFrame(ratings)


def read_pairs(source, columns, like, *, as_written: bool):
    """Read users and items from a file, and what else is there.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    columns : Columns
    like : estimator
        A fitted model: ids are of the kinds of its ids.
    as_written : bool
        Leave the fields of a text file the strings that they are written as.

    Returns
    -------
    table : DataFrame
        All columns. Without a header, those of the ids are user and item, and the
        others are named by their positions.
    pairs : DataFrame
        Columns user and item.

    Raises
    ------
    ValueError
        If columns cannot be told or an id is missing, naming the row.
    """
    import pandas as pd

    table = _read(source, columns, as_written or _ids_are_text(columns, like))
    name = label_of(source)
    layout = _layout(table, columns, name, False)
    pairs = pd.DataFrame(_sides(table, layout, name, like))
    if _is_bare(table):
        sides = {layout.user: "user", layout.item: "item"}
        table.columns = [sides.get(k, str(k)) for k in table.columns]
    return table, pairs


def _ids_are_text(columns: Columns, like) -> bool:
    known = () if like is None else (like.user_ids_, like.item_ids_)
    return columns.text_ids or any(map(is_text, known))


def _sides(frame, layout, name: str, like) -> dict:
    """Take the columns of ids, in the kinds of a model's if there is one."""
    sides = {
        side: _ids(frame, place, side, name)
        for side, place in (("user", layout.user), ("item", layout.item))
        if place is not None
    }
    return sides if like is None else _in_their_kinds(sides, like)


def _read(source, columns: Columns, text: bool):
    return read_table(
        source,
        sep=columns.sep,
        header=columns.header,
        encoding=columns.encoding,
        text=text,
    )


def _layout(frame, columns: Columns, name: str, new_users: bool):
    """Find the columns as the estimators do, and name options where they cannot."""
    from sklearn_cofi.data._columns import find_columns
    from sklearn_cofi.data._frame import open_table

    asked = [_column(frame, name) for name in columns[:3]]
    try:
        layout = find_columns(open_table(frame), *asked, user_optional=new_users)
    except ValueError as error:
        raise ValueError(f"{name}: {in_options(error)}") from None
    return layout


def in_options(error: Exception) -> str:
    """Return what an estimator says, with options in place of its parameters."""
    told = re.sub(r"`?\b(user|item|rating)_col\b`?", r"--\1-col", str(error))
    return told.replace("of X", "of it")


def _is_bare(frame) -> bool:
    """Tell a table without a header: its columns are named by their positions."""
    return list(frame.columns) == list(range(frame.shape[1]))


def _column(frame, asked: str | None):
    """Return a name, or the position that a number is which names no column."""
    if asked is None or asked in frame.columns or not asked.isdecimal():
        return asked
    return int(asked)


def _ids(frame, place: int, side: str, name: str):
    """Take a column of ids, all of which are there."""
    column = frame.iloc[:, place]
    missing = column.isna().to_numpy()
    if missing.any():
        raise ValueError(
            f"{name}: {missing.sum():,} of the {len(missing):,} rows have no {side} "
            f"(column {frame.columns[place]!r}), the first of them row "
            f"{missing.argmax() + 1}."
        )
    return column


def _in_their_kinds(ratings: dict, like) -> dict:
    """Make of text what a side's ids are in the model, numbers or truth values."""
    for side, ids in (("user", like.user_ids_), ("item", like.item_ids_)):
        if side in ratings and not is_text(ids) and is_text(ratings[side].to_numpy()):
            # Left as text where it is none: the model says then what it saw in fit.
            with contextlib.suppress(ValueError, KeyError):
                ratings[side] = from_text(ratings[side], ids.dtype.kind)
    return ratings


def _numbers(frame, place: int, name: str):
    """Take a column of ratings, all of which are finite numbers."""
    import numpy as np
    import pandas as pd

    column = frame.iloc[:, place]
    if column.dtype.kind in "mM":
        raise ValueError(f"{name}: its ratings are dates. Name them by --rating-col.")
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        row = int(wrong.argmax())
        value = column.iloc[row]
        shown = repr(value) if isinstance(value, str) else str(value)
        raise ValueError(
            f"{name}: {wrong.sum():,} of the {wrong.size:,} ratings (column "
            f"{frame.columns[place]!r}) are not finite numbers; that of row {row + 1} "
            f"is {'missing' if pd.isna(value) else shown}."
        )
    return numbers


def _time_column(frame, columns: Columns, taken, name: str) -> int | None:
    """Find the column of times: as asked, by name, or the fourth without a header."""
    asked, names = _column(frame, columns.timestamp_col), list(frame.columns)
    if asked is None:
        if "timestamp" in names:
            return names.index("timestamp")
        return 3 if _is_bare(frame) and len(names) > 3 and 3 not in taken else None
    if asked in names:
        return names.index(asked)
    if isinstance(asked, int) and asked < len(names):
        return asked
    raise ValueError(
        f"{name} has no column --timestamp-col {asked}, but {list(frame.columns)}."
    )
