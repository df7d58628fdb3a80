"""Times of ratings, as numbers or as dates."""

import contextlib
import warnings
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

# A zone at the end of an ISO 8601 time of day.
_ZONE = r":[0-9.,]+\s*(?:Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)\s*$"
# ISO 8601 allows a comma before the fraction of seconds.
_COMMA = r"(:[0-9]{2}),([0-9]+)"
_UTC = r"(?<=[0-9])\s*(?:UTC|GMT)\s*$"
# Ranges of the years 1973 to 2286 in seconds, and from 1973 on in milliseconds.
_SECONDS, _MILLISECONDS = (1e8, 1e10), 1e11
# The smallest number of other units, and the number of units in a second.
_UNITS = ((1e17, 1e9), (1e14, 1e6), (_MILLISECONDS, 1e3))

# Numbers of which all are in this range are taken for years.
_YEARS = (1900, 2100)


def read_seconds(
    frame: "pd.DataFrame", position: int, name: str, *, may_be_missing: bool = False
) -> "np.ndarray":
    """Return a column of times in seconds since 1970.

    Parameters
    ----------
    frame : DataFrame
        Content of a file.
    position : int
        Position of the column. Its values are dates, or numbers: seconds, and
        milliseconds to nanoseconds if they are as large as these.
    name : str
        Name of the file, for messages.
    may_be_missing : bool, default=False
        Whether times may be missing; they become NaN.

    Returns
    -------
    ndarray of shape (n_rows,), float64

    Raises
    ------
    ValueError
        If a time is missing and may not be, if all numbers are dates such as 19950101
        or years, or as in `parse_times`.
    """
    import numpy as np

    try:
        parsed = parse_times(frame.iloc[:, position])
        _check_no_dates(parsed)
        times = _seconds(parsed)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    missing = ~np.isfinite(times)
    if missing.any() and not may_be_missing:
        raise ValueError(
            f"{name}: {missing.sum():,} of {missing.size:,} times (column "
            f"{frame.columns[position]!r}) are missing or infinite; the first is row "
            f"{missing.argmax() + 1}. Leave out --times, or remove these rows."
        )
    return times


def _check_no_dates(times: "pd.Series") -> None:
    """Check that numbers are not all dates such as 19950101, and not all years."""
    import numpy as np
    import pandas as pd

    if not pd.api.types.is_numeric_dtype(times):
        return
    numbers = times.to_numpy(float, na_value=np.nan)
    numbers = numbers[np.isfinite(numbers)]
    first, last = _YEARS
    if not numbers.size or (numbers % 1 != 0).any():
        return
    if ((numbers >= first) & (numbers <= last)).all():
        what = "years"
    elif ((numbers >= first * 10_000) & (numbers < (last + 1) * 10_000)).all():
        written = pd.Series(np.unique(numbers.astype(np.int64))).astype(str)
        if pd.to_datetime(written, format="%Y%m%d", errors="coerce").isna().any():
            return
        what = "dates written as numbers"
    else:
        return
    raise ValueError(
        f"column {times.name!r} holds {what}, such as {numbers[0]:.0f}. Write dates "
        "such as 1995-01-01, or seconds since 1970."
    )


def _seconds(times: "pd.Series") -> "np.ndarray":
    """Return numbers or dates in seconds since 1970."""
    import numpy as np
    import pandas as pd

    from sklearn_cofi.data._times import in_seconds

    if times.dtype.kind == "M":
        return in_seconds(pd.to_datetime(times, utc=True).dt.tz_localize(None).values)
    numbers = times.to_numpy(float, na_value=np.nan)
    finite = np.abs(numbers[np.isfinite(numbers)])
    size = np.median(finite) if finite.size else 0.0
    return numbers / next((unit for least, unit in _UNITS if size >= least), 1.0)


def parse_times(times: "pd.Series") -> "pd.Series":
    """Convert times that are text to numbers or to dates.

    Text is read as numbers if all of it is numbers, else as ISO 8601, with or without
    fractions of seconds and zones, else as dates of one other format.

    Raises
    ------
    ValueError
        If the times are neither numbers nor dates, if their units differ, if only some
        have a zone, or if days and months cannot be distinguished.
    """
    import pandas as pd

    if pd.api.types.infer_dtype(times, skipna=True) != "string":
        if pd.api.types.is_numeric_dtype(times):
            return _of_one_unit(times)
        return times if times.dtype.kind in "mM" else _dates(times)
    numbers = None
    with contextlib.suppress(ValueError):
        numbers = pd.to_numeric(times)
    if numbers is not None:
        return _of_one_unit(numbers)
    times = times.str.replace(_COMMA, r"\1.\2", regex=True)
    times = times.str.replace(_UTC, "Z", regex=True)
    with_zone = times.str.contains(_ZONE, na=False)
    if with_zone.any() and not with_zone[times.notna()].all():
        row = int((~with_zone).to_numpy().argmax())
        raise ValueError(
            f"Some times have a zone and others do not (such as {times.iloc[row]!r} in "
            f"row {row + 1}), so their order is not certain. Write all in UTC."
        )
    try:
        return pd.to_datetime(times, format="ISO8601", utc=True)
    except ValueError:
        return _with_days_and_months(times)


def _of_one_unit(times: "pd.Series") -> "pd.Series":
    """Check that no times are in seconds while others are in milliseconds."""
    in_seconds = times.between(*_SECONDS)
    if in_seconds.any() and (in_seconds | (times >= _MILLISECONDS)).all():
        if not in_seconds.all():
            raise ValueError(
                f"{in_seconds.sum():,} of {times.size:,} times are in seconds (such as "
                f"{times[in_seconds].iloc[0]}), the others in milliseconds or smaller "
                f"units (such as {times[~in_seconds].iloc[0]}). Convert them to one."
            )
    return times


def _with_days_and_months(times: "pd.Series") -> "pd.Series":
    """Convert dates that are not ISO 8601, with the day or with the month first."""
    read = []
    for day_first in (False, True):
        with contextlib.suppress(ValueError):
            read.append(_dates(times, day_first))
    if len(read) == 2 and not read[0].equals(read[1]):
        raise ValueError(
            f"Times such as {times.iloc[0]!r} can be read with the day or with the "
            "month first. Write them as 2019-04-03."
        )
    return read[0] if read else _dates(times)


def _dates(times: "pd.Series", day_first: bool = False) -> "pd.Series":
    import pandas as pd

    try:
        with warnings.catch_warnings(action="ignore"):  # of formats that vary
            return pd.to_datetime(times, dayfirst=day_first)
    except (ValueError, TypeError) as error:
        raise ValueError(
            f"The times are neither numbers nor dates: {error}."
        ) from error
