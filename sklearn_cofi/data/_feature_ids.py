"""The ids of a frame of features: where they are, and whether each has one row."""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from sklearn_cofi._typing import Frame
from sklearn_cofi.data._column_names import Role, is_meaningful, usual_positions
from sklearn_cofi.data._frame import (
    ColumnArray,
    Table,
    index_values,
    is_table,
    open_table,
)
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import distinct_ids

# Number of ids that a message names.
_N_NAMED = 3


@dataclass(frozen=True)
class FeatureIds:
    """The ids of a frame of features, sorted, and where they were found."""

    ids: np.ndarray  # (n,), sorted and distinct
    rows: np.ndarray  # int (n,): the row of the frame of each id
    name: str  # of the column or index
    columns: list[int]  # positions of the other columns


def read_ids(
    frame: Frame, side: Role, id_name: object, ids_like: np.ndarray | None
) -> FeatureIds:
    """Find and check the ids of a frame of features.

    Parameters
    ----------
    frame : frame
        One row for each user or item.
    side : {"user", "item"}
    id_name : object
        Name of the column of these ids in X. It is looked up first, then the usual
        names of such a column, then an index of pandas with a name.
    ids_like : ndarray or None
        Ids of the fit. The ids of the frame must be of their kind.

    Raises
    ------
    TypeError
        If `frame` is not a frame, or its ids are of another kind than `ids_like`.
    ValueError
        If no column or several columns may hold the ids, or an id is missing or
        repeated, or the frame has no further column.
    """
    name = f"{side}_features"
    if isinstance(frame, np.ndarray) or not is_table(frame):
        raise TypeError(
            f"{name} must be a frame (pandas, polars or pyarrow) with a row for each "
            f"{side} and a column of their ids, got a {type(frame).__name__}."
        )
    table = open_table(frame, name, row=side)
    place = _find(table, side, id_name)
    names = table.names or []
    is_column = place < table.n_columns
    label = str([*names, *table.index_names][place])
    values = table.take(place) if is_column else index_values(frame, label)
    ids, rows = _checked(values, f"{label} of {name}", side)
    if ids_like is not None:
        _check_kind(ids, ids_like, label, side)
    columns = [k for k in range(table.n_columns) if k != place]
    if not columns:
        raise ValueError(
            f"{name} has the column {label!r} of ids and no other column, so it has no "
            "features."
        )
    return FeatureIds(ids, rows, label, columns)


def _find(table: Table, side: Role, id_name: object) -> int:
    """Return the position of the ids among the columns and then the index."""
    names = [*(table.names or []), *table.index_names]
    if id_name is not None and id_name in names:
        return names.index(id_name)
    wanted = id_name if is_meaningful(id_name) else side  # not "0", of an array
    found = usual_positions(names, side)
    if len(found) > 1:
        listed = ", ".join(repr(names[k]) for k in found)
        raise ValueError(
            f"{listed} of {side}_features all have usual names of ids. Rename the one "
            f"that holds the ids to {wanted!r}, or drop the others."
        )
    if found:
        return found[0]
    index = [k for k in range(table.n_columns, len(names)) if is_meaningful(names[k])]
    if len(index) == 1:
        return index[0]
    raise ValueError(
        f"{side}_features needs a column of ids of {side}s, and the name of none of "
        f"its columns says that it is one: they are {table.names}. Rename it to "
        f"{wanted!r}. If an index of pandas holds the ids, name it with "
        f"`rename_axis({wanted!r})`."
    )


def _checked(
    values: ColumnArray, label: str, side: str
) -> tuple[np.ndarray, np.ndarray]:
    """Return sorted ids and the row of each; check that none is missing or repeated."""
    missing = np.flatnonzero(pd.isna(values))
    if missing.size:
        raise ValueError(
            f"{missing.size} ids are missing in {label}, the first in row "
            f"{missing[0]}. Drop these rows, for example with `dropna`."
        )
    ids, codes = distinct_ids(values, label)
    counts = np.bincount(codes, minlength=ids.size)
    if (counts > 1).any():
        repeated = ids[counts > 1]
        first = ", ".join(repr(x) for x in repeated[:_N_NAMED].tolist())
        more = ", ..." if repeated.size > _N_NAMED else ""
        raise ValueError(
            f"{repeated.size} ids are repeated in {label}: {first}{more}. Keep one row "
            f"for each {side}, for example with `drop_duplicates`."
        )
    return ids, np.argsort(codes)


def _check_kind(ids: np.ndarray, ids_like: np.ndarray, label: str, side: str) -> None:
    if id_kind(ids) != id_kind(ids_like):
        raise TypeError(
            f"The ids in {label!r} of {side}_features are of kind {id_kind(ids)} (such "
            f"as {ids[0]!s}), but the ids of {side}s in X are of kind "
            f"{id_kind(ids_like)} (such as {ids_like[0]!s}), so no id can match. "
            "Convert one of the two columns."
        )
