"""Which column of a table holds users, items and ratings."""

from numbers import Integral
from typing import NamedTuple

from sklearn_cofi._typing import Column
from sklearn_cofi.data._frame import Table


class Layout(NamedTuple):
    """Which columns hold what; ``by_name`` if the ids were found as asked or named."""

    user: int | None
    item: int
    rating: int | None
    by_name: bool


def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: bool = False,
) -> Layout:
    """Find the columns of user, item and rating.

    By the names or positions asked for; else by the names "user", "item" and "rating";
    else, where neither id is named, by position: user, item and rating in this order,
    without a column that is named as the rating. Further columns are ignored.

    With ``user_optional`` the table holds ratings of new users, and may leave out their
    column: two columns are then item and rating.

    Raises
    ------
    ValueError
        If there is one column only, or the column of one id is named and that of the
        other is not.
    """
    if user_optional and table.n_columns == 2:
        # Positions count the user's column, which is left out here.
        asked = (user_col, item_col, rating_col)
        user_col, item_col, rating_col = (
            None if isinstance(column, Integral) else column for column in asked
        )
    user = _position(table, user_col, "user", "user_col", optional=user_optional)
    item = _position(table, item_col, "item", "item_col")
    rating = _position(table, rating_col, "rating", "rating_col", optional=True)
    needed = {"item": item}
    if user_optional:
        needed["rating"] = rating
    if user is not None or not user_optional:
        needed["user"] = user
    by_name = None not in needed.values()
    if not by_name:
        _check_half_named(table, needed)
        user, item = _first_columns(table, rating, user_optional)
    if rating is None and (isinstance(item_col, Integral) or not by_name):
        free = [k for k in range(min(3, table.n_columns)) if k not in (user, item)]
        rating = free[0] if free else None
    if len({user, item, rating}) < 3:
        raise ValueError(
            f"User, item and rating must be different columns, got columns {user}, "
            f"{item} and {rating}. Name them with `user_col`, `item_col` and "
            "`rating_col`."
        )
    return Layout(user, item, rating, by_name)


def _first_columns(table: Table, rating, user_optional: bool):
    """Take user and item by position, leaving out the column of ratings."""
    rest = [k for k in range(table.n_columns) if k != rating]
    user_is_left_out = user_optional and table.n_columns == 2
    return (None, rest[0]) if user_is_left_out else tuple(rest[:2])


def _position(table: Table, asked: Column, default, parameter, *, optional=False):
    """Find a column by the name or position asked for, else by its default name."""
    names = table.names or []
    if asked is None:
        return names.index(default) if default in names else None
    if isinstance(asked, str):
        if asked in names:
            return names.index(asked)
        if not names or optional:
            return None
        raise ValueError(
            f"{parameter}={asked!r} is not a column of X, which has {names}."
        )
    if 0 <= asked < table.n_columns:
        return int(asked)
    if optional:
        return None
    raise ValueError(
        f"{parameter}={asked} is out of range: X has {table.n_columns} columns."
    )


def _check_half_named(table: Table, needed: dict):
    """Allow a fall back on positions only where no id is named."""
    lacking = [name for name, position in needed.items() if position is None]
    if table.n_columns < 2:
        raise ValueError(
            f"Found array with {table.n_columns} feature(s) while a minimum of 2 is "
            "required: one column for each of user and item, or item and rating."
        )
    found = [name for name, position in needed.items() if position is not None]
    if set(found) & {"user", "item"}:
        raise ValueError(
            f"The column of {' and '.join(found)} is named, but not that of "
            f"{' and '.join(lacking)}, so the columns cannot be told apart. Name them "
            f"with `{'`, `'.join(f'{name}_col' for name in lacking)}`; the columns "
            f"are {table.names or list(range(table.n_columns))}."
        )
