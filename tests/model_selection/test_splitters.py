"""Splitters do not leak: laws of rows, pairs, times, known users and known items."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.model_selection import TimeSeriesSplit
from splitters import for_each_splitter
from strategies import random_ratings, ratings

from sklearn_cofi.model_selection import (
    LeaveNOutPerUser,
    PairKFold,
    TemporalSplit,
    UserFractionSplit,
    WarmKFold,
)
from sklearn_cofi.model_selection._folds_of_pairs import split_pairs
from sklearn_cofi.model_selection._pairs import number_pairs


@st.composite
def timed(draw, repeats=True):
    """Draw ratings with times, many of them equal.

    Two of three sets are large enough to be split, and have users and items with one
    rating or a few.
    """
    if draw(st.integers(0, 2)):
        made = random_ratings(draw(st.integers(0, 2**16)), (9, 7), density=0.25)
        n = made.users.size
        frame = made.rows(np.r_[np.arange(n), np.arange(5 if repeats else 0)]).frame()
    else:
        frame = draw(ratings(weighted=False, repeats=repeats)).frame()
    times = st.integers(0, draw(st.sampled_from([3, 30])))
    n = len(frame)
    return frame.assign(timestamp=draw(st.lists(times, min_size=n, max_size=n)))


TOO_FEW_RATINGS = "No user has enough", "too few", "has no row to test"


def parts(splitter, frame):
    """Return the parts, or skip the example if it has too few ratings to split."""
    try:
        return list(splitter.split(frame))
    except ValueError as error:
        if not any(words in str(error) for words in TOO_FEW_RATINGS):
            raise
        assume(False)


def pairs_of(frame, rows):
    return set(zip(frame["user"].iloc[rows], frame["item"].iloc[rows], strict=True))


@for_each_splitter
@given(frame=timed())
def test_no_row_and_no_pair_is_in_both_parts(splitter, frame):
    found = parts(splitter, frame)
    assert len(found) == splitter.get_n_splits()
    for train, test in found:
        assert train.size
        assert test.size
        assert (np.diff(train) > 0).all()
        assert (np.diff(test) > 0).all()
        assert not set(train) & set(test)
        assert not pairs_of(frame, train) & pairs_of(frame, test)


@for_each_splitter
@given(frame=timed(), seed=st.integers(0, 99))
def test_the_order_of_the_rows_does_not_matter(splitter, frame, seed):
    order = np.random.default_rng(seed).permutation(len(frame))
    found = parts(splitter, frame)
    moved = parts(splitter, frame.iloc[order])
    for expected, permuted in zip(found, moved, strict=True):
        for rows, moved_rows in zip(expected, permuted, strict=True):
            np.testing.assert_array_equal(np.sort(order[moved_rows]), rows)


def n_tested(frame, found):
    """Return the users, and the number of tested pairs of each user in each split."""
    users = sorted(frame["user"].unique())
    counts = [
        frame.iloc[test].drop_duplicates(["user", "item"])["user"].value_counts()
        for _, test in found
    ]
    return users, [[count.get(user, 0) for user in users] for count in counts]


@given(timed(), st.integers(1, 3), st.integers(1, 3), st.integers(0, 9))
def test_n_pairs_are_tested_of_each_user_with_more_than_n(frame, n, n_splits, seed):
    found = parts(LeaveNOutPerUser(n, n_splits=n_splits, random_state=seed), frame)
    users, tested = n_tested(frame, found)
    n_pairs = frame.drop_duplicates(["user", "item"])["user"].value_counts()
    for counts, (train, test) in zip(tested, found, strict=True):
        assert counts == [n if n_pairs[user] > n else 0 for user in users]
        assert sorted([*train, *test]) == list(range(len(frame)))


@given(timed(), st.sampled_from([0.1, 0.25, 0.5, 0.9]), st.integers(0, 9))
def test_a_fraction_is_tested_and_one_pair_stays_in_training(frame, fraction, seed):
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
def test_by_time_the_latest_pairs_of_each_user_are_tested(splitter, frame, n_splits):
    """Tests follow each other, and training has no later rating of a tested user."""
    found = parts(splitter(by="time", n_splits=n_splits), frame)
    users, tested = n_tested(frame, found)
    latest = frame.groupby(["user", "item"])["timestamp"].max()
    all_rows = set(range(len(frame)))
    for split, (train, test) in enumerate(found):
        for user, n in zip(users, tested[split], strict=True):
            of_user = set(np.flatnonzero(frame["user"] == user))
            if not n:
                assert of_user <= set(train)
                continue
            # Sorted by time and item id, a test ends where the next one begins.
            order = (
                latest[user].reset_index().sort_values(["timestamp", "item"])["item"]
            )
            end = len(order) - (n_splits - 1 - split) * n
            trained = frame["item"].iloc[sorted(of_user & set(train))]
            assert set(trained) == set(order[: end - n])
            in_test = frame["item"].iloc[sorted(of_user & set(test))]
            assert set(in_test) == set(order[end - n : end])
    assert all_rows == set(found[-1][0]) | set(found[-1][1])


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
def test_warm_folds_test_known_users_and_items_only_once(frame, n_splits, seed):
    found = parts(WarmKFold(n_splits, random_state=seed), frame)
    for train, test in found:
        assert sorted([*train, *test]) == list(range(len(frame)))
        for side in ("user", "item"):
            assert set(frame[side].iloc[train]) == set(frame[side])
    tested = np.concatenate([test for _, test in found])
    assert len(set(tested)) == tested.size
    # At most one pair of each user and one of each item are never tested.
    untested = pairs_of(frame, sorted(set(range(len(frame))) - set(tested)))
    assert len(untested) <= frame["user"].nunique() + frame["item"].nunique()


@given(timed(), st.integers(1, 3), st.booleans())
def test_training_ends_before_the_window_begins(frame, n_splits, known_only):
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
def test_no_row_is_between_two_windows(frame, n_splits):
    found = parts(TemporalSplit(n_splits), frame)
    for (train, test), (later, _) in zip(found, found[1:], strict=False):
        assert sorted([*train, *test]) == later.tolist()
    assert sorted([*found[-1][0], *found[-1][1]]) == list(range(len(frame)))


# As a float, 1 / 49 of 49 rows is less than one row.
@pytest.mark.parametrize(("n_rows", "n_splits"), [(60, 4), (49, 48)])
def test_windows_equal_those_of_a_time_series_split_if_times_differ(n_rows, n_splits):
    frame = random_ratings(0, (20, 15)).frame()[:n_rows]
    frame["timestamp"] = np.arange(n_rows) ** 2
    splitters = TemporalSplit(n_splits), TimeSeriesSplit(n_splits)
    windows = (splitter.split(frame) for splitter in splitters)
    for ours, theirs in zip(*windows, strict=True):
        np.testing.assert_array_equal(ours[0], theirs[0])
        np.testing.assert_array_equal(ours[1], theirs[1])


def test_each_window_has_the_fraction_of_the_rows():
    frame = random_ratings(0, (20, 15)).frame()[:60]
    frame["timestamp"] = np.arange(60)
    found = list(TemporalSplit(2, test_fraction=0.1).split(frame))
    assert [test.tolist() for _, test in found] == [
        list(range(60 - 2 * 6, 60 - 6)),
        list(range(60 - 6, 60)),
    ]


def test_a_pair_of_the_training_part_is_not_tested_again():
    frame = pd.DataFrame(
        {"user": [1, 1, 1, 2], "item": [7, 8, 7, 7], "timestamp": [0, 1, 2, 2]}
    )
    ((train, test),) = TemporalSplit(1).split(frame)
    assert (train.tolist(), test.tolist()) == ([0, 1], [3])


@given(timed(), st.integers(2, 4), st.integers(0, 9))
def test_encoded_pairs_are_split_like_their_frame(frame, n_splits, seed):
    """Codes need not be contiguous: they have the order of the ids."""
    users, items = frame["user"].to_numpy() * 2 + 3, frame["item"].to_numpy() * 5
    pairs = number_pairs(users, items, items.max() + 4)
    assume(pairs.n_pairs >= n_splits)
    found = split_pairs(pairs, n_splits, seed)
    expected = PairKFold(n_splits, random_state=seed).split(frame)
    for rows, expected_rows in zip(found, expected, strict=True):
        np.testing.assert_array_equal(rows[0], expected_rows[0])
        np.testing.assert_array_equal(rows[1], expected_rows[1])
