"""Errors for tables whose columns of users, items and ratings cannot be found."""

from collections.abc import Mapping, Sequence

import pandas as pd

from sklearn_cofi.data._column_names import (
    Role,
    is_count,
    is_meaningful,
    is_other,
    is_row_number,
    usual_positions,
)
from sklearn_cofi.data._frame import Table

# A table of ratings has few numeric columns, a matrix of users x items has many.
_MAX_NUMERIC = 10
# Number of rows of a list of rows whose types are inferred.
_SAMPLED = 100
_MATRIX = (
    "If X is a matrix of users x items, with the users as index, convert it with "
    "`sklearn_cofi.datasets.ratings_from_matrix(X)`."
)


def check_single(table: Table, role: Role, found: Sequence[int]) -> int | None:
    """Return the only position found, or None; check that there are not several."""
    if len(found) > 1:
        names = [table.label(position) for position in found]
        raise ValueError(
            f"Columns {', '.join(map(repr, names))} of X all have usual names of the "
            f"{role}. Choose one of them with `{role}_col`, or rename it to {role!r}."
        )
    return found[0] if found else None


def check_no_half_names(
    table: Table, needed: Mapping[Role, int | None], n_least: int = 2
) -> None:
    """Check that the table has enough columns and that neither id column is named."""
    if table.n_columns < n_least:
        raise ValueError(
            f"Found array with {table.n_columns} feature(s) while a minimum of 2 is "
            "required: one column for each of user and item, or item and rating."
            f"{_index_hint(table)}"
        )
    found = [name for name, position in needed.items() if position is not None]
    lacking = [name for name, position in needed.items() if position is None]
    if set(found) & {"user", "item"}:
        matrix = f" {_MATRIX}" if _has_many_numbers(table) else ""
        raise ValueError(
            f"The column of {' and '.join(found)} is named, but the column of "
            f"{' and '.join(lacking)} is not, so the columns cannot be found. "
            f"Name them with `{'`, `'.join(f'{name}_col' for name in lacking)}`; the "
            f"columns are {table.listed()}.{_index_hint(table)}{matrix}"
        )
    check_no_index(table)


def check_no_index(table: Table) -> None:
    """Check that the index has no name, because it may hold ids."""
    hint = _index_hint(table)
    if hint:
        check_not_wide(table)
        raise ValueError(
            "The names of the columns do not say which of them hold users and items: "
            f"they are {table.listed()}.{hint} {_MATRIX}"
        )


def check_index_without_users(table: Table) -> None:
    """Check that the index of a table without a column of users is not the users."""
    names = [name for name in table.index_names if usual_positions([name], "user")]
    if names:
        raise ValueError(
            f"X has no column of users, but an index named {names[0]!r}. The index is "
            "ignored: make it a column with `reset_index()`, or drop it with "
            "`reset_index(drop=True)` if all ratings are of one new user."
        )


def check_not_wide(table: Table) -> None:
    """Check that X is not a matrix of users x items."""
    if _has_many_numbers(table):
        raise ValueError(
            f"X has more than {_MAX_NUMERIC} numeric columns, and no name says which "
            f"of them hold users and items. {_MATRIX} If each row is one rating, "
            "choose its columns with `user_col`, `item_col` and `rating_col`."
        )


def check_enough_columns(table: Table, free: Sequence[int], n_ids: int) -> None:
    """Check that enough columns are left for the ids."""
    if len(free) < n_ids:
        raise ValueError(
            f"X has {table.n_columns} columns and one of them is the rating. Pass a "
            "column for each of user and item, too."
            if table.n_columns == 2
            else f"The columns of X cannot be found: they are {table.listed()}, and "
            f"{len(free)} of them can be an id. Choose columns with `user_col` and "
            "`item_col`."
        )


def check_plausible(table: Table, found: Mapping[Role, int | None]) -> None:
    """Check that no column found by position has a name that contradicts its role."""
    for role, position in found.items():
        if position is None or not table.names or not is_other(table.names[position]):
            continue
        raise ValueError(
            f"By position, column {table.names[position]!r} would hold the {role}s, "
            f"which its name contradicts. Choose the columns of X with `user_col`, "
            f"`item_col` and `rating_col`; they are {table.listed()}."
        )


def unread_columns(
    table: Table, used: Sequence[int | None], *, numeric: bool = True
) -> tuple[list[str], list[str]]:
    """Return the columns that may hold what a table without ratings should have.

    Parameters
    ----------
    table : Table
    used : sequence of int or None
        Positions of the columns that are read.
    numeric : bool, default=True
        Whether only a numeric column may hold it: False if users are not read, because
        their ids may be strings.

    Returns
    -------
    counts : list of str
        Labels of the columns with the name of a count.
    unknown : list of str
        Labels of the columns with a name that says nothing.
    """
    counts, unknown = [], []
    for position in range(table.n_columns):
        name = table.names[position] if table.names else position
        if position in used or is_row_number(name):
            continue
        if is_count(name):
            counts.append(table.label(position))
        elif not is_other(name) and not (numeric and not _is_numeric(table, position)):
            unknown.append(table.label(position))
    return counts, unknown


def check_no_ratings_left(
    table: Table,
    used: Sequence[int | None],
    *,
    is_weighted: bool = False,
    is_new: bool = False,
) -> None:
    """Check that a table that is read without ratings has no column for them.

    Parameters
    ----------
    table : Table
    used : sequence of int or None
        Positions of the columns of users and items; None is a missing column.
    is_weighted : bool, default=False
        Whether weights are passed.
    is_new : bool, default=False
        Whether the rows are those of new users in a query, which have no weights.

    Raises
    ------
    ValueError
        If a column has the name of a count and there are no weights, or if it is
        numeric and its name says nothing.
    """
    counts, unknown = unread_columns(table, used, numeric=None not in used)
    if counts and not is_weighted:
        one = repr(counts[0])
        how = (
            f"`fold_in(X, sample_weight=X[{one}])`"
            if is_new
            else f"`sample_weight=X[{one}]`"
        )
        raise ValueError(
            f"X has no ratings, and column {one} holds counts. To use them as weights, "
            f"pass {how}; to count each row once, leave the column out. "
            f"`rating_col={one}` makes them ratings."
        )
    if unknown:
        raise ValueError(
            f"X has no ratings by a usual name, and column {unknown[0]!r} may hold "
            "ratings, counts or users. Name it with `rating_col` or `user_col`. If it "
            "has weights, pass it as `sample_weight`. Else leave it out: X[[user, "
            "item]] is read as pairs whose ratings are all 1."
        )


def _index_hint(table: Table) -> str:
    names = [
        name
        for name in table.index_names
        if is_meaningful(name) and not is_row_number(name)
    ]
    if not names:
        return ""
    return (
        f" X has an index named {', '.join(map(repr, names))}, which is ignored. Make "
        "it columns with `reset_index()`, or drop it with `reset_index(drop=True)`."
    )


def _has_many_numbers(table: Table) -> bool:
    """Return whether more columns are numeric than in a table of ratings."""
    n_numeric = 0
    for position in range(table.n_columns):
        if table.n_columns - position + n_numeric <= _MAX_NUMERIC:
            return False
        n_numeric += _is_numeric(table, position)
        if n_numeric > _MAX_NUMERIC:
            return True
    return False


def _is_numeric(table: Table, position: int) -> bool:
    column = table.take(position)
    if column.dtype != object:
        return pd.api.types.is_numeric_dtype(column.dtype)
    kind = pd.api.types.infer_dtype(column[:_SAMPLED], skipna=True)
    return kind in ("integer", "floating", "mixed-integer-float", "decimal", "boolean")
