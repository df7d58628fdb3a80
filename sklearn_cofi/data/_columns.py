"""Which column of a table holds users, items and ratings."""

from numbers import Integral
from typing import NamedTuple

from sklearn_cofi._typing import Column
from sklearn_cofi.data._frame import Table


class Layout(NamedTuple):
    """Positions of the columns; ``by_name`` if the id columns were given or named."""

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
    if user_optional and table.n_columns == 2:
        # Positions count the column of users, which is missing here.
        given = (user_col, item_col, rating_col)
        user_col, item_col, rating_col = (
            None if isinstance(column, Integral) else column for column in given
        )
    user = _position(table, user_col, "user", "user_col", optional=user_optional)
    item = _position(table, item_col, "item", "item_col")
    rating = _position(table, rating_col, "rating", "rating_col", optional=True)
    needed = {"item": item}
    if user_optional:
        needed["rating"] = rating
    if user is not None or not user_optional:
        needed["user"] = user
    if item is None or None in needed.values():
        _check_half_named(table, needed)
        by_name = False
        user, item = _first_columns(table, rating, user_optional)
    else:
        by_name = True
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


def _first_columns(
    table: Table, rating: int | None, user_optional: bool
) -> tuple[int | None, int]:
    """Return the positions of user and item, leaving out the column of ratings."""
    rest = [k for k in range(table.n_columns) if k != rating]
    if user_optional and table.n_columns == 2:
        return None, rest[0]
    return rest[0], rest[1]


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
            f"{' and '.join(lacking)} is not, so the columns cannot be told apart. "
            f"Name them with `{'`, `'.join(f'{name}_col' for name in lacking)}`; the "
            f"columns are {table.names or list(range(table.n_columns))}."
        )
