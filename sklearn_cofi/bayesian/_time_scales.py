"""Time scales, as parameters and in seconds."""

from contextlib import suppress
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from sklearn_cofi._typing import TimeScales


def seconds_of_scales(name: str, scales: TimeScales) -> tuple[float, ...]:
    """Return time scales in seconds.

    Parameters
    ----------
    name : str
        Name of the parameter.
    scales : sequence of str, timedelta or number
        Durations as pandas.Timedelta reads them, such as "1h" or "30D", or seconds.

    Raises
    ------
    ValueError
        If one is not a positive duration, or two are equal.
    """
    seen: dict[float, Any] = {}
    for scale in scales:
        seconds = _seconds(name, scale)
        if seconds in seen:
            raise ValueError(
                f"{name} contains {seen[seconds]!r} and {scale!r}, which are the same "
                "duration. Give each time scale once."
            )
        seen[seconds] = scale
    return tuple(seen)


def _seconds(name: str, scale: Any) -> float:
    is_number = isinstance(scale, Real) and not isinstance(scale, np.timedelta64 | bool)
    # pandas takes "10" for nanoseconds, and True for a number.
    has_no_unit = isinstance(scale, bool) or str(scale).strip().isdecimal()
    seconds = np.nan
    if is_number or not has_no_unit:
        with suppress(ValueError, TypeError):
            duration = scale if is_number else pd.Timedelta(scale).total_seconds()
            seconds = float(duration)
    if not 0 < seconds < np.inf:
        raise ValueError(_message(name, scale))
    return seconds


def _message(name: str, scale: object) -> str:
    return (
        f"{name} contains {scale!r}, which is not a positive duration. Write it as "
        "'10min', '1h' or '30D', or as a number of seconds."
    )
