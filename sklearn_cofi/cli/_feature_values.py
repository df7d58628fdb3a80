"""Columns of features in files: numbers, dates, categories and labels."""

import contextlib
from collections.abc import Collection, Iterable
from typing import TYPE_CHECKING

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.cli._numbers import decimal_points
from sklearn_cofi.cli._times import parse_times

if TYPE_CHECKING:
    import pandas as pd

    from sklearn_cofi._typing import SideName

_NUMBER = r"\s*[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?\s*"
# A code, such as a zip code, has leading zeros, and is a category.
_LEADING_ZERO = r"\s*[+-]?0[0-9]+\s*"
# Dates whose day and month are certain: 1995-11-22, with or without a time of day, and
# 22-Nov-1995.
_DATE = (
    r"\s*(?:[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.,]+\s*(?:Z|[+-][0-9:]+)?)?"
    r"|[0-9]{1,2}[- ][A-Za-z]{3}[- ][0-9]{4})\s*"
)
# Kinds of columns from which no feature is made.
UNUSED = ("text", "constant", "missing")
# Least fraction of numbers or dates for which the other texts are probably mistakes.
_MOST = 0.9


def feature_values(
    frame: "pd.DataFrame",
    columns: Iterable[int],
    codes: Collection[int],
    name: str,
    side: "SideName",
) -> "tuple[dict[int, pd.Series], dict[int, str]]":
    """Return columns of features, with texts that are numbers or dates converted.

    Parameters
    ----------
    frame : DataFrame
        Content of a file.
    columns : iterable of int
        Positions of the columns.
    codes : collection of int
        Positions of columns whose numbers are codes of categories.
    name : str
        Name of the file, for messages.
    side : {"user", "item"}
        Whose features they are, for messages.

    Returns
    -------
    values : dict of int to Series
        By position.
    kinds : dict of int to str
        Kinds of `FeatureEncoder`; columns of the kinds in `UNUSED` give no feature.

    Raises
    ------
    ValueError
        If the encoder cannot encode a column, or makes no feature of any column.

    Warns
    -----
    UserWarning
        If most but not all texts of a column are numbers, or dates.
    """
    from sklearn_cofi import FeatureEncoder
    from sklearn_cofi.data._feature_columns import read_column
    from sklearn_cofi.data._frame import open_table

    encoder = FeatureEncoder()
    values = {
        k: _as_codes(frame.iloc[:, k])
        if k in codes
        else _converted(frame.iloc[:, k], name, side)
        for k in columns
    }
    kinds: dict[int, str] = {}
    for k, column in values.items():
        try:
            found = read_column(
                open_table(column.to_frame(str(frame.columns[k]))).take(0),
                str(frame.columns[k]),
                separator=encoder.separator,
                max_categories=encoder.max_categories,
            )
        except (TypeError, ValueError) as error:
            raise ValueError(f"{name}: {error}") from error
        kinds[k] = found.kind
    if set(kinds.values()) <= set(UNUSED):
        listed = ", ".join(f"{frame.columns[k]!r} is {kinds[k]}" for k in kinds)
        raise ValueError(f"{name}: no column gives a feature: {listed}.")
    return values, kinds


def _as_codes(column: "pd.Series") -> "pd.Series":
    """Return numbers as text: 5 and 5.0 are "5"."""
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(column):
        return column
    return column.astype(object).map(
        lambda one: str(int(one)) if one == one // 1 else str(one), na_action="ignore"
    )


def _converted(column: "pd.Series", name: str, side: "SideName") -> "pd.Series":
    """Return a column of text as numbers or dates, if all of it is one of them."""
    import pandas as pd

    if pd.api.types.infer_dtype(column, skipna=True) != "string":
        return column
    numbers = decimal_points(column, name, f"numbers in column {column.name!r}")
    texts = numbers.dropna()
    is_code = texts.str.fullmatch(_LEADING_ZERO).any()
    is_number = texts.str.fullmatch(_NUMBER)
    if is_number.all():
        return column if is_code else pd.to_numeric(numbers)
    is_date = texts.str.fullmatch(_DATE)
    if is_date.all():
        with contextlib.suppress(ValueError):  # a year that pandas cannot represent
            return parse_times(column)
        return column
    label = f"{name}: column {column.name!r}"
    if not is_code:
        _warn_of_others(texts, is_number, "numbers", label, side)
    _warn_of_others(texts, is_date, "dates", label, side)
    return column


def _warn_of_others(
    texts: "pd.Series", matches: "pd.Series", what: str, label: str, side: "SideName"
) -> None:
    """Warn if most texts match, because the others make the column text."""
    if matches.mean() >= _MOST:
        warn_caller(
            f"{label} is not read as {what}, because only {matches.sum():,} of its "
            f"{len(texts):,} values are {what}; the first other value is "
            f"{texts[~matches].iloc[0]!r}. "
            f"Leave missing values empty, or name the column in --{side}-categories if "
            "its values are categories."
        )
