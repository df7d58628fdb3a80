"""Ids of users and items: any hashable kind outside, row numbers inside."""

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

# A fixed-width string array costs 4 bytes a character whatever the id's length;
# it saves fast and needs no pickle. Beyond this width object strings are smaller.
_MAX_FIXED_WIDTH = 128
_EXACT_IN_FLOAT = 2**53


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
            If an id is missing or infinite.
        """
        distinct, codes = distinct_ids(values, name)
        seen, given = id_kind(self.ids), id_kind(distinct)
        if seen != given:
            raise TypeError(
                f"The ids in column {name!r} are of kind {given}, but fit saw ids of "
                f"kind {seen} (such as {self.ids[0]!r}), so none could match. Convert "
                f"the column to the kind that was fitted."
            )
        place = np.searchsorted(self.ids, distinct)
        place[place == self.ids.size] = 0
        place[self.ids[place] != distinct] = -1
        return place[codes]

    def decode(self, codes: np.ndarray) -> np.ndarray:
        """Return the ids of row numbers."""
        return self.ids[codes]


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
        If no pair is known as it stands, but some would be with columns exchanged.

    Warns
    -----
    UserWarning
        If not a single id is known, on either side.
    """
    try:
        codes = user_map.encode(users, names[0]), item_map.encode(items, names[1])
    except TypeError:
        if _known_when_exchanged(user_map, item_map, users, items):
            raise ValueError(_SWAPPED.format(*names)) from None
        raise
    if (codes[0] < 0).all() and (codes[1] < 0).all():
        if _known_when_exchanged(user_map, item_map, users, items):
            raise ValueError(_SWAPPED.format(*names))
        warnings.warn(
            f"None of the {codes[0].size} pairs has a user or an item that was seen in "
            "fit: every prediction is the mean of all ratings.",
            stacklevel=2,
        )
    return codes


_SWAPPED = (
    "The columns {!r} and {!r} look swapped: no pair has a known user or item, but "
    "with the two exchanged some do. Name them with `user_col` and `item_col`."
)


def _known_when_exchanged(user_map, item_map, users, items) -> bool:
    try:
        codes = user_map.encode(items, "item"), item_map.encode(users, "user")
    except TypeError:
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
        raise ValueError(
            f"Input X contains NaN: {int((codes < 0).sum())} ids are missing in column "
            f"{name!r}. Drop these rows first, for example with `dropna`."
        )
    ids = _canonical(np.asarray(uniques), name)
    order = _sort(ids, name)
    rank = np.empty(order.size, np.int64)
    rank[order] = np.arange(order.size)
    return ids[order], rank[codes]


def id_kind(ids: np.ndarray) -> str:
    """Name the kind of an id array: ids of different kinds never match."""
    kind = ids.dtype.kind
    if kind == "O":
        kind = type(ids[0]).__name__ if ids.size else "nothing"
    names = {"i": "number", "u": "number", "f": "number", "U": "string"}
    names |= {"str": "string", "b": "boolean", "M": "datetime", "m": "timedelta"}
    return names.get(kind, kind)


def _plain(values, name):
    """Turn object columns of one simple type into arrays of it; refuse mixtures."""
    if values.dtype != object:
        return values
    values = np.asarray(values, dtype=object)
    kind = pd.api.types.infer_dtype(values, skipna=True)
    try:
        if kind in ("integer", "floating", "mixed-integer-float"):
            return pd.to_numeric(pd.Series(values, dtype=object)).array
        types = sorted(
            {type(v).__name__ for v in pd.unique(pd.Series(values).dropna())}
        )
    except TypeError as error:
        raise TypeError(
            f"Column {name!r} holds something that cannot be an id ({error}): an id "
            "argument must be a string or a number, or another hashable value."
        ) from None
    if kind.startswith("mixed") and len(types) > 1:
        raise TypeError(
            f"Column {name!r} mixes ids of different kinds ({', '.join(types)}). "
            "Convert the column to a single kind, for example with `astype(str)`."
        )
    return values


def _canonical(uniques, name):
    """Bring ids to the few dtypes that are stored and compared."""
    kind = uniques.dtype.kind
    if kind == "c":
        raise ValueError(f"Complex data not supported: ids in column {name!r}.")
    if kind in "iu":
        fits = kind == "i" or uniques.max(initial=0) <= np.iinfo(np.int64).max
        return uniques.astype(np.int64) if fits else uniques
    if kind == "f":
        return _canonical_floats(uniques.astype(np.float64), name)
    if kind in "OT" and all(isinstance(v, str) for v in uniques):
        return _fixed_width(uniques)
    return uniques


def _canonical_floats(ids, name):
    """Store whole numbers as integers: a missing id elsewhere turns 5 into 5.0."""
    if not np.isfinite(ids).all():
        raise ValueError(f"Input X contains infinity among the ids in column {name!r}.")
    whole = (ids == np.floor(ids)).all() and (np.abs(ids) < _EXACT_IN_FLOAT).all()
    return ids.astype(np.int64) if whole else ids


def _fixed_width(strings):
    longest = max(map(len, strings), default=0)
    # numpy drops trailing NULs from fixed-width strings: such ids would be confused.
    if longest > _MAX_FIXED_WIDTH or any(s.endswith("\0") for s in strings):
        return np.asarray(strings, dtype=object)
    return np.asarray(strings, dtype=f"U{max(longest, 1)}")


def _sort(ids, name):
    try:
        return np.argsort(ids, kind="stable")
    except TypeError:
        raise TypeError(
            f"The ids in column {name!r} are of kind {id_kind(ids)}, which has no "
            "order. Convert them, for example with `astype(str)`."
        ) from None
