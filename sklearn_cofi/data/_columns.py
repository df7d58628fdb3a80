"""Which column of a table holds users, items and ratings."""

from typing import NamedTuple

from sklearn_cofi.data._frame import Table

Column = str | int | None


class Layout(NamedTuple):
    """Which columns hold what; ``by_name`` if the ids were found by their names."""

    user: int
    item: int
    rating: int | None
    by_name: bool


def find_columns(table: Table, user_col: Column, item_col: Column, rating_col: Column):
    """Find the columns of user, item and rating.

    By the names asked for; else by the names "user", "item" and "rating"; else, where
    neither "user" nor "item" is a name, by position 0, 1 and 2. Further columns are
    ignored.

    Returns
    -------
    Layout

    Raises
    ------
    ValueError
        If X has one column only, or a name of one id without the other's.
    """
    user = _position(table, user_col, "user", "user_col")
    item = _position(table, item_col, "item", "item_col")
    rating = _position(table, rating_col, "rating", "rating_col")
    by_name = user is not None and item is not None
    if not by_name:
        _refuse_half_named(table, ("user", user), ("item", item))
        user, item = 0, 1
    if rating is None and not by_name and table.n_columns > 2:
        rating = next(k for k in range(3) if k not in (user, item))
    if len({user, item, rating}) < 3:
        raise ValueError(
            f"User, item and rating must be three different columns, got columns "
            f"{user}, {item} and {rating}. Name them with `user_col`, `item_col` and "
            "`rating_col`."
        )
    return Layout(user, item, rating, by_name)


def find_new_user_columns(table: Table, user_col, item_col, rating_col):
    """Find the columns of a frame of new users' ratings, where users may be left out.

    By names, as in `find_columns`; else two columns are item and rating, and three or
    more user, item and rating.

    Returns
    -------
    user, item, rating : positions, user None where there is no such column
    """
    if table.n_columns == 2:
        # Positions count the user's column, which is left out here.
        user_col, item_col, rating_col = (
            column if isinstance(column, str) else None
            for column in (user_col, item_col, rating_col)
        )
    if isinstance(user_col, str) and user_col not in (table.names or []):
        user = None
    else:
        user = _position(table, user_col, "user", "user_col")
    item = _position(table, item_col, "item", "item_col")
    rating = _position(table, rating_col, "rating", "rating_col")
    if item is None or rating is None:
        named = [("item", item), ("rating", rating)]
        if user is not None:
            named.append(("user", user))
        _refuse_half_named(table, *named)
        user, item, rating = (None, 0, 1) if table.n_columns == 2 else (0, 1, 2)
    if len({user, item, rating}) < 3:
        raise ValueError(
            f"User, item and rating must be different columns, got columns {user}, "
            f"{item} and {rating}. Name them with `item_col` and `rating_col`."
        )
    return user, item, rating


def _position(table: Table, asked: Column, default: str, parameter: str):
    """Find a column by the name or position asked for, else by its default name."""
    names = table.names or []
    if asked is None:
        return names.index(default) if default in names else None
    if isinstance(asked, str):
        if not names:
            return None
        if asked not in names:
            raise ValueError(
                f"{parameter}={asked!r} is not a column of X, which has {names}."
            )
        return names.index(asked)
    if not 0 <= asked < table.n_columns:
        raise ValueError(
            f"{parameter}={asked} is out of range: X has {table.n_columns} columns."
        )
    return int(asked)


def _refuse_half_named(table: Table, *named):
    """Allow a fall back on positions only where no name contradicts it."""
    lacking = [name for name, position in named if position is None]
    if table.n_columns < 2:
        raise ValueError(
            f"Found array with {table.n_columns} feature(s) while a minimum of 2 is "
            "required: one column for each of user and item, or item and rating."
        )
    if len(lacking) < len(named):
        found = [name for name, position in named if position is not None]
        raise ValueError(
            f"The column of {' and '.join(found)} is named, but not that of "
            f"{' and '.join(lacking)}, so the columns cannot be told apart. Name them "
            f"with `{'`, `'.join(f'{name}_col' for name in lacking)}`; the columns "
            f"are {table.names or list(range(table.n_columns))}."
        )
