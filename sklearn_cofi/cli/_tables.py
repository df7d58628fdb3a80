"""Tables from files and stdin: Parquet, JSON, or text with any separator."""

import codecs
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from sklearn_cofi.cli._compression import decompress, method_of, split_name
from sklearn_cofi.cli._json_lines import is_json, read_json
from sklearn_cofi.cli._text_table import TextFormat, read_text

if TYPE_CHECKING:
    import pandas as pd

STDIN = "-"
PARQUET = (".parquet", ".pq")
# Number of bytes that are read to recognise the format; contains the first line.
_HEAD = 1 << 16


def label_of(source: str) -> str:
    """Return the name of a source for messages."""
    return "standard input" if source == STDIN else source


@contextmanager
def open_source(source: str) -> Iterator[IO[bytes]]:
    """Open a file, or stdin for "-", as a seekable stream of bytes.

    A compressed file, recognised by its name or its first bytes, is decompressed in
    memory.
    """
    if source == STDIN:
        yield _uncompressed(io.BytesIO(sys.stdin.buffer.read()), source)
        return
    with open(source, "rb") as stream:
        # A named pipe, such as the <(...) of a shell, can be read only once.
        whole = stream if stream.seekable() else io.BytesIO(stream.read())
        yield _uncompressed(whole, source)


def _uncompressed(stream: IO[bytes], source: str) -> IO[bytes]:
    method = split_name(source)[1] or method_of(stream.read(_HEAD))
    stream.seek(0)
    if method is None:
        return stream
    return io.BytesIO(decompress(stream.read(), method, label_of(source)))


def read_table(
    source: str,
    *,
    sep: str | None = None,
    header: bool | None = None,
    encoding: str = "utf-8",
    quotes: bool | None = None,
    text: bool = False,
    strip: bool = False,
    one_field: bool = False,
) -> "pd.DataFrame":
    """Read a table.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    sep : str, default=None
        Separator of the fields; ``"\\\\t"``, as shells pass it, is a tab. None takes
        it from the suffix of the file and its first lines.
    header : bool, default=None
        Whether the first line names the columns. None finds it by `find_header`.
    encoding : str, default="utf-8"
    quotes : bool, default=None
        Whether quotation marks quote fields. None is True if they follow RFC 4180.
    text : bool, default=False
        Whether all fields stay strings.
    strip : bool, default=False
        Whether to remove the blanks around the fields of a text file.
    one_field : bool, default=False
        Whether the lines of a text file may be single fields.

    Returns
    -------
    DataFrame
        With at least one row. An empty field is missing, "NA" is a string. Columns of
        numbers are numbers, unless a whole number has a leading zero. Without a header,
        the names of columns are their positions.

    Raises
    ------
    OSError
        If the file cannot be opened.
    ValueError
        If the file is empty, damaged or in another encoding, or its rows differ in
        length.
    ImportError
        If the file is Parquet and pyarrow is not installed, or it is compressed by
        zstd and no library for that is installed.
    """
    name = label_of(source)
    with open_source(source) as stream:
        head = stream.read(_HEAD)
        stream.seek(0)
        suffix = split_name(source)[0]
        if head[:4] == b"PAR1" or suffix in PARQUET:
            frame = _read_parquet(stream, name)
        else:
            if not head.strip():
                raise ValueError(f"{name} is empty.")
            if is_json(head, suffix):
                frame = read_json(stream, head, name, encoding=encoding, text=text)
            else:
                given = TextFormat(
                    sep, header, encoding, quotes, text, strip, one_field
                )
                frame = read_text(stream, head, name, suffix, given)
    if not len(frame):
        raise ValueError(f"{name} has a header and no rows.")
    return frame


def read_described_table(
    source: str, *, text: bool, encoding: str = "utf-8"
) -> "pd.DataFrame":
    """Read a table of titles or features, without blanks around its fields.

    A file that is not UTF-8 is read in the encoding. UTF-8 stands for Latin-1 then, the
    encoding of some MovieLens files. Stdin is in the encoding, because it cannot be
    read twice.
    """
    if source == STDIN:
        return read_table(source, text=text, strip=True, encoding=encoding)
    try:
        return read_table(source, text=text, strip=True)
    except ValueError as error:
        if not isinstance(error.__cause__, UnicodeError):
            raise
    if codecs.lookup(encoding).name == "utf-8":
        encoding = "latin-1"
    return read_table(source, text=text, strip=True, encoding=encoding)


def _read_parquet(stream: IO[bytes], name: str) -> "pd.DataFrame":
    import pandas as pd

    try:
        return pd.read_parquet(stream, engine="pyarrow")
    except ImportError as error:
        raise ImportError(
            f"Reading {name} needs pyarrow: pip install pyarrow."
        ) from error
    except Exception as error:  # damage anywhere in a file raises errors of many types
        raise ValueError(f"{name} is not a valid Parquet file: {error}") from error
