"""Features of users and items, read from files."""

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

import click

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._feature_files import FeatureFile, read_feature_table
from sklearn_cofi.cli._feature_values import UNUSED, feature_values
from sklearn_cofi.cli._file_columns import FileColumns, column_of, has_no_header
from sklearn_cofi.cli._id_columns import as_ids_of, check_ids
from sklearn_cofi.cli._tables import label_of
from sklearn_cofi.cli._unknown_ids import list_ids

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sklearn_cofi._typing import Estimator, SideName

# Number of columns that are printed.
_PRINTED = 30


def set_features(
    model: "Estimator",
    files: Iterable[FeatureFile],
    ratings: "pd.DataFrame",
    columns: FileColumns,
    encoding: str,
) -> None:
    """Read the files of features, and set them as parameters of a model.

    Parameters
    ----------
    model : estimator
    files : iterable of FeatureFile
    ratings : DataFrame
        Columns user and item: the ids of the files must be of their kind.
    columns : FileColumns
        Columns of the ratings' file. The names of ids in it are looked up first.
    encoding : str
        As in `read_feature_table`.
    """
    names = dict(zip(("user", "item"), columns.names or (None, None), strict=False))
    for file in files:
        ids = ratings[file.side].to_numpy()
        frame = _read_features(file, ids, names[file.side], encoding)
        model.set_params(**{f"{file.side}_features": frame})


def _read_features(
    file: FeatureFile, ids: "np.ndarray", id_name: str | None, encoding: str
) -> "pd.DataFrame":
    """Read features, and print which columns they are in on stderr.

    Parameters
    ----------
    file : FeatureFile
    ids : ndarray of shape (n_ratings,)
        Ids of the ratings.
    id_name : str or None
        Name of the column of ids in the file of ratings.
    encoding : str

    Returns
    -------
    DataFrame
        The first column holds the ids, and has the name of the side.

    Raises
    ------
    ValueError
        If an id is missing, repeated or of another kind than those of the ratings, if
        no id is one of the ratings, or if no column gives a feature.
    """
    import pandas as pd

    side, name = file.side, label_of(file.source)
    frame = read_feature_table(file.source, ids, encoding)
    position = _id_column(frame, side, id_name, name)
    rename = f"rename the column that holds the ids to {side!r}"
    column = as_ids_of(check_ids(frame, position, side, name, or_else=rename), ids)
    _check_ids_of_features(column, ids, side, name)
    positions = _feature_columns(frame, position, name)
    codes = [_position(frame, file, one, name) for one in file.categories]
    if position in codes:
        raise ValueError(
            f"{name}: column {frame.columns[position]!r} of --{side}-categories holds "
            f"the ids of {side}s, which are not features. Remove it from the option, "
            f"or rename the column that holds the ids to {side!r}."
        )
    values, kinds = feature_values(frame, positions, codes, name, side)
    _print_columns(frame, side, position, kinds, name)
    _warn_of_lacking_ids(column, ids, side, name)
    prefix = "column " if has_no_header(frame) else ""
    named = {side: column} | {
        # The name of the side is that of the ids.
        f"{prefix}{frame.columns[k]}" + "_" * (frame.columns[k] == side): one
        for k, one in values.items()
    }
    return pd.DataFrame(named)


def _position(frame: "pd.DataFrame", file: FeatureFile, column: str, name: str) -> int:
    """Return the position of a column of --user-categories or --item-categories."""
    found, names = column_of(frame, column), list(frame.columns)
    # pandas reads the header x,x as x,x.1.
    if names.count(found) > 1 or {found, f"{found}.1"} <= set(names):
        raise ValueError(
            f"{name}: its header repeats {found!r}, a column of "
            f"--{file.side}-categories. Rename the columns, so that each has its own "
            "name."
        )
    if found in names:
        return names.index(found)
    if isinstance(found, int) and found < len(names):
        return found
    raise ValueError(
        f"{name} has no column --{file.side}-categories {column}; its columns are "
        f"{names}."
    )


def _id_column(
    frame: "pd.DataFrame", side: "SideName", id_name: str | None, name: str
) -> int:
    """Return the position of the ids.

    They are in the column with their name in the ratings' file, else in one with a
    usual name or "id", else in the first that does not hold row numbers.

    Raises
    ------
    ValueError
        If several names are equally usual, or if the first column has a usual name of
        the other side.
    """
    from sklearn_cofi.data._column_names import (
        USUAL_NAMES,
        is_row_number,
        normalise,
        usual_positions,
    )

    names = list(frame.columns)
    if id_name is not None and id_name in names:
        return names.index(id_name)
    found = usual_positions(names, side)
    words = frozenset().union(*USUAL_NAMES[side][-2:]) - {side}
    if all(normalise(names[k]) in words for k in found):  # "title", and not "movieId"
        found = [k for k, one in enumerate(names) if normalise(one) == "id"] or found
    if len(found) > 1:
        listed = ", ".join(repr(names[k]) for k in found)
        raise ValueError(
            f"{name}: columns {listed} all have usual names of ids. Rename the one "
            f"that holds the ids of {side}s to {id_name or side!r}."
        )
    if found:
        return found[0]
    first = next((k for k, one in enumerate(names) if not is_row_number(one)), 0)
    other: SideName = "item" if side == "user" else "user"
    if usual_positions(names[first : first + 1], other):
        raise ValueError(
            f"{name}: column {names[first]!r} of --{side}-features has a usual name of "
            f"{other}s, and no column has one of {side}s. Pass a file of {other}s as "
            f"--{other}-features, or rename the column that holds the ids of {side}s "
            f"to {id_name or side!r}."
        )
    return first


def _check_ids_of_features(
    column: "pd.Series", ids: "np.ndarray", side: "SideName", name: str
) -> None:
    """Check that ids are of the kind of the ratings' ids, match, and do not repeat."""
    import numpy as np

    from sklearn_cofi.data._id_arrays import id_kind

    label, found = f"column {column.name!r}", column.to_numpy()
    a_side = "a user" if side == "user" else "an item"
    rename = f"If it does not hold the ids, rename the column that does to {side!r}."
    if id_kind(found) != id_kind(ids):
        raise ValueError(
            f"{name}: its {side}s ({label}) are of kind {id_kind(found)}, such as "
            f"{found[0]}, but those of the ratings are of kind {id_kind(ids)}, such as "
            f"{ids[0]}, so none matches. {rename}"
        )
    repeated = column.duplicated().to_numpy()
    if repeated.any():
        second = int(repeated.argmax())
        first = int(np.argmax(found == found[second]))
        count = int(repeated.sum())
        repeats = "1 row repeats" if count == 1 else f"{count:,} rows repeat"
        raise ValueError(
            f"{name}: {repeats} {a_side} ({label}); the first is "
            f"{found[second]}, in rows {first + 1} and {second + 1}. Keep one row for "
            f"each {side}. {rename}"
        )
    if not column.isin(ids).any():
        raise ValueError(
            f"{name}: none of its {side}s ({label}), such as {found[0]}, has a rating. "
            f"{rename}"
        )


def _warn_of_lacking_ids(
    column: "pd.Series", ids: "np.ndarray", side: "SideName", name: str
) -> None:
    """Warn of ids of the ratings without a row of features."""
    import pandas as pd

    distinct = pd.Series(pd.unique(ids))
    lacking = distinct[~distinct.isin(column)]
    if len(lacking):
        warn_caller(
            f"{name} has no row for {len(lacking):,} of the {len(distinct):,} {side}s "
            f"with ratings ({list_ids(lacking.tolist())}). They get the mean of each "
            "feature."
        )


def _feature_columns(frame: "pd.DataFrame", position: int, name: str) -> Sequence[int]:
    """Return the positions of all columns but the ids and row numbers."""
    from sklearn_cofi.data._column_names import is_row_number

    names = list(frame.columns)
    columns = [
        k for k, one in enumerate(names) if k != position and not is_row_number(one)
    ]
    if not columns:
        raise ValueError(
            f"{name} has the column {names[position]!r} of ids and no other column, so "
            "it has no features."
        )
    return columns


def _print_columns(
    frame: "pd.DataFrame",
    side: "SideName",
    position: int,
    kinds: dict[int, str],
    name: str,
) -> None:
    """Print which column holds ids and which ones features, and their kinds."""
    used, unused = (
        [
            f"{frame.columns[k]!r} ({kind})"
            for k, kind in kinds.items()
            if (kind in UNUSED) == left_out
        ]
        for left_out in (False, True)
    )
    text = f"{side} {frame.columns[position]!r}, features {_listed(used)}"
    if unused:
        text += f"; not used: {_listed(unused)}"
    click.echo(f"sklearn-cofi: columns of {name}: {text}", err=True)


def _listed(texts: list[str]) -> str:
    more = len(texts) - _PRINTED
    return ", ".join(texts[:_PRINTED]) + (f" and {more:,} more" if more > 0 else "")
