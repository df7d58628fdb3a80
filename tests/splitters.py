"""Splitters of all kinds, for tests that hold for each of them."""

import pytest

from sklearn_cofi.model_selection import (
    LeaveNOutPerUser,
    PairKFold,
    TemporalSplit,
    UserFractionSplit,
    WarmKFold,
)

ALL = [
    LeaveNOutPerUser(random_state=0),
    LeaveNOutPerUser(2, n_splits=2, random_state=0),
    LeaveNOutPerUser(1, by="time", n_splits=2),
    UserFractionSplit(0.4, n_splits=2, random_state=0),
    UserFractionSplit(0.3, by="time", n_splits=2),
    PairKFold(2, random_state=0),
    WarmKFold(2, random_state=0),
    TemporalSplit(2),
    TemporalSplit(2, test_fraction=0.2, known_only=True),
]
for_each_splitter = pytest.mark.parametrize("splitter", ALL, ids=repr)
