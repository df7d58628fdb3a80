"""CSRRows files, told by their names or by how they begin."""

from importlib import import_module
from pathlib import PurePath

# As pandas names them too, which compresses what is written.
METHODS = {".gz": "gzip", ".bz2": "bz2", ".xz": "xz", ".zst": "zstd"}
_MAGIC = {
    b"\x1f\x8b\x08": "gzip",
    b"BZh": "bz2",
    b"\xfd7zXZ\0": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
}
# After the three letters and a digit, with which a table might begin.
_BZ2_BLOCK = b"1AY&SY"


def split_name(name: str) -> tuple[str, str | None]:
    """Return the suffix of a table in lower case, and how it is compressed.

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
    """Tell by the first bytes how a file is compressed, if it is."""
    for magic, method in _MAGIC.items():
        if data.startswith(magic):
            return None if method == "bz2" and data[4:10] != _BZ2_BLOCK else method
    return None


def decompressed(data: bytes, method: str, name: str) -> bytes:
    """Return what was compressed, all of it.

    Raises
    ------
    ValueError
        If it is not of this kind, damaged, or cut short.
    ImportError
        If it is "zstd" and no library for that is there.
    """
    import lzma
    import zlib

    decompress = _zstd(name) if method == "zstd" else _standard(method)
    try:
        return decompress(data)
    except (OSError, EOFError, ValueError, zlib.error, lzma.LZMAError) as error:
        raise ValueError(f"{name} is no {method} file, or damaged: {error}.") from error


def _standard(method: str):
    return import_module({"xz": "lzma"}.get(method, method)).decompress


def _zstd(name: str):
    """Return what decompresses zstd; its errors are ValueErrors."""
    try:
        from compression import zstd  # from Python 3.14 on

        decompress = zstd.decompress
    except ImportError:
        try:
            import zstandard as zstd
        except ImportError as error:
            raise ImportError(
                f"{name} needs zstandard: pip install zstandard."
            ) from error

        def decompress(data):
            return b"".join(_frames(data, zstd.ZstdDecompressor))

    def checked(data):
        try:
            return decompress(data)
        except zstd.ZstdError as error:
            raise ValueError(error) from error

    return checked


def _frames(data: bytes, decompressor):
    """Yield what frames hold, which need not say how long they are."""
    while data:
        frame = decompressor().decompressobj()
        yield frame.decompress(data)
        if not frame.eof:
            raise EOFError("it ends before its end-of-stream marker")
        data = frame.unused_data
