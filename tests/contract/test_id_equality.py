"""Ids of different types that are equal, and ids that are not, case by case."""

import datetime

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN
from tables import objects, table

from sklearn_cofi import CollaborativeFilter

WITH_NUL = {
    "trailing NULs": (objects("a", "a", "a\0", "a\0", "b", "b"), objects("a", "a\0")),
    "inner NULs": (objects("a\0b", "a\0c", "a", "a", "b", "b"), objects("a\0b", "a")),
}
# pandas 2 takes strings that differ only after a NUL for equal.
DISTINGUISHES_NUL = int(pd.__version__.split(".")[0]) >= 3
EQUAL = {
    "floats that are whole": ([5, 5, 6, 6, 7, 7], [5.0, 6.0, 7.0]),
    "whole numbers for floats": ([5.0, 5.0, 6.0, 6.0, 7.0, 7.0], [5, 6, 7]),
    "float32 for integers": (
        [5, 5, 6, 6, 2**24 - 1, 2**24 - 1],
        np.array([5, 6, 2**24 - 1], np.float32),
    ),
    "a fraction among floats": ([0.5, 0.5, 6, 6, 7, 7], [0.5, 6.0, 7.0]),
    "integers for floats with a fraction": ([0.5, 0.5, 6, 6, 7, 7], [0.5, 6, 7]),
    "uint64 for integers": ([5, 5, 6, 6, 7, 7], np.array([5, 6, 7], np.uint64)),
    "python integers": (objects(5, 5, 6, 6, 7, 7), objects(5, 6, 7)),
    "minus zero": ([0, 0, 6, 6, 7, 7], [-0.0, 6.0, 7.0]),
    "minus zero among fractions": ([-0.0, -0.0, 0.5, 0.5, 7, 7], [0.0, 0.5, 7]),
    "beyond int64": (
        np.array([2**63 + 1, 2**63 + 1, 2**63 + 2, 2**63 + 2, 2, 2], np.uint64),
        np.array([2**63 + 1, 2**63 + 2, 2], np.uint64),
    ),
    "int64 for uint64": (
        np.array([2**62 + 1, 2**62 + 1, 2**62 + 2, 2**62 + 2, 2**63, 2**63], "u8"),
        np.array([2**62 + 1, 2**62 + 2], np.int64),
    ),
    "uint64 for int64": (
        np.array([2**62 + 1, 2**62 + 1, 2**62 + 2, 2**62 + 2, -3, -3], np.int64),
        np.array([2**62 + 1, 2**62 + 2], np.uint64),
    ),
    "negative": ([-5, -5, 6, 6, 7, 7], [-5, 6, 7]),
    "strings": (list("ééabzz"), ["é", "a", "z"]),
    "an empty string": (["", "", "a", "b", "z", "z"], ["", "a", "z"]),
    "very long strings": (
        ["x" * 10**5, "x" * 10**5, "y", "y", "z", "z"],
        ["x" * 10**5, "y", "z"],
    ),
    "short strings for long": (["x" * 200] * 2 + ["y", "y", "z", "z"], ["y", "z"]),
    "booleans": ([True] * 2 + [False] * 3 + [True], objects(True, False)),
    "dates and datetimes": (
        [datetime.date(2020, 1, k) for k in (1, 1, 2, 2, 3, 3)],
        pd.to_datetime(["2020-01-01", "2020-01-02"]),
    ),
    "a zone and UTC": (
        pd.DatetimeIndex(["2020-01-01 01:00"] * 2 + ["2020-01-02 01:00"] * 3)
        .append(pd.DatetimeIndex(["2020-01-01 01:00"]))
        .tz_localize("Europe/Berlin"),
        pd.to_datetime(["2020-01-01 00:00", "2020-01-02 00:00"]),
    ),
    "datetimes among objects": (
        objects(*(pd.Timestamp(2020, 1, k) for k in (1, 1, 2, 2, 3, 3))),
        np.array(["2020-01-01"], "M8[ns]"),
    ),
    "durations": (
        objects(*(datetime.timedelta(k) for k in (1, 1, 2, 2, 3, 3))),
        np.array([1, 2], "m8[D]"),
    ),
    "tuples": (
        objects((1, 2), (1, 2), (0, 5), (0, 5), (9, 9), (9, 9)),
        objects((1, 2), (0, 5)),
    ),
    "bytes": (objects(b"a", b"a", b"b", b"b", b"c", b"c"), objects(b"a", b"c")),
}


if DISTINGUISHES_NUL:
    EQUAL |= WITH_NUL


@pytest.mark.skipif(DISTINGUISHES_NUL, reason="this pandas compares NULs")
@pytest.mark.parametrize("users", [case[0] for case in WITH_NUL.values()], ids=WITH_NUL)
def test_strings_with_nul_are_an_error_if_pandas_ignores_nul(model, users):
    with pytest.raises(ValueError, match="NUL characters.*upgrade to pandas 3"):
        model.fit(table(users))


@pytest.mark.parametrize(("users", "queried"), EQUAL.values(), ids=EQUAL)
def test_equal_ids_match(model, users, queried):
    model.set_params(unknown="error").fit(table(users))
    number = {user: k for k, user in enumerate(dict.fromkeys(list(users)))}
    pairs = pd.DataFrame({"user": queried, "item": [11] * len(queried)})
    predicted = model.predict(pairs)

    plain = CollaborativeFilter(**(PLAIN | model.get_params()))
    plain.fit(table([number[user] for user in users]))
    assert model.user_factors_.shape == plain.user_factors_.shape
    assert np.isfinite(predicted).all()
    assert np.unique(predicted).size == len(queried)


DIFFERENT = {
    "neighbours beyond int64": (
        np.array([2**63 + 1, 2**63 + 1, 2**63 + 2, 2**63 + 2, 2, 2], np.uint64),
        np.array([2**63 + 3, 2**63], np.uint64),
    ),
    "negative for uint64": (
        np.array([2**63, 2**63, 2, 2, 3, 3], np.uint64),
        [-1, -(2**63)],
    ),
    "beyond int64 for int64": (
        [-(2**63), -(2**63), 2, 2, 3, 3],
        np.array([2**63, 2**64 - 1], np.uint64),
    ),
    "neighbours of large integers": (
        [2**60 + 1, 2**60 + 1, 2, 2, 3, 3],
        np.array([2**60, 2**60 + 2], np.int64),
    ),
    "fractions next to whole numbers": ([5, 5, 6, 6, 7, 7], [5.5, 6.000001]),
    "float32 of a fraction": ([0.1, 0.1, 6, 6, 7, 7], np.array([0.1], np.float32)),
    "case": (["a", "a", "b", "b", "c", "c"], ["A", "B"]),
    "spaces": (["a", "a", "b", "b", "c", "c"], [" a", "b "]),
}


if DISTINGUISHES_NUL:
    DIFFERENT["trailing NULs"] = (list("aabbcc"), objects("a\0", "b\0"))


@pytest.mark.parametrize(("users", "queried"), DIFFERENT.values(), ids=DIFFERENT)
def test_different_ids_do_not_match(model, users, queried):
    model.set_params(unknown="error").fit(table(users))
    pairs = pd.DataFrame({"user": queried, "item": [11] * len(queried)})
    message = f"{len(queried)} pairs have a user and 0 pairs .* Set unknown='mean'"
    with pytest.raises(ValueError, match=message):
        model.predict(pairs)


def test_whole_floats_are_stored_as_integers(model):
    assert model.fit(table([5.0, 5, 6, 6, 7, 7])).user_ids_.dtype == np.int64
