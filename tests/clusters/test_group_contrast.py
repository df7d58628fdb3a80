"""Means of groups, the nearest mean, and contrasts of the ratings of groups."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_ratings, ratings

from sklearn_cofi.clusters._group_contrast import (
    group_contrast,
    group_means,
    nearest_means,
)
from sklearn_cofi.data._matrix import rating_matrix


@given(st.lists(st.integers(0, 3), min_size=1, max_size=20), st.integers(0, 2**16))
def test_means_are_those_of_each_group_and_of_all_rows(extra, seed):
    groups = np.array([0, 1, 2, *extra])  # 3 is in no group
    X = np.random.default_rng(seed).normal(size=(groups.size, 2))
    got = group_means(groups, 3, X)
    assert got.shape == (4, 2)
    for group in range(3):
        np.testing.assert_allclose(got[group], np.mean(X[groups == group], axis=0))
    np.testing.assert_allclose(got[3], X.mean(axis=0))
    np.testing.assert_allclose(group_means(groups, 3, X[:, 1]), got[:, 1])


def test_means_keep_the_dtype_and_are_summed_in_float64():
    X = np.full((2**18, 1), 0.1, np.float32)
    got = group_means(np.zeros(len(X), int), 1, X)
    assert got.dtype == np.float32
    assert (got == np.float32(0.1)).all()


@given(st.integers(1, 6), st.integers(1, 6), st.integers(0, 2**16))
def test_the_nearest_mean_has_the_smallest_distance(n_rows, n_means, seed):
    rng = np.random.default_rng(seed)
    rows, means = rng.normal(size=(n_rows, 2)), rng.normal(size=(n_means, 2))
    distances = [[np.linalg.norm(row - mean) for mean in means] for row in rows]
    assert nearest_means(rows, means).tolist() == np.argmin(distances, axis=1).tolist()


def test_the_first_of_equally_near_means_is_returned():
    means = np.array([[1.0], [-1.0], [1.0]])
    assert nearest_means(np.array([[0.0], [-2.0], [2.0]]), means).tolist() == [0, 1, 0]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("damping", [0.5, 5.0])
def test_contrasts_equal_the_dense_contrasts(weighted, damping):
    drawn = random_ratings(4, (20, 9), weighted=weighted)
    groups = np.random.default_rng(0).integers(0, 4, 20)  # 3 is in no group
    R, W = reference.merge(*drawn)
    rows = rating_matrix(*drawn).by_user
    got = group_contrast(rows, groups, 3, 9, damping)
    for group in range(3):
        inside, outside, scores = reference.group_contrast(R, W, groups, group, damping)
        np.testing.assert_allclose(got.inside[group], inside, rtol=1e-10)
        np.testing.assert_allclose(got.outside[group], outside, rtol=1e-10)
        np.testing.assert_allclose(got.scores[group], scores, rtol=1e-8, atol=1e-12)
        counts = (W[groups == group] > 0).sum(axis=0)
        assert got.counts[group].tolist() == counts.tolist()


@given(ratings().map(lambda drawn: drawn.compact()), st.sampled_from([0.0, 3.0]))
def test_contrasts_of_two_groups_have_opposite_signs(drawn, damping):
    rows = rating_matrix(*drawn).by_user
    n_users, n_items = drawn.shape
    got = group_contrast(rows, np.arange(n_users) % 2, 2, n_items, damping)
    assert np.isfinite(got.scores).all()
    np.testing.assert_allclose(got.scores[0], -got.scores[1], rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(got.inside[0], got.outside[1], rtol=1e-9, atol=1e-9)


def test_equal_ratings_have_no_contrast():
    drawn = random_ratings(4, (6, 5))
    drawn = drawn._replace(ratings=np.full_like(drawn.ratings, 0.1))
    got = group_contrast(rating_matrix(*drawn).by_user, np.arange(6) % 2, 2, 5, 1.0)
    assert not got.scores.any()
    assert (got.inside == 0.1).all()


def test_without_damping_and_other_users_rounding_has_no_effect():
    users, items = np.arange(3), np.zeros(3, int)
    weights = np.array([0.1, 0.2, 0.3])  # their sum, minus each, is not 0
    drawn = users, items, np.array([1.0, 5.0, 2.0]), weights, (3, 1)
    got = group_contrast(rating_matrix(*drawn).by_user, np.zeros(3, int), 1, 1, 0.0)
    assert got.outside[0, 0] == pytest.approx((0.1 * 1 + 0.2 * 5 + 0.3 * 2) / 0.6)
    assert got.scores[0, 0] == 0


def test_one_item_by_hand():
    # Two members give 5 and 4, two others 1 and 2: mean 3, deviations 2, 1, -2, -1.
    users, items = np.arange(4), np.zeros(4, int)
    rows = rating_matrix(users, items, np.array([5.0, 4, 1, 2]), None, (4, 1))
    got = group_contrast(rows.by_user, np.array([0, 0, 1, 1]), 1, 1, 1.0)
    assert got.inside[0, 0] == pytest.approx(3 + 3 / 3)
    assert got.outside[0, 0] == pytest.approx(3 - 3 / 3)
    error = np.sqrt((4 + 1 + 4 + 1) / 4) * np.sqrt(1 / 3 + 1 / 3)
    assert got.scores[0, 0] == pytest.approx(2 / error)
