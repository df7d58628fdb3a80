"""From a metric of each user to one number."""

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_cofi._warnings import warn_caller


def counted(values: np.ndarray, no_relevant: str) -> np.ndarray:
    """Return the values that count in the mean; nan is a user with nothing to find.

    ``no_relevant`` leaves such users out ("skip") or has them as 0 ("zero").
    """
    undefined = np.isnan(values)
    if no_relevant == "zero":
        return np.where(undefined, 0.0, values)
    return values[~undefined]


def mean_over_users(values: np.ndarray, no_relevant: str) -> float:
    """Return the mean, or nan with a warning where no user counts."""
    values = counted(values, no_relevant)
    if not values.size:
        warn_undefined()
        return float("nan")
    return float(values.mean())


def warn_undefined() -> None:
    """Warn that no user has a relevant item."""
    warn_caller(
        "Ranking metrics are undefined and set to nan: no user has a relevant item. "
        "Lower `relevant_from`, or count such users as 0 with no_relevant='zero'.",
        UndefinedMetricWarning,
    )
