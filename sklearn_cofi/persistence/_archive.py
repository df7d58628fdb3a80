"""Arrays and a header of JSON in one .npz file: written whole or not at all."""

import errno
import json
import lzma
import os
import struct
import tokenize
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path
from secrets import token_hex
from typing import NamedTuple

import numpy as np
from numpy.lib import format as npy

HEADER = "header.json"

# Numbers begin at multiples of so many bytes, so that they can be used from the file.
_ALIGNMENT = 64
# Of an extra field that holds nothing: what zipalign writes, and others skip.
_PADDING_FIELD = b"\x35\xd9"
_LOCAL_HEADER = 30
# Of more bytes, with room for numpy's header, a member needs a field of 64-bit sizes.
_LARGE = 2**31 - 2**16
_LARGE_FIELD = 20
# So many letters of a path's name are part of another: both are of 255 bytes at most.
_NAMED = 50


class DamagedError(ValueError):
    """A file that is no model, or no longer."""


def write_archive(path: Path, header: dict, arrays: dict[str, np.ndarray]) -> None:
    """Write a file in place of what is at the path, at once.

    Parameters
    ----------
    path : Path
    header : dict
        What `json` can write.
    arrays : dict of str to ndarray
        Of numbers, dates or fixed-width strings.

    Raises
    ------
    OSError
        If the folder or the disk does not take it. What was at the path is still there.
    """
    with replacing(path) as stream, zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(HEADER, json.dumps(header, indent=1))
        for name, values in arrays.items():
            info = zipfile.ZipInfo(f"{name}.npy", date_time=(1980, 1, 1, 0, 0, 0))
            large = values.nbytes > _LARGE
            end = archive.start_dir + _LOCAL_HEADER + len(info.filename)
            end += _LARGE_FIELD if large else 0
            gap = -end % _ALIGNMENT
            gap += _ALIGNMENT if gap < 4 else 0  # a field has four bytes at least
            size = (gap - 4).to_bytes(2, "little")
            info.extra = _PADDING_FIELD + size + bytes(gap - 4)
            with archive.open(info, "w", force_zip64=large) as member:
                npy.write_array(member, np.asarray(values), allow_pickle=False)


@contextmanager
def replacing(path: Path):
    """Yield a file that takes the path's place once it is written and on the disk.

    What is there and no regular file (a device, a named pipe) is written to instead.
    """
    if path.exists() and not path.is_file():
        with open(path, "wb") as stream:  # refuses a folder
            yield stream
        return
    mode = path.stat().st_mode & 0o777 if path.exists() else None
    path = Path(os.path.realpath(path))  # a link stays one, and its file is replaced
    part = path.with_name(f".{path.name[:_NAMED]}.{token_hex(8)}.part")
    created = 0o666 if mode is None else mode  # the system takes the umask away
    try:
        with open(part, "xb", opener=lambda *how: os.open(*how, created)) as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if mode is not None:
            os.chmod(part, mode)
        os.replace(part, path)
    except BaseException as error:
        part.unlink(missing_ok=True)
        if isinstance(error, OSError) and str(error.filename) == str(part):
            raise OSError(error.errno, error.strerror, str(path)) from error
        raise


class _Member(NamedTuple):
    """Where an array is in the file."""

    start: int
    dtype: np.dtype
    shape: tuple[int, ...]
    fortran: bool


class Archive:
    """A file of `write_archive`, open for reading.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DamagedError
        If it is no such file.
    """

    def __init__(self, path: Path):
        # A name that is a string is told to those who ask a map for its file.
        self._stream = open(os.fspath(path), "rb")  # noqa: SIM115
        try:
            self._size = os.fstat(self._stream.fileno()).st_size
            with _as_damage():
                self._zip = zipfile.ZipFile(self._stream)
                self._infos = {info.filename: info for info in self._zip.infolist()}
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._zip.close()
        self._stream.close()

    def header(self) -> dict:
        """Return the header."""
        with _as_damage():
            header = json.loads(self._zip.read(HEADER))
        if not isinstance(header, dict):
            raise DamagedError("its header is no object")
        return header

    def verify(self) -> None:
        """Compare the checksums of everything."""
        with _as_damage():
            wrong = self._zip.testzip()
        if wrong is not None:
            raise DamagedError(f"the checksum of {wrong} is another")

    def array(self, name: str, mmap_mode: str | None) -> np.ndarray:
        """Return an array, read or as a map of the file."""
        with _as_damage():
            member = self._find(f"{name}.npy")
            order = "F" if member.fortran else "C"
            count = int(np.prod(member.shape, dtype=object))
            if mmap_mode is not None and count:
                place = {"offset": member.start, "shape": member.shape, "order": order}
                # Of the open file: another may lie at the path by now.
                return np.memmap(self._stream, member.dtype, mmap_mode, **place)
            self._stream.seek(member.start)
            values = np.fromfile(self._stream, member.dtype, count)
        return values.reshape(member.shape, order=order)

    def _find(self, name: str) -> _Member:
        """Read the header of an array, and check that all of it is there."""
        info = self._infos[name]
        if info.compress_type != zipfile.ZIP_STORED or info.flag_bits & 1:
            raise DamagedError("it was compressed or encrypted by another program")
        self._stream.seek(info.header_offset)
        local = self._stream.read(_LOCAL_HEADER)
        lengths = (int.from_bytes(local[k : k + 2], "little") for k in (26, 28))
        begin = info.header_offset + _LOCAL_HEADER + sum(lengths)
        self._stream.seek(begin)
        version = npy.read_magic(self._stream)
        if version != (1, 0):
            raise DamagedError(f"{name} has a header of version {version}")
        shape, fortran, dtype = npy.read_array_header_1_0(self._stream)
        start = self._stream.tell()
        size = int(np.prod(shape, dtype=object)) * dtype.itemsize
        if dtype.hasobject or min(shape, default=0) < 0 or not dtype.itemsize:
            raise DamagedError(f"{name} holds {dtype}")
        if start + size != begin + info.file_size or start + size > self._size:
            raise DamagedError(f"{name} is not as long as its header says")
        return _Member(start, dtype, shape, fortran)


@contextmanager
def _as_damage():
    """Say that the file is damaged, whatever shows it."""
    try:
        yield
    except DamagedError:
        raise
    except KeyError as error:
        raise DamagedError(f"it has no {error.args[0]}") from error
    except _SIGNS as error:
        raise DamagedError(str(error) or type(error).__name__) from error
    except OSError as error:
        # An offset before the beginning, or a stream that is none of bz2's; what else
        # fails is the disk's.
        if error.errno not in (errno.EINVAL, None):
            raise
        raise DamagedError("it points outside of itself") from error


_SIGNS = (
    tokenize.TokenError,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    ValueError,
    TypeError,
    EOFError,
    SyntaxError,
    OverflowError,
    NotImplementedError,
    RecursionError,
    RuntimeError,
    MemoryError,
)
