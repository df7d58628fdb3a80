"""From a frame of features of users or items to a `FeatureTable`."""

import numpy as np

from sklearn_cofi._typing import Estimator, Frame
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._column_names import Role
from sklearn_cofi.data._feature_encoder import FeatureEncoder
from sklearn_cofi.data._feature_ids import read_ids
from sklearn_cofi.data._frame import open_table, rows_of_frame
from sklearn_cofi.data._frame_encoder import (
    FrameEncoder,
    feature_blocks,
    feature_names,
    fit_encoder,
)
from sklearn_cofi.data._side_features import FeatureRows, FeatureTable

# Fits factorise a matrix of features x features: this many take half a gigabyte and a
# second.
MAX_FEATURES = 4096


def read_features(
    frame: Frame | None,
    encoder: Estimator | None,
    side: Role,
    id_name: object = None,
    ids_like: np.ndarray | None = None,
) -> FeatureTable | None:
    """Encode a frame with one row of features for each user or item.

    Rows are sorted by id before the encoder is fitted, so that their order changes no
    bit of the result.

    Parameters
    ----------
    frame : frame or None
        Frame of pandas, polars or pyarrow. None has no features: the result is None.
    encoder : transformer or None
        It is cloned and fitted to the columns without the ids. None is
        `FeatureEncoder`.
    side : {"user", "item"}
        Whose features these are.
    id_name : object, default=None
        Name of the column of these ids in X.
    ids_like : ndarray or None, default=None
        Ids of X, whose kind is checked.

    Returns
    -------
    FeatureTable or None
        With the fitted encoder as ``encoder``.

    Raises
    ------
    TypeError
        If `frame` is not a frame, the encoder is not a transformer, or the ids are of
        another kind than `ids_like`.
    ValueError
        If the column of ids is not found, an id is missing or repeated, or the encoded
        features are missing, infinite, too many, or none at all.
    """
    if frame is None:
        return None
    name = f"{side}_features"
    found = read_ids(frame, side, id_name, ids_like)
    features = rows_of_frame(frame, found.rows, found.columns)
    columns = open_table(features, name).names or []
    transformer, output = fit_encoder(encoder, features, name)
    fitted = FrameEncoder(transformer, tuple(columns), found.name)
    matrix = fitted.checked(output, found.ids.size, name)
    if matrix.shape[1] == 0:
        _raise_without_features(transformer, columns, name)
    if matrix.shape[1] > MAX_FEATURES:
        raise ValueError(
            f"{name} has {matrix.shape[1]} columns after encoding, and at most "
            f"{MAX_FEATURES} can be fitted. Leave out columns with many categories, or "
            f"pass a {side}_encoder that makes fewer columns of them."
        )
    names = feature_names(transformer, output, matrix.shape[1])
    blocks, block_names = feature_blocks(transformer, names, name)
    return FeatureTable(found.ids, matrix, names, blocks, block_names, fitted)


def encode_more(
    table: FeatureTable,
    frame: Frame,
    side: Role,
) -> tuple[np.ndarray, FeatureRows]:
    """Encode features of further users or items as those of the table.

    Parameters
    ----------
    table : FeatureTable
        Made by `read_features`.
    frame : frame
        Features of other ids. It has the columns that `read_features` read; further
        columns are ignored.
    side : {"user", "item"}

    Returns
    -------
    ids : ndarray of shape (n,)
        The ids of the frame, sorted.
    rows : FeatureRows
        The features of these ids, minus the means of the table.

    Raises
    ------
    TypeError, ValueError
        As in `read_features`, or if a column of the fit is missing.
    """
    name = f"{side}_features"
    fitted = table.encoder
    if fitted is None:
        raise ValueError(
            f"The encoder of {name} was not saved with the model, so no further "
            f"features can be encoded. Fit the model, or load it with pickle."
        )
    found = read_ids(frame, side, fitted.id_name, table.ids)
    given = open_table(frame, name).names or []
    lacking = [column for column in fitted.columns if column not in given]
    if lacking:
        raise ValueError(
            f"{name} lacks columns that were seen in fit: "
            f"{', '.join(map(repr, lacking))}. If a value is unknown, set it to None."
        )
    positions = [given.index(column) for column in fitted.columns]
    matrix = fitted.encode(rows_of_frame(frame, found.rows, positions), name)
    rows = FeatureRows(matrix, np.ones(found.ids.size, dtype=bool), table.means)
    return found.ids, rows


def warn_without_features(n_missing: int, n: int, side: Role) -> None:
    """Warn if users or items of X have no row in the frame of their features.

    Parameters
    ----------
    n_missing : int
        Number of ids of X that are not in the frame.
    n : int
        Number of ids of X.
    side : {"user", "item"}
    """
    if n_missing:
        warn_caller(
            f"{n_missing} of the {n} {side}s of X have no row in {side}_features. They "
            "get the mean of each feature."
        )


def _raise_without_features(
    transformer: Estimator, columns: list[str], name: str
) -> None:
    reasons = ""
    if isinstance(transformer, FeatureEncoder):
        kinds = zip(columns, transformer.column_kinds_, strict=True)
        reasons = ": " + ", ".join(f"{column!r} is {kind}" for column, kind in kinds)
    raise ValueError(
        f"No column of {name} gives a feature{reasons}. Pass further columns, or an "
        "encoder of your own."
    )
