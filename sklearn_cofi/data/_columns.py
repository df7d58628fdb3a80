"""Which column of a table holds users, items and ratings."""

from collections.abc import Mapping, Sequence
from numbers import Integral
from typing import Literal, NamedTuple, TypeAlias, overload

from sklearn_cofi._typing import Column
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._column_checks import (
    check_enough_columns,
    check_index_without_users,
    check_no_half_names,
    check_not_wide,
    check_plausible,
    check_single,
)
from sklearn_cofi.data._column_names import (
    ROLES,
    Role,
    is_meaningful,
    is_other,
    is_row_number,
    usual_positions,
)
from sklearn_cofi.data._frame import Table

_Given: TypeAlias = Mapping[Role, Column]


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
    rating: int | None


@overload
def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: Literal[False] = False,
    with_rating: bool = True,
    rating_optional: bool = False,
    warn: bool = True,
) -> Layout: ...


@overload
def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: Literal[True],
    with_rating: bool = True,
    rating_optional: bool = False,
    warn: bool = True,
) -> NewUserLayout: ...


@overload
def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: bool,
    with_rating: bool = True,
    rating_optional: bool = False,
    warn: bool = True,
) -> Layout | NewUserLayout: ...


def find_columns(
    table: Table,
    user_col: Column,
    item_col: Column,
    rating_col: Column,
    *,
    user_optional: bool = False,
    with_rating: bool = True,
    rating_optional: bool = False,
    warn: bool = True,
) -> Layout | NewUserLayout:
    """Find the columns of user, item and rating.

    A given name or position comes first, then the usual names in `USUAL_NAMES`. If
    neither id column has a usual name, they are found by position: user, item and
    rating in this order, without row numbers and without a column that is named as the
    rating. Further columns are ignored.

    Parameters
    ----------
    table : Table
    user_col, item_col, rating_col : str, int or None
        Given names or positions.
    user_optional : bool, default=False
        Whether the table holds ratings of new users and may lack their column: two
        columns are then item and rating.
    with_rating : bool, default=True
        Whether ratings are read. If False, several usual names of ratings are valid.
    rating_optional : bool, default=False
        Whether new users may have no ratings: one column is then items, two without
        names are user and item.
    warn : bool, default=True
        Whether to warn if position chooses among columns that have names.

    Raises
    ------
    ValueError
        If there is only one column; if the column of one id is found by name and the
        column of the other is not; if several names are usual for one column; if
        columns would be found by position, and a name contradicts it, the index has a
        name, or there are more numeric columns than ratings have.

    Warns
    -----
    UserWarning
        If position chooses among columns that have names.
    """
    given = dict(zip(ROLES, (user_col, item_col, rating_col), strict=True))
    layout: Layout | NewUserLayout
    if user_optional:
        layout, by_position = _new_user_columns(table, given, rating_optional)
    else:
        layout, by_position = _pair_columns(table, given, with_rating)
    user, item, rating = layout[:3]
    found = [position for position in layout[:3] if position is not None]
    if len(set(found)) < len(found):
        raise ValueError(
            f"User, item and rating must be different columns, got columns {user}, "
            f"{item} and {rating}. Name them with `user_col`, `item_col` and "
            "`rating_col`."
        )
    if warn and by_position:
        _warn_of_positions(table, (user, item, rating if with_rating else None))
    return layout


def describe(table: Table, positions: Sequence[int | None]) -> str:
    """Return the columns of user, item and rating as text; None is left out."""
    names = table.names or range(table.n_columns)
    return ", ".join(
        f"{role} {names[position]!r}"
        for role, position in zip(ROLES, positions, strict=True)
        if position is not None
    )


def _pair_columns(
    table: Table, given: _Given, with_rating: bool
) -> tuple[Layout, bool]:
    """Return the layout, and whether a column was found by position."""
    found = _usual_columns(table, given, optional=("rating",))
    user = check_single(table, "user", found["user"])
    item = check_single(table, "item", found["item"])
    by_name = user is not None and item is not None
    if user is None or item is None:
        check_no_half_names(table, {"user": user, "item": item})
        if with_rating or table.names is not None:
            # With y, an array may have any number of features, as in scikit-learn.
            check_not_wide(table)
        user, item = _ids_by_position(table, found)
    if with_rating:
        check_single(table, "rating", found["rating"])
    rating = found["rating"][0] if found["rating"] else None
    by_position = not by_name
    may_be_third = isinstance(given["item"], Integral) or not by_name
    is_missing = isinstance(given["rating"], str) and table.names is not None
    if rating is None and may_be_third and not is_missing:
        rating = _third_column(table, user, item)
        by_position = not by_name or (with_rating and rating is not None)
    return Layout(user, item, rating, by_name), by_position


def _new_user_columns(
    table: Table, given: _Given, rating_optional: bool
) -> tuple[NewUserLayout, bool]:
    """Return the layout of new users, and whether a column was found by position."""
    n_needed = 1 if rating_optional else 2
    if table.n_columns == n_needed:
        # Positions count the column of users, which is missing here.
        given = {r: None if isinstance(c, Integral) else c for r, c in given.items()}
    has_items = bool(usual_positions(table.names or [], "item"))
    found = _usual_columns(
        table, given, optional=ROLES if has_items else ("user", "rating")
    )
    user, item, rating = (check_single(table, role, found[role]) for role in ROLES)
    if user is None:
        check_index_without_users(table)
    if item is not None and (rating is not None or rating_optional):
        return NewUserLayout(user, item, rating), False
    needed: dict[Role, int | None] = {"item": item, "rating": rating}
    if rating_optional:
        del needed["rating"]
    needed |= {} if user is None else {"user": user}
    check_no_half_names(table, needed, n_needed)
    check_not_wide(table)
    columns = _without_row_numbers(table)
    free = [k for k in columns if k != rating]
    is_alone = len(free) == 1 if rating_optional else len(columns) == 2
    n_ids = 1 if is_alone else 2
    check_enough_columns(table, free, n_ids)
    user, item = (None, free[0]) if n_ids == 1 else (free[0], free[1])
    if rating is None and rating_optional:
        rating = _third_column(table, free[0], item)
    elif rating is None:
        # Two columns without a user, or three and more with one, leave one of them.
        rating = next(k for k in columns if k not in (user, item))
    check_plausible(table, {"user": user, "item": item, "rating": rating})
    return NewUserLayout(user, item, rating), True


def _usual_columns(
    table: Table, given: _Given, optional: tuple[Role, ...]
) -> dict[Role, list[int]]:
    """Return the columns of each role: the given one, or those with a usual name."""
    positions = {
        role: _given_position(table, given[role], role, optional=role in optional)
        for role in ROLES
    }
    taken = [position for position in positions.values() if position is not None]
    found = {}
    for role, position in positions.items():
        # Frames of new users need not have the names of the fit.
        by_name = given[role] is None or "user" in optional
        usual = usual_positions(table.names or [], role, taken) if by_name else []
        found[role] = usual if position is None else [position]
    return found


def _ids_by_position(
    table: Table, found: Mapping[Role, Sequence[int]]
) -> tuple[int, int]:
    """Return the first two columns that may be ids."""
    free = [k for k in _without_row_numbers(table) if k not in found["rating"]]
    check_enough_columns(table, free, 2)
    user, item = free[:2]
    check_plausible(table, {"user": user, "item": item})
    return user, item


def _without_row_numbers(table: Table) -> list[int]:
    names = table.names or []
    numbers = {k for k, name in enumerate(names) if is_row_number(name)}
    return [k for k in range(table.n_columns) if k not in numbers]


def _third_column(table: Table, user: int, item: int) -> int | None:
    """Return the first of the first three columns that is not an id, unless a name
    contradicts it.
    """
    free = [k for k in _without_row_numbers(table)[:3] if k not in (user, item)]
    if not free or (table.names and is_other(table.names[free[0]])):
        return None
    return free[0]


def _given_position(
    table: Table, given: Column, role: Role, *, optional: bool
) -> int | None:
    """Return the position of a given name or position."""
    names = table.names or []
    if given is None:
        return None
    if isinstance(given, str):
        if given in names:
            return names.index(given)
        if not names or optional:
            return None
        raise ValueError(
            f"{role}_col={given!r} is not a column of X, which has {table.listed()}."
        )
    if 0 <= given < table.n_columns:
        return int(given)
    if optional:
        return None
    raise ValueError(
        f"{role}_col={given} is out of range: X has {table.n_columns} columns."
    )


def _warn_of_positions(table: Table, positions: Sequence[int | None]) -> None:
    """Warn if position chose among columns that have names."""
    names = table.names or []
    if any(is_meaningful(names[k]) for k in positions if k is not None and names):
        warn_caller(
            "The names of the columns do not say which of them hold users, items and "
            f"ratings, so columns are taken by position: {describe(table, positions)}. "
            "Choose them with `user_col`, `item_col` and `rating_col`, or rename them "
            "to 'user', 'item' and 'rating'; this also silences this warning."
        )
