"""Tables from files and stdin: Parquet, or text with any separator."""

import csv
import io
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from sklearn_cofi.cli._compression import decompress, method_of, split_name
from sklearn_cofi.cli._header import find_header, warn_of_no_header

if TYPE_CHECKING:
    import pandas as pd

STDIN = "-"
SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
PARQUET = (".parquet", ".pq")
_CANDIDATES = ("::", "\t", ",", ";", "|")
# Replaces a separator of several characters: pandas' fast parser takes only one.
_UNIT_SEPARATOR = "\x1f"
# Number of bytes that are read to recognise the format; contains the first line.
_HEAD = 1 << 16
# Number of lines that are compared to find whether the first one is a header.
_SAMPLED = 20


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
    text: bool = False,
) -> "pd.DataFrame":
    """Read a table.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    sep : str, default=None
        Separator of the fields; ``"\\\\t"``, as shells pass it, is a tab. None takes
        it from the suffix of the file, else from its first line.
    header : bool, default=None
        Whether the first line names the columns. None finds it by `find_header`.
    encoding : str, default="utf-8"
    text : bool, default=False
        Whether all fields stay strings, as they are in the file.

    Returns
    -------
    DataFrame
        With at least one row. An empty field is missing, "NA" is a string. Without a
        header, the names of columns are their positions.

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
            sep = sep.replace("\\t", "\t") if sep else SEPARATORS.get(suffix)
            frame = _read_text(stream, head, name, sep, header, encoding, text)
    if not len(frame):
        raise ValueError(f"{name} has a header and no rows.")
    return frame


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


def _read_text(
    stream: IO[bytes],
    head: bytes,
    name: str,
    sep: str | None,
    header: bool | None,
    encoding: str,
    text: bool,
) -> "pd.DataFrame":
    import pandas as pd

    if encoding.lower() in ("utf-8", "utf8") and b"\0" in head:
        raise ValueError(f"{name} is neither text nor Parquet.")
    with _name_in_errors(name, encoding):
        lines = head.decode(encoding, "ignore").strip("\r\n").splitlines()
        sep = sep or _guess_separator(lines[0])
        rows = [_fields(line, sep) for line in lines[:_SAMPLED]]
        is_evident = True
        if header is None:
            header, is_evident = find_header(rows)
        stream, sep, quoting = _one_character(stream, sep, encoding)
        frame = pd.read_csv(
            stream,
            sep=sep,
            header=0 if header else None,
            quoting=quoting,
            dtype=str if text else None,
            keep_default_na=False,  # NA may be the name of a user
            na_values=[""],
            low_memory=False,  # otherwise one column may hold both 5 and "5"
            encoding=encoding,
        )
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError(f"{name}: its rows have more fields than its header.")
    if not is_evident:
        warn_of_no_header(rows[0], name)
    return frame


@contextmanager
def _name_in_errors(name: str, encoding: str) -> Iterator[None]:
    """Raise errors of a text file as ValueErrors that name the file."""
    try:
        yield
    except LookupError as error:
        raise ValueError(f"{name}: {error}.") from error
    except UnicodeError as error:
        raise ValueError(
            f"{name} is not {encoding} text: {error}. Give its encoding, such as "
            "--encoding latin-1."
        ) from error
    except ValueError as error:  # includes pandas' ParserError
        raise ValueError(f"{name}: {error}") from error


def _guess_separator(first: str) -> str:
    """Return the separator that ends the first field of a line; else a blank."""
    found = [sep for sep in _CANDIDATES if sep in first]
    if found:
        return min(found, key=first.index)
    if " " in first:
        return " "
    raise ValueError(
        f"its first line, {first[:60]!r}, is a single field. Give the separator of the "
        "fields with --sep."
    )


def _one_character(
    stream: IO[bytes], sep: str, encoding: str
) -> tuple[IO[bytes], str, int]:
    """Return a stream whose separator has one character, with separator and quoting."""
    if sep == " ":
        return stream, r"\s+", csv.QUOTE_MINIMAL
    if len(sep) == 1:
        return stream, sep, csv.QUOTE_MINIMAL
    # Files with such separators do not quote fields, and a title may begin with a
    # quotation mark.
    old, new = (text.encode(encoding) for text in (sep, _UNIT_SEPARATOR))
    return io.BytesIO(stream.read().replace(old, new)), _UNIT_SEPARATOR, csv.QUOTE_NONE


def _fields(line: str, sep: str) -> list[str]:
    fields = line.split() if sep == " " else line.split(sep)
    return [field.strip().strip('"') for field in fields]
