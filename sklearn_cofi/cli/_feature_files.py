"""Files of features of users and items: their options and their tables."""

import warnings
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from sklearn_cofi.cli._file_columns import has_no_header
from sklearn_cofi.cli._header import is_number
from sklearn_cofi.cli._id_columns import as_ids_of
from sklearn_cofi.cli._ids import is_text
from sklearn_cofi.cli._options import stacked
from sklearn_cofi.cli._tables import STDIN, read_described_table

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from sklearn_cofi._typing import SideName

feature_options = stacked(
    click.option(
        "--user-features",
        metavar="FILE",
        help="File of features of users, such as ages: one row for each user.",
    ),
    click.option(
        "--item-features",
        metavar="FILE",
        help="File of features of items, such as genres: one row for each item.",
    ),
    click.option(
        "--user-categories",
        metavar="COLUMN,...",
        help="Columns of --user-features whose numbers are codes.",
    ),
    click.option(
        "--item-categories",
        metavar="COLUMN,...",
        help="Columns of --item-features whose numbers are codes.",
    ),
)


class FeatureFile(NamedTuple):
    """A file of features of users or of items."""

    side: "SideName"
    source: str
    categories: list[str]  # columns whose numbers are codes


def pop_feature_files(
    options: dict[str, Any], *others: str | None
) -> list[FeatureFile]:
    """Remove the values of `feature_options` from a command's options.

    Parameters
    ----------
    options : dict
    *others : str or None
        Other files that the command reads.

    Raises
    ------
    click.UsageError
        If several files are stdin, or other options on features are given without
        files.
    """
    files: list[FeatureFile] = []
    sides: tuple[SideName, SideName] = ("user", "item")
    for side in sides:
        source = options.pop(f"{side}_features")
        categories = options.pop(f"{side}_categories")
        if source is not None:
            listed = categories.split(",") if categories else []
            files.append(FeatureFile(side, source, listed))
        elif categories:
            raise click.UsageError(f"--{side}-categories needs --{side}-features.")
    if [*(file.source for file in files), *others].count(STDIN) > 1:
        raise click.UsageError("Only one of the files can be -, standard input.")
    if options["reg_features"] is not None and not files:
        raise click.UsageError(
            "--reg-features needs --user-features or --item-features."
        )
    return files


def read_feature_table(source: str, ids: "np.ndarray", encoding: str) -> "pd.DataFrame":
    """Read a table of features.

    A first line of text without numbers names the columns, unless it begins with an id
    of the ratings, or one of its other fields occurs again in the same column.

    Parameters
    ----------
    source : str
        A path, or "-" for stdin.
    ids : ndarray of shape (n_ratings,)
        Ids of the ratings.
    encoding : str
        Encoding of a file that is not UTF-8, and of stdin. UTF-8 stands for Latin-1
        then.

    Raises
    ------
    OSError, ValueError, ImportError
        As in `read_table`.
    """
    with warnings.catch_warnings():
        # `_with_header` tells by the ids whether the first line is data.
        warnings.filterwarnings("ignore", message=".* is read as data")
        frame = read_described_table(source, text=is_text(ids), encoding=encoding)
    return _with_header(frame, ids)


def _with_header(frame: "pd.DataFrame", ids: "np.ndarray") -> "pd.DataFrame":
    """Return the frame with its first row as header, unless the row is data.

    It is data if a field is not text, if it begins with an id of the ratings, or if one
    of its other fields occurs again in the same column.
    """
    first = frame.iloc[0]
    if not has_no_header(frame) or len(frame) < 2:
        return frame
    if not all(isinstance(one, str) and not is_number(one) for one in first):
        return frame
    if as_ids_of(frame.iloc[:1, 0], ids).isin(ids).any():
        return frame
    if frame.iloc[1:, 1:].eq(first.iloc[1:]).to_numpy().any():
        return frame
    return frame[1:].set_axis(first.tolist(), axis=1).reset_index(drop=True)
