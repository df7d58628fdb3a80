"""Time scales, as parameters and in seconds."""

from numbers import Real

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
        If one is not a positive duration.
    """
    found = []
    for scale in scales:
        try:
            seconds = (
                float(scale)
                if isinstance(scale, Real)
                else pd.Timedelta(scale).total_seconds()
            )
        except (ValueError, TypeError) as error:
            raise ValueError(_message(name, scale)) from error
        if not 0 < seconds < np.inf:
            raise ValueError(_message(name, scale))
        found.append(seconds)
    return tuple(found)


def _message(name: str, scale: object) -> str:
    return (
        f"{name} contains {scale!r}, which is not a positive duration. Write it as "
        "'10min', '1h' or '30D', or as a number of seconds."
    )
