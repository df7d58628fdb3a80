"""Find a data set on disk, or download its archive, and open it as a folder."""

import errno
import hashlib
import lzma
import os
import struct
import zlib
from contextlib import contextmanager
from http.client import HTTPException
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple
from zipfile import BadZipFile, ZipFile
from zipfile import Path as ZipPath

from sklearn.datasets import fetch_file, get_data_home


class Archive(NamedTuple):
    """Where a data set comes from and under which names it may lie on disk.

    filename : the zip's name in data_home, or None where there is none
    url : where to download it, or None where that takes a login
    checksum : "sha256:<hex>" or "md5:<hex>", or None where none is published
    folders : names of its folder once unpacked, in data_home and inside the zip
    homepage : what to tell a reader who must fetch it by hand
    """

    filename: str | None
    url: str | None
    checksum: str | None
    folders: tuple[str, ...]
    homepage: str


def is_present(archive, members, data_home):
    """Whether a folder with one of `members`, or the zip, lies in data_home."""
    home = Path(get_data_home(data_home))
    in_folder = _first_folder(home, archive.folders, members) is not None
    return in_folder or bool(archive.filename and (home / archive.filename).exists())


@contextmanager
def open_archive(archive, members, *, data_home, download_if_missing, n_retries, delay):
    """Open a data set as a folder, unpacked or inside its zip.

    Nothing is ever unpacked, so no name inside a zip is used as a path on disk.

    Parameters
    ----------
    archive : Archive
    members : tuple of str
        A folder counts as the data set when it has one of these files.
    data_home, download_if_missing, n_retries, delay
        As in scikit-learn's fetchers.

    Yields
    ------
    folder : pathlib.Path or zipfile.Path

    Raises
    ------
    FileNotFoundError
        If nothing is there and `download_if_missing` is False, or no url is known.
    OSError
        If the download fails, or the zip is damaged or lacks its members.
    """
    home = Path(get_data_home(data_home))
    folder = _first_folder(home, archive.folders, members)
    if folder is not None:
        yield folder
        return
    if archive.filename is None or not (home / archive.filename).exists():
        if not download_if_missing or archive.url is None:
            raise FileNotFoundError(_not_found(archive, members, home))
        _download(archive, home, n_retries, delay)
    else:
        _verify(home / archive.filename, archive)
    with _open_zip(home / archive.filename, archive, members) as folder:
        yield folder


def _first_folder(root, names, members):
    for folder in (root / name for name in names):
        if any((folder / member).exists() for member in members):
            return folder
    return None


def _not_found(archive, members, home):
    places = [f"{home / name}/ (holding {members[0]})" for name in archive.folders]
    if archive.filename is not None:
        places.append(str(home / archive.filename))
    advice = "Pass download_if_missing=True, or get"
    if archive.url is None:
        advice = "It cannot be downloaded without a login: get"
    return (
        f"No data at any of {'; '.join(places)}. {advice} it from {archive.homepage} "
        "and put it there."
    )


def _download(archive, home, n_retries, delay):
    """Put the verified zip into `home`, or leave nothing there."""
    # A folder inside home is on the same filesystem, so the final move is atomic.
    with TemporaryDirectory(dir=home) as folder:
        try:
            partial = fetch_file(
                archive.url,
                folder=folder,
                local_filename=archive.filename,
                n_retries=n_retries,
                delay=delay,
            )
        except (OSError, HTTPException) as error:
            raise OSError(
                f"Could not download {archive.url} ({error}). Try again later, or get "
                f"{archive.filename} from {archive.homepage} and put it into {home}."
            ) from error
        try:
            _verify(Path(partial), archive)
        except OSError as error:
            raise OSError(
                f"The download of {archive.url} was not kept, for it is not whole: "
                f"{error}"
            ) from error
        os.replace(partial, home / archive.filename)


def _verify(path, archive):
    """Compare the checksum; where none is published, the zip's own CRCs."""
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
def _open_zip_file(path):
    try:
        with ZipFile(path) as zipped:
            yield zipped
    except _SIGNS_OF_DAMAGE as error:
        raise OSError(_damaged(path, error)) from error
    except OSError as error:
        # An offset before the beginning, or a stream that is none of bz2's.
        if error.errno not in (errno.EINVAL, None) or str(path) in str(error):
            raise
        raise OSError(_damaged(path, error)) from error


@contextmanager
def _open_zip(path, archive, members):
    with _open_zip_file(path) as zipped:
        # "" last: some zips hold their files without a folder.
        folder = _first_folder(ZipPath(zipped), (*archive.folders, ""), members)
        if folder is None:
            raise OSError(_damaged(path, f"it has no member {members[0]}"))
        yield folder


_SIGNS_OF_DAMAGE = (
    BadZipFile,
    EOFError,
    NotImplementedError,  # a kind of compression that there is not
    RuntimeError,  # a password
    UnicodeDecodeError,
    struct.error,
    zlib.error,
    lzma.LZMAError,
)


def _damaged(path, reason):
    return (
        f"{path} is damaged or not the expected release: {reason}. "
        "Delete it and call again to download it anew."
    )
