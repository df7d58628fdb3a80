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

    ``stacklevel`` counts from `warn_undefined`, which is 1, to the line to be named.
    """
    values = counted(values, no_relevant)
    if not values.size:
        warn_undefined(stacklevel)
        return float("nan")
    return float(values.mean())


def warn_undefined(stacklevel: int):
    """Warn that no user has a relevant item; ``stacklevel`` as in `warnings.warn`."""
    warnings.warn(
        "Ranking metrics are undefined and set to nan: no user has a relevant item. "
        "Lower `relevant_from`, or count such users as 0 with no_relevant='zero'.",
        UndefinedMetricWarning,
        stacklevel=stacklevel,
    )
