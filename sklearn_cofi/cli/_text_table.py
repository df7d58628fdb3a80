"""Text with separated fields, read as a frame."""

import codecs
import io
import re
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING, NamedTuple

from sklearn_cofi.cli._dialect import (
    Dialect,
    Quoting,
    find_dialect,
    find_quoting,
    text_of,
)
from sklearn_cofi.cli._header import warn_of_no_header

if TYPE_CHECKING:
    import pandas as pd

# Replaces a separator of several characters: pandas' fast parser takes only one.
_UNIT_SEPARATOR = "\x1f"
# Numbers with a leading zero or an exponent: as ids, 007 and 7 differ, and 1e5 may be
# hexadecimal. R writes 100000 as 1e+05, and numpy as 1.0000e+05: these are numbers.
_NOT_PLAIN = r"\s*[+-]?(?:0[0-9]+|[0-9]+[eE][0-9]+)\s*"


class TextFormat(NamedTuple):
    """Parameters of `read_table`; None finds a value."""

    sep: str | None
    header: bool | None
    encoding: str
    quotes: bool | None
    text: bool
    strip: bool
    one_field: bool = False


def read_text(
    stream: IO[bytes], head: bytes, name: str, suffix: str, given: TextFormat
) -> "pd.DataFrame":
    """Read text.

    Parameters
    ----------
    stream : seekable stream of bytes
    head : bytes
        The first bytes, with at least one complete line.
    name, suffix : str
        Name of the file for messages, and its suffix.
    given : TextFormat

    Raises
    ------
    ValueError
        If the text is in another encoding, or its rows differ in length.
    """
    with _name_in_errors(name, given.encoding):
        encoding = _encoding(head, given.encoding)
        first = head.decode(encoding, "ignore").removeprefix("\ufeff")
        if stream.seek(0, io.SEEK_END) > len(head):
            first = first[: first.rfind("\n") + 1] or first  # the last line is cut
        sep = given.sep.replace("\\t", "\t") if given.sep else None
        dialect = find_dialect(
            first,
            sep=sep,
            suffix=suffix,
            header=given.header,
            one_field=given.one_field,
        )
        quoting = find_quoting(stream, dialect, encoding, given.quotes)
        stream, dialect = _one_character(stream, dialect, encoding)
        with text_of(stream, encoding, dialect.n_skipped) as lines:
            frame = _read_csv(lines, dialect, quoting, given.text)
        if not given.text and _may_lose_text(stream, dialect, encoding):
            with text_of(stream, encoding, dialect.n_skipped) as lines:
                _restore_text(frame, _read_csv(lines, dialect, quoting, True))
    if not dialect.is_evident:
        warn_of_no_header(dialect.first, name)
    if dialect.has_header or dialect.names:
        frame.columns = frame.columns.str.strip()
    else:
        frame.columns = range(frame.shape[1])
    return _stripped(frame) if given.strip else frame


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


def _encoding(head: bytes, given: str) -> str:
    """Return the encoding: UTF-16 if UTF-16's byte order mark begins the file."""
    if codecs.lookup(given).name != "utf-8" or b"\0" not in head:
        return given
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    raise ValueError(
        "it is neither text nor Parquet. Unpack an archive; give the encoding of "
        "UTF-16 text, such as --encoding utf-16-le."
    )


def _one_character(
    stream: IO[bytes], dialect: Dialect, encoding: str
) -> tuple[IO[bytes], Dialect]:
    """Return a stream and a dialect whose separator has one character."""
    sep = dialect.sep
    if sep == " ":
        return stream, dialect._replace(sep=r"\s+")
    if len(sep) == 1:
        return stream, dialect
    stream.seek(0)
    text = stream.read().decode(encoding).replace(sep, _UNIT_SEPARATOR)
    whole = io.BytesIO(text.encode(encoding))
    return whole, dialect._replace(sep=_UNIT_SEPARATOR)


def _read_csv(
    lines: IO[str], dialect: Dialect, quoting: Quoting, text: bool
) -> "pd.DataFrame":
    import pandas as pd

    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            return pd.read_csv(
                lines,
                sep=dialect.sep,
                header=0 if dialect.has_header else None,
                names=dialect.names,
                index_col=False,  # accepts a separator at the end of each row
                quoting=quoting.quoting,
                skipinitialspace=quoting.skipinitialspace,
                dtype=str if text else None,
                keep_default_na=False,  # NA may be the name of a user
                na_values=[""],
                low_memory=False,  # otherwise one column may hold both 5 and "5"
            )
        except pd.errors.ParserWarning:
            raise ValueError(
                "its rows have more fields than its header. Name every column, and "
                "remove row names without a name."
            ) from None


def _may_lose_text(stream: IO[bytes], dialect: Dialect, encoding: str) -> bool:
    """Return whether a field of the text is a number with a zero or an exponent."""
    sep = dialect.sep if dialect.sep == r"\s+" else re.escape(dialect.sep)
    pattern = re.compile(rf'(?:^|\r|{sep})"?{_NOT_PLAIN}"?(?:$|\r|{sep})', re.MULTILINE)
    with text_of(stream, encoding, dialect.n_skipped) as text:
        blocks = iter(lambda: text.readlines(1 << 20), [])
        return any(pattern.search("".join(lines)) for lines in blocks)


def _restore_text(frame: "pd.DataFrame", as_text: "pd.DataFrame") -> None:
    """Replace columns of numbers by their text if one number is not plain."""
    for column in frame:
        if not _is_text(frame[column]):
            text = as_text[column]
            if text.str.fullmatch(_NOT_PLAIN, na=False).any():
                frame[column] = text


def _stripped(frame: "pd.DataFrame") -> "pd.DataFrame":
    """Return the frame without blanks around its texts; empty ones are missing."""
    for column in frame:
        if _is_text(frame[column]):
            text = frame[column].str.strip()
            frame[column] = text.mask(text == "")
    return frame


def _is_text(column: "pd.Series") -> bool:
    import pandas as pd

    return pd.api.types.infer_dtype(column, skipna=True) == "string"
