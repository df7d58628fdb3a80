"""Columns of ids: checked, and converted to the type of other ids."""

import contextlib
from typing import TYPE_CHECKING

from sklearn_cofi.cli._ids import is_text, match_blanks, parse_column

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd


def check_ids(
    frame: "pd.DataFrame",
    position: int,
    side: str,
    name: str,
    *,
    fractions: bool = False,
    or_else: str = "name another column",
) -> "pd.Series":
    """Return a column of ids.

    Parameters
    ----------
    frame : DataFrame
        Content of a file.
    position : int
        Position of the column.
    side : {"user", "item"}
    name : str
        Name of the file, for messages.
    fractions : bool, default=False
        Whether ids may be fractions.
    or_else : str, default="name another column"
        What to do if the column does not hold the ids, for messages.

    Raises
    ------
    ValueError
        If an id is missing, or it is a fraction and may not be one.
    """
    column = frame.iloc[:, position]
    missing = column.isna().to_numpy()
    if missing.any():
        raise ValueError(
            f"{name}: {missing.sum():,} of {missing.size:,} rows have no {side} "
            f"(column {frame.columns[position]!r}); the first is row "
            f"{missing.argmax() + 1}."
        )
    if not fractions and column.dtype.kind == "f" and (column % 1 != 0).any():
        raise ValueError(
            f"{name}: {side}s such as {column[column % 1 != 0].iloc[0]} (column "
            f"{frame.columns[position]!r}) are not whole numbers: 1.1 and 1.10 would "
            f"be one id. Pass --text-ids, or {or_else}."
        )
    return column


def as_ids_of(column: "pd.Series", ids: "np.ndarray") -> "pd.Series":
    """Convert ids that are text to the type of other ids.

    Text that cannot be converted stays as it is.
    """
    if not is_text(column.to_numpy()):
        return column
    column = match_blanks(column, ids)
    if not is_text(ids):
        with contextlib.suppress(ValueError, KeyError):
            return parse_column(column, ids.dtype.kind)
    return column
