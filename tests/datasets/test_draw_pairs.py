"""Distinct pairs by activity and popularity, drawn by rejection or by race."""

import numpy as np
import pytest

from sklearn_cofi.datasets import _draw_pairs
from sklearn_cofi.datasets._draw_pairs import draw_pairs, popularity_by_item

UNIFORM = np.full(50, 1 / 50)


def pairs(n_ratings, n_users, weights, *, activity=1.0, shuffle=False, seed=0):
    rng = np.random.default_rng(seed)
    return draw_pairs(rng, n_ratings, n_users, weights, activity, shuffle)


def test_popularity_is_zipf_in_some_order():
    weights = popularity_by_item(np.random.default_rng(0), 4, 1.0)
    harmonic = 1 + 1 / 2 + 1 / 3 + 1 / 4
    expected = np.array([1 / 4, 1 / 3, 1 / 2, 1]) / harmonic
    np.testing.assert_allclose(np.sort(weights), expected)


@pytest.mark.parametrize("block", [1, 7, 100, 2**21])
@pytest.mark.parametrize("n_ratings", [1, 19, 1000, 4999, 5000])
def test_exact_number_of_distinct_pairs_in_range(monkeypatch, block, n_ratings):
    # Small blocks reject first and race last; one large block races alone.
    monkeypatch.setattr(_draw_pairs, "BLOCK", block)
    users, items = pairs(n_ratings, 100, UNIFORM)
    assert len(set(zip(users, items, strict=True))) == n_ratings
    assert users.min() >= 0
    assert users.max() < 100
    assert items.min() >= 0
    assert items.max() < 50


def test_unshuffled_is_by_user_then_item():
    users, items = pairs(1000, 100, UNIFORM)
    np.testing.assert_array_equal(np.lexsort((items, users)), np.arange(1000))


def test_shuffling_only_reorders():
    users, items = pairs(1000, 100, UNIFORM, shuffle=True)
    assert (np.diff(users) < 0).any()
    ordered = np.lexsort((items, users))
    np.testing.assert_array_equal(
        [users[ordered], items[ordered]], pairs(1000, 100, UNIFORM)
    )


def test_equal_activity_shares_equally():
    users, _ = pairs(1003, 100, UNIFORM, activity=0.0)
    counts = np.bincount(users, minlength=100)
    assert sorted(counts) == [10] * 97 + [11] * 3


def test_activity_is_lognormal_if_no_user_rates_all_items():
    weights = np.full(10**6, 1e-6)
    users, _ = pairs(10**6, 10**4, weights, activity=0.5)
    logs = np.log(np.bincount(users, minlength=10**4))
    # Five standard errors; that of a standard deviation is sigma / sqrt(2 n).
    assert abs(logs.std() - 0.5) < 5 * 0.5 / np.sqrt(2 * 10**4)


def test_no_user_rates_more_than_all_items():
    users, _ = pairs(4000, 100, UNIFORM, activity=5.0)
    assert np.bincount(users).max() == 50


@pytest.mark.parametrize("block", [1, 2**21])
def test_draws_follow_popularity_without_replacement(monkeypatch, block):
    # Weights 4 : 2 : 1 : 1, two of four items for each of many users. The first item
    # is missing with probability sum over the first drawn j of p_j (1 - 4 / (8 - w_j)).
    monkeypatch.setattr(_draw_pairs, "BLOCK", block)
    n = 40_000
    users, items = pairs(2 * n, n, np.array([4, 2, 1, 1]) / 8, activity=0.0)
    expected = 4 / 8 + 2 / 8 * 4 / 6 + 2 * (1 / 8 * 4 / 7)
    found = np.bincount(items)[0] / n
    assert abs(found - expected) < 5 * np.sqrt(expected * (1 - expected) / n)
