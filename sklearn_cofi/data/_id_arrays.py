"""Ids in the few dtypes in which they are stored and compared."""

import numpy as np
import pandas as pd

from sklearn_cofi.data._frame import ColumnArray

# A fixed-width string array uses 4 bytes for each character of its longest id. It saves
# fast and needs no pickle. Beyond this width, object strings are smaller.
_MAX_FIXED_WIDTH = 128
# Number of bytes of an object string besides its characters, and of its pointer.
_OBJECT_OVERHEAD = 57
# One long id makes all ids of a fixed-width array wide. The array may be larger than
# object strings by this factor, because it saves faster.
_MAX_WASTE = 2

# Before version 3, pandas hashed strings as C does: up to the first NUL.
_ENDS_AT_NUL = pd.factorize(np.array(["a\0b", "a\0c"], dtype=object))[1].size == 1

MISSING_IDS = (
    "Input X contains NaN: {} ids are missing in column {!r}. Drop these rows first, "
    "for example with `dropna`."
)


def id_kind(ids: np.ndarray) -> str:
    """Return the kind of an array of ids. Ids of different kinds never match."""
    kind = ids.dtype.kind
    if kind == "O":
        return "string" if isinstance(ids[0], str) else type(ids[0]).__name__
    names = {"i": "number", "u": "number", "f": "number", "U": "string"}
    return (names | {"b": "boolean", "M": "datetime", "m": "timedelta"})[kind]


def plain_column(values: ColumnArray, name: str) -> ColumnArray:
    """Convert an object column of one simple type into an array of that type.

    Raises
    ------
    TypeError
        If the column holds ids of several types, or values that are not hashable.
    ValueError
        If an id is missing or does not fit into 64 bits.
    """
    if values.ndim != 1:
        raise TypeError(
            f"Column {name!r} holds lists or structs: an id argument must be a string "
            "or a number, or another single value."
        )
    if isinstance(values, pd.arrays.NumpyExtensionArray):
        values = values.to_numpy()
    if values.dtype.kind == "S":
        values = values.astype(object)
    if values.dtype == object:
        return _plain_objects(np.asarray(values, dtype=object), name)
    if _ENDS_AT_NUL and values.dtype.kind == "U":
        _check_nul(values, name)
    if isinstance(values, np.ndarray):  # converted to this machine's byte order
        return values.astype(values.dtype.newbyteorder("="), copy=False)
    return values


def _plain_objects(values: np.ndarray, name: str) -> np.ndarray:
    kind = pd.api.types.infer_dtype(values, skipna=True)
    if kind == "string":
        if _ENDS_AT_NUL:
            _check_nul(values, name)
        return values
    if missing := int(pd.isna(values).sum()):
        raise ValueError(MISSING_IDS.format(missing, name))
    if kind in ("integer", "floating", "mixed-integer-float"):
        return _whole_or_float(values, name, kind)
    if kind in ("date", "datetime", "datetime64"):
        return pd.to_datetime(values, utc=True).tz_localize(None).to_numpy()
    if kind == "timedelta":
        return pd.to_timedelta(values).to_numpy()
    if kind == "boolean":
        return values.astype(bool)
    return _of_one_type(values, name)


def _check_nul(values: ColumnArray, name: str) -> None:
    if any("\0" in value for value in values if isinstance(value, str)):
        raise ValueError(
            f"Column {name!r} holds strings with NUL characters. This version of "
            "pandas ends a string at NUL, so different ids would become one id. "
            "Replace the NUL characters, or upgrade to pandas 3."
        )


def _whole_or_float(values: np.ndarray, name: str, kind: str) -> np.ndarray:
    numbers = np.asarray(pd.to_numeric(values))
    if numbers.dtype == object or (kind == "integer" and numbers.dtype.kind == "f"):
        raise ValueError(
            f"Column {name!r} holds whole numbers that do not fit into 64 bits. "
            "Convert it, for example with `astype(str)`."
        )
    return numbers


def _of_one_type(values: np.ndarray, name: str) -> np.ndarray:
    try:
        pd.unique(values)  # hashes all values
    except TypeError as error:
        raise TypeError(
            f"Column {name!r} holds a value that cannot be an id ({error}): an id "
            "argument must be a string or a number, or another hashable value."
        ) from None
    types = {kind.__name__ for kind in set(map(type, values))}
    if len(types) > 1:
        raise TypeError(
            f"Column {name!r} mixes ids of different kinds "
            f"({', '.join(sorted(types))}). Convert the column to a single kind, for "
            "example with `astype(str)`."
        )
    return values


def canonical_ids(uniques: np.ndarray, name: str) -> np.ndarray:
    """Convert distinct ids to one of the few dtypes that are stored and compared."""
    kind = uniques.dtype.kind
    if kind == "c":
        raise ValueError(
            f"Complex data not supported: ids in column {name!r}. Convert it, for "
            "example with `astype(str)`."
        )
    if kind in "iu":
        fits = kind == "i" or uniques.max(initial=0) <= np.iinfo(np.int64).max
        return uniques.astype(np.int64) if fits else uniques.astype(np.uint64)
    if kind == "f":
        return _canonical_floats(uniques, name)
    if kind == "U" or isinstance(uniques[0], str):
        return _canonical_strings(uniques, name)
    return uniques


def _canonical_floats(ids: np.ndarray, name: str) -> np.ndarray:
    """Store whole numbers as integers: a missing id turns a column into floats."""
    if not np.isfinite(ids).all():
        raise ValueError(
            f"Input X contains infinity among the ids in column {name!r}. Drop these "
            "rows, or give them an id."
        )
    exact = 2 ** (np.finfo(ids.dtype).nmant + 1)
    if (np.abs(ids) >= exact).any():
        raise ValueError(
            f"Column {name!r} holds ids of {exact} and more as {ids.dtype}, which "
            "rounds numbers of that size: different ids may have become one id. Read "
            "the column as whole numbers or as strings."
        )
    whole = (ids == np.floor(ids)).all()
    # Adding zero turns -0 into 0, which is the same id.
    return ids.astype(np.int64) if whole else ids.astype(np.float64) + 0.0


def _canonical_strings(strings: np.ndarray, name: str) -> np.ndarray:
    try:
        "".join(strings).encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"Column {name!r} holds strings that are not valid Unicode (lone "
            "surrogates). Decode their bytes again, with the right encoding."
        ) from None
    lengths = list(map(len, strings))
    longest = max(lengths)
    object_bytes = _OBJECT_OVERHEAD * len(lengths) + sum(lengths)
    is_wasteful = 4 * longest * len(lengths) > _MAX_WASTE * object_bytes
    too_wide = longest > _MAX_FIXED_WIDTH or is_wasteful
    # numpy drops trailing NULs from fixed-width strings, and would merge two ids.
    if too_wide or any(s.endswith("\0") for s in strings):
        return np.asarray(strings, dtype=object)
    return np.asarray(strings, dtype=f"U{max(longest, 1)}")


def sorted_order(ids: np.ndarray, name: str) -> np.ndarray:
    """Return the order that sorts distinct ids.

    Raises
    ------
    TypeError
        If ids of this kind have no order.
    """
    order = _order_of(ids)
    if order is None:
        raise TypeError(
            f"The ids in column {name!r} are of kind {id_kind(ids)}, which has no "
            "order. Convert them, for example with `astype(str)`."
        )
    return order


def _order_of(ids: np.ndarray) -> np.ndarray | None:
    try:
        order = np.argsort(ids, kind="stable")
        # Sets compare without an error although they have no order.
        ordered = ids.dtype != object or (ids[order][:-1] < ids[order][1:]).all()
    except TypeError:
        return None
    return order if ordered else None
