"""Columns out of frames and into frames; the only file that handles frames."""

from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from typing import Literal, NamedTuple, TypeAlias, cast

import narwhals as nw
import numpy as np
import pandas as pd
from narwhals.exceptions import DuplicateError
from scipy import sparse
from sklearn.utils import check_array, column_or_1d

from sklearn_cofi._typing import Frame

ColumnArray: TypeAlias = np.ndarray | pd.api.extensions.ExtensionArray
"""A column: pandas keeps strings, categories and nullable numbers in own arrays."""

_Backend: TypeAlias = Literal["pandas", "cudf", "modin", "pyarrow", "polars"]


_MAX_LISTED = 12  # messages list no more names of columns


class Table(NamedTuple):
    """A frame or array, opened: its column names and a function that reads a column."""

    names: list[str] | None  # None if columns have positions only
    n_columns: int
    n_rows: int
    column: Callable[[int], ColumnArray]
    kind: str = "pandas"  # kind of the frames that `native_frame` returns
    index_names: tuple[str, ...] = ()  # names of an index of pandas

    def take(self, position: int) -> ColumnArray:
        """Return one column as a one-dimensional ndarray or pandas array."""
        return self.column(position)

    def listed(self) -> str:
        """Return the names of the columns as text, of many columns the first five."""
        names: Sequence[object] = self.names or list(range(self.n_columns))
        if len(names) <= _MAX_LISTED:
            return str(names)
        return f"{str(names[:5])[:-1]}, ...] ({len(names)} columns)"

    def label(self, position: int) -> str:
        """Return the name of a column for messages."""
        return str(self.names[position] if self.names else position)


def open_table(
    X: object, name: str = "X", *, may_be_empty: bool = False, row: str = "rating"
) -> Table:
    """Open a frame (pandas, polars, pyarrow, ...), an array or a list of rows.

    Parameters
    ----------
    X : frame, array or list of rows
    name : str, default="X"
        Name of the argument, for messages.
    may_be_empty : bool, default=False
        Whether X may have no rows.
    row : str, default="rating"
        What each row is, for messages.

    Raises
    ------
    TypeError
        If X is a sparse matrix, a lazy frame, made of dicts, or a structured or masked
        array. The message names a type to pass instead.
    ValueError
        If X is empty or not two-dimensional, or column names are repeated or nested.
    """
    frame = _wrapped(X, name, row)
    n_least = 0 if may_be_empty else 1
    if isinstance(frame, nw.DataFrame):
        return _open_frame(frame, name, n_least, row)
    _check_not_one_column(frame, name, row)
    return _open_array(X, n_least)


def native_frame(
    columns: Mapping[str, np.ndarray], kind: str, *, copy: bool = True
) -> Frame:
    """Return a frame of the same kind as a `Table`.

    Parameters
    ----------
    columns : dict of str to ndarray
    kind : str
        The `Table.kind` of a frame, or "pandas".
    copy : bool, default=True
        False if no other code uses the arrays.
    """
    if kind == "pandas":
        return pd.DataFrame(columns, copy=copy)
    # Other libraries read a list of strings as strings, but an array as objects.
    values_by_name = {
        name: values.tolist() if values.dtype.kind in "OU" else values
        for name, values in columns.items()
    }
    frame = nw.from_dict(values_by_name, backend=cast(_Backend, kind))
    texts = [nw.col(name).cast(nw.String) for name in _TEXTS if name in columns]
    return frame.with_columns(*texts).to_native()


def with_columns(frame: Frame, columns: Mapping[str, np.ndarray]) -> Frame:
    """Return a frame with further columns, as a frame of the same library."""
    opened = nw.from_native(frame, eager_only=True)
    further = (
        nw.new_series(name, values, backend=opened.implementation)
        for name, values in columns.items()
    )
    return opened.with_columns(*further).to_native()


def rows_of_frame(
    frame: Frame, rows: np.ndarray, columns: Sequence[int | str]
) -> Frame:
    """Return these rows and columns of a frame, as a frame of the same library."""
    opened = nw.from_native(frame, eager_only=True)
    return opened[:, list(columns)][rows, :].to_native()


def index_values(frame: Frame, name: str) -> ColumnArray:
    """Return the index of pandas, or the level of it, that has this name."""
    values = pd.Series(frame.index.get_level_values(name))
    return _array_of(nw.from_native(values, series_only=True))


# Columns of texts, which have no type of their own if all values are missing.
_TEXTS = ("title",)


def is_table(values: object) -> bool:
    """Return whether values are a frame or a two-dimensional array."""
    if isinstance(values, np.ndarray):
        return values.ndim == 2
    opened = nw.from_native(values, pass_through=True)
    return isinstance(opened, nw.DataFrame | nw.LazyFrame)


def id_array(ids: object, name: str = "users") -> ColumnArray:
    """Return one id, or a list or series of ids, as an array that keeps their kind.

    A string or object that is not a sequence is one id; sets and iterators are lists.
    """
    if isinstance(ids, (str, int, float)):
        return np.array([ids], dtype=object)  # before slower checks of containers
    if isinstance(ids, Set | Iterator):
        ids = list(ids)
    series = _wrapped(ids, name)
    if isinstance(series, nw.Series):
        return _array_of(series)
    if hasattr(ids, "__array__"):
        array = np.atleast_1d(np.asarray(ids))
    else:
        values: Sequence[object] = [ids]
        if isinstance(ids, Sequence) and not isinstance(ids, (str, bytes)):
            values = ids
        array = np.fromiter(values, dtype=object)
    if array.ndim > 1 or not array.size:
        raise ValueError(
            f"{name} must be one id or a one-dimensional list of at least one, got "
            f"shape {array.shape}. If it is a frame, pass its column of {name}."
        )
    return array


def series_array(y: object, name: str = "y") -> ColumnArray:
    """Return a series of any kind as a one-dimensional array."""
    series = _wrapped(y, name)
    if isinstance(series, nw.Series):
        return _array_of(series)
    y = np.asarray(series.to_numpy() if isinstance(series, nw.DataFrame) else y)
    if y.ndim != 1 and y.shape[1:] != (1,):
        raise ValueError(
            f"{name} should be a 1d array, got an array of shape {y.shape} instead. "
            "Pass one number for each row of X."
        )
    return column_or_1d(y, warn=True)


def numbers(values: ColumnArray, name: str, advice: str = "") -> np.ndarray:
    """Return a column as floats, and check that it holds numbers.

    Whole numbers, floats, ``Decimal`` and booleans (1 and 0) are numbers. ``advice`` is
    added to the message about values that are not.

    Raises
    ------
    ValueError
        If a value is missing, infinite, complex or not a number.
    """
    values = np.asarray(values)
    if values.dtype == object:
        values = _from_objects(values, name, advice)
    if values.dtype.kind not in "biufc":
        kind = f"has dtype {values.dtype}"
        raise ValueError(_NO_NUMBERS.format(name, kind) + advice)
    if np.isnan(values).any():
        raise ValueError(_MISSING.format(name))
    if np.isinf(values).any():
        raise ValueError(_INFINITE.format(name, values.dtype.name))
    return check_array(
        values, ensure_2d=False, dtype=[np.float64, np.float32], input_name=name
    )


_NO_NUMBERS = (
    "Ratings and weights must be numbers, but {} {}. Convert it first, for example "
    "with `pandas.to_numeric`, or with `Series.map` if it holds words."
)
_MISSING = (
    "Input {} contains NaN, None or another missing value. Drop these rows first: an "
    "item that was not rated has no row."
)
_INFINITE = (
    "Input {} contains infinity or a value too large for dtype('{}'). Correct these "
    "values, or drop their rows."
)


def _wrapped(X: object, name: str, row: str = "rating") -> object:
    """Wrap a frame or series by narwhals; raise if X would be misread."""
    _check_container(X, name, row)
    try:
        opened = nw.from_native(X, allow_series=True, pass_through=True)
    except DuplicateError:
        raise ValueError(
            f"Names of columns of {name} are repeated, so the columns cannot be "
            "distinguished. Rename or drop one of each."
        ) from None
    if isinstance(opened, nw.LazyFrame):
        raise TypeError(
            f"{name} is a lazy frame or query. Fetch it first, with `.collect()` in "
            "polars, `.df()` in duckdb or `.compute()` in dask."
        )
    return opened


def _check_not_one_column(X: object, name: str, row: str) -> None:
    if name == "X":
        return  # scikit-learn has a message
    is_array = isinstance(X, nw.Series) or (isinstance(X, np.ndarray) and X.ndim == 1)
    first = X[0] if isinstance(X, (list, tuple)) and X else ()
    if is_array or isinstance(first, str) or not np.iterable(first):
        raise ValueError(
            f"{name} has one dimension. Pass a frame with a row for each {row} and "
            "named columns, such as `pandas.DataFrame({'item': items, 'rating': "
            "values})`."
        )


def _check_container(X: object, name: str, row: str) -> None:
    if sparse.issparse(X):
        raise TypeError(
            f"Sparse data was passed, but {name} must hold a row for each {row}. "
            "Convert a sparse matrix of users x items with "
            "`sklearn_cofi.datasets.ratings_from_matrix`."
        )
    if isinstance(X, dict) or (
        isinstance(X, (list, tuple)) and X and isinstance(X[0], dict)
    ):
        raise TypeError(
            f"{name} is made of dicts. Pass a list, an array or a frame (for example "
            f"`pandas.DataFrame`) with a row for each {row}."
        )
    if isinstance(X, np.ndarray) and X.dtype.names:
        raise TypeError(
            f"{name} is a structured array. Pass `pandas.DataFrame(...)` of it."
        )
    # numpy takes the mask of pandas' nullable arrays for one of its own.
    if isinstance(X, np.ma.MaskedArray) and np.ma.is_masked(X):
        raise TypeError(
            f"{name} has masked values, and the mask would be lost. Drop these rows, "
            "and pass its `.data`."
        )


def _open_frame(frame: nw.DataFrame, name: str, n_least: int, row: str) -> Table:
    n_rows, n_columns = frame.shape
    if any(isinstance(column, tuple) for column in frame.columns):
        raise ValueError(
            f"The names of {name}'s columns have several levels (a MultiIndex). "
            f"Flatten them, for example with `{name}.columns = "
            f"{name}.columns.map('_'.join)`."
        )
    if n_rows < n_least:
        raise ValueError(
            f"Found array with 0 sample(s) (shape={frame.shape}) while a minimum of 1 "
            f"is required: the frame has no {row}s."
        )
    index_names = getattr(getattr(frame.to_native(), "index", None), "names", ())
    return Table(
        list(frame.columns),
        n_columns,
        n_rows,
        lambda k: _array_of(frame[:, k]),
        frame.implementation.value,
        tuple(name for name in index_names if name is not None),
    )


def _array_of(series: nw.Series) -> ColumnArray:
    """Return a column of a frame as an array that pandas can factorise."""
    if series.implementation.is_pandas():
        array = series.to_native().array
        if isinstance(array, pd.arrays.NumpyExtensionArray):
            return array.to_numpy()
        if isinstance(array.dtype, pd.DatetimeTZDtype):
            return array.to_numpy(f"datetime64[{array.unit}]")  # in UTC
        return array.to_numpy() if array.dtype.kind in "biufcmM" else array
    if series.implementation.is_pyarrow():
        series = _decoded(series)
    if series.dtype in (nw.Int128, nw.UInt128):
        return np.array(series.to_list(), dtype=object)
    return series.to_numpy()


def _decoded(series: nw.Series) -> nw.Series:
    """Undo pyarrow's dictionary encoding, which may encode other types than strings."""
    if series.dtype != nw.Categorical:
        return series
    column = series.to_native()
    return nw.from_native(column.cast(column.type.value_type), series_only=True)


def _open_array(X: object, n_least: int) -> Table:
    if isinstance(X, (list, tuple)):
        X = _array_of_rows(X)
    array = check_array(
        X, dtype=None, ensure_all_finite=False, ensure_min_samples=n_least
    )
    return Table(None, array.shape[1], array.shape[0], lambda k: array[:, k])


def _array_of_rows(rows: Sequence[object]) -> np.ndarray:
    # Without a dtype, numpy makes strings of ["u1", 5].
    array = np.array(rows, dtype=object)
    if not rows:
        array = array.reshape(0, 2)
    if array.ndim == 1 and array.size and isinstance(array[0], (list, tuple)):
        raise ValueError(
            "The rows of X have different lengths. Each must hold a user and an "
            "item, as in [['u1', 5], ['u2', 7]]."
        )
    return array


def _from_objects(values: np.ndarray, name: str, advice: str) -> np.ndarray:
    kind = pd.api.types.infer_dtype(values.ravel(), skipna=True)
    if kind == "complex":
        return values.astype(complex)
    if kind not in _NUMBER_KINDS:
        types = sorted({type(value).__name__ for value in values.flat})
        kind = f"holds {', '.join(types)}"
        raise ValueError(_NO_NUMBERS.format(name, kind) + advice)
    if pd.isna(values).any():
        raise ValueError(_MISSING.format(name))
    try:
        return values.astype(np.float64)
    except OverflowError:
        raise ValueError(_INFINITE.format(name, "float64")) from None


# Names that pandas' infer_dtype returns; "empty" is a column of missing values.
_NUMBER_KINDS = {
    "integer",
    "floating",
    "mixed-integer-float",
    "decimal",
    "boolean",
    "empty",
}
