"""Ids of users and items: any hashable kind outside, row numbers inside."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_cofi._warnings import warn_caller

# A fixed-width string array costs 4 bytes a character whatever the id's length;
# it saves fast and needs no pickle. Beyond this width object strings are smaller.
_MAX_FIXED_WIDTH = 128

# pandas hashed strings as C does before version 3.
_ENDS_AT_NUL = pd.factorize(np.array(["a\0b", "a\0c"], dtype=object))[1].size == 1


@dataclass(frozen=True)
class IdMap:
    """Sorted distinct ids; the row number of an id is its place among them."""

    ids: np.ndarray  # (n_ids,), sorted, without repeats

    def encode(self, values, name: str) -> np.ndarray:
        """Return the row number of each id, -1 where it is unknown.

        Raises
        ------
        TypeError
            If the ids are of another kind than those of the map: 5 and "5" differ.
        ValueError
            If an id is missing, infinite or not exact.
        """
        distinct, codes = distinct_ids(values, name)
        seen, given = id_kind(self.ids), id_kind(distinct)
        if seen != given:
            raise TypeError(_OTHER_KIND.format(name, given, distinct, seen, self.ids))
        return self._place(distinct)[codes]

    def _place(self, distinct):
        """Search sorted ids of the map's kind."""
        outside = np.zeros(distinct.size, bool)
        if {self.ids.dtype.kind, distinct.dtype.kind} == {"i", "u"}:
            # numpy would compare int64 with uint64 as floats and merge large ids.
            bounds = np.iinfo(self.ids.dtype)
            outside = (distinct < bounds.min) | (distinct > bounds.max)
            distinct = distinct.astype(self.ids.dtype)
        place = np.searchsorted(self.ids, distinct)
        place[place == self.ids.size] = 0
        place[(self.ids[place] != distinct) | outside] = -1
        return place


_OTHER_KIND = (
    "The ids in column {0!r} are of kind {1} (such as {2[0]!s}), but fit saw ids of "
    "kind {3} (such as {4[0]!s}), so none could match. Convert the column to the kind "
    "that was fitted. numpy turns numbers beside strings into strings: pass a frame, a "
    "list of rows or an array of dtype object instead."
)


def encode_pairs(user_map: IdMap, item_map: IdMap, users, items, names):
    """Return the row numbers of both ids of each pair, -1 where unknown.

    Parameters
    ----------
    users, items : ndarray or pandas array of shape (n,)
    names : (str, str)
        Names of the two columns, for messages.

    Raises
    ------
    TypeError
        If ids are of another kind than those of the map.
    ValueError
        If the ids are of the kinds of the other column's.

    Warns
    -----
    UserWarning
        If not a single id is known, on either side; it says so where some would be
        with the columns exchanged. That is no proof where both have ids of one kind:
        it may be a pair of strangers.
    """
    try:
        codes = user_map.encode(users, names[0]), item_map.encode(items, names[1])
    except TypeError:
        if _known_when_exchanged(user_map, item_map, users, items):
            raise ValueError(SWAPPED.format(*names)) from None
        raise
    if (codes[0] < 0).all() and (codes[1] < 0).all():
        swapped = _known_when_exchanged(user_map, item_map, users, items)
        warn_caller(
            f"{NONE_KNOWN.format(codes[0].size)} "
            f"{SWAPPED.format(*names) if swapped else _COMPARE}"
        )
    return codes


NONE_KNOWN = (
    "None of the {} pairs has a user or an item that was seen in fit: every prediction "
    "is the mean of all ratings."
)
NO_USER_KNOWN = (
    "None of the {} users was seen in fit: they are recommended the items with the "
    "highest predictions for a user of whom nothing is known. Compare the ids with "
    "`user_ids_`."
)
_COMPARE = "Compare the ids with `user_ids_` and `item_ids_`."
SWAPPED = (
    "The columns {!r} and {!r} look swapped: no pair has a known user or item, but "
    "with the two exchanged some do. Name them with `user_col` and `item_col`."
)


def _known_when_exchanged(user_map, item_map, users, items) -> bool:
    try:
        codes = user_map.encode(items, "item"), item_map.encode(users, "user")
    except (TypeError, ValueError):
        return False
    return bool(((codes[0] >= 0) & (codes[1] >= 0)).any())


def distinct_ids(values, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Factorise a column of ids.

    Hashing the column first and sorting only the distinct ids takes a tenth of the
    time of ``numpy.unique`` on strings.

    Parameters
    ----------
    values : ndarray or pandas array of shape (n,)
    name : str
        The column's name, for messages.

    Returns
    -------
    ids : ndarray of shape (n_ids,)
        Sorted: int64, float64, bool, datetime64, ``<U`` or object of a single type.
    codes : int array of shape (n,)
        ``ids[codes]`` gives the column back.
    """
    values = _plain(values, name)
    codes, uniques = pd.factorize(values)
    if (codes < 0).any():
        raise ValueError(MISSING_IDS.format(int((codes < 0).sum()), name))
    # A pandas categorical or extension array shows here what its values are.
    ids = _canonical(_plain(np.asarray(uniques), name), name)
    order = _sort(ids, name)
    rank = np.empty(order.size, np.int32 if order.size < 2**31 else np.int64)
    rank[order] = np.arange(order.size)
    return ids[order], rank[codes]


def union_ids(ids: np.ndarray, more: np.ndarray, name: str) -> np.ndarray:
    """Return the sorted distinct ids of two such arrays of one kind."""
    if {ids.dtype.kind, more.dtype.kind} == {"i", "u"}:
        # numpy would make floats of int64 and uint64 together.
        ids, more = ids.astype(object), more.astype(object)
    return distinct_ids(np.concatenate([ids, more]), name)[0]


def id_kind(ids: np.ndarray) -> str:
    """Name the kind of an id array: ids of different kinds never match."""
    kind = ids.dtype.kind
    if kind == "O":
        return "string" if isinstance(ids[0], str) else type(ids[0]).__name__
    names = {"i": "number", "u": "number", "f": "number", "U": "string"}
    return (names | {"b": "boolean", "M": "datetime", "m": "timedelta"})[kind]


MISSING_IDS = (
    "Input X contains NaN: {} ids are missing in column {!r}. Drop these rows first, "
    "for example with `dropna`."
)


def _plain(values, name):
    """Turn object columns of one simple type into arrays of it; refuse mixtures."""
    if values.ndim != 1:
        raise TypeError(
            f"Column {name!r} holds lists or structs: an id argument must be a string "
            "or a number, or another single value."
        )
    if isinstance(values, pd.arrays.NumpyExtensionArray):
        values = values.to_numpy()
    if values.dtype.kind == "S":
        values = values.astype(object)
    if values.dtype != object:
        if _ENDS_AT_NUL and values.dtype.kind == "U":
            _check_nul(values, name)
        if isinstance(values, np.ndarray):  # in this machine's order of bytes
            return values.astype(values.dtype.newbyteorder("="), copy=False)
        return values
    values = np.asarray(values, dtype=object)
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


def _check_nul(values, name):
    if any("\0" in value for value in values if isinstance(value, str)):
        raise ValueError(
            f"Column {name!r} holds strings with NUL characters, where this version "
            "of pandas takes them to end: different ids would become one. Replace "
            "them, or upgrade to pandas 3."
        )


def _whole_or_float(values, name, kind):
    numbers = np.asarray(pd.to_numeric(values))
    if numbers.dtype == object or (kind == "integer" and numbers.dtype.kind == "f"):
        raise ValueError(
            f"Column {name!r} holds whole numbers that do not fit into 64 bits. "
            "Convert it, for example with `astype(str)`."
        )
    return numbers


def _of_one_type(values, name):
    try:
        pd.unique(values)  # hashes them all
    except TypeError as error:
        raise TypeError(
            f"Column {name!r} holds something that cannot be an id ({error}): an id "
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


def _canonical(uniques, name):
    """Bring ids to the few dtypes that are stored and compared."""
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


def _canonical_floats(ids, name):
    """Store whole numbers as integers: a missing id elsewhere turns 5 into 5.0."""
    if not np.isfinite(ids).all():
        raise ValueError(
            f"Input X contains infinity among the ids in column {name!r}. Drop these "
            "rows, or give them an id."
        )
    exact = 2 ** (np.finfo(ids.dtype).nmant + 1)
    if (np.abs(ids) >= exact).any():
        raise ValueError(
            f"Column {name!r} holds ids of {exact} and more as {ids.dtype}, which "
            "rounds such numbers: different ids may have become one. Read the column "
            "as whole numbers or as strings."
        )
    whole = (ids == np.floor(ids)).all()
    # Adding zero makes 0 of -0, which is the same id.
    return ids.astype(np.int64) if whole else ids.astype(np.float64) + 0.0


def _canonical_strings(strings, name):
    try:
        "".join(strings).encode()
    except UnicodeEncodeError:
        raise ValueError(
            f"Column {name!r} holds strings that are no valid Unicode (lone "
            "surrogates). Decode their bytes anew, with the right encoding."
        ) from None
    longest = max(map(len, strings))
    # numpy drops trailing NULs from fixed-width strings: such ids would be confused.
    if longest > _MAX_FIXED_WIDTH or any(s.endswith("\0") for s in strings):
        return np.asarray(strings, dtype=object)
    return np.asarray(strings, dtype=f"U{max(longest, 1)}")


def _sort(ids, name):
    try:
        order = np.argsort(ids, kind="stable")
        # Sets, for one, compare without an error and yet have no order.
        ordered = ids.dtype != object or (ids[order][:-1] < ids[order][1:]).all()
    except TypeError:
        ordered = False
    if not ordered:
        raise TypeError(
            f"The ids in column {name!r} are of kind {id_kind(ids)}, which has no "
            "order. Convert them, for example with `astype(str)`."
        )
    return order
