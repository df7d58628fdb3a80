"""Find a data set on disk or download its archive, and open it as a folder."""

import errno
import hashlib
import lzma
import os
import struct
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple, TypeAlias, TypedDict
from zipfile import BadZipFile, ZipFile
from zipfile import Path as ZipPath

from sklearn.datasets import fetch_file, get_data_home

from sklearn_cofi._typing import DataHome

Folder: TypeAlias = Path | ZipPath
"""A folder on disk, or inside a zip file; also a file in it."""


class Download(TypedDict):
    """The keyword arguments of `open_archive`."""

    data_home: DataHome
    download_if_missing: bool
    n_retries: int
    delay: float


class Archive(NamedTuple):
    """Source of a data set, and the names that it may have on disk.

    filename : name of the zip in data_home, or None if there is no zip
    url : address of the download, or None if it needs a login
    checksum : "sha256:<hex>" or "md5:<hex>", or None if none is published
    folders : names of its unpacked folder, in data_home and inside the zip
    homepage : address for a reader who must download it by hand
    """

    filename: str | None
    url: str | None
    checksum: str | None
    folders: tuple[str, ...]
    homepage: str


def is_present(archive: Archive, members: Sequence[str], data_home: DataHome) -> bool:
    """Return whether data_home has a folder with one of `members`, or the zip."""
    home = Path(get_data_home(data_home))
    in_folder = _first_folder(home, archive.folders, members) is not None
    return in_folder or bool(archive.filename and (home / archive.filename).exists())


@contextmanager
def open_archive(
    archive: Archive,
    members: Sequence[str],
    *,
    data_home: DataHome,
    download_if_missing: bool,
    n_retries: int,
    delay: float,
) -> Iterator[Folder]:
    """Open a data set as a folder, unpacked or inside its zip.

    The zip is never unpacked, so no name inside it is used as a path on disk.

    Parameters
    ----------
    archive : Archive
    members : tuple of str
        File names. A folder with one of them is taken for the data set.
    data_home, download_if_missing, n_retries, delay
        As in scikit-learn's fetchers.

    Yields
    ------
    folder : pathlib.Path or zipfile.Path

    Raises
    ------
    FileNotFoundError
        If the data is not on disk and `download_if_missing` is False, or there is no
        url.
    OSError
        If the download fails, or the zip is damaged or has none of the members.
    """
    home = Path(get_data_home(data_home))
    unpacked = _first_folder(home, archive.folders, members)
    if unpacked is not None:
        yield unpacked
        return
    path = None if archive.filename is None else home / archive.filename
    if path is not None and path.exists():
        _verify(path, archive)
    elif download_if_missing and path is not None and archive.url is not None:
        _download(archive, archive.url, path, n_retries, delay)
    else:
        raise FileNotFoundError(_not_found(archive, members, home))
    with _open_zip(path, archive, members) as folder:
        yield folder


def _first_folder(
    root: Folder, names: Sequence[str], members: Sequence[str]
) -> Folder | None:
    for folder in (root / name for name in names):
        if any((folder / member).exists() for member in members):
            return folder
    return None


def _not_found(archive: Archive, members: Sequence[str], home: Path) -> str:
    paths = [f"{home / name}/ (with {members[0]})" for name in archive.folders]
    if archive.filename is not None:
        paths.append(str(home / archive.filename))
    advice = "Pass download_if_missing=True, or get"
    if archive.url is None:
        advice = "It cannot be downloaded without a login: get"
    return (
        f"No data at any of {'; '.join(paths)}. {advice} it from {archive.homepage} "
        "and put it there."
    )


def _download(
    archive: Archive, url: str, path: Path, n_retries: int, delay: float
) -> None:
    """Write the verified zip to a path, or nothing if an error is raised.

    Errors contain the message of their cause. The cause is not chained, because its
    traceback through urllib would hide what to do.
    """
    # A folder next to the path is on the same file system, so the final move is atomic.
    with TemporaryDirectory(dir=path.parent) as folder:
        try:
            partial = fetch_file(
                url,
                folder=folder,
                local_filename=path.name,
                n_retries=n_retries,
                delay=delay,
            )
        except (OSError, HTTPException) as error:
            raise OSError(
                f"Could not download {url} ({error}). Try again later, or get "
                f"{path.name} from {archive.homepage} and put it into {path.parent}."
            ) from None
        try:
            _verify(Path(partial), archive)
        except OSError as error:
            raise OSError(
                f"The download of {url} was not kept, because it is incomplete or "
                f"damaged: {error}"
            ) from None
        os.replace(partial, path)


def _verify(path: Path, archive: Archive) -> None:
    """Compare the checksum, or the zip's own CRCs if no checksum is published."""
    if archive.checksum is None:
        with _open_zip_file(path) as zipped:
            damaged = zipped.testzip()
        if damaged is not None:
            raise OSError(_damaged(path, f"bad CRC of {damaged}"))
        return
    algorithm, expected = archive.checksum.split(":")
    with open(path, "rb") as stream:
        found = hashlib.file_digest(stream, algorithm).hexdigest()
    if found != expected:
        raise OSError(
            _damaged(path, f"its {algorithm} is {found}, expected {expected}")
        )


@contextmanager
def _open_zip_file(path: Path) -> Iterator[ZipFile]:
    try:
        with ZipFile(path) as zipped:
            yield zipped
    except _SIGNS_OF_DAMAGE as error:
        raise OSError(_damaged(path, error)) from None
    except OSError as error:
        # An offset before the start of the file, or a stream that is not bz2.
        if error.errno not in (errno.EINVAL, None) or str(path) in str(error):
            raise
        raise OSError(_damaged(path, error)) from None


@contextmanager
def _open_zip(path: Path, archive: Archive, members: Sequence[str]) -> Iterator[Folder]:
    with _open_zip_file(path) as zipped:
        # "" is last, because some zips hold their files without a folder.
        folder = _first_folder(ZipPath(zipped), (*archive.folders, ""), members)
        if folder is None:
            raise OSError(_damaged(path, f"it has no member {members[0]}"))
        yield folder


_SIGNS_OF_DAMAGE = (
    BadZipFile,
    EOFError,
    NotImplementedError,  # an unknown kind of compression
    RuntimeError,  # a password
    UnicodeDecodeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)


def _damaged(path: Path, reason: object) -> str:
    return (
        f"{path} is damaged or not the expected release: {reason}. "
        "Delete it and call again to download it again."
    )
