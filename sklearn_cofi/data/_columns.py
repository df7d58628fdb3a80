"""Which column of a table holds users, items and ratings."""

from numbers import Integral
from typing import Literal, NamedTuple, overload

from sklearn_cofi._typing import Column
from sklearn_cofi.data._frame import Table


class Layout(NamedTuple):
    """Positions of the columns; ``by_name`` if the id columns were given or named."""

    user: int
    item: int
    rating: int | None
    by_name: bool


class NewUserLayout(NamedTuple):
    """Positions of the columns of new users' ratings; one new user needs no id."""

    user: int | None
    item: int
    rating: int


@overload
def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: Literal[False] = False,
) -> Layout: ...


@overload
def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: Literal[True],
) -> NewUserLayout: ...


@overload
def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: bool,
) -> Layout | NewUserLayout: ...


def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: bool = False,
) -> Layout | NewUserLayout:
    """Find the columns of user, item and rating.

    A given name or position comes first, then the names "user", "item" and "rating".
    If neither id column is found by name, they are found by position: user, item and
    rating in this order, without a column that is named as the rating. Further columns
    are ignored.

    With ``user_optional`` the table holds ratings of new users and may lack their
    column: two columns are then item and rating.

    Raises
    ------
    ValueError
        If there is only one column, or if the column of one id is named and the
        column of the other is not.
    """
    find = _new_user_columns if user_optional else _pair_columns
    layout = find(table, user_col, item_col, rating_col)
    user, item, rating = layout[:3]
    if len({user, item, rating}) < 3:
        raise ValueError(
            f"User, item and rating must be different columns, got columns {user}, "
            f"{item} and {rating}. Name them with `user_col`, `item_col` and "
            "`rating_col`."
        )
    return layout


def _pair_columns(
    table: Table, user_col: Column, item_col: Column, rating_col: Column
) -> Layout:
    user = _position(table, user_col, "user", "user_col")
    item = _position(table, item_col, "item", "item_col")
    rating = _position(table, rating_col, "rating", "rating_col", optional=True)
    by_name = user is not None and item is not None
    if user is None or item is None:
        _check_half_named(table, {"item": item, "user": user})
        ids = [k for k in range(table.n_columns) if k != rating]
        if len(ids) < 2:
            raise ValueError(
                "X has 2 columns and one of them is the rating. Pass a column for each "
                "of user and item, too."
            )
        user, item = ids[:2]
    if rating is None and (isinstance(item_col, Integral) or not by_name):
        rating = _free_column(table, user, item)
    return Layout(user, item, rating, by_name)


def _new_user_columns(
    table: Table, user_col: Column, item_col: Column, rating_col: Column
) -> NewUserLayout:
    has_users = table.n_columns != 2
    if not has_users:
        # Positions count the column of users, which is missing here.
        user_col, item_col, rating_col = (
            None if isinstance(column, Integral) else column
            for column in (user_col, item_col, rating_col)
        )
    user = _position(table, user_col, "user", "user_col", optional=True)
    item = _position(table, item_col, "item", "item_col")
    rating = _position(table, rating_col, "rating", "rating_col", optional=True)
    if item is None or rating is None:
        needed = {"item": item, "rating": rating}
        if user is not None:
            needed["user"] = user
        _check_half_named(table, needed)
        free = [k for k in range(table.n_columns) if k != rating]
        user, item = (free[0], free[1]) if has_users else (None, free[0])
    if rating is None:
        # Two columns without a user, or three and more with one, leave one of them.
        rating = next(k for k in range(3) if k not in (user, item))
    return NewUserLayout(user, item, rating)


def _free_column(table: Table, user: int, item: int) -> int | None:
    """Return the first of the first three columns that is not an id column."""
    free = [k for k in range(min(3, table.n_columns)) if k not in (user, item)]
    return free[0] if free else None


def _position(
    table: Table,
    given: Column,
    default: str,
    parameter: str,
    *,
    optional: bool = False,
) -> int | None:
    """Find a column by the given name or position, else by its default name."""
    names = table.names or []
    if given is None:
        return names.index(default) if default in names else None
    if isinstance(given, str):
        if given in names:
            return names.index(given)
        if not names or optional:
            return None
        raise ValueError(
            f"{parameter}={given!r} is not a column of X, which has {names}."
        )
    if 0 <= given < table.n_columns:
        return int(given)
    if optional:
        return None
    raise ValueError(
        f"{parameter}={given} is out of range: X has {table.n_columns} columns."
    )


def _check_half_named(table: Table, needed: dict[str, int | None]) -> None:
    """Check that the table has two columns and that neither id column is named."""
    lacking = [name for name, position in needed.items() if position is None]
    if table.n_columns < 2:
        raise ValueError(
            f"Found array with {table.n_columns} feature(s) while a minimum of 2 is "
            "required: one column for each of user and item, or item and rating."
        )
    found = [name for name, position in needed.items() if position is not None]
    if set(found) & {"user", "item"}:
        raise ValueError(
            f"The column of {' and '.join(found)} is named, but the column of "
            f"{' and '.join(lacking)} is not, so the columns cannot be found. "
            f"Name them with `{'`, `'.join(f'{name}_col' for name in lacking)}`; the "
            f"columns are {table.names or list(range(table.n_columns))}."
        )
