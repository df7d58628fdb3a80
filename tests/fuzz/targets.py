"""Fuzz targets: readers that return a result or raise a documented error for any bytes.

A target takes bytes. It may raise the errors that its reader documents if they name the
file. Any other error is a defect.
"""

import io
import warnings
import zipfile
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from sklearn_cofi import load_npz
from sklearn_cofi.cli._ratings import read_ratings as read_any_ratings
from sklearn_cofi.datasets._archive import _open_zip_file
from sklearn_cofi.datasets._items_file import (
    read_items_csv,
    read_movies_dat,
    read_u_item,
)
from sklearn_cofi.datasets._ratings_file import (
    PARQUET,
    RatingsFile,
    headerless,
    read_ratings,
)

_HEADER = {
    "userId": "user",
    "movieId": "item",
    "rating": "rating",
    "timestamp": "timestamp",
}
RATINGS = (
    headerless("ratings.txt", "\t"),
    headerless("ratings.txt", "::"),
    headerless("ratings.txt", None, ("user", "item", "rating")),
    RatingsFile("ratings.txt", ",", _HEADER, True),
)
TABLES = ("", ".csv", ".gz", ".csv.bz2", ".xz", ".parquet")
ITEMS = (
    read_u_item,
    partial(read_movies_dat, encoding="utf-8"),
    partial(read_items_csv, columns={"movieId": "item", "title": "title"}),
)


def _with_file(data: bytes, name: str, read) -> None:
    """Read a file with these bytes; an error must name the file."""
    with TemporaryDirectory() as folder, warnings.catch_warnings(action="ignore"):
        path = Path(folder) / name
        path.write_bytes(data)
        try:
            read(path)
        except (OSError, ValueError, ImportError) as error:
            if name not in str(error):
                raise AssertionError(f"undocumented error: {error!r}") from error


def ratings(data: bytes) -> None:
    """Text files of ratings; the first byte chooses the layout."""
    file = RATINGS[data[0] % len(RATINGS)] if data else RATINGS[0]
    _with_file(data[1:], file.member, lambda path: read_ratings(path.parent, file))


def parquet(data: bytes) -> None:
    """Parquet files of ratings."""
    _with_file(data, PARQUET, lambda path: read_ratings(path.parent, RATINGS[0]))


def items(data: bytes) -> None:
    """Files of titles; the first byte chooses the layout."""
    read = ITEMS[data[0] % len(ITEMS)] if data else ITEMS[0]
    _with_file(data[1:], "items.txt", read)


def table(data: bytes) -> None:
    """Files for the command line; the first byte chooses the suffix."""
    name = "given" + TABLES[data[0] % len(TABLES)] if data else "given"
    _with_file(data[1:], name, lambda path: read_any_ratings(str(path)))


def archive(data: bytes) -> None:
    """Zip archives with a file of ratings."""

    def read(path):
        with _open_zip_file(path) as zipped:
            read_ratings(zipfile.Path(zipped), RATINGS[0])

    _with_file(data, "set.zip", read)


def model(data: bytes) -> None:
    """Saved models without a check of checksums; a loaded model must not crash."""

    def read(path):
        loaded = load_npz(path, check=False)
        users = loaded.user_ids_[:2]
        loaded.predict_matrix(users, loaded.item_ids_[:2])
        loaded.recommend(users, n=2)

    _with_file(data, "model.npz", read)


TARGETS = {
    target.__name__: target
    for target in (ratings, parquet, items, table, archive, model)
}


def zipped(name: str, data: bytes) -> bytes:
    """Return a zip archive of one file."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as written:
        written.writestr(zipfile.ZipInfo(name), data)
    return stream.getvalue()
