"""Ratings files, text or parquet, into frames of user, item, rating, timestamp."""

import io
import math
import zipfile
from typing import NamedTuple

import numpy as np
import pandas as pd

PARQUET = "ratings.parquet"

# All ids of the sets read here fit into int32.
DTYPES = {
    "user": np.int32,
    "item": np.int32,
    "rating": np.float64,
    "timestamp": np.int64,
}
_WIDE = {np.int32: np.int64}


class RatingsFile(NamedTuple):
    """The layout of a text file of ratings.

    member : its name in the data set's folder
    separator : between fields; None for any run of blanks and tabs
    columns : our names, by the file's header where it has one, else in order
    has_header : whether the first line names the columns
    """

    member: str
    separator: str | None
    columns: dict[str, str]
    has_header: bool


def headerless(member, separator, columns=tuple(DTYPES)):
    """A RatingsFile without a header line."""
    return RatingsFile(member, separator, {name: name for name in columns}, False)


def read_ratings(folder, file, n_ratings=None):
    """Read a data set's ratings, from its own file or a parquet in place of it.

    Parameters
    ----------
    folder : pathlib.Path or zipfile.Path
    file : RatingsFile
    n_ratings : int, default=None
        The published number of ratings, to tell a file that was cut short.

    Returns
    -------
    frame : DataFrame of shape (n_ratings, 3 or 4)
        user and item (int32), rating (float64), timestamp (int64) where known.

    Raises
    ------
    OSError
        If neither file is there.
    ImportError
        If only the parquet is there and pyarrow is not installed.
    ValueError
        If the file has a malformed row, other columns or another number of rows.
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
            f"{path} holds {len(frame):,} ratings, expected {n_ratings:,}: it is cut "
            f"short or another release. {_advice(path)}"
        )
    return frame


def _read_text(path, file):
    columns = _columns(path, file)
    try:
        with _open_table(path, file) as stream:
            frame = pd.read_csv(
                stream,
                sep=r"\s+" if file.separator is None else file.separator[0],
                header=0 if file.has_header else None,
                names=columns,
                # Read wide: older pandas wraps what does not fit into int32.
                dtype={n: _WIDE.get(DTYPES[n], DTYPES[n]) for n in columns},
                na_filter=False,  # an empty field is an error, not a NaN
            )
            frame = _narrow(frame, columns)
    except (ValueError, OverflowError) as error:  # pandas' ParserError is one
        raise ValueError(_malformed(path, file, columns, error)) from error
    # With a field too many in every row, pandas makes the first column the index.
    whole = isinstance(frame.index, pd.RangeIndex)
    if not whole or not np.isfinite(frame["rating"].to_numpy()).all():
        raise ValueError(_malformed(path, file, columns, "rows of another shape"))
    return frame[[name for name in DTYPES if name in columns]]


def _open_table(path, file):
    """Open a file so that one character separates its fields.

    pandas' fast parser takes one character only, and its slow one needs half a
    minute for ml-10m, so "::" is replaced in memory (250 MB there).
    """
    if file.separator is None or len(file.separator) == 1:
        return path.open("rb")
    first = file.separator[0].encode()
    with path.open("rb") as stream:
        return io.BytesIO(stream.read().replace(file.separator.encode(), first))


def _columns(path, file):
    """Our names of the columns, in the file's order."""
    if not file.has_header:
        return list(file.columns)
    with path.open("rb") as stream:
        names = stream.readline().decode("utf-8-sig", "replace").strip()
    names = names.split(file.separator)
    if sorted(names) != sorted(file.columns):
        raise ValueError(
            f"{path}, line 1: expected the columns {', '.join(file.columns)}, found "
            f"{', '.join(names)}. {_advice(path)}"
        )
    return [file.columns[name] for name in names]


def _malformed(path, file, columns, error):
    """Say which line is wrong: read slowly, for it is read once."""
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


def _is_row(text, file, columns):
    fields = text.split(file.separator)
    try:
        values = [
            float(field) if name == "rating" else int(field)
            for name, field in zip(columns, fields, strict=True)
        ]
    except ValueError:
        return False
    return all(math.isfinite(value) and abs(value) < 2**63 for value in values)


def _read_parquet(path):
    try:
        import pyarrow  # pandas reads with it; absent, say its name
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
            f"{path} is no parquet file of user, item, rating[, timestamp] ({error}). "
            f"{_advice(path)}"
        ) from error
    return frame


_SIGNS_OF_DAMAGE = (ValueError, TypeError, KeyError, OSError, OverflowError)


def _narrow(frame, names):
    """Store the columns in their dtypes, refusing ids that do not fit."""
    if not (_fits_int32(frame["user"]) and _fits_int32(frame["item"])):
        raise ValueError("user and item must be integers that fit into int32")
    return frame.astype({name: DTYPES[name] for name in names})


def _fits_int32(ids):
    limits = np.iinfo(np.int32)
    return ids.dtype.kind in "iu" and ids.between(limits.min, limits.max).all()


def _container(path):
    """What lies on disk: the zip that holds the path, or the path itself."""
    return path.root.filename if isinstance(path, zipfile.Path) else path


def _advice(path):
    return f"Delete {_container(path)} and fetch the data again."
