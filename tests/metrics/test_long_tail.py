"""Shares and recall of popular and unpopular items, worked out by hand."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from ranked import lists_of, truth_of

from sklearn_cofi.metrics import ranking_report
from sklearn_cofi.metrics._long_tail import popularity_groups

# 20 ratings: 9 of item 1, 4 of item 2, 3 of item 3, 2 of item 4, 1 of items 5 and 6.
# The items with more ratings have 0, 9/20, 13/20, 16/20 and, for the last two, 18/20.
COUNTS = {1: 9, 2: 4, 3: 3, 4: 2, 5: 1, 6: 1}
TRAIN = pd.DataFrame(
    [(user, item) for item, count in COUNTS.items() for user in range(count)],
    columns=["user", "item"],
)
TRUTH = truth_of(
    [
        ("ann", 1, 5.0),
        ("ann", 2, 4.0),
        ("ann", 3, 4.0),
        ("ann", 4, 5.0),
        ("ann", 9, 4.0),  # without training ratings, so in the tail
        ("bob", 2, 4.0),
        ("bob", 5, 1.0),
        ("cid", 6, 4.0),
        ("dan", 1, 4.0),
    ]
)
BEST = lists_of({"ann": [1, 3, 4, 7], "bob": [5, 2], "cid": [1], "abe": [1, 2]})
# The values of each user at k = 2: dan has no list, and abe no test ratings.
SHARES = {
    "share_head": {"ann": 1 / 2, "bob": 0, "cid": 1},
    "share_middle": {"ann": 1 / 2, "bob": 1 / 2, "cid": 0},
    "share_tail": {"ann": 0, "bob": 1 / 2, "cid": 0},
}
# With relevant_from=4, ann likes 1 item of the head, 2 of the middle and 2 of the tail.
RECALLS = {
    "recall_head": {"ann": 1, "dan": 0},
    "recall_middle": {"ann": 1 / 2, "bob": 1},
    "recall_tail": {"ann": 0, "cid": 0},
}


def values_of(report):
    """Return the values of a report by metric and user."""
    return {
        name: dict(zip(rows["user"], rows["value"], strict=True))
        for name, rows in report.groupby("metric")
    }


def test_groups_of_the_example():
    counts = np.array(list(COUNTS.values()))
    assert popularity_groups(counts).tolist() == [0, 1, 1, 2, 2, 2]


def test_values_of_each_user():
    report = ranking_report(
        TRUTH, BEST, k=2, relevant_from=4, ratings=TRAIN, per_user=True
    )
    found = values_of(report)
    for name, expected in (SHARES | RECALLS).items():
        assert found[name] == pytest.approx(expected), name


def test_a_longer_list_has_more_of_the_tail():
    report = ranking_report(TRUTH, BEST, k=4, relevant_from=4, ratings=TRAIN)
    means = report.set_index("metric")["mean"]
    # ann's list has one item of the head, one of the middle and two of the tail.
    assert means["share_tail"] == pytest.approx((2 / 4 + 1 / 2 + 0) / 3)
    assert means["share_head"] == pytest.approx((1 / 4 + 0 + 1) / 3)
    assert means["recall_tail"] == pytest.approx((1 / 2 + 0) / 2)


@pytest.mark.parametrize("no_relevant", ["skip", "zero"])
def test_means_are_over_the_users_with_a_value(no_relevant):
    report = ranking_report(
        TRUTH, BEST, k=2, relevant_from=4, ratings=TRAIN, no_relevant=no_relevant
    ).set_index("metric")
    assert report.index[6:].tolist() == [*SHARES, *RECALLS]
    for name, values in (SHARES | RECALLS).items():
        n_users = 4 if no_relevant == "zero" and name in RECALLS else len(values)
        assert report["n_users"][name] == n_users
        assert report["mean"][name] == pytest.approx(sum(values.values()) / n_users)
    assert report["mean"][list(SHARES)].sum() == pytest.approx(1)


def test_the_other_rows_do_not_change():
    settings = {"k": (1, 3), "relevant_from": 4}
    plain = ranking_report(TRUTH, BEST, **settings)
    report = ranking_report(TRUTH, BEST, ratings=TRAIN, **settings)
    pd.testing.assert_frame_equal(report[: len(plain)], plain)
    assert len(report) == len(plain) + 12
    assert report["k"].tolist() == [1, 3] * 12


@given(st.lists(st.integers(1, 9), min_size=1, max_size=30))
def test_each_group_follows_from_the_ratings_of_more_popular_items(counts):
    counts = np.array(counts)
    for count, group in zip(counts, popularity_groups(counts), strict=True):
        share = counts[counts > count].sum() / counts.sum()
        assert group == int(share >= 0.2) + int(share >= 0.8)


def test_repeated_ratings_count_once():
    settings = {"k": 2, "relevant_from": 4}
    once = ranking_report(TRUTH, BEST, ratings=TRAIN, **settings)
    twice = pd.concat([TRAIN, TRAIN[TRAIN["item"] > 3], TRAIN[TRAIN["item"] > 3]])
    pd.testing.assert_frame_equal(
        ranking_report(TRUTH, BEST, ratings=twice, **settings), once
    )


def test_without_recommendations_there_are_no_shares_and_recall_is_zero():
    report = ranking_report(
        pl.from_pandas(TRUTH), BEST[:0], k=2, relevant_from=4, ratings=TRAIN
    )
    report = report.to_pandas().set_index("metric")
    assert report["mean"][list(SHARES)].isna().all()
    assert (report["n_users"][list(SHARES)] == 0).all()
    assert (report["mean"][list(RECALLS)] == 0).all()


def test_ratings_with_other_ids_are_an_error():
    with pytest.raises(TypeError, match="but `ratings` has ids of kind string"):
        ranking_report(TRUTH, BEST, ratings=TRAIN.astype({"item": str}))
