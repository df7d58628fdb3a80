"""Coverage and novelty: bounds, extremes, and loops over users."""

from math import log2

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import ratings

from sklearn_cofi.metrics import coverage_at_k, novelty_at_k


@st.composite
def recommended(draw):
    """Draw up to ten recommendations for each of up to five users."""
    lists = draw(st.lists(st.permutations(range(10)), min_size=1, max_size=5))
    lengths = [draw(st.integers(1, 10)) for _ in lists]
    rows = [
        (user, rank, item)
        for user, (items, n) in enumerate(zip(lists, lengths, strict=True))
        for rank, item in enumerate(items[:n])
    ]
    return pd.DataFrame(rows, columns=["user", "rank", "item"])


@given(recommended(), st.integers(1, 12))
def test_coverage_counts_the_items_of_the_first_k_ranks(lists, k):
    items = set(lists[lists["rank"] < k]["item"])
    assert coverage_at_k(lists, range(20), k=k) == len(items) / 20
    assert coverage_at_k(lists, lists["item"], k=10) == 1


@given(recommended(), ratings(repeats=True), st.integers(1, 12))
def test_novelty_equals_a_loop_over_users(lists, drawn, k):
    training = drawn.frame()
    n_raters = training.groupby("item")["user"].nunique()
    n_users = training["user"].nunique()
    values = [
        np.mean([log2(n_users / n_raters.get(item, 1)) for item in rows["item"]])
        for _, rows in lists[lists["rank"] < k].groupby("user")
    ]
    found = novelty_at_k(lists, training, k=k)
    assert found == pytest.approx(np.mean(values), rel=1e-12)
    assert 0 <= found <= log2(n_users)


def test_novelty_is_lowest_for_an_item_all_users_rated_and_highest_without_ratings():
    training = [[user, 1] for user in range(8)]
    assert novelty_at_k([[0, 1, 1]], training) == 0
    assert novelty_at_k([[0, 1, 2]], training) == 3


def test_frames_of_any_kind():
    lists = pd.DataFrame({"user": [1, 1], "rank": [1, 2], "item": ["x", "y"]})
    training = pd.DataFrame({"item": ["x", "x", "y"], "user": [1, 2, 1]})
    in_polars = pl.from_pandas(lists), pl.from_pandas(training)
    assert novelty_at_k(*in_polars) == novelty_at_k(lists, training) == 0.5
    assert coverage_at_k(in_polars[0], pl.Series(["x", "y", "z"]), k=1) == 1 / 3


def test_an_item_outside_of_the_catalogue_is_refused():
    with pytest.raises(ValueError, match="1 recommended items are not in `items`"):
        coverage_at_k([[1, 1, 7], [1, 2, 8]], [7, 9])


def test_ids_of_another_kind_are_refused():
    with pytest.raises(TypeError, match="`items` has ids of kind string"):
        coverage_at_k([[1, 1, 7]], ["7"])
    with pytest.raises(TypeError, match="`ratings` has ids of kind string"):
        novelty_at_k([[1, 1, 7]], [[1, "7"]])


@pytest.mark.parametrize("metric", [coverage_at_k, novelty_at_k])
def test_k_is_checked(metric):
    with pytest.raises(ValueError, match="'k' parameter of"):
        metric([[1, 1, 7]], [[1, 7]], k=0)
