"""The start of fits with unrated pairs is along singular vectors of the errors."""

import numpy as np
import pytest

from sklearn_cofi import CollaborativeFilter, RankingCollaborativeFilter
from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.data._unrated import Unrated
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.training._singular_start import singular_start

SHAPE = (12, 9)


def drawn(k, seed=0, shape=SHAPE):
    rng = np.random.default_rng(seed)
    return Factors(*(rng.standard_normal((n, k)) for n in shape))


def objective_of(R, weights=None, unrated=1.0, rating=0.0):
    """Return the objective of a dense matrix, in which NaN is unrated."""
    users, items = np.nonzero(~np.isnan(R))
    given = None if weights is None else weights[users, items]
    matrix = rating_matrix(users, items, R[users, items], given, R.shape)
    pairs = Unrated(unrated, rating)
    return MaskedSquaredLoss(matrix.with_unrated(pairs), Penalty(1.0))


def sparse_ratings(seed=1):
    rng = np.random.default_rng(seed)
    return np.where(rng.random(SHAPE) < 0.4, rng.standard_normal(SHAPE), np.nan)


@pytest.mark.parametrize("rating", [0.0, 0.5])
def test_with_all_columns_the_start_predicts_the_weighted_errors(rating):
    R = sparse_ratings()
    U, V = singular_start(objective_of(R, unrated=0.3, rating=rating), drawn(9), None)
    expected = np.where(np.isnan(R), 0.3 * rating, R)
    np.testing.assert_allclose(U @ V.T, expected, atol=1e-10)


def test_a_base_is_subtracted():
    R, base = sparse_ratings(), drawn(2, seed=3)
    U, V = singular_start(objective_of(R, unrated=0.3), drawn(9), base)
    errors = np.where(np.isnan(R), 0, R) - base.user @ base.item.T
    expected = np.where(np.isnan(R), 0.3, 1) * errors
    np.testing.assert_allclose(U @ V.T, expected, atol=1e-10)


def test_few_columns_are_the_leading_singular_vectors():
    dense = np.random.default_rng(2).standard_normal(SHAPE)
    left, values, right = np.linalg.svd(dense, full_matrices=False)
    values = np.r_[1.0, 0.1, 0.03, 1e-6 * values[3:]]
    R = left * values @ right
    U, V = singular_start(objective_of(R), drawn(3), None)
    best = left[:, :3] * values[:3] @ right[:3]
    np.testing.assert_allclose(U @ V.T, best, atol=1e-7)
    np.testing.assert_allclose(U.T @ U, np.diag(values[:3][::-1]), atol=1e-7)
    np.testing.assert_allclose(V.T @ V, np.diag(values[:3][::-1]), atol=1e-7)


def test_the_start_does_not_depend_on_the_unit_of_weights():
    R = sparse_ratings()
    weights = np.random.default_rng(5).uniform(0.5, 2, SHAPE)
    once = singular_start(objective_of(R, weights, 0.2), drawn(4), None)
    scaled = singular_start(objective_of(R, 8 * weights, 1.6), drawn(4), None)
    for one, other in zip(once, scaled, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-12)


def test_further_columns_remain_as_drawn_and_none_is_zero_on_both_sides():
    first = drawn(14)
    R = np.full(SHAPE, np.nan)
    R[0, 0] = 2.0
    start = singular_start(objective_of(R), first, None)
    for side, own in zip(start, first, strict=True):
        np.testing.assert_array_equal(side[:, 9:], own[:, 9:])
    assert np.abs(np.vstack(start)).max(axis=0).min() > 1e-3


def test_without_errors_the_start_is_the_drawn_one():
    first = drawn(3)
    assert singular_start(objective_of(np.zeros(SHAPE)), first, None) is first


def test_fits_with_unrated_pairs_start_there(monkeypatch):
    calls = []

    def spy(*arguments):
        calls.append(arguments)
        return singular_start(*arguments)

    monkeypatch.setattr("sklearn_cofi.training._solve.singular_start", spy)
    R = np.abs(sparse_ratings())
    users, items = np.nonzero(~np.isnan(R))
    pairs, ratings = np.column_stack([users, items]), R[users, items]
    CollaborativeFilter(2, random_state=0, reg_param=0.01).fit(pairs, ratings)
    assert not calls
    model = RankingCollaborativeFilter(2, random_state=0, warm_start=True)
    model.fit(pairs, ratings)
    assert len(calls) == 1
    model.fit(pairs, ratings)  # continues from the first fit
    assert len(calls) == 1
