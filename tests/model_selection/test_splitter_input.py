"""Splitters accept the estimators' input, refuse invalid times, work in searches."""

from datetime import datetime, timedelta, timezone

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.model_selection import GridSearchCV, cross_val_score
from splitters import for_each_splitter
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV
from sklearn_cofi.model_selection import (
    LeaveNOutPerUser,
    PairKFold,
    TemporalSplit,
    UserFractionSplit,
    WarmKFold,
)

SMALL = random_ratings(1, (12, 9)).frame().assign(timestamp=lambda f: f.index // 2)


@for_each_splitter
def test_splits_do_not_depend_on_the_kind_of_ids_and_frame(splitter):
    named = SMALL.assign(user=SMALL["user"].map("u{:02}".format))
    for kind in (lambda f: f, pl.from_pandas, pa.Table.from_pandas):
        found = splitter.split(kind(named)), splitter.split(SMALL)
        for ours, plain in zip(*found, strict=True):
            np.testing.assert_array_equal(ours[0], plain[0])
            np.testing.assert_array_equal(ours[1], plain[1])


@for_each_splitter
def test_columns_are_found_by_parameters(splitter):
    names = {"user": "who", "item": "what", "timestamp": "when"}
    renamed = SMALL.rename(columns=names)[["when", "rating", "what", "who"]]
    by_name = {"user_col": "who", "item_col": "what"}
    by_position = {"user_col": 0, "item_col": 1}
    if hasattr(splitter, "time_col"):
        by_name["time_col"], by_position["time_col"] = "when", 3
    expected = [test for _, test in splitter.split(SMALL)]
    for columns, X in ((by_name, renamed), (by_position, SMALL.to_numpy())):
        changed = type(splitter)(**(vars(splitter) | columns))
        for (_, test), rows in zip(changed.split(X), expected, strict=True):
            np.testing.assert_array_equal(test, rows)


@pytest.mark.parametrize(
    "times",
    [
        pd.to_datetime(SMALL["timestamp"], unit="s"),
        pd.to_datetime(SMALL["timestamp"], unit="s", utc=True),
        pd.to_datetime(SMALL["timestamp"], unit="D").dt.date,
        pd.to_timedelta(SMALL["timestamp"], unit="h"),
        SMALL["timestamp"].astype("Int64"),
        SMALL["timestamp"] / 4,
        SMALL["timestamp"].astype(object),
    ],
    ids=["datetime", "utc", "date", "timedelta", "Int64", "float", "object"],
)
def test_times_may_be_of_any_kind(times):
    expected = list(TemporalSplit(3).split(SMALL))
    found = list(TemporalSplit(3).split(SMALL.assign(timestamp=times)))
    np.testing.assert_array_equal(found[1][1], expected[1][1])


def test_datetimes_with_time_zones_are_compared_in_utc():
    """The local time of the first rating is the later one, but in UTC it is earlier."""
    east, west = (timezone(timedelta(hours=hours)) for hours in (5, -5))
    times = [
        datetime(2020, 1, 1, 12, tzinfo=east),
        datetime(2020, 1, 1, 8, tzinfo=west),
    ]
    frame = pd.DataFrame(
        {"user": [1, 1], "item": [7, 8], "timestamp": pd.Series(times, dtype=object)}
    )
    ((train, test),) = TemporalSplit(1).split(frame)
    assert (train.tolist(), test.tolist()) == ([0], [1])


@pytest.mark.parametrize("time_col", [-1, 4, "when"])
def test_a_column_of_times_that_does_not_exist_is_refused(time_col):
    with pytest.raises(ValueError, match=f"no column {time_col!r} of times"):
        list(TemporalSplit(2, time_col=time_col).split(SMALL))


def test_there_may_be_as_many_folds_as_pairs():
    folds = PairKFold(2, random_state=0).split([[1, 7], [1, 7], [2, 8]])
    assert sorted(test.tolist() for _, test in folds) == [[0, 1], [2]]


def test_nanoseconds_are_compared_as_integers():
    """As floats, these times would be equal."""
    frame = SMALL.assign(timestamp=2**60 + np.arange(len(SMALL)))
    ((train, test),) = TemporalSplit(1).split(frame)
    assert train.size == len(SMALL) - len(SMALL) // 2


@pytest.mark.parametrize(
    ("frame", "error", "message"),
    [
        (SMALL.drop(columns="timestamp"), ValueError, "no column 'timestamp' of times"),
        (SMALL.assign(timestamp="noon"), TypeError, "must be numbers or dates"),
        (SMALL.assign(timestamp=np.nan), ValueError, "times are missing in column"),
        (SMALL.assign(timestamp=pd.NaT), ValueError, "times are missing in column"),
        (SMALL.assign(timestamp=7), ValueError, "rows at 1 times are too few"),
        (SMALL[:1], ValueError, "too few"),
    ],
)
def test_missing_invalid_and_equal_times_are_refused(frame, error, message):
    with pytest.raises(error, match=message):
        list(TemporalSplit(2).split(frame))


def test_a_fraction_of_less_than_one_row_is_refused():
    with pytest.raises(ValueError, match="are too few for TemporalSplit"):
        list(TemporalSplit(1, test_fraction=0.5 / len(SMALL)).split(SMALL))


def test_users_with_too_few_ratings_for_any_test_are_refused():
    with pytest.raises(
        ValueError, match="the largest number of ratings of a user is 1"
    ):
        list(LeaveNOutPerUser().split([[1, 7], [2, 8]]))
    with pytest.raises(ValueError, match="too few .*n_splits=3: n_samples=[12]"):
        list(WarmKFold(3).split([[1, 7], [1, 8], [2, 7], [2, 8]]))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: LeaveNOutPerUser(0), "n == 0, must be >= 1"),
        (lambda: LeaveNOutPerUser(1.5), "n must be an instance of"),
        (lambda: LeaveNOutPerUser(by="date"), "by must be 'random' or 'time'"),
        (lambda: LeaveNOutPerUser(n_splits=0), "n_splits == 0"),
        (lambda: UserFractionSplit(1.0), "test_fraction == 1.0, must be < 1"),
        (lambda: UserFractionSplit(0.0), "test_fraction == 0.0, must be > 0"),
        (lambda: PairKFold(1), "n_splits == 1, must be >= 2"),
        (lambda: WarmKFold(1), "n_splits == 1, must be >= 2"),
        (lambda: TemporalSplit(0), "n_splits == 0"),
        (lambda: TemporalSplit(4, test_fraction=0.3), "test_fraction == 0.3"),
    ],
)
def test_parameters_out_of_range_are_refused(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_seeds_and_generators_follow_scikit_learns_rules():
    splitter = LeaveNOutPerUser(n_splits=2, random_state=3)
    first, second = ([test for _, test in splitter.split(SMALL)] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (first[0] != first[1]).any()  # each split is a draw of its own
    with_generator = WarmKFold(2, random_state=np.random.RandomState(0))
    first, second = ([t for _, t in with_generator.split(SMALL)] for _ in range(2))
    assert first[0].tolist() != second[0].tolist()


def test_groups_are_ignored_with_a_warning_and_lengths_are_compared():
    with pytest.warns(UserWarning, match="groups parameter is ignored by PairKFold"):
        list(PairKFold(2).split(SMALL, groups=SMALL["user"]))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        list(PairKFold(2).split(SMALL, SMALL["rating"][:-1]))


def test_the_repr_has_the_parameters():
    assert repr(WarmKFold(3, random_state=0)) == (
        "WarmKFold(item_col=None, n_splits=3, random_state=0, user_col=None)"
    )
    assert "by='time'" in repr(LeaveNOutPerUser(2, by="time"))


@for_each_splitter
def test_searches_accept_splitters(splitter):
    model = CollaborativeFilter(2, reg_param=1.0, random_state=0, n_jobs=1)
    scores = cross_val_score(model, SMALL, cv=splitter)
    assert scores.size == splitter.get_n_splits()
    assert np.isfinite(scores).all()
    search = GridSearchCV(model, {"reg_param": [1.0, 2.0]}, cv=splitter).fit(SMALL)
    assert search.n_splits_ == splitter.get_n_splits()


def test_an_int_stands_for_folds_of_pairs_in_the_cross_validated_filter():
    by_int, by_splitter = (
        CollaborativeFilterCV([2.0, 1.0], 2, cv=cv, n_jobs=1, random_state=1).fit(SMALL)
        for cv in (3, PairKFold(3, random_state=1))
    )
    np.testing.assert_array_equal(by_int.rmse_path_, by_splitter.rmse_path_)


def test_the_cross_validated_filter_accepts_splitters():
    model = CollaborativeFilterCV(
        [2.0, 1.0, 0.5], 2, cv=WarmKFold(3, random_state=0), n_jobs=1
    )
    assert model.fit(SMALL).rmse_path_.shape == (1, 3, 3)


def test_real_ratings_by_time_and_warm(ml_100k):
    pairs = ml_100k[["user", "item"]]
    for train, test in WarmKFold(5, random_state=0).split(pairs):
        for side in ("user", "item"):
            assert pairs[side].iloc[test].isin(pairs[side].iloc[train]).all()
    # At least one row of each of the 1,682 items is never tested, and at most one row
    # of each item and of each of the 943 users.
    tested = sum(test.size for _, test in WarmKFold(5, random_state=0).split(pairs))
    assert 100_000 - 943 - 1682 <= tested < 100_000 - 1682

    ((train, test),) = LeaveNOutPerUser(10, by="time").split(ml_100k)
    assert test.size == 943 * 10
    before = ml_100k.iloc[train].groupby("user")["timestamp"].max()
    after = ml_100k.iloc[test].groupby("user")["timestamp"].min()
    assert (before <= after).all()

    times = ml_100k["timestamp"].to_numpy()
    for train, test in TemporalSplit(3).split(ml_100k):
        assert times[train].max() < times[test].min()
        # A window has all rows of its first and last time, so it is not exactly a
        # quarter of the 100,000 rows.
        assert abs(test.size - 25_000) < 200
