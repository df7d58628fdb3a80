"""Files of ratings, text or parquet, as frames of user, item, rating, timestamp."""

import io
import math
import zipfile
from collections.abc import Iterable, Mapping, Sequence
from typing import IO, NamedTuple

import numpy as np
import pandas as pd

from sklearn_cofi.datasets._archive import Folder

PARQUET = "ratings.parquet"

# All ids of the data sets read here fit into int32.
DTYPES: dict[str, type[np.number]] = {
    "user": np.int32,
    "item": np.int32,
    "rating": np.float64,
    "timestamp": np.int64,
}
# The dtypes that a file is read with: older pandas wraps numbers that exceed int32.
_WIDE_DTYPES = DTYPES | {"user": np.int64, "item": np.int64}


class RatingsFile(NamedTuple):
    """The layout of a text file of ratings.

    member : name of the file in the data set's folder
    separator : string between fields; None for any run of blanks and tabs
    columns : names in the file to our names; without a header, in the file's order
    has_header : whether the first line names the columns
    """

    member: str
    separator: str | None
    columns: Mapping[str, str]
    has_header: bool


def headerless(
    member: str, separator: str | None, columns: Iterable[str] = tuple(DTYPES)
) -> RatingsFile:
    """Return a RatingsFile without a header line."""
    return RatingsFile(member, separator, {name: name for name in columns}, False)


def read_ratings(
    folder: Folder, file: RatingsFile, n_ratings: int | None = None
) -> pd.DataFrame:
    """Read the ratings of a data set, from its own file or from a parquet file.

    Parameters
    ----------
    folder : pathlib.Path or zipfile.Path
    file : RatingsFile
    n_ratings : int, default=None
        Published number of ratings, by which a truncated file is recognised.

    Returns
    -------
    frame : DataFrame of shape (n_ratings, 3 or 4)
        Columns user and item (int32), rating (float64) and, if known, timestamp
        (int64).

    Raises
    ------
    OSError
        If neither file exists.
    ImportError
        If there is only the parquet file and pyarrow is not installed.
    ValueError
        If the file has a malformed row, wrong columns or a wrong number of rows.
    """
    path = folder / file.member
    if path.exists():
        frame = _read_text(path, file)
    elif (folder / PARQUET).exists():
        path = folder / PARQUET
        frame = _read_parquet(path)
    else:
        raise OSError(f"{_container(folder)} has no {file.member}. {_advice(folder)}")
    if n_ratings is not None and len(frame) != n_ratings:
        raise ValueError(
            f"{path} holds {len(frame):,} ratings, expected {n_ratings:,}: it is "
            f"truncated or another release. {_advice(path)}"
        )
    return frame


def _read_text(path: Folder, file: RatingsFile) -> pd.DataFrame:
    columns = _columns(path, file)
    try:
        with _open_table(path, file) as stream:
            frame = pd.read_csv(
                stream,
                sep=r"\s+" if file.separator is None else file.separator[0],
                header=0 if file.has_header else None,
                names=columns,
                dtype={name: _WIDE_DTYPES[name] for name in columns},
                na_filter=False,  # an empty field is an error, not a NaN
            )
            frame = _narrow(frame, columns)
    except (ValueError, OverflowError) as error:  # pandas' ParserError is one
        raise ValueError(_malformed(path, file, columns, error)) from error
    # If every row has one field too many, pandas makes the first column the index.
    whole = isinstance(frame.index, pd.RangeIndex)
    if not whole or not np.isfinite(frame["rating"].to_numpy()).all():
        raise ValueError(_malformed(path, file, columns, "rows of another shape"))
    return frame[[name for name in DTYPES if name in columns]]


def _open_table(path: Folder, file: RatingsFile) -> IO[bytes]:
    """Open a file with one character between its fields.

    pandas' fast parser accepts one character only, and its slow parser needs half a
    minute for ml-10m, so "::" is replaced in memory (250 MB for ml-10m).
    """
    if file.separator is None or len(file.separator) == 1:
        return path.open("rb")
    first = file.separator[0].encode()
    with path.open("rb") as stream:
        return io.BytesIO(stream.read().replace(file.separator.encode(), first))


def _columns(path: Folder, file: RatingsFile) -> list[str]:
    """Return our names of the columns, in the file's order."""
    if not file.has_header:
        return list(file.columns)
    with path.open("rb") as stream:
        header = stream.readline().decode("utf-8-sig", "replace").strip()
    names = header.split(file.separator)
    if sorted(names) != sorted(file.columns):
        raise ValueError(
            f"{path}, line 1: expected the columns {', '.join(file.columns)}, found "
            f"{', '.join(names)}. {_advice(path)}"
        )
    return [file.columns[name] for name in names]


def _malformed(
    path: Folder, file: RatingsFile, columns: Sequence[str], error: object
) -> str:
    """Return the error message, which names the first wrong line.

    The file is read line by line, which is slow and happens only after an error.
    """
    shape = (file.separator or " ").join(columns)
    with path.open("rb") as stream:
        for number, line in enumerate(stream, start=1):
            text = line.decode("utf-8", "replace").rstrip("\r\n")
            is_header = file.has_header and number == 1
            if text and not is_header and not _is_row(text, file, columns):
                return (
                    f"{path}, line {number}: expected {shape}, found {text!r}. "
                    f"{_advice(path)}"
                )
    return f"{path}: expected lines of {shape} ({error}). {_advice(path)}"


def _is_row(text: str, file: RatingsFile, columns: Sequence[str]) -> bool:
    fields = text.split(file.separator)
    try:
        values = [
            float(field) if name == "rating" else int(field)
            for name, field in zip(columns, fields, strict=True)
        ]
    except ValueError:
        return False
    return all(math.isfinite(value) and abs(value) < 2**63 for value in values)


def _read_parquet(path: Folder) -> pd.DataFrame:
    try:
        import pyarrow  # pandas needs it, and its own error does not name the file
    except ImportError as error:
        raise ImportError(
            f"Reading {path} needs pyarrow, which is not installed: "
            "pip install pyarrow."
        ) from error
    try:
        frame = pd.read_parquet(path, engine="pyarrow")
        names = [name for name in DTYPES if name in frame or name != "timestamp"]
        frame = frame[names]
        frame = _narrow(frame, names)
        if not np.isfinite(frame["rating"].to_numpy()).all():
            raise ValueError("a rating is missing or infinite")
    except (*_SIGNS_OF_DAMAGE, pyarrow.ArrowException) as error:
        raise ValueError(
            f"{path} is not a parquet file of user, item, rating[, timestamp] "
            f"({error}). {_advice(path)}"
        ) from error
    return frame


_SIGNS_OF_DAMAGE = (ValueError, TypeError, KeyError, OSError, OverflowError)


def _narrow(frame: pd.DataFrame, names: Sequence[str]) -> pd.DataFrame:
    """Convert the columns to their dtypes, and check that ids fit into int32."""
    if not (_fits_int32(frame["user"]) and _fits_int32(frame["item"])):
        raise ValueError("user and item must be integers that fit into int32")
    return frame.astype({name: DTYPES[name] for name in names})


def _fits_int32(ids: pd.Series) -> bool:
    limits = np.iinfo(np.int32)
    return ids.dtype.kind in "iu" and ids.between(limits.min, limits.max).all()


def _container(path: Folder) -> object:
    """Return the file on disk: the zip that holds the path, or the path itself."""
    return path.root.filename if isinstance(path, zipfile.Path) else path


def _advice(path: Folder) -> str:
    return f"Delete {_container(path)} and fetch the data again."
