"""Whether the first line of a text table names its columns."""

from collections.abc import Sequence

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._column_names import ROLES, USUAL_NAMES, is_other, normalise

# Sets of usual names that are not also words in data: "userId", but not "title".
_N_CLEAR = 2


def find_header(rows: Sequence[Sequence[str]]) -> tuple[bool, bool]:
    """Find whether the first of the rows names the columns.

    It does if one of its fields is an unmistakable name (``userId``), or if none is a
    number and two are usual names, or text stands above numbers.

    Parameters
    ----------
    rows : sequence of sequence of str
        The fields of the first rows of the file, at least one row.

    Returns
    -------
    has_header : bool
    is_evident : bool
        False if all fields are text and the first row has no usual names: it may be
        data or a header, and is data.
    """
    first, others = rows[0], [row for row in rows[1:] if len(row) == len(rows[0])]
    if any(_is_usual(field, _N_CLEAR) for field in first):
        return True, True
    if any(map(is_number, first)):
        return False, True
    if sum(_is_usual(field) or is_other(field) for field in first) > 1:
        return True, True
    columns = zip(*others, strict=True)
    above_numbers = any(all(map(is_number, column)) for column in columns)
    return above_numbers, above_numbers


def warn_of_no_header(first: Sequence[str], name: str) -> None:
    """Warn that the first row of a file is read as data."""
    warn_caller(
        f"{name}: its first line ({', '.join(first)[:60]}) is read as data, because "
        "none of its fields is a usual name of a column. If it names the columns, pass "
        "--header; --no-header silences this warning."
    )


def is_number(field: str) -> bool:
    """Return whether a field is a finite number."""
    try:
        float(field)
    except ValueError:
        return False
    return field.lower() not in ("nan", "inf", "infinity")


def _is_usual(field: str, n_sets: int | None = None) -> bool:
    plain = normalise(field)
    return any(plain in usual for role in ROLES for usual in USUAL_NAMES[role][:n_sets])
