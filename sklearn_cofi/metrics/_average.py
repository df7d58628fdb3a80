"""From a metric of each user to one number."""

import warnings

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning


def counted(values: np.ndarray, no_relevant: str) -> np.ndarray:
    """Return the values that count in the mean; nan is a user with nothing to find.

    ``no_relevant`` leaves such users out ("skip") or has them as 0 ("zero").
    """
    undefined = np.isnan(values)
    if no_relevant == "zero":
        return np.where(undefined, 0.0, values)
    return values[~undefined]


def mean_over_users(values: np.ndarray, no_relevant: str, *, stacklevel: int) -> float:
    """Return the mean, or nan with a warning where no user counts.

    ``stacklevel`` of the caller's line is 3 from where this function is called.
    """
    values = counted(values, no_relevant)
    if not values.size:
        warn_undefined(stacklevel)
        return float("nan")
    # Rounding may take the mean of ones past 1.
    return float(np.clip(values.mean(), values.min(), values.max()))


def warn_undefined(stacklevel: int):
    """Warn that no user has a relevant item."""
    warnings.warn(
        "Ranking metrics are undefined and set to nan: no user has a relevant item. "
        "Lower `relevant_from`, or count such users as 0 with no_relevant='zero'.",
        UndefinedMetricWarning,
        stacklevel=stacklevel,
    )
