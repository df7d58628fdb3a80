"""Results on stdout: aligned tables, or JSON."""

import json
import math
import sys
import unicodedata
from collections.abc import Mapping
from contextlib import nullcontext
from datetime import date
from typing import TYPE_CHECKING, Any

from sklearn_cofi.cli._stdout import open_stdout

if TYPE_CHECKING:
    import pandas as pd


def print_facts(facts: dict[str, Any], as_json: bool, *, err: bool = False) -> None:
    """Print names and values, one pair per line.

    In JSON the blanks in names are underscores. With ``err``, lines go to stderr.
    """
    if as_json:
        named = {name.replace(" ", "_"): value for name, value in facts.items()}
        _write(json.dumps(_plain(named), indent=2) + "\n")
        return
    width = max(map(len, facts))
    lines = [f"{name:{width}}  {_text(value)}" for name, value in facts.items()]
    _write("\n".join(lines) + "\n", err=err)


def print_records(
    frame: "pd.DataFrame", as_json: bool, formats: Mapping[str, str] | None = None
) -> None:
    """Print the rows of a frame, with numbers right-aligned and text left-aligned."""
    if as_json:
        _write(json.dumps(records(frame)) + "\n")
        return
    columns = []
    for name in frame.columns:
        values = frame[name].tolist()
        form = (formats or {}).get(name, ".3f")
        cells = [name, *(_text(value, form) for value in values)]
        width = max(map(_width, cells))
        right = all(isinstance(value, int | float) for value in values)
        columns.append([_padded(cell, width, right) for cell in cells])
    lines = ("  ".join(row).rstrip() for row in zip(*columns, strict=True))
    _write("\n".join(lines) + "\n")


def records(frame: "pd.DataFrame") -> list[dict[str, Any]]:
    """Return the rows of a frame as JSON objects, with null for a missing value."""
    names = list(frame.columns)
    columns = [frame[name].tolist() for name in names]
    return [
        _plain(dict(zip(names, row, strict=True))) for row in zip(*columns, strict=True)
    ]


def _plain(value: Any) -> Any:
    """Return a value made of the types that JSON has."""
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(each) for each in value]
    if hasattr(value, "tolist"):  # an array or a scalar of numpy
        return _plain(value.tolist())
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, date):
        return value.isoformat()
    return value if isinstance(value, bool | int | float | None) else str(value)


def _text(value: object, form: str = ".3f") -> str:
    if value is None or isinstance(value, float) and math.isnan(value):
        return ""
    if isinstance(value, bool):
        return str(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        return format(value, form)
    if isinstance(value, dict):
        return ", ".join(f"{name}={each!r}" for name, each in value.items())
    # Control characters from a file must not reach the terminal, and a line break must
    # not split a row of the table.
    return "".join(
        c if c.isprintable() else c.encode("unicode_escape").decode()
        for c in str(value)
    )


def _width(text: str) -> int:
    """Return the number of columns that a text occupies in a terminal."""
    return sum(
        0 if unicodedata.combining(c) else 1 + (unicodedata.east_asian_width(c) in "WF")
        for c in text
    )


def _padded(text: str, width: int, right: bool) -> str:
    blanks = " " * (width - _width(text))
    return blanks + text if right else text + blanks


def _write(text: str, *, err: bool = False) -> None:
    with nullcontext(sys.stderr) if err else open_stdout() as stream:
        # A terminal whose encoding lacks ü shows \xfc instead of raising an error.
        encoding = getattr(stream, "encoding", None) or "utf-8"
        stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
