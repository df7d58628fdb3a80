"""Ratings, and pairs of users and items, read from files."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sklearn_cofi.cli._file_columns import (
    FileColumns,
    column_of,
    find_layout,
    has_no_header,
    print_columns,
)
from sklearn_cofi.cli._id_columns import as_ids_of, check_ids
from sklearn_cofi.cli._ids import is_text
from sklearn_cofi.cli._numbers import decimal_points
from sklearn_cofi.cli._options import Columns
from sklearn_cofi.cli._pairs import find_pairs, warn_of_unread
from sklearn_cofi.cli._tables import label_of, read_table

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
        has one, timestamp. With ``columns.implicit``, and for a model of pairs, weight
        (float64) instead of rating, if there are weights.
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
    if is_pairs:
        layout, weight = find_pairs(frame, columns, name, new_users=new_users)
        values = {"weight": weight}
    else:
        layout = find_layout(frame, columns, name, new_users=new_users)
        values, weight = {"rating": layout.rating}, None
        if layout.rating is None:
            raise ValueError(
                f"{name} has no column of ratings; its columns are "
                f"{list(frame.columns)}. Name it with --rating-col, or pass "
                "--implicit for clicks, plays and purchases."
            )
    ratings = _id_columns(frame, layout, name, like)
    for role, position in values.items():
        if position is not None:
            ratings[role] = _numbers(frame, position, name, role)
    time = _time_column(frame, columns, (*layout[:3], weight), name)
    if time is not None:
        ratings["timestamp"] = frame.iloc[:, time]
    print_columns(frame, layout[:3], name, weight)
    if "rating" not in values:
        warn_of_unread(frame, (*layout[:2], weight, time), name)
    return pd.DataFrame(ratings), _file_columns(frame, columns, layout)


def _file_columns(
    frame: "pd.DataFrame", columns: Columns, layout: "Layout | NewUserLayout"
) -> FileColumns:
    """Return the columns of a file, as the saved model remembers them."""
    given = tuple(column_of(frame, one) for one in columns[:3])
    used = tuple(None if k is None else frame.columns[k] for k in layout[:3])
    has_names = all(isinstance(one, str | None) for one in used)
    return FileColumns(given, used if has_names else None)


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
        Columns user and item.

    Raises
    ------
    ValueError
        If columns cannot be told, or an id is missing; the message has the row.
    """
    import pandas as pd

    as_text = as_written or _ids_are_text(columns, like)
    table = _read(source, columns, as_text, strip=False)
    name = label_of(source)
    layout = find_layout(table, columns, name, with_rating=False)
    pairs = pd.DataFrame(_id_columns(table, layout, name, like))
    print_columns(table, (layout.user, layout.item, None), name)
    if has_no_header(table):
        sides = {layout.user: "user", layout.item: "item"}
        table.columns = [sides.get(k, str(k)) for k in table.columns]
    return table, pairs


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


def _time_column(
    frame: "pd.DataFrame", columns: Columns, used: Sequence[int | None], name: str
) -> int | None:
    """Return the position of the times: as given, by name, or 3 without a header."""
    given, names = column_of(frame, columns.timestamp_col), list(frame.columns)
    if given is None:
        if "timestamp" in names:
            return names.index("timestamp")
        has_fourth = has_no_header(frame) and len(names) > 3
        return 3 if has_fourth and 3 not in used else None
    if given in names:
        return names.index(given)
    if isinstance(given, int) and given < len(names):
        return given
    raise ValueError(
        f"{name} has no column --timestamp-col {given}; its columns are {names}."
    )
