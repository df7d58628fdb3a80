"""Results: printed, or written to a file whose name gives its format."""

import io
from collections.abc import Mapping
from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from sklearn_cofi.cli._compression import METHODS, split_name
from sklearn_cofi.cli._dialect import SEPARATORS
from sklearn_cofi.cli._models import check_writable
from sklearn_cofi.cli._output import print_records
from sklearn_cofi.cli._stdout import open_stdout
from sklearn_cofi.cli._tables import PARQUET

if TYPE_CHECKING:
    import pandas as pd

_STDOUT = "-"

result_option = click.option(
    "-o",
    "--output",
    metavar="FILE",
    help="Write a table: .csv, .tsv or .parquet, or - for CSV on stdout.",
)


def check_result_file(target: str | None, as_json: bool) -> None:
    """Raise an error before the model is loaded if the file cannot be written.

    Raises
    ------
    click.UsageError
        If the suffix is not that of a supported format, or --json is given too.
    OSError
        If the path cannot be written to.
    """
    if target is None:
        return
    if as_json:
        raise click.UsageError("Give --json to print, or -o for a file, not both.")
    if target == _STDOUT:
        return
    suffix, method = split_name(target)
    if suffix not in SEPARATORS and (method or suffix not in PARQUET):
        raise click.UsageError(
            f"-o {target} does not end in a supported suffix: "
            f"{', '.join(SEPARATORS)} (followed or not by {', '.join(METHODS)}), "
            f"{', '.join(PARQUET)}, or - for CSV on stdout."
        )
    check_writable(target)


def is_text_file(target: str | None) -> bool:
    """Return whether the result is written as CSV or TSV."""
    return target is not None and split_name(target)[0] not in PARQUET


def write_result(
    frame: "pd.DataFrame",
    target: str | None,
    as_json: bool,
    formats: Mapping[str, str] | None = None,
) -> None:
    """Print a frame, or write it to a file that appears only once it is complete.

    Files have a header, numbers in full precision and text in UTF-8.

    Parameters
    ----------
    frame : DataFrame
    target : str or None
        Path of the file, "-" for CSV on stdout, or None to print.
    as_json : bool
        Whether to print JSON instead of a table.
    formats : mapping of str to str, default=None
        Format of the floats of each column in the printed table; ".3f" if missing.

    Raises
    ------
    ImportError
        If the file is Parquet and pyarrow is not installed, or it is compressed by
        zstd and no library for that is installed.
    """
    if target is None:
        print_records(frame, as_json, formats)
    elif target == _STDOUT:
        with open_stdout() as stream:
            _write_text(frame, stream.buffer, ",", None)
    else:
        _write_file(frame, target)


def _write_file(frame: "pd.DataFrame", target: str) -> None:
    from sklearn_cofi.persistence._replacing import replacing

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


def _write_text(
    frame: "pd.DataFrame", stream: IO[bytes], sep: str, method: str | None
) -> None:
    # pandas leaves a compressor open when a write fails, and Python 3.13 prints another
    # error when that compressor is freed. In memory the device cannot be full.
    compressed = io.BytesIO()
    target = compressed if method else stream
    frame.to_csv(target, sep=sep, index=False, lineterminator="\n", compression=method)
    stream.write(compressed.getbuffer())
