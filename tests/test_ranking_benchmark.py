"""The metrics of benchmarks/ranking equal hand-computed numbers and the library's."""

import importlib.util
from math import log2
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.metrics import (
    coverage_at_k,
    ndcg_at_k,
    novelty_at_k,
    recall_at_k,
)

PATH = Path(__file__).parents[1] / "benchmarks" / "ranking" / "metrics.py"
SPEC = importlib.util.spec_from_file_location("benchmark_metrics", PATH)
measured = importlib.util.module_from_spec(SPEC)
SPEC.loader.exec_module(measured)

# Two lists of 3 items. The first user has the relevant items 2 and 5 and the disliked
# item 7; the second has the relevant item 1.
LISTS = np.array([[7, 2, 4], [1, -1, -1]])
HELD = measured.Held(
    np.array([1, 0, 0, 0]), np.array([1, 5, 7, 2]), np.array([4.0, 5.0, 1.0, 4.0])
)
RATERS = np.array([1, 8, 4, 2, 8, 1, 1, 2])
OPTIONS = {"relevant_from": 4, "disliked_to": 2, "n_raters": RATERS, "n_users": 8}


def test_held_out_ratings_of_listed_items():
    np.testing.assert_array_equal(
        measured.matched(LISTS, HELD), [[1, 4, np.nan], [4, np.nan, np.nan]]
    )


def test_an_item_of_another_user_is_not_matched():
    held = measured.Held(np.array([0, 1]), np.array([0, 3]), np.array([5.0, 5.0]))
    assert np.isnan(measured.matched(np.array([[3], [0]]), held)).all()


def test_metrics_computed_by_hand():
    found = measured.list_metrics(LISTS, HELD, **OPTIONS)
    first = (1 / log2(3)) / (1 + 1 / log2(3))
    np.testing.assert_allclose(found["ndcg@10"], [first, 1])
    np.testing.assert_allclose(found["ndcg@100"], [first, 1])
    for k in (10, 20, 50):
        np.testing.assert_allclose(found[f"recall@{k}"], [1 / 2, 1])
    np.testing.assert_allclose(found["disliked@10"], [1 / 10, 0])
    # log2(8 / 2), log2(8 / 4) and log2(8 / 8) for the first user; log2(8 / 8) then.
    np.testing.assert_allclose(found["novelty@10"], [(2 + 1 + 0) / 3, 0])
    assert measured.coverage(LISTS, 8, 10) == 4 / 8
    assert measured.coverage(LISTS, 8, 1) == 2 / 8


def test_recall_is_over_at_most_k_items():
    hits = np.array([[True, False, True]])
    assert measured.recall(hits, np.array([4]), 2) == 1 / 2
    assert measured.recall(hits, np.array([4]), 3) == 2 / 3


def test_the_ideal_list_is_cut_at_k():
    hits = np.array([[True, True]])
    assert measured.ndcg(hits, np.array([5]), 2) == 1


def test_a_user_without_a_relevant_item_is_an_error():
    with pytest.raises(ValueError, match="a list has no relevant item"):
        measured.list_metrics(LISTS, HELD, **OPTIONS | {"relevant_from": 4.5})


def test_the_library_has_the_same_metrics():
    rng = np.random.default_rng(0)
    n_users, n_items, width = 30, 40, 30
    train = rng.random((n_users, n_items)) < rng.random(n_items)
    train[0] = True
    held = np.argwhere(~train & (rng.random((n_users, n_items)) < 0.6))
    ratings = rng.integers(1, 6, len(held)).astype(float)
    relevant = np.unique(held[ratings >= 4, 0])
    kept = np.isin(held[:, 0], relevant)
    positions = np.searchsorted(relevant, held[kept, 0])
    truth = measured.Held(positions, held[kept, 1], ratings[kept])
    lists = np.array([rng.permutation(n_items)[:width] for _ in relevant])
    found = measured.list_metrics(
        lists,
        truth,
        relevant_from=4,
        disliked_to=2,
        n_raters=train.sum(axis=0),
        n_users=n_users,
    )

    columns = {"user": held[:, 0], "item": held[:, 1], "rating": ratings}
    frame = pd.DataFrame(columns)
    listed = pd.DataFrame(
        {
            "user": np.repeat(relevant, width),
            "rank": np.tile(np.arange(1, width + 1), relevant.size),
            "item": lists.ravel(),
        }
    )
    for k in (10, 100):
        expected = ndcg_at_k(frame, listed, k=k, relevant_from=4)
        assert found[f"ndcg@{k}"].mean() == pytest.approx(expected)
    # The library divides by the number of relevant items, which is below 50 here.
    expected = recall_at_k(frame, listed, k=50, relevant_from=4)
    assert found["recall@50"].mean() == pytest.approx(expected)
    users, items = np.nonzero(train)
    pairs = pd.DataFrame({"user": users, "item": items})
    expected = novelty_at_k(listed, pairs, k=10)
    assert found["novelty@10"].mean() == pytest.approx(expected)
    expected = coverage_at_k(listed, np.arange(n_items), k=10)
    assert measured.coverage(lists, n_items, 10) == expected
