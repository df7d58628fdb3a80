"""Splitters leak nothing: no row, no pair, no future, no stranger where none may be."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit
from splitters import EACH
from strategies import random_ratings, ratings

from sklearn_cofi.model_selection import (
    LeaveNOutPerUser,
    PairKFold,
    TemporalSplit,
    UserFractionSplit,
    WarmKFold,
)


@st.composite
def timed(draw, repeats=True):
    """Draw ratings with times, of which many are equal."""
    frame = draw(ratings(weighted=False, repeats=repeats)).frame()
    times = st.integers(0, draw(st.sampled_from([3, 30])))
    n = len(frame)
    return frame.assign(timestamp=draw(st.lists(times, min_size=n, max_size=n)))


TOO_LITTLE = "No user has enough", "too few", "no row is left"


def parts(splitter, frame):
    """Return the parts, or leave the example where there is too little to split."""
    try:
        return list(splitter.split(frame))
    except ValueError as error:
        if not any(words in str(error) for words in TOO_LITTLE):
            raise
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
