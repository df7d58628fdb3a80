"""Columns out of frames and arrays; the only file that knows what a frame is."""

from typing import NamedTuple

import narwhals as nw
import numpy as np
from scipy import sparse
from sklearn.utils import check_array, column_or_1d

Column = str | int | None


class Table(NamedTuple):
    """A frame or array, opened: its column names and a way to take one column."""

    names: list | None  # None where columns have positions only
    n_columns: int
    n_rows: int
    column: object  # function: position -> ndarray or pandas array

    def take(self, position: int):
        """Return one column as a one-dimensional ndarray or pandas array."""
        return self.column(position)

    def label(self, position: int) -> str:
        """Name a column in messages."""
        return str(self.names[position] if self.names else position)


class Layout(NamedTuple):
    """Which columns hold what; ``by_name`` if the ids were found by their names."""

    user: int
    item: int
    rating: int | None
    by_name: bool


def open_table(X) -> Table:
    """Open a frame (pandas, polars, pyarrow, ...), an array or a list of rows.

    Raises
    ------
    TypeError
        For sparse matrices and lazy frames, naming what to call instead.
    ValueError
        If X is empty or not two-dimensional.
    """
    if sparse.issparse(X):
        raise TypeError(
            "Sparse data was passed, but X must hold a row for each rating. Convert a "
            "sparse matrix of users x items with "
            "`sklearn_cofi.datasets.ratings_from_matrix`."
        )
    frame = nw.from_native(X, pass_through=True)
    if isinstance(frame, nw.LazyFrame):
        raise TypeError("X is a lazy frame. Call its `.collect()` method first.")
    if isinstance(frame, nw.DataFrame):
        return _open_frame(frame)
    return _open_array(X)


def find_columns(table: Table, user_col: Column, item_col: Column, rating_col: Column):
    """Find the columns of user, item and rating.

    By the names asked for; else by the names "user", "item" and "rating"; else, where
    there are no such names, by position 0, 1 and 2. Further columns are ignored.

    Returns
    -------
    Layout
    """
    user = _position(table, user_col, "user", "user_col")
    item = _position(table, item_col, "item", "item_col")
    rating = _position(table, rating_col, "rating", "rating_col")
    by_name = user is not None and item is not None
    if not by_name:
        user, item = _complete(table, user, item)
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

    Returns
    -------
    user, item, rating : positions, user None where there is no such column
    """
    item = _position(table, item_col, "item", "item_col")
    rating = _position(table, rating_col, "rating", "rating_col")
    if item is not None and rating is not None:
        names = table.names or []
        named = user_col if isinstance(user_col, str) else "user"
        return names.index(named) if named in names else None, item, rating
    if table.n_columns == 2:
        return None, 0, 1
    layout = find_columns(table, user_col, item_col, rating_col)
    if layout.rating is None:
        raise ValueError("There is no column of ratings. Name it with `rating_col`.")
    return layout[:3]


def id_array(ids):
    """Return one id, or a list or series of ids, as an array that keeps their kind."""
    series = nw.from_native(ids, allow_series=True, pass_through=True)
    if isinstance(series, nw.Series):
        return _array_of(series)
    if isinstance(ids, np.ndarray):
        return np.atleast_1d(ids)
    if not isinstance(ids, list):
        ids = [ids]
    array = np.empty(len(ids), dtype=object)
    array[:] = ids
    return array


def series_array(y):
    """Return y as a one-dimensional array, whatever kind of series it is."""
    series = nw.from_native(y, allow_series=True, pass_through=True)
    if isinstance(series, nw.Series):
        return _array_of(series)
    if isinstance(series, nw.DataFrame):
        y = series.to_numpy()
    return column_or_1d(y, warn=True)


def numbers(values, name: str) -> np.ndarray:
    """Return a column as floats, refusing what is not a number.

    Raises
    ------
    ValueError
        If a value is missing, infinite, complex or not a number.
    """
    values = np.asarray(values)
    if values.dtype == object:
        values = _from_objects(values, name)
    if values.dtype.kind not in "biufc":
        raise ValueError(
            f"Ratings must be numbers, but {name} has dtype {values.dtype}. Convert "
            "them first, for example with `pandas.to_numeric`."
        )
    return check_array(
        values, ensure_2d=False, dtype=[np.float64, np.float32], input_name=name
    )


def _open_frame(frame: nw.DataFrame) -> Table:
    n_rows, n_columns = frame.shape
    if n_rows == 0:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={frame.shape}) while a minimum of 1 "
            "is required: the frame has no ratings."
        )
    return Table(
        list(frame.columns), n_columns, n_rows, lambda k: _array_of(frame[:, k])
    )


def _array_of(series: nw.Series):
    """Return a frame's column as an array that pandas can factorise."""
    if series.implementation.is_pandas():
        array = series.to_native().array
        return array.to_numpy() if array.dtype.kind in "biufcM" else array
    if series.dtype in (nw.Categorical, nw.Enum):
        # The codes of some frames sort in order of appearance, not of the strings.
        series = series.cast(nw.String)
    return series.to_numpy()


def _open_array(X) -> Table:
    if isinstance(X, (list, tuple)):
        X = np.array(X, dtype=object)  # a plain array would turn ["u1", 5] into strings
    X = check_array(X, dtype=None, ensure_all_finite=False)
    return Table(None, X.shape[1], X.shape[0], lambda k: X[:, k])


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


def _complete(table: Table, user, item):
    """Fall back to the first two columns, unless one name contradicts that."""
    if (user or 0) != 0 or (item is not None and item != 1):
        found, lacking = ("item", "user") if user is None else ("user", "item")
        raise ValueError(
            f"X has a column {found!r} but none that is named {lacking!r}, so the "
            f"columns cannot be told apart. Name them with `user_col` and `item_col`; "
            f"X has {table.names}."
        )
    if table.n_columns < 2:
        raise ValueError(
            f"Found array with {table.n_columns} feature(s) while a minimum of 2 is "
            "required: a column of user ids and a column of item ids."
        )
    return 0, 1


def _from_objects(values, name):
    if any(isinstance(value, str) for value in values.flat):
        raise ValueError(
            f"Ratings must be numbers, but {name} holds strings. Convert them first, "
            "for example with `pandas.to_numeric`."
        )
    try:
        if any(isinstance(value, complex) for value in values.flat):
            return values.astype(complex)
        return values.astype(np.float64)
    except (TypeError, ValueError):
        raise ValueError(
            f"Ratings must be numbers, but {name} holds other things or missing "
            "values (Input contains NaN)."
        ) from None
