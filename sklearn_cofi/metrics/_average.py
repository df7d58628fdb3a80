"""The mean of a metric over users."""

import numpy as np
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_cofi._typing import Floats, FrameLike
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.metrics._lists import match, read_lists, read_test_ratings
from sklearn_cofi.metrics._per_user import per_user_values


def mean_metric(
    metric: str,
    truth: FrameLike,
    recommended: FrameLike,
    k: int,
    relevant_from: float | None,
    no_relevant: str,
    gains: str = "binary",
) -> float:
    """Return the mean over users of one of `METRICS`."""
    test = read_test_ratings(truth, relevant_from, needs_ratings=gains != "binary")
    matched = match(test, read_lists(recommended))
    return mean_over_users(per_user_values(matched, metric, k, gains), no_relevant)


def defined_values(values: Floats, no_relevant: str) -> Floats:
    """Return the values that the mean is taken over.

    The value is nan for users without a relevant item. ``no_relevant="skip"`` leaves
    these users out, and "zero" replaces their value by 0.
    """
    undefined = np.isnan(values)
    if no_relevant == "zero":
        return np.where(undefined, 0.0, values)
    return values[~undefined]


def mean_over_users(values: Floats, no_relevant: str) -> float:
    """Return the mean of `defined_values`, or nan with a warning if there are none."""
    values = defined_values(values, no_relevant)
    if not values.size:
        warn_undefined()
        return float("nan")
    return float(values.mean())


def warn_undefined() -> None:
    """Warn that no user has a relevant item."""
    warn_caller(
        "Ranking metrics are undefined and set to nan because no user has a relevant "
        "item. Lower `relevant_from`, or count users without a relevant item as 0 with "
        "no_relevant='zero'.",
        UndefinedMetricWarning,
    )
