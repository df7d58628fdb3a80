"""The dialect of a text table: its comments, header, separator and quotation marks."""

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import IO, NamedTuple

from sklearn_cofi.cli._header import find_header, is_number

# Separators by the suffix of the file.
SEPARATORS = {".csv": ",", ".tsv": "\t", ".tab": "\t"}
_CANDIDATES = ("::", "\t", ",", ";", "|")
# In files with these separators, a quotation mark always begins a quoted field
# (RFC 4180). In others, such as TSV, a name may begin with a quotation mark.
_ALWAYS_QUOTED = (",", ";")
# Number of lines that are compared to find the separator.
_SAMPLE = 100
# Number of lines that are compared to find whether the first one is a header.
_COMPARED = 20
# The first line of a CSV file for Excel.
_EXCEL = re.compile(r"sep=(.)", re.IGNORECASE)
_DECIMAL_COMMA = re.compile(r"[+-]?\d+,\d+")


class Dialect(NamedTuple):
    """How the lines of a text table are read."""

    n_skipped: int  # number of lines before the table
    sep: str
    names: list[str] | None  # names in a header that is a comment
    has_header: bool  # whether the first line of the table names the columns
    is_evident: bool  # False if the first line is read as data, and may be a header
    first: tuple[str, ...]  # fields of the first line


class Quoting(NamedTuple):
    """How quotation marks are read: parameters of `pandas.read_csv`."""

    quoting: int
    skipinitialspace: bool = False


_QUOTED, _LITERAL = Quoting(csv.QUOTE_MINIMAL), Quoting(csv.QUOTE_NONE)


def find_dialect(
    head: str,
    *,
    sep: str | None,
    suffix: str,
    header: bool | None,
    one_field: bool = False,
) -> Dialect:
    """Find the dialect of a table from its first lines.

    Parameters
    ----------
    head : str
        The beginning of the file, with at least one line that is not blank.
    sep : str or None
        Separator of the fields; None finds it.
    suffix : str
        Suffix of the file.
    header : bool or None
        Whether there is a header; None finds it.
    one_field : bool, default=False
        Whether the lines may be single fields.

    Raises
    ------
    ValueError
        If the first line is a single field and it may not be, if there are comments
        only, or if the file is in the Matrix Market format.
    """
    lines = [line.rstrip("\r\n") for line in io.StringIO(head, newline=None)]
    start = _next_row(lines, 0)
    if lines[start].startswith("%%MatrixMarket"):
        raise ValueError(
            "it is a Matrix Market file. Read it with scipy.io.mmread, and convert the "
            "matrix with sklearn_cofi.datasets.ratings_from_matrix."
        )
    found = _EXCEL.fullmatch(lines[start].strip())
    if found and start + 1 < len(lines):
        sep, start = sep or found[1], _next_row(lines, start + 1)
    end = _next_row(lines, start, comment="#%")
    if re.match(r"[#%](\s|$)", lines[end]):
        raise ValueError("it holds comments and no rows.")
    sep = sep or _find_separator(lines[end : end + _SAMPLE], suffix, one_field)
    row, comments = _fields(lines[end], sep), lines[start:end]
    if any(_is_row(line, row, sep) for line in comments):
        end, comments, row = start, [], _fields(lines[start], sep)
    has_number = _has_number(lines[end:], sep)
    names = None
    if comments and has_number and header is not False:
        names = _fields(comments[-1][1:].strip(), sep)
        if len(names) != len(row) or any(map(_is_number, names)):
            names = None
    is_evident = True
    if names is not None:
        header = False
    elif header is None:
        rows = [_fields(line, sep) for line in lines[end : end + _COMPARED]]
        rows[0] = row if any(map(_is_number, row)) == has_number else [*row, "0"]
        header, is_evident = find_header([list(map(_with_point, row)) for row in rows])
    return Dialect(end, sep, names, header, is_evident, tuple(row))


def find_quoting(
    stream: IO[bytes], dialect: Dialect, encoding: str, quotes: bool | None
) -> Quoting:
    """Find whether quotation marks at the beginning of a field quote it.

    They quote if the whole file follows RFC 4180. If it does not, they are characters
    in files whose separator is neither a comma nor a semicolon.

    Parameters
    ----------
    stream : stream of bytes
    dialect : Dialect
    encoding : str
    quotes : bool or None
        Whether quotation marks quote; None finds it.

    Raises
    ------
    ValueError
        If the file has commas or semicolons, or a quoted field in its first line, and
        does not follow RFC 4180; or if the file is a table both with and without
        quoting. The message has the number of the line.
    """
    sep = dialect.sep
    if quotes is not None or len(sep) > 1:
        return _QUOTED if quotes else _LITERAL
    if not _has_quotation_mark(stream):
        return _QUOTED
    with text_of(stream, encoding, dialect.n_skipped) as text:
        problem, is_ragged = _read_as_quoted(_one_blank(text, sep), sep, False)
    if problem is None and is_ragged:
        with text_of(stream, encoding, dialect.n_skipped) as text:
            worse, still_ragged = _read_as_quoted(text, sep, True)
        if worse is None and not still_ragged:
            return Quoting(csv.QUOTE_MINIMAL, skipinitialspace=True)
    if problem is None:
        return _QUOTED
    line, reason = problem
    with text_of(stream, encoding, dialect.n_skipped) as text:
        first = text.readline()
        n_separators = {row.count(sep) for row in text if row.strip()}
    if reason == _SEVERAL_LINES and n_separators != {first.count(sep)}:
        return _QUOTED  # without quotes, the lines are not those of a table
    begins_quoted = re.match(r'\s*"[^"]+"\s*(\W|$)', first)
    if reason != _SEVERAL_LINES and sep not in _ALWAYS_QUOTED and not begins_quoted:
        return _LITERAL
    raise ValueError(
        f"quotation marks are not certain from line {line + dialect.n_skipped} on: "
        f"{reason}. Double the marks inside quoted fields; for ratings and pairs, "
        "--no-quotes reads all marks as characters, and --quotes as quotes."
    )


@contextmanager
def text_of(
    stream: IO[bytes], encoding: str, n_skipped: int = 0
) -> Iterator[io.TextIOWrapper]:
    """Yield the text of a seekable stream without its first lines."""
    stream.seek(0)
    text = io.TextIOWrapper(stream, encoding, newline="")
    try:
        for _ in range(n_skipped):
            text.readline()
        yield text
    finally:
        text.detach()


_SEVERAL_LINES = "a field has several lines if they quote"


def _read_as_quoted(
    text: Iterable[str], sep: str, skip_blanks: bool
) -> tuple[tuple[int, str] | None, bool]:
    """Return the first problem with its line, and whether rows differ in length.

    A field of several lines is a problem too, but only if there is no other one.
    """
    reader = csv.reader(
        text,
        delimiter=sep,
        strict=True,
        skipinitialspace=skip_blanks,
    )
    width, n_lines, is_ragged = 0, 0, False
    problem: tuple[int, str] | None = None
    try:
        for row in reader:
            width = width or len(row)
            is_ragged |= len(row) not in (0, width)
            if reader.line_num > n_lines + 1 and problem is None:
                problem = n_lines + 1, _SEVERAL_LINES
            n_lines = reader.line_num
    except csv.Error as error:
        return (n_lines + 1, f"{error} if they quote"), is_ragged
    return problem, is_ragged


def _one_blank(text: Iterable[str], sep: str) -> Iterable[str]:
    """Return lines whose fields are separated by one blank, if blanks separate them."""
    return (" ".join(line.split()) + "\n" for line in text) if sep == " " else text


def _has_quotation_mark(stream: IO[bytes]) -> bool:
    stream.seek(0)
    return any(b'"' in block for block in iter(lambda: stream.read(1 << 20), b""))


def _next_row(lines: Sequence[str], start: int, comment: str = "") -> int:
    """Return the number of the next line that is neither blank nor a comment.

    If every line is one, their first character belongs to them.
    """
    for number in range(start, len(lines)):
        line = lines[number].strip()
        if line and line[0] not in comment:
            return number
    return start


def _is_row(comment: str, row: list[str], sep: str) -> bool:
    """Return whether a line that begins like a comment has the fields of a row."""
    found = _fields(comment, sep)
    is_tight = not comment[1:2].isspace()
    return is_tight and len(found) == len(row) and any(map(_is_number, found))


def _has_number(lines: Sequence[str], sep: str) -> bool:
    """Return whether a field of the first row is a number.

    The row may be a line, or several lines if a quoted field contains their ends.
    """
    fields = lines[0].split(None if sep == " " else sep)
    if len(sep) == 1:
        text = (line + "\n" for line in lines)
        fields += next(csv.reader(text, delimiter=sep), [])
    return any(_is_number(field.strip().strip('"').strip()) for field in fields)


def _find_separator(lines: Sequence[str], suffix: str, one_field: bool) -> str:
    """Return the separator.

    It is the suffix's if the lines have it; else the first one in the first line that
    splits all lines into equally many fields; else a blank.
    """
    own, first = SEPARATORS.get(suffix), lines[0]
    found = sorted((sep for sep in _CANDIDATES if sep in first), key=first.index)
    found.sort(key=lambda sep: sep != own)
    if "," in found and ";" in found and _has_decimal_commas(lines):
        found.remove(",")
    for sep in found:
        if len({len(_fields(line, sep)) for line in lines if line.strip()}) == 1:
            return sep
    if found:
        return found[0]
    if len(first.split()) > 1:
        return " "
    if own or one_field:
        return own or ","
    raise ValueError(
        f"its first line, {first[:60]!r}, is a single field. Give the separator of the "
        "fields with --sep."
    )


def _has_decimal_commas(lines: Iterable[str]) -> bool:
    """Return whether all commas are in numbers such as 3,5 between semicolons."""
    fields = (field for line in lines for field in _fields(line, ";"))
    return all(_DECIMAL_COMMA.fullmatch(field) for field in fields if "," in field)


def _fields(line: str, sep: str) -> list[str]:
    """Split a line, and remove blanks and quotation marks around its fields."""
    if sep == " ":
        parts = line.split()
    elif len(sep) > 1:
        parts = line.split(sep)
    else:
        parts = next(csv.reader([line], delimiter=sep, skipinitialspace=True), [])
    return [part.strip().strip('"').strip() for part in parts]


def _with_point(field: str) -> str:
    """Replace the comma in a number such as 3,5."""
    return field.replace(",", ".") if _DECIMAL_COMMA.fullmatch(field) else field


def _is_number(field: str) -> bool:
    return is_number(_with_point(field))
