"""Which columns of a file hold users, items and ratings."""

import re
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

import click

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._options import Columns

if TYPE_CHECKING:
    import pandas as pd

    from sklearn_cofi.data._columns import Layout, NewUserLayout


class FileColumns(NamedTuple):
    """The columns of user, item and rating in a file."""

    given: tuple[str | int | None, ...]  # names or positions in the options
    names: tuple[str | None, ...] | None  # None without a header
    time: str | int | None = None  # name or position, if the model has times


def find_layout(
    frame: "pd.DataFrame",
    columns: Columns,
    name: str,
    *,
    new_users: bool = False,
    with_rating: bool = True,
    rating_optional: bool = False,
) -> "Layout | NewUserLayout":
    """Find the columns as the estimators do; messages name options, not parameters."""
    from sklearn_cofi.data._columns import find_columns
    from sklearn_cofi.data._frame import open_table

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            layout = find_columns(
                open_table(frame),
                *_named_columns(frame, columns),
                user_optional=new_users,
                with_rating=with_rating,
                rating_optional=rating_optional,
            )
        except ValueError as error:
            raise ValueError(f"{name}: {with_option_names(error)}") from None
    for warning in caught:
        warn_caller(f"{name}: {with_option_names(warning.message)}")
    return layout


def _named_columns(frame: "pd.DataFrame", columns: Columns) -> "list[str | int | None]":
    """Return the columns in the options, else those of the model's file."""
    given = [column_of(frame, one) for one in columns[:3]]
    fitted = [
        one if _has_column(frame, one) else None for one in (columns.of_model or ())[:3]
    ]
    if not fitted or fitted[1] is None:
        return given
    return [
        one if one is not None else fit for one, fit in zip(given, fitted, strict=True)
    ]


def _has_column(frame: "pd.DataFrame", column: str | int | None) -> bool:
    if isinstance(column, int):
        return has_no_header(frame) and column < frame.shape[1]
    return column is not None and column in frame.columns


def time_column(
    frame: "pd.DataFrame", columns: Columns, used: Sequence[int | None], name: str
) -> int | None:
    """Return the position of the times.

    It is the column in the options, that of the model's file, the one with the name
    "timestamp", or the fourth without a header.

    Parameters
    ----------
    frame : DataFrame
    columns : Columns
    used : sequence of int or None
        Positions of other columns.
    name : str
        Name of the file, for messages.

    Raises
    ------
    ValueError
        If the column in the options does not exist.
    """
    given, names = column_of(frame, columns.timestamp_col), list(frame.columns)
    if given is None:
        of_model = (columns.of_model or ())[3:]
        if of_model and _has_column(frame, of_model[0]):
            return names.index(of_model[0])
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


def print_columns(
    frame: "pd.DataFrame",
    positions: Sequence[int | None],
    name: str,
    **further: int | None,
) -> None:
    """Print the names (without a header, the positions) of the columns on stderr.

    ``further`` are positions of columns with other roles.
    """
    from sklearn_cofi.data._columns import describe
    from sklearn_cofi.data._frame import open_table

    text = describe(open_table(frame), positions)
    for role, position in further.items():
        if position is not None:
            text += f", {role} {frame.columns[position]!r}"
    click.echo(f"sklearn-cofi: columns of {name}: {text}", err=True)


def with_option_names(error: Warning | Exception | str) -> str:
    """Return an estimator's message with options in place of its parameters."""
    text = re.sub(r"`?\b(user|item|rating)_col\b`?", r"--\1-col", str(error))
    text = re.sub(r"\b(user|item)_features\b", r"--\1-features", text)
    text = re.sub(r", or pass an? \w+_encoder[^.]*", "", text)
    return text.replace("of X", "of it")


def has_no_header(frame: "pd.DataFrame") -> bool:
    """Return whether the names of the columns are their positions."""
    return list(frame.columns) == list(range(frame.shape[1]))


def column_of(frame: "pd.DataFrame", name: str | None) -> str | int | None:
    """Return the name of a column; a number that is not a name is a position."""
    if name is None or name in frame.columns or not name.isdecimal():
        return name
    return int(name)
