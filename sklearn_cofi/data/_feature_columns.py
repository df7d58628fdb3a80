"""Columns of features: what they hold, and their values in one form for each kind."""

from dataclasses import dataclass
from typing import Literal, TypeAlias

import numpy as np
import pandas as pd

from sklearn_cofi.data._frame import ColumnArray

ValueType: TypeAlias = Literal[
    "number", "date", "duration", "string", "boolean", "category", "list", "missing"
]
ColumnKind: TypeAlias = Literal[
    "number", "date", "category", "labels", "text", "constant", "missing"
]

MISSING = "(missing)"

_INFERRED: dict[str, ValueType] = {
    "string": "string",
    "empty": "missing",
    "boolean": "boolean",
    "integer": "number",
    "floating": "number",
    "mixed-integer-float": "number",
    "decimal": "number",
    "date": "date",
    "datetime": "date",
    "datetime64": "date",
    "timedelta": "duration",
    "timedelta64": "duration",
}
_OF_DTYPE: dict[str, ValueType] = {
    "b": "boolean",
    "i": "number",
    "u": "number",
    "f": "number",
    "M": "date",
    "m": "duration",
}
_COMPLEX = (
    "Complex data not supported: column {!r}. Pass its real part and its imaginary "
    "part as two columns."
)
# Squares of larger numbers, and of the reciprocals, would leave the range of floats.
_LARGEST = 1e100
# Mean length of a year of the Gregorian calendar.
_DAYS_OF_YEAR = 365.2425


@dataclass(frozen=True)
class FeatureColumn:
    """What a column holds, and its values.

    Values are float64 for numbers and dates, with nan where missing, a string for each
    row of categories, and a tuple of strings for each row of labels.
    """

    type: ValueType
    kind: ColumnKind
    values: np.ndarray


def read_column(
    column: ColumnArray,
    name: str,
    *,
    separator: str | None,
    max_categories: int,
) -> FeatureColumn:
    """Return what a column holds, and its values, when the encoder is fitted.

    Strings are labels if one of them has the separator. Categories and labels are text
    if more than `max_categories` differ, and more than half of all that occur.

    Raises
    ------
    TypeError
        If values are of several types, or of a type that has no encoding.
    ValueError
        If a number is infinite, above 1e100 or complex.
    """
    value_type = type_of(column, name)
    values = values_of(column, value_type, name)
    kind: ColumnKind
    if value_type == "missing":
        kind = "missing"
    elif value_type in ("number", "date", "duration"):
        kind = "date" if value_type == "date" else "number"
        if pd.unique(values).size == 1:
            kind = "constant"
    else:
        if separator and value_type == "string" and _has(values, separator):
            values = split_labels(values, separator)
        kind = _kind_of_categories(values, max_categories)
    return FeatureColumn(value_type, kind, values)


def read_again(
    column: ColumnArray,
    name: str,
    fitted_type: ValueType,
    *,
    separator: str | None,
) -> np.ndarray:
    """Return the values of further rows of a column.

    Raises
    ------
    TypeError, ValueError
        As in `read_column`, and if the type is not the type of the fit.
    """
    value_type = type_of(column, name)
    if value_type not in ("missing", fitted_type):
        raise TypeError(
            f"Column {name!r} holds values of type {value_type}, but those seen in fit "
            f"are of type {fitted_type}. Convert the column to the type seen in fit."
        )
    values = values_of(column, fitted_type, name)
    if separator and fitted_type == "string":
        return split_labels(values, separator)
    return values


def type_of(column: ColumnArray, name: str) -> ValueType:
    """Return the type of the values of a column."""
    if isinstance(column, pd.Categorical):
        categories = np.asarray(column.categories)
        inner = type_of(categories, name) if categories.size else "missing"
        return inner if inner in ("string", "boolean", "missing") else "category"
    if isinstance(column, np.ndarray):
        if column.dtype.kind == "c":
            raise ValueError(_COMPLEX.format(name))
        if column.dtype.kind in _OF_DTYPE:
            return "missing" if _all_missing(column) else _OF_DTYPE[column.dtype.kind]
        return _inferred(column, name)
    if _all_missing(column):
        return "missing"
    if pd.api.types.is_bool_dtype(column.dtype):
        return "boolean"
    if pd.api.types.is_numeric_dtype(column.dtype):
        return "number"
    return _inferred(np.asarray(column, dtype=object), name)


def _all_missing(column: ColumnArray) -> bool:
    return bool(pd.isna(column).all())


def _inferred(column: np.ndarray, name: str) -> ValueType:
    if column.ndim > 1:
        return "list"
    found = pd.api.types.infer_dtype(column, skipna=True)
    if found in _INFERRED:
        return _INFERRED[found]
    types = {type(value) for value in column[~pd.isna(column)]}
    if types <= {list, tuple, set, frozenset, np.ndarray}:
        return "list"
    if complex in types:
        raise ValueError(_COMPLEX.format(name))
    names = ", ".join(sorted(kind.__name__ for kind in types))
    raise TypeError(
        f"Column {name!r} holds values of type {names}: the argument must be a string "
        "or a number, a boolean, a date or a list of strings, and a column must have "
        "one type. Convert the column, for example with `astype(str)`, or drop it."
    )


def values_of(column: ColumnArray, value_type: ValueType, name: str) -> np.ndarray:
    """Return values in the form of `FeatureColumn`; lists as tuples of labels."""
    if value_type == "number":
        return _numbers(column, name)
    if value_type == "date":
        return _years(column)
    if value_type == "duration":
        return _days(column)
    if value_type == "list":
        return _tuples(column, name)
    return _strings(column)


def _numbers(column: ColumnArray, name: str) -> np.ndarray:
    if isinstance(column, np.ndarray) and column.dtype.kind in "iuf":
        numbers = column.astype(np.float64)
    else:
        missing = np.asarray(pd.isna(column))
        numbers = np.full(missing.size, np.nan)
        try:
            numbers[~missing] = np.asarray(column, dtype=object)[~missing]
        except OverflowError:
            numbers[0] = np.inf
    if (np.abs(numbers) > _LARGEST).any():
        raise ValueError(
            f"Column {name!r} holds infinity or a value above {_LARGEST:g}. Replace it "
            "by NaN, which is a missing value, or drop the column."
        )
    numbers[np.abs(numbers) < 1 / _LARGEST] = 0
    return numbers


def _years(column: ColumnArray) -> np.ndarray:
    """Return dates as years: 1995-07-02 is about 1995.5."""
    dates = pd.DatetimeIndex(pd.to_datetime(np.asarray(column), utc=True))
    days = (dates - pd.Timestamp(0, tz="UTC")) / pd.Timedelta(days=1)
    return 1970 + np.asarray(days, dtype=np.float64) / _DAYS_OF_YEAR


def _days(column: ColumnArray) -> np.ndarray:
    lengths = pd.TimedeltaIndex(pd.to_timedelta(np.asarray(column)))
    return np.asarray(lengths / pd.Timedelta(days=1), dtype=np.float64)


def _strings(column: ColumnArray) -> np.ndarray:
    """Return strings; a missing value and an empty string are `MISSING`."""
    codes, uniques = pd.factorize(column)
    texts = [str(value) for value in np.asarray(uniques, dtype=object)]
    texts = [text if text.strip() else MISSING for text in texts]
    return np.array([*texts, MISSING], dtype=object)[codes]


def _tuples(column: ColumnArray, name: str) -> np.ndarray:
    cells = np.empty(len(column), dtype=object)
    for row, cell in enumerate(np.asarray(column)):
        cells[row] = _labels_of(cell, name)
    return cells


def _labels_of(cell: object, name: str) -> tuple[str, ...]:
    if not isinstance(cell, (list, tuple, set, frozenset, np.ndarray)):
        return (MISSING,)
    labels = list(cell)
    if any(isinstance(label, float | np.floating) for label in labels):
        raise TypeError(
            f"Column {name!r} holds lists of floats. Labels must be strings or whole "
            "numbers: make a vector of numbers a column for each of its numbers."
        )
    return tuple(str(label) for label in labels if label is not None)


def _has(values: np.ndarray, separator: str) -> bool:
    return any(separator in value for value in pd.unique(values))


def split_labels(values: np.ndarray, separator: str) -> np.ndarray:
    """Split strings into tuples of labels, without spaces around them."""
    codes, uniques = pd.factorize(values)
    parts = np.empty(uniques.size, dtype=object)
    for row, value in enumerate(uniques):
        labels = (label.strip() for label in value.split(separator))
        parts[row] = tuple(label for label in labels if label)
    return parts[codes]


def _kind_of_categories(values: np.ndarray, max_categories: int) -> ColumnKind:
    """Return whether categories or labels are used, text, or the same in all rows."""
    codes, uniques = pd.factorize(values)
    if uniques.size == 1:
        return "constant" if uniques[0] != MISSING else "missing"
    kind: ColumnKind = "category"
    labels = values
    if isinstance(uniques[0], tuple):
        kind = "labels"
        labels = np.array([label for cell in values for label in cell], dtype=object)
        if pd.unique(labels).size == 0:
            return "missing"
    labels = labels[labels != MISSING]
    n_distinct = pd.unique(labels).size
    if n_distinct > max_categories and n_distinct > labels.size / 2:
        return "text"
    return kind
