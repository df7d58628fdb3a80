"""Write a file that replaces an existing one only once it is complete."""

import errno
import io
import os
import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from secrets import token_hex
from typing import IO

# Number of characters of the file's name in the name of the temporary file, which may
# have 255 bytes at most.
_NAME_LENGTH = 50

_ON_WINDOWS = os.name == "nt"
# Seconds between attempts to replace a file that another program has open on Windows.
_WAITS = (0.02, 0.1, 0.5)

# Folders in which the numbers of descriptors are names of files.
_DESCRIPTORS = re.compile(r"/dev/fd|/proc/\d+(/task/\d+)?/fd")


@contextmanager
def replacing(path: Path) -> Iterator[IO[bytes]]:
    """Yield a temporary file that replaces the path once it is written and synced.

    A path that exists and is not a regular file (a device or a named pipe), or that
    names an open descriptor (``/dev/stdout``), is written to directly.

    Raises
    ------
    OSError
        If the path cannot be written to, with the path as its ``filename``. A file that
        was at the path is left as it was, and no temporary file is left.
    """
    descriptor = _descriptor(path)
    if descriptor is not None or path.exists() and not path.is_file():
        with _naming(path):
            where = path if descriptor is None else os.dup(descriptor)
            with _Stream(io.FileIO(where, "w")) as stream:  # a folder is an error
                yield stream
        return
    with _naming(path):
        mode = _mode_of_replaceable(path)
        real = Path(os.path.realpath(path))  # a link stays, and its target is replaced
        part = real.with_name(f".{real.name[:_NAME_LENGTH]}.{token_hex(8)}.part")
        try:
            with open(part, "xb", opener=_opener(mode)) as file:
                yield file
                file.flush()
                os.fsync(file.fileno())
            if mode is not None:
                os.chmod(part, mode)
            _replace(part, real)
        except BaseException:
            with suppress(OSError):  # the error that led here is the one to report
                part.unlink(missing_ok=True)
            raise
    _sync_folder(real.parent)


class _Stream(io.BufferedWriter):
    """A stream that is written from front to back.

    A descriptor can be open for appending, where a seek has no effect on writes.
    """

    def seekable(self) -> bool:
        return False

    def seek(self, *_: int) -> int:
        raise io.UnsupportedOperation("seek")

    def tell(self) -> int:
        raise io.UnsupportedOperation("tell")


def _descriptor(path: Path) -> int | None:
    """Return the number of an open descriptor of this process that the path names.

    A name such as ``/dev/stdout`` must not be resolved further: the file behind it can
    be deleted, or open for appending.
    """
    if _ON_WINDOWS:
        return None
    name = os.fspath(path)
    for _ in range(40):  # links that the system follows before it reports a loop
        folder, number = os.path.split(name)
        folder = os.path.realpath(folder)
        if _DESCRIPTORS.fullmatch(folder) and number.isdecimal():
            own = folder == "/dev/fd" or str(os.getpid()) in folder.split("/")
            return int(number) if own else None
        name = os.path.join(folder, number)
        if not os.path.islink(name):
            return None
        name = os.path.join(folder, os.readlink(name))
    return None


@contextmanager
def _naming(path: Path) -> Iterator[None]:
    """Give the path to system errors that name no file, or the temporary file."""
    try:
        yield
    except OSError as error:
        named = error.filename is not None and not str(error.filename).endswith(".part")
        if error.errno is None or named:
            raise
        raise OSError(error.errno, error.strerror, os.fspath(path)) from error


def _mode_of_replaceable(path: Path) -> int | None:
    """Return the permissions of the file at the path, or None if there is no file.

    Raises
    ------
    OSError
        If the path is a loop of links, or its file is read-only: only the folder's
        permissions would decide about a replacement.
    """
    try:
        mode = path.stat().st_mode & 0o777
    except FileNotFoundError:
        return None
    effective = os.access in os.supports_effective_ids
    if not os.access(path, os.W_OK, effective_ids=effective):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    return mode


def _opener(mode: int | None) -> Callable[[str, int], int]:
    """Return a function that creates a file with these permissions."""
    created = 0o666 if mode is None else mode  # the system applies the umask

    def opener(name: str, flags: int) -> int:
        return os.open(name, flags, created)

    return opener


def _replace(part: Path, path: Path) -> None:
    """Move the complete file to the path.

    Windows replaces no file that is open or mapped. Scanners of viruses open new files
    for a moment, so a few attempts are made.

    Raises
    ------
    PermissionError
        If a file at the path is still in use.
    """
    for wait in _WAITS if _ON_WINDOWS else ():
        try:
            return os.replace(part, path)
        except PermissionError:
            time.sleep(wait)
    try:
        os.replace(part, path)
    except PermissionError as error:
        if not _ON_WINDOWS:
            raise
        raise PermissionError(
            errno.EACCES,
            "Windows cannot replace a file that is in use, for example by a model "
            "that was loaded with mmap_mode. Save it under another name",
            os.fspath(path),
        ) from error


def _sync_folder(folder: Path) -> None:
    """Make the system store the new name, so that it outlasts a failure of power.

    The file is complete under its new name already, so errors are ignored: Windows and
    some file systems cannot sync folders.
    """
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
