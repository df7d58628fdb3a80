"""Time scales in seconds, and their errors."""

from datetime import timedelta

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.bayesian._time_scales import seconds_of_scales


@pytest.mark.parametrize(
    "scale", ["1h", "60min", 3600, 3600.0, timedelta(hours=1), pd.Timedelta("1h")]
)
def test_durations_may_be_of_any_kind(scale):
    assert seconds_of_scales("time_scales", [scale, "1D"]) == (3600.0, 86400.0)


def test_arrays_are_durations():
    scales = np.array([1, 60], "timedelta64[m]")
    assert seconds_of_scales("time_scales", scales) == (60.0, 3600.0)
    assert seconds_of_scales("time_scales", np.array([60, 0.5])) == (60.0, 0.5)
    assert seconds_of_scales("time_scales", ()) == ()


INVALID = (0, -1.0, np.nan, np.inf, "0s", "-1h", "month", "10", None, [1], True)


@pytest.mark.parametrize("scale", INVALID, ids=repr)
def test_other_values_are_not_durations(scale):
    message = "item_time_scales contains .* is not a positive duration. Write it as '10"
    with pytest.raises(ValueError, match=message):
        seconds_of_scales("item_time_scales", ["1h", scale])


@pytest.mark.parametrize("second", ["1D", "24h", 86400.0])
def test_a_scale_is_given_once(second):
    message = f"time_scales contains '1D' and {second!r}, which are the same duration"
    with pytest.raises(ValueError, match=message):
        seconds_of_scales("time_scales", ["1D", "1h", second])
