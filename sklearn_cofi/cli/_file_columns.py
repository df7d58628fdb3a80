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
        one if _has_column(frame, one) else None for one in columns.of_model or ()
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


def print_columns(
    frame: "pd.DataFrame",
    positions: Sequence[int | None],
    name: str,
    weight: int | None = None,
) -> None:
    """Print the names (without a header, the positions) of the columns on stderr."""
    from sklearn_cofi.data._columns import describe
    from sklearn_cofi.data._frame import open_table

    text = describe(open_table(frame), positions)
    if weight is not None:
        text += f", weight {frame.columns[weight]!r}"
    click.echo(f"sklearn-cofi: columns of {name}: {text}", err=True)


def with_option_names(error: Warning | Exception | str) -> str:
    """Return an estimator's message with options in place of its parameters."""
    text = re.sub(r"`?\b(user|item|rating)_col\b`?", r"--\1-col", str(error))
    return text.replace("of X", "of it")


def has_no_header(frame: "pd.DataFrame") -> bool:
    """Return whether the names of the columns are their positions."""
    return list(frame.columns) == list(range(frame.shape[1]))


def column_of(frame: "pd.DataFrame", name: str | None) -> str | int | None:
    """Return the name of a column; a number that is not a name is a position."""
    if name is None or name in frame.columns or not name.isdecimal():
        return name
    return int(name)
