"""Splitters leak nothing: no row, no pair, no future, no stranger where none may be."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import GridSearchCV, TimeSeriesSplit, cross_val_score
from strategies import random_ratings, ratings

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV
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
EACH = pytest.mark.parametrize("splitter", ALL, ids=repr)


@st.composite
def timed(draw, repeats=True):
    """Draw ratings with times, of which many are equal."""
    frame = draw(ratings(weighted=False, repeats=repeats)).frame()
    times = st.integers(0, draw(st.sampled_from([3, 30])))
    n = len(frame)
    return frame.assign(timestamp=draw(st.lists(times, min_size=n, max_size=n)))


def parts(splitter, frame):
    """Return the parts, or leave the example where there is too little to split."""
    try:
        return list(splitter.split(frame))
    except ValueError as error:
        assert any(  # noqa: PT017
            words in str(error)
            for words in ("No user has enough", "too few", "no row is left")
        )
        assume(False)


def pairs_of(frame, rows):
    return set(zip(frame["user"].iloc[rows], frame["item"].iloc[rows], strict=True))


@EACH
@given(frame=timed())
def test_no_row_and_no_pair_is_on_both_sides(splitter, frame):
    found = parts(splitter, frame)
    assert len(found) == splitter.get_n_splits()
    for train, test in found:
        assert train.size
        assert test.size
        assert (np.diff(train) > 0).all()
        assert (np.diff(test) > 0).all()
        assert not set(train) & set(test)
        assert not pairs_of(frame, train) & pairs_of(frame, test)


@EACH
@given(frame=timed(), seed=st.integers(0, 99))
def test_the_order_of_the_rows_does_not_matter(splitter, frame, seed):
    order = np.random.default_rng(seed).permutation(len(frame))
    found = parts(splitter, frame)
    moved = parts(splitter, frame.iloc[order])
    for sides, others in zip(found, moved, strict=True):
        for rows, moved_rows in zip(sides, others, strict=True):
            np.testing.assert_array_equal(np.sort(order[moved_rows]), rows)


def n_tested(frame, found):
    """Return how many pairs of each user are tested in each split, by user."""
    users = sorted(frame["user"].unique())
    counts = [
        frame.iloc[test].drop_duplicates(["user", "item"])["user"].value_counts()
        for _, test in found
    ]
    return users, [[count.get(user, 0) for user in users] for count in counts]


@given(timed(), st.integers(1, 3), st.integers(1, 3), st.integers(0, 9))
def test_n_are_left_out_of_each_user_who_has_more(frame, n, n_splits, seed):
    found = parts(LeaveNOutPerUser(n, n_splits=n_splits, random_state=seed), frame)
    users, tested = n_tested(frame, found)
    n_pairs = frame.drop_duplicates(["user", "item"])["user"].value_counts()
    for each, (train, test) in zip(tested, found, strict=True):
        assert each == [n if n_pairs[user] > n else 0 for user in users]
        assert sorted([*train, *test]) == list(range(len(frame)))


@given(timed(), st.sampled_from([0.1, 0.25, 0.5, 0.9]), st.integers(0, 9))
def test_a_fraction_of_each_user_is_tested_and_one_pair_left(frame, fraction, seed):
    found = parts(UserFractionSplit(fraction, random_state=seed), frame)
    users, tested = n_tested(frame, found)
    m = frame.drop_duplicates(["user", "item"])["user"].value_counts()
    ((train, test),) = found
    for user, n in zip(users, tested[0], strict=True):
        assert n == min(int(fraction * m[user] + 0.5), m[user] - 1)
    assert sorted([*train, *test]) == list(range(len(frame)))
    assert set(frame["user"]) == set(frame["user"].iloc[train])


@pytest.mark.parametrize("splitter", [LeaveNOutPerUser, UserFractionSplit])
@given(frame=timed(), n_splits=st.integers(1, 3))
def test_by_time_each_user_is_tested_on_what_came_last(splitter, frame, n_splits):
    """Tests follow each other; nothing later than a test was learned from."""
    found = parts(splitter(by="time", n_splits=n_splits), frame)
    users, tested = n_tested(frame, found)
    latest = frame.groupby(["user", "item"])["timestamp"].max()
    whole = set(range(len(frame)))
    for place, (train, test) in enumerate(found):
        for user, n in zip(users, tested[place], strict=True):
            of_user = set(np.flatnonzero(frame["user"] == user))
            if not n:
                assert of_user <= set(train)
                continue
            # In order of time and item id, the test ends where later ones begin.
            order = (
                latest[user].reset_index().sort_values(["timestamp", "item"])["item"]
            )
            end = len(order) - (n_splits - 1 - place) * n
            learned = frame["item"].iloc[sorted(of_user & set(train))]
            assert set(learned) == set(order[: end - n])
            now = frame["item"].iloc[sorted(of_user & set(test))]
            assert set(now) == set(order[end - n : end])
    assert whole == set(found[-1][0]) | set(found[-1][1])


@given(timed(), st.integers(2, 4), st.integers(0, 9))
def test_folds_of_pairs_test_every_row_once(frame, n_splits, seed):
    found = parts(PairKFold(n_splits, random_state=seed), frame)
    tested = np.concatenate([test for _, test in found])
    assert sorted(tested) == list(range(len(frame)))
    sizes = [len(pairs_of(frame, test)) for _, test in found]
    assert max(sizes) - min(sizes) <= 1
    for train, test in found:
        assert sorted([*train, *test]) == list(range(len(frame)))


@given(timed(), st.integers(2, 4), st.integers(0, 9))
def test_warm_folds_test_only_what_is_known_and_nothing_twice(frame, n_splits, seed):
    found = parts(WarmKFold(n_splits, random_state=seed), frame)
    for train, test in found:
        assert sorted([*train, *test]) == list(range(len(frame)))
        for side in ("user", "item"):
            assert set(frame[side].iloc[train]) == set(frame[side])
    tested = np.concatenate([test for _, test in found])
    assert len(set(tested)) == tested.size
    # What is never tested is at most one pair of each user and each item.
    never = pairs_of(frame, sorted(set(range(len(frame))) - set(tested)))
    assert len(never) <= frame["user"].nunique() + frame["item"].nunique()


@given(timed(), st.integers(1, 3), st.booleans())
def test_the_past_is_learned_from_and_the_future_tested(frame, n_splits, known_only):
    found = parts(TemporalSplit(n_splits, known_only=known_only), frame)
    times = frame["timestamp"].to_numpy()
    ends = [times[test].min() for _, test in found[1:]] + [np.inf]
    for (train, test), end in zip(found, ends, strict=True):
        assert times[train].max() < times[test].min()
        assert times[test].max() < end
        begin = times[np.setdiff1d(np.arange(times.size), train)].min()
        assert (times[train] < begin).all()  # equal times are not divided
        assert train.size == (times < begin).sum()
        if known_only:
            for side in ("user", "item"):
                ids = frame[side]
                assert set(ids.iloc[test]) <= set(ids.iloc[train])


@given(timed(repeats=False), st.integers(1, 3))
def test_windows_leave_nothing_between_them(frame, n_splits):
    found = parts(TemporalSplit(n_splits), frame)
    for (train, test), (later, _) in zip(found, found[1:], strict=False):
        assert sorted([*train, *test]) == later.tolist()
    assert sorted([*found[-1][0], *found[-1][1]]) == list(range(len(frame)))


def test_windows_are_those_of_a_time_series_split_where_times_differ():
    frame = random_ratings(0, (20, 15)).frame()
    frame["timestamp"] = np.arange(len(frame)) ** 2
    windows = TemporalSplit(4).split(frame), TimeSeriesSplit(4).split(frame)
    for ours, theirs in zip(*windows, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_a_pair_that_comes_back_is_not_tested():
    frame = pd.DataFrame(
        {"user": [1, 1, 1, 2], "item": [7, 8, 7, 7], "timestamp": [0, 1, 2, 2]}
    )
    ((train, test),) = TemporalSplit(1).split(frame)
    assert (train.tolist(), test.tolist()) == ([0, 1], [3])


SMALL = random_ratings(1, (12, 9)).frame().assign(timestamp=lambda f: f.index // 2)


@EACH
def test_ids_are_only_names(splitter):
    named = SMALL.assign(user=SMALL["user"].map("u{:02}".format))
    for kind in (lambda f: f, pl.from_pandas, pa.Table.from_pandas):
        found = splitter.split(kind(named)), splitter.split(SMALL)
        for ours, plain in zip(*found, strict=True):
            np.testing.assert_array_equal(ours[0], plain[0])
            np.testing.assert_array_equal(ours[1], plain[1])


@EACH
def test_columns_are_found_by_parameters(splitter):
    names = {"user": "who", "item": "what", "timestamp": "when"}
    odd = SMALL.rename(columns=names)[["when", "rating", "what", "who"]]
    asked = {"user_col": "who", "item_col": "what"}
    timed = hasattr(splitter, "time_col")
    if timed:
        asked["time_col"] = "when"
    places = {"user_col": 0, "item_col": 1} | ({"time_col": 3} if timed else {})
    plain = list(splitter.split(SMALL))
    for columns, X in ((asked, odd), (places, SMALL.to_numpy())):
        again = type(splitter)(**(vars(splitter) | columns))
        for ours, expected in zip(again.split(X), plain, strict=True):
            np.testing.assert_array_equal(ours[1], expected[1])


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
def test_times_of_any_kind(times):
    plain = list(TemporalSplit(3).split(SMALL))
    again = list(TemporalSplit(3).split(SMALL.assign(timestamp=times)))
    np.testing.assert_array_equal(again[1][1], plain[1][1])


def test_nanoseconds_are_told_apart():
    """As floats they would be equal."""
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
def test_times_that_tell_nothing_are_refused(frame, error, message):
    with pytest.raises(error, match=message):
        list(TemporalSplit(2).split(frame))


def test_users_with_too_few_ratings_for_any_test_are_refused():
    with pytest.raises(ValueError, match="the most that one has is 1"):
        list(LeaveNOutPerUser().split([[1, 7], [2, 8]]))
    with pytest.raises(ValueError, match="too few for n_splits=3"):
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
def test_parameters_out_of_range_are_named(make, message):
    with pytest.raises((ValueError, TypeError), match=message):
        make()


def test_seeds_and_generators_follow_scikit_learns_rules():
    splitter = LeaveNOutPerUser(n_splits=2, random_state=3)
    first, second = ([test for _, test in splitter.split(SMALL)] for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert (first[0] != first[1]).any()  # splits are drawn anew
    generator = WarmKFold(2, random_state=np.random.RandomState(0))
    one, other = ([test for _, test in generator.split(SMALL)] for _ in range(2))
    assert one[0].tolist() != other[0].tolist()


def test_groups_are_ignored_aloud_and_lengths_compared():
    with pytest.warns(UserWarning, match="groups parameter is ignored by PairKFold"):
        list(PairKFold(2).split(SMALL, groups=SMALL["user"]))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        list(PairKFold(2).split(SMALL, SMALL["rating"][:-1]))


def test_they_print_as_they_were_made():
    assert repr(WarmKFold(3, random_state=0)) == (
        "WarmKFold(item_col=None, n_splits=3, random_state=0, user_col=None)"
    )
    assert "by='time'" in repr(LeaveNOutPerUser(2, by="time"))


@EACH
def test_searches_take_them(splitter):
    model = CollaborativeFilter(2, reg_param=1.0, random_state=0, n_jobs=1)
    scores = cross_val_score(model, SMALL, cv=splitter)
    assert scores.size == splitter.get_n_splits()
    assert np.isfinite(scores).all()
    search = GridSearchCV(model, {"reg_param": [1.0, 2.0]}, cv=splitter).fit(SMALL)
    assert search.n_splits_ == splitter.get_n_splits()


def test_an_int_is_the_same_folds_in_the_filter_that_cross_validates():
    ints, splitter = (
        CollaborativeFilterCV([2.0, 1.0], 2, cv=cv, n_jobs=1, random_state=1).fit(SMALL)
        for cv in (3, PairKFold(3, random_state=1))
    )
    np.testing.assert_array_equal(ints.rmse_path_, splitter.rmse_path_)


def test_the_filter_that_cross_validates_takes_them():
    model = CollaborativeFilterCV(
        [2.0, 1.0, 0.5], 2, cv=WarmKFold(3, random_state=0), n_jobs=1
    )
    assert model.fit(SMALL).rmse_path_.shape == (1, 3, 3)


def test_real_ratings_by_time_and_warm(ml_100k):
    pairs = ml_100k[["user", "item"]]
    for train, test in WarmKFold(5, random_state=0).split(pairs):
        for side in ("user", "item"):
            assert pairs[side].iloc[test].isin(pairs[side].iloc[train]).all()
    # 943 users and 1,682 items: at most so many rows are never tested.
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
        # Windows begin and end with a time, 25,000 rows are within a few of them.
        assert abs(test.size - 25_000) < 200
