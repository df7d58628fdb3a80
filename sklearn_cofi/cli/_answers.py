"""Answers: printed, or written into a file of the kind that its name says."""

import sys
from pathlib import Path

import click

from sklearn_cofi.cli._compression import METHODS, split_name
from sklearn_cofi.cli._models import check_place
from sklearn_cofi.cli._output import print_records
from sklearn_cofi.cli._tables import PARQUET, SEPARATORS

_STDOUT = "-"

answer_option = click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write a table: .csv, .tsv or .parquet, or - for CSV on stdout.",
)


def check_answer(target: str | None, as_json: bool) -> None:
    """Refuse early what cannot be written.

    Raises
    ------
    click.UsageError
        If the name says no kind of file that is known, or JSON is asked for too.
    OSError
        If nothing can be written there.
    """
    if target is None:
        return
    if as_json:
        raise click.UsageError("Give --json, which prints, or -o for a file, not both.")
    if target == _STDOUT:
        return
    suffix, method = split_name(target)
    if suffix not in SEPARATORS and (method or suffix not in PARQUET):
        raise click.UsageError(
            f"-o {target} is of no kind that is known by its name: "
            f"{', '.join(SEPARATORS)} (and these with {', '.join(METHODS)} after it), "
            f"{', '.join(PARQUET)}, or - for CSV on stdout."
        )
    check_place(target)


def is_text_file(target: str | None) -> bool:
    """Tell CSV and TSV from Parquet and from what is printed."""
    return target is not None and split_name(target)[0] not in PARQUET


def give(frame, target: str | None, as_json: bool, formats: dict | None = None) -> None:
    """Print a frame or, if there is a target, write it there: whole, or not at all.

    Files hold numbers in full precision, text in UTF-8, and a header.

    Raises
    ------
    ImportError
        If it is Parquet and pyarrow is not installed, or zstd and no library for it.
    """
    if target is None:
        print_records(frame, as_json, formats)
    elif target == _STDOUT:
        _write_text(frame, sys.stdout.buffer, ",", None)
        sys.stdout.buffer.flush()
    else:
        _write_file(frame, target)


def _write_file(frame, target: str) -> None:
    from sklearn_cofi.persistence._archive import replacing

    suffix, method = split_name(target)
    with replacing(Path(target)) as stream:
        if suffix in SEPARATORS:
            _write_text(frame, stream, SEPARATORS[suffix], method)
            return
        try:
            frame.to_parquet(stream, engine="pyarrow", index=False)
        except ImportError as error:
            raise ImportError(
                f"Writing {target} needs pyarrow: pip install pyarrow."
            ) from error


def _write_text(frame, stream, sep: str, method: str | None) -> None:
    frame.to_csv(stream, sep=sep, index=False, lineterminator="\n", compression=method)
