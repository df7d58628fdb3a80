"""Columns of files of pairs without ratings: clicks, plays and purchases."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._file_columns import column_of, find_layout
from sklearn_cofi.cli._options import Columns

if TYPE_CHECKING:
    import pandas as pd

    from sklearn_cofi.data._columns import Layout, NewUserLayout


def find_pairs(
    frame: "pd.DataFrame", columns: Columns, name: str, *, new_users: bool
) -> "tuple[Layout | NewUserLayout, int | None]":
    """Return the columns of users and items, and the position of the weights.

    The weights of new users are not read.
    """
    layout = find_layout(
        frame,
        columns,
        name,
        new_users=new_users,
        with_rating=False,
        rating_optional=new_users,
    )
    layout = layout._replace(rating=None)
    if new_users:
        return layout, None
    return layout, _weight_column(frame, columns, layout[:2], name)


def warn_of_unread(
    frame: "pd.DataFrame", used: Sequence[int | None], name: str
) -> None:
    """Warn of columns that may hold ratings or counts and are not read."""
    from sklearn_cofi.data._column_checks import unread_columns
    from sklearn_cofi.data._frame import open_table

    counts, unknown = unread_columns(open_table(frame), used)
    unread = ", ".join(counts + unknown)
    if unread:
        warn_caller(
            f"{name}: no ratings are read, and each row counts "
            f"{'as its weight' if used[2] is not None else 'as 1'}; not read: {unread}."
        )


def _weight_column(
    frame: "pd.DataFrame", columns: Columns, ids: Sequence[int | None], name: str
) -> int | None:
    """Return the position of the counts: as given, or by the name of a count."""
    from sklearn_cofi.data._column_names import is_count

    given, names = column_of(frame, columns.weight_col), list(frame.columns)
    if given is None:
        found = [k for k, one in enumerate(names) if is_count(one) and k not in ids]
    elif given in names:
        found = [names.index(given)]
    else:
        found = [given] if isinstance(given, int) and given < len(names) else []
        if not found:
            raise ValueError(
                f"{name} has no column --weight-col {given}; its columns are {names}."
            )
    if len(found) > 1:
        several = ", ".join(repr(names[k]) for k in found)
        raise ValueError(
            f"{name}: columns {several} all have names of counts. Choose one of them "
            "with --weight-col."
        )
    if found and found[0] in ids:
        raise ValueError(
            f"{name}: --weight-col {given} is the column of users or items."
        )
    return found[0] if found else None
