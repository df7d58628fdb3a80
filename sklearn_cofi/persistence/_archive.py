"""Arrays and a JSON header in one .npz file."""

import errno
import json
import lzma
import os
import struct
import tokenize
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Literal, NamedTuple, Self

import numpy as np
from numpy.lib import format as npy

from sklearn_cofi.persistence._replacing import replacing

HEADER = "header.json"

MmapMode = Literal["r", "c"] | None

# Arrays begin at multiples of this number of bytes, so that a map of them is aligned.
_ALIGNMENT = 64
# Id of an extra field of zero bytes: zipalign writes it, and readers skip it.
_PADDING_FIELD = b"\x35\xd9"
_LOCAL_HEADER = 30
# Larger members need a field of 64-bit sizes. 2**16 bytes are left for numpy's header.
_LARGE = 2**31 - 2**16
_LARGE_FIELD = 20


class DamagedError(ValueError):
    """The file is damaged, or is not a saved model."""


def write_archive(
    path: Path, header: dict[str, Any], arrays: dict[str, np.ndarray]
) -> None:
    """Write a file, which replaces an existing one only once it is complete.

    Parameters
    ----------
    path : Path
    header : dict
        Values that `json` can write.
    arrays : dict of str to ndarray
        Arrays of numbers, dates or fixed-width strings.

    Raises
    ------
    OSError
        If the folder cannot be written to or the disk is full. A file that was at the
        path is left as it was.
    """
    with replacing(path) as stream, zipfile.ZipFile(stream, "w") as archive:
        archive.writestr(_info(HEADER), json.dumps(header, indent=1))
        for name, values in arrays.items():
            info = _info(f"{name}.npy")
            large = values.nbytes > _LARGE
            end = archive.start_dir + _LOCAL_HEADER + len(info.filename)
            end += _LARGE_FIELD if large else 0
            gap = -end % _ALIGNMENT
            gap += _ALIGNMENT if gap < 4 else 0  # a field has at least four bytes
            size = (gap - 4).to_bytes(2, "little")
            info.extra = _PADDING_FIELD + size + bytes(gap - 4)
            with archive.open(info, "w", force_zip64=large) as member:
                npy.write_array(member, np.asarray(values), allow_pickle=False)


def _info(name: str) -> zipfile.ZipInfo:
    """Return a member with a fixed date: the same model gives the same bytes."""
    return zipfile.ZipInfo(name, date_time=(1980, 1, 1, 0, 0, 0))


class _Member(NamedTuple):
    """Position and layout of an array in the file."""

    start: int
    dtype: np.dtype[Any]
    shape: tuple[int, ...]
    order: Literal["C", "F"]


class Archive:
    """A file that `write_archive` wrote, open for reading.

    Parameters
    ----------
    path : Path

    Raises
    ------
    DamagedError
        If the file is not a zip archive.
    """

    def __init__(self, path: Path) -> None:
        # With the path as a string, the attribute `filename` of a map is set.
        self._stream = open(os.fspath(path), "rb")  # noqa: SIM115
        try:
            self._size = os.fstat(self._stream.fileno()).st_size
            with _as_damage():
                self._zip = zipfile.ZipFile(self._stream)
                self._infos = {info.filename: info for info in self._zip.infolist()}
        except BaseException:
            self._stream.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self._zip.close()
        self._stream.close()

    def header(self) -> dict[str, Any]:
        """Return the header."""
        if HEADER not in self._infos:
            raise DamagedError(f"it has no {HEADER}")
        with _as_damage():
            header = json.loads(self._zip.read(HEADER))
        if not isinstance(header, dict):
            raise DamagedError("its header is not a JSON object")
        return header

    def verify(self) -> None:
        """Compare the checksums of all members."""
        with _as_damage():
            wrong = self._zip.testzip()
        if wrong is not None:
            raise DamagedError(f"the checksum of {wrong} is wrong")

    def array(self, name: str, mmap_mode: MmapMode) -> np.ndarray:
        """Return an array: in memory, or as a map of the file."""
        with _as_damage():
            member = self._find(f"{name}.npy")
        count = int(np.prod(member.shape, dtype=object))
        if mmap_mode is not None and count:
            # A map of the open file: the path may have another file by now.
            return np.memmap(
                self._stream,
                member.dtype,
                mmap_mode,
                offset=member.start,
                shape=member.shape,
                order=member.order,
            )
        self._stream.seek(member.start)
        values = np.fromfile(self._stream, member.dtype, count)
        if values.size < count:
            raise DamagedError(f"{name} ends before the length in its header")
        return values.reshape(member.shape, order=member.order)

    def _find(self, name: str) -> _Member:
        """Read the header of an array, and check that the array is complete."""
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
            raise DamagedError(f"{name} does not have the length in its header")
        return _Member(start, dtype, shape, "F" if fortran else "C")


@contextmanager
def _as_damage() -> Iterator[None]:
    """Raise errors of zipfile, numpy and json as `DamagedError`."""
    try:
        yield
    except DamagedError:
        raise
    except KeyError as error:
        raise DamagedError(f"it has no {error.args[0]}") from error
    except _SIGNS as error:
        raise DamagedError(str(error) or type(error).__name__) from error
    except OSError as error:
        # An offset before the beginning of the file has EINVAL, a stream that is not
        # bz2 has no number. All other errors are the disk's.
        if error.errno not in (errno.EINVAL, None):
            raise
        raise DamagedError("an offset is outside the file") from error


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
