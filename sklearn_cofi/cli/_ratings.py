"""Ratings, and pairs of users and items, read from files."""

from typing import TYPE_CHECKING

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._file_columns import (
    FileColumns,
    column_of,
    find_layout,
    has_no_header,
    print_columns,
    time_column,
)
from sklearn_cofi.cli._id_columns import as_ids_of, check_ids
from sklearn_cofi.cli._ids import is_text
from sklearn_cofi.cli._numbers import decimal_points
from sklearn_cofi.cli._options import Columns
from sklearn_cofi.cli._pairs import find_pairs, warn_of_unread
from sklearn_cofi.cli._tables import label_of, read_table
from sklearn_cofi.cli._times import read_seconds

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sklearn_cofi._typing import Estimator
    from sklearn_cofi.data._columns import Layout, NewUserLayout

_DEFAULT = Columns(None, None, None, None, None, None, "utf-8", False)


def read_ratings(
    source: str,
    columns: Columns = _DEFAULT,
    *,
    like: "Estimator | None" = None,
    new_users: bool = False,
) -> "pd.DataFrame":
    """Read ratings from a file; see `read_ratings_and_columns`."""
    return read_ratings_and_columns(source, columns, like=like, new_users=new_users)[0]


def read_ratings_and_columns(
    source: str,
    columns: Columns = _DEFAULT,
    *,
    like: "Estimator | None" = None,
    new_users: bool = False,
) -> "tuple[pd.DataFrame, FileColumns]":
    """Read ratings from a file, and print which columns they are in on stderr.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    columns : Columns
    like : estimator, default=None
        A fitted model, to whose types the ids are converted.
    new_users : bool, default=False
        Whether the column of users may be missing.

    Returns
    -------
    ratings : DataFrame
        Columns user (absent if it is missing), item, rating (float64) and, if the file
        has one, timestamp: as in the file, or in seconds with ``columns.times``. With
        ``columns.implicit``, and for a model of pairs, weight (float64) instead of
        rating, if there are weights.
    file_columns : FileColumns

    Raises
    ------
    ValueError
        If columns cannot be told, an id is missing or a rating is not a number; the
        message has the row.
    """
    import pandas as pd

    # With a model, `as_ids_of` removes blanks that are not those of the model's ids.
    as_text = _ids_are_text(columns, like)
    is_pairs = columns.implicit or (like is not None and like._fitted_to_pairs)
    one_field = bool(is_pairs) and new_users
    frame = _read(source, columns, as_text, like is None, one_field)
    name = label_of(source)
    layout, weight = _find_values(frame, columns, name, bool(is_pairs), new_users)
    ratings = _id_columns(frame, layout, name, like)
    for role, position in (("rating", layout.rating), ("weight", weight)):
        if position is not None:
            ratings[role] = _numbers(frame, position, name, role)
    time = time_column(frame, columns, (*layout[:3], weight), name)
    read = _training_times(frame, time, name) if columns.times else None
    if time is not None:
        ratings["timestamp"] = frame.iloc[:, time] if read is None else read
    shown = time if columns.times else None
    print_columns(frame, layout[:3], name, weight=weight, time=shown)
    if is_pairs:
        warn_of_unread(frame, (*layout[:2], weight, time), name)
    return pd.DataFrame(ratings), _file_columns(frame, columns, layout, shown)


def _find_values(
    frame: "pd.DataFrame", columns: Columns, name: str, is_pairs: bool, new_users: bool
) -> "tuple[Layout | NewUserLayout, int | None]":
    """Return the columns of ids and ratings, and the position of the weights."""
    if is_pairs:
        return find_pairs(frame, columns, name, new_users=new_users)
    layout = find_layout(frame, columns, name, new_users=new_users)
    if layout.rating is None:
        commands = "" if columns.implicit is not None else " to `fit` or `evaluate`"
        raise ValueError(
            f"{name} has no column of ratings; its columns are {list(frame.columns)}. "
            f"Name it with --rating-col, or pass --implicit{commands} for clicks, "
            "plays and purchases."
        )
    return layout, None


def _training_times(
    frame: "pd.DataFrame", position: int | None, name: str
) -> "np.ndarray":
    if position is None:
        raise ValueError(
            f"{name} has no column 'timestamp', and --times needs a column of times. "
            "Name it with --timestamp-col."
        )
    return read_seconds(frame, position, name)


def _file_columns(
    frame: "pd.DataFrame",
    columns: Columns,
    layout: "Layout | NewUserLayout",
    time: int | None,
) -> FileColumns:
    """Return the columns of a file, as the saved model remembers them."""
    given = tuple(column_of(frame, one) for one in columns[:3])
    used = tuple(None if k is None else frame.columns[k] for k in layout[:3])
    has_names = all(isinstance(one, str | None) for one in used)
    of_time = None if time is None else frame.columns[time]
    return FileColumns(given, used if has_names else None, of_time)


def read_pairs(
    source: str, columns: Columns, like: "Estimator", *, as_written: bool
) -> "tuple[pd.DataFrame, pd.DataFrame]":
    """Read pairs of users and items from a file, with all other columns.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    columns : Columns
    like : estimator
        A fitted model, to whose types the ids are converted.
    as_written : bool
        Whether the fields of a text file stay strings, as they are in the file.

    Returns
    -------
    table : DataFrame
        All columns. Without a header, the columns of ids are named user and item, and
        the names of the others are their positions.
    pairs : DataFrame
        Columns user and item, and timestamp in seconds if the model has times.

    Raises
    ------
    ValueError
        If columns cannot be told, or an id is missing; the message has the row.

    Warns
    -----
    UserWarning
        If the model has times and the file does not.
    """
    import pandas as pd

    as_text = as_written or _ids_are_text(columns, like)
    table = _read(source, columns, as_text, strip=False)
    name = label_of(source)
    layout = find_layout(table, columns, name, with_rating=False)
    pairs = pd.DataFrame(_id_columns(table, layout, name, like))
    time = None
    if getattr(like, "time_col", None) is not None:
        time = _add_times(pairs, table, columns, layout, name)
    print_columns(table, (layout.user, layout.item, None), name, time=time)
    if has_no_header(table):
        sides = {layout.user: "user", layout.item: "item"}
        table.columns = [sides.get(k, str(k)) for k in table.columns]
    return table, pairs


def _add_times(
    pairs: "pd.DataFrame",
    table: "pd.DataFrame",
    columns: Columns,
    layout: "Layout | NewUserLayout",
    name: str,
) -> int | None:
    """Add the times of pairs, and return their position; without it they are NaN."""
    time = time_column(table, columns, (layout.user, layout.item), name)
    if time is None:
        pairs["timestamp"] = float("nan")
        warn_caller(
            f"{name} has no column of times, so its predictions are for no particular "
            "time. Name the column with --timestamp-col."
        )
    else:
        pairs["timestamp"] = read_seconds(table, time, name, may_be_missing=True)
    return time


def _ids_are_text(columns: Columns, like: "Estimator | None") -> bool:
    fitted = () if like is None else (like.user_ids_, like.item_ids_)
    return columns.text_ids or any(map(is_text, fitted))


def _id_columns(
    frame: "pd.DataFrame",
    layout: "Layout | NewUserLayout",
    name: str,
    like: "Estimator | None",
) -> "dict[str, pd.Series]":
    """Return the columns of ids, converted to the types of a model if there is one."""
    sides = {
        side: check_ids(frame, position, side, name, fractions=like is not None)
        for side, position in (("user", layout.user), ("item", layout.item))
        if position is not None
    }
    if like is not None:
        fitted = {"user": like.user_ids_, "item": like.item_ids_}
        # If ids cannot be converted, the model's error names both types.
        sides = {side: as_ids_of(ids, fitted[side]) for side, ids in sides.items()}
    return sides


def _read(
    source: str, columns: Columns, text: bool, strip: bool, one_field: bool = False
) -> "pd.DataFrame":
    return read_table(
        source,
        sep=columns.sep,
        header=columns.header,
        encoding=columns.encoding,
        quotes=columns.quotes,
        text=text,
        strip=strip,
        one_field=one_field,
    )


def _numbers(
    frame: "pd.DataFrame", position: int, name: str, role: str
) -> "np.ndarray":
    """Return a column, and raise an error if a value of it is not a finite number."""
    import numpy as np
    import pandas as pd

    column = frame.iloc[:, position]
    if column.dtype.kind in "mM":
        raise ValueError(
            f"{name}: its {role}s are dates. Name their column with --{role}-col."
        )
    column = decimal_points(column, name)
    numbers = pd.to_numeric(column, errors="coerce").to_numpy(float, na_value=np.nan)
    wrong = ~np.isfinite(numbers)
    if wrong.any():
        row = int(wrong.argmax())
        value = column.iloc[row]
        shown = repr(value) if isinstance(value, str) else str(value)
        raise ValueError(
            f"{name}: {wrong.sum():,} of {wrong.size:,} {role}s (column "
            f"{frame.columns[position]!r}) are not finite numbers; the first, in row "
            f"{row + 1}, is {'missing' if pd.isna(value) else shown}."
        )
    return numbers
