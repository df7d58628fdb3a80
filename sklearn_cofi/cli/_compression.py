"""Compressed files, recognised by their names or their first bytes."""

from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import PurePath
from typing import Any

# The values are pandas' names for the methods: it compresses what is written.
METHODS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}
_MAGIC = {
    b"\x1f\x8b\x08": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
# Follows the three letters and a digit: a table may begin with those, too.
_BZ2_BLOCK = b"1AY&SY"


def split_name(name: str) -> tuple[str, str | None]:
    """Return the suffix of a table in lower case, and the method that compresses it.

    Examples
    --------
    >>> from sklearn_cofi.cli._compression import split_name
    >>> split_name("ratings.CSV.gz"), split_name("ratings.csv")
    (('.csv', 'gzip'), ('.csv', None))
    """
    path = PurePath(name)
    method = METHODS.get(path.suffix.lower())
    return PurePath(path.stem if method else path.name).suffix.lower(), method


def method_of(data: bytes) -> str | None:
    """Return the method that compresses a file with these first bytes, or None."""
    for magic, method in _MAGIC.items():
        if data.startswith(magic):
            return None if method == "bz2" and data[4:10] != _BZ2_BLOCK else method
    return None


def decompress(data: bytes, method: str, name: str) -> bytes:
    """Return the whole decompressed content.

    Parameters
    ----------
    data : bytes
    method : str
        One of the values of `METHODS`.
    name : str
        Name of the file, for messages.

    Raises
    ------
    ValueError
        If the data are damaged, cut short or compressed by another method.
    ImportError
        If the method is "zstd" and no library for it is installed.
    """
    import lzma
    import zlib

    function = _zstd(name) if method == "zstd" else _standard(method)
    try:
        return function(data)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(f"{name} is not a valid {method} file: {error}.") from error


def _standard(method: str) -> Callable[[bytes], bytes]:
    module = import_module({"xz": "lzma"}.get(method, method))
    function: Callable[[bytes], bytes] = module.decompress
    return function


def _zstd(name: str) -> Callable[[bytes], bytes]:
    """Return a function that decompresses zstd and raises only ValueErrors."""
    try:
        from compression import zstd  # new in Python 3.14

        decompress = zstd.decompress
    except ImportError:
        try:
            import zstandard as zstd
        except ImportError as error:
            raise ImportError(
                f"{name} needs zstandard: pip install zstandard."
            ) from error

        def decompress(data: bytes) -> bytes:
            return b"".join(_frames(data, zstd.ZstdDecompressor))

    def checked(data: bytes) -> bytes:
        try:
            content: bytes = decompress(data)
        except zstd.ZstdError as error:
            raise ValueError(error) from error
        return content

    return checked


def _frames(data: bytes, decompressor: Callable[[], Any]) -> Iterator[bytes]:
    """Yield the content of each frame, whether or not a frame states its length."""
    while data:
        frame = decompressor().decompressobj()
        yield frame.decompress(data)
        if not frame.eof:
            raise EOFError("it ends before its end-of-stream marker")
        data = frame.unused_data
