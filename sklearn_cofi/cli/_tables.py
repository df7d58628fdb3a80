"""Tables out of files and pipes: text with any separator, or Parquet."""

import csv
import io
import sys
from contextlib import contextmanager

from sklearn_cofi.cli._compression import decompressed, method_of, split_name

STDIN = "-"
SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
PARQUET = (".parquet", ".pq")
_GUESSED = ("::", "\t", ",", ";", "|")
# Stands for a separator of several characters, which pandas' fast parser does not know.
_UNIT_SEPARATOR = "\x1f"
# Bytes that tell of what kind a file is, and hold its first line.
_HEAD = 1 << 16


def label_of(source: str) -> str:
    """Name a file, or a pipe, in messages."""
    return "standard input" if source == STDIN else source


@contextmanager
def open_source(source: str):
    """Open a file or, for "-", stdin, as bytes that can be read again.

    What is compressed, by its name or by how it begins, is decompressed in memory.
    """
    if source == STDIN:
        yield _uncompressed(io.BytesIO(sys.stdin.buffer.read()), source)
        return
    with open(source, "rb") as stream:
        # Of a named pipe, as shells make of <(...), nothing can be read again.
        whole = stream if stream.seekable() else io.BytesIO(stream.read())
        yield _uncompressed(whole, source)


def _uncompressed(stream, source: str):
    method = split_name(source)[1] or method_of(stream.read(_HEAD))
    stream.seek(0)
    if method is None:
        return stream
    return io.BytesIO(decompressed(stream.read(), method, label_of(source)))


def read_table(source, *, sep=None, header=None, encoding="utf-8", text=False):
    """Read a table.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    sep : str, default=None
        What separates fields; ``"\\\\t"``, as shells pass it, is a tab. None is told
        by the name of the file, else by its first line.
    header : bool, default=None
        Whether the first line names the columns. None: if no field of it is a number.
    encoding : str, default="utf-8"
    text : bool, default=False
        Leave all fields the strings that they are written as.

    Returns
    -------
    DataFrame
        With at least one row. Empty fields are missing; "NA" and the like are text.
        Without a header, columns are named by their positions.

    Raises
    ------
    OSError
        If it cannot be opened.
    ValueError
        If it is empty, damaged, not of this encoding, or its rows are of several
        lengths.
    ImportError
        If it is Parquet and pyarrow is not installed, or zstd and no library for it.
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


def _read_parquet(stream, name: str):
    import pandas as pd

    try:
        return pd.read_parquet(stream, engine="pyarrow")
    except ImportError as error:
        raise ImportError(
            f"Reading {name} needs pyarrow: pip install pyarrow."
        ) from error
    except Exception as error:  # of many kinds, as damage may be anywhere
        raise ValueError(f"{name} is no Parquet file, or damaged: {error}") from error


def _read_text(stream, head, name, sep, header, encoding, text):
    import pandas as pd

    if encoding.lower() in ("utf-8", "utf8") and b"\0" in head:
        raise ValueError(f"{name} is neither text nor Parquet.")
    try:
        first = head.decode(encoding, "ignore").strip("\r\n").splitlines()[0]
        sep = sep or _guessed_separator(first)
        if header is None:
            header = not any(map(_is_number, _fields(first, sep)))
        stream, sep, quoting = _one_character(stream, sep, encoding)
        frame = pd.read_csv(
            stream,
            sep=sep,
            header=0 if header else None,
            quoting=quoting,
            dtype=str if text else None,
            keep_default_na=False,  # a user may be called NA
            na_values=[""],
            low_memory=False,  # else a column may hold 5 and "5"
            encoding=encoding,
        )
    except LookupError as error:
        raise ValueError(f"{name}: {error}.") from error
    except UnicodeError as error:
        raise ValueError(
            f"{name} is no {encoding} text: {error}. Name its "
            "encoding, such as --encoding latin-1."
        ) from error
    except ValueError as error:  # pandas' ParserError is one
        raise ValueError(f"{name}: {error}") from error
    if not isinstance(frame.index, pd.RangeIndex):
        raise ValueError(f"{name}: its rows have more fields than its header.")
    return frame


def _guessed_separator(first: str) -> str:
    """Return what ends the first field, an id or a name; blanks if nothing else."""
    found = [sep for sep in _GUESSED if sep in first]
    if found:
        return min(found, key=first.index)
    if " " in first:
        return " "
    raise ValueError(
        f"its first line is {first[:60]!r}, one field only. Name what separates "
        "fields by --sep."
    )


def _one_character(stream, sep: str, encoding: str):
    """Return the stream and a separator of one character in it, and the quoting."""
    if sep == " ":
        return stream, r"\s+", csv.QUOTE_MINIMAL
    if len(sep) == 1:
        return stream, sep, csv.QUOTE_MINIMAL
    # No one who writes such files quotes; titles may begin with quotation marks.
    old, new = (text.encode(encoding) for text in (sep, "\x1f"))
    return io.BytesIO(stream.read().replace(old, new)), _UNIT_SEPARATOR, csv.QUOTE_NONE


def _fields(line: str, sep: str) -> list[str]:
    fields = line.split() if sep == " " else line.split(sep)
    return [field.strip().strip('"') for field in fields]


def _is_number(field: str) -> bool:
    try:
        float(field)
    except ValueError:
        return False
    return field.lower() not in ("nan", "inf", "infinity")
