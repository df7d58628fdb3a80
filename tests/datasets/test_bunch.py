"""The forms in which every loader returns its data."""

import numpy as np
import pandas as pd

from sklearn_cofi.datasets._bunch import as_bunch

FRAME = pd.DataFrame(
    {"user": [1, 2], "item": [3, 4], "rating": [5.0, 0.0], "timestamp": [6, 7]}
)


def test_a_bunch_of_frames_has_the_parts_of_the_frame():
    bunch = as_bunch(FRAME, return_X_y=False, as_frame=True, DESCR="what it is")
    pd.testing.assert_frame_equal(bunch.data, FRAME[["user", "item"]])
    pd.testing.assert_series_equal(bunch.target, FRAME["rating"])
    pd.testing.assert_series_equal(bunch.timestamp, FRAME["timestamp"])
    assert bunch.frame is FRAME
    assert bunch.feature_names == ["user", "item"]
    assert bunch.target_names == ["rating"]
    assert bunch.DESCR == "what it is"


def test_a_bunch_of_arrays_has_the_same_values_and_no_frame():
    bunch = as_bunch(FRAME, return_X_y=False, as_frame=False)
    assert bunch.frame is None
    np.testing.assert_array_equal(bunch.data, [[1, 3], [2, 4]])
    np.testing.assert_array_equal(bunch.target, [5.0, 0.0])
    np.testing.assert_array_equal(bunch.timestamp, [6, 7])
    assert all(
        isinstance(bunch[name], np.ndarray) for name in ("data", "target", "timestamp")
    )


def test_return_x_y_is_data_and_target():
    X, y = as_bunch(FRAME, return_X_y=True, as_frame=True)
    assert list(X) == ["user", "item"]
    assert y.name == "rating"


def test_without_timestamps_the_timestamp_is_none():
    bare = FRAME.drop(columns="timestamp")
    assert as_bunch(bare, return_X_y=False, as_frame=True).timestamp is None
    assert as_bunch(bare, return_X_y=False, as_frame=False).timestamp is None


def test_frames_of_items_and_users_are_none_unless_they_are_known():
    bare = as_bunch(FRAME, return_X_y=False, as_frame=True)
    assert bare.item_frame is None
    assert bare.user_frame is None
    users = pd.DataFrame({"user": [1, 2], "age": [30, 40]})
    assert as_bunch(
        FRAME, return_X_y=False, as_frame=False, user_frame=users
    ).user_frame.equals(users)
