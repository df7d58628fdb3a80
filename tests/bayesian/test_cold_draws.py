"""Draws of users and items that have features and no rating."""

import numpy as np
import pytest
from sampling import N_DRAWS, N_ITEMS, N_USERS, K, draws, precision
from scipy import sparse
from side_information import dense
from strategies import Ratings, random_ratings

from sklearn_cofi.bayesian._cold_draws import ratios_of_rows, with_cold_draws
from sklearn_cofi.bayesian._feature_regression import PredictedRows
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.inference._fitted_factors import (
    ColdRows,
    FittedFactors,
    FittedFeatures,
    Side,
)

# Rows of the model: cold ones are between those with ratings.
COLD_ITEMS = np.array([0, 1, 0, 0, 0, 0, 1, 0], bool)
COLD_USERS = np.array([1, 0, 0, 0, 0, 0], bool)
NO_RATINGS = rating_matrix(*random_ratings(0, (2, 2))).by_user


def features(n, m, seed):
    x = np.random.default_rng(seed).standard_normal((n, m))
    return FeatureRows(sparse.csr_array(x), np.ones(n, bool), x.mean(axis=0))


def side(cold, m):
    n, fitted = cold.size, None
    if m:
        rows = features(n, m, m)
        fitted = FittedFeatures(rows, np.zeros((m, K)), np.zeros(m))
    zeros, of_cold = np.zeros(n), ColdRows(cold, np.zeros(n))
    return Side(np.arange(n), np.zeros((n, K)), *[zeros] * 3, of_cold, fitted)


def model(users=COLD_USERS, items=COLD_ITEMS, m=(2, 3)):
    return FittedFactors(side(users, m[0]), side(items, m[1]), 0, "global", NO_RATINGS)


def regression(m, seed, *, exact=False):
    rng = np.random.default_rng(seed)
    return PredictedRows(
        rng.standard_normal((N_DRAWS, K + 1)),
        rng.standard_normal((N_DRAWS, m, K + 1)),
        np.zeros((N_DRAWS, K + 1, K + 1)) if exact else precision(rng),
    )


@pytest.mark.parametrize("linked", [True, False])
def test_rows_with_ratings_and_the_unknown_row_are_kept(linked):
    before = draws(linked=linked)
    found = with_cold_draws(before, (regression(2, 0), regression(3, 1)), model())
    for name, cold in (
        ("users", COLD_USERS),
        ("items", COLD_ITEMS),
        ("user_variances", COLD_USERS),
        ("item_ratios", COLD_ITEMS),
    ):
        old, new = getattr(before, name), getattr(found, name)
        assert new.shape[:2] == (N_DRAWS, cold.size + 1)
        np.testing.assert_array_equal(new[:, :-1][:, ~cold], old[:, :-1])
        np.testing.assert_array_equal(new[:, -1], old[:, -1])
    # The noise of a cold row is that of an unknown row, and its link is zero.
    for name, cold in (("user_variances", COLD_USERS), ("item_ratios", COLD_ITEMS)):
        of_cold = getattr(found, name)[:, :-1][:, cold]
        assert (of_cold == getattr(before, name)[:, -1:]).all()
    for name, cold in (("user_prior", COLD_ITEMS), ("item_prior", COLD_USERS)):
        old, new = getattr(before, name), getattr(found, name)
        assert new.links.shape[1] == (cold.size if linked else 0)
        if linked:
            np.testing.assert_array_equal(new.links[:, ~cold], old.links)
            assert not new.links[:, cold].any()
        assert new.means is old.means
    for name in ("noise", "user_covariances"):
        assert getattr(found, name) is getattr(before, name)


def test_cold_rows_are_what_features_predict_plus_the_rest():
    of_users, of_items = regression(2, 0, exact=True), regression(3, 1, exact=True)
    fitted = model()
    found = with_cold_draws(draws(), (of_users, of_items), fitted)
    for rows, own, cold, predicted in (
        (found.users, fitted.users, COLD_USERS, of_users),
        (found.items, fitted.items, COLD_ITEMS, of_items),
    ):
        F = dense(own.features.rows)[cold]
        expected = predicted.intercept[:, None] + F @ predicted.coef
        np.testing.assert_allclose(rows[:, :-1][:, cold], expected, atol=1e-12)


def test_the_rest_has_the_covariance_of_each_draw():
    # 20000 cold items in one model.
    cold = np.append(np.zeros(N_ITEMS, bool), np.ones(20000, bool))
    fitted, of_items = model(items=cold), regression(3, 1)
    found = with_cold_draws(draws(), (regression(2, 0), of_items), fitted).items
    F = dense(fitted.items.features.rows)[cold]
    rest = found[:, :-1][:, cold] - of_items.intercept[:, None] - F @ of_items.coef
    for own, covariance in zip(rest, of_items.covariance, strict=True):
        size = np.sqrt(np.diag(covariance))
        assert (np.abs(own.mean(axis=0)) < 4 * size / 20000**0.5).all()
        scaled = np.cov(own.T) / np.outer(size, size)
        np.testing.assert_allclose(scaled, covariance / np.outer(size, size), atol=0.04)
    # Draws of one row are independent of each other.
    across = np.corrcoef(rest[:, :, 0])
    assert np.abs(across - np.eye(N_DRAWS)).max() < 0.04


def test_a_side_without_features_is_unchanged():
    warm = np.zeros(N_USERS, bool)
    fitted, before = model(users=warm, m=(0, 3)), draws()
    found = with_cold_draws(before, (regression(0, 0), regression(3, 1)), fitted)
    np.testing.assert_array_equal(found.users, before.users)
    np.testing.assert_array_equal(found.user_variances, before.user_variances)


def test_the_seed_is_fixed():
    given = draws(), (regression(2, 0), regression(3, 1)), model()
    np.testing.assert_array_equal(
        with_cold_draws(*given).items, with_cold_draws(*given).items
    )


def test_ratios_of_cold_rows_are_the_mean_over_ratings():
    users, items = np.array([0, 0, 1]), np.array([0, 1, 1])
    weights = np.array([1.0, 2.0, 1.0])
    ratings = rating_matrix(*Ratings(users, items, np.ones(3), weights, (2, 2)))
    fitted = model(np.array([False, True, False]), np.array([False, False, True]))
    ratios = np.array([0.5, 2.0]), np.array([1.0, 4.0])
    of_users, of_items = ratios_of_rows(ratios, ratings, fitted)
    expected = [0.5, (3 * 0.5 + 1 * 2) / 4, 2], [1, 4, (1 * 1 + 3 * 4) / 4]
    np.testing.assert_allclose(of_users, expected[0])
    np.testing.assert_allclose(of_items, expected[1])
