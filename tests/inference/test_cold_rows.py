"""Predictions of rows that have features and no rating."""

from dataclasses import replace

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.datasets import load_tutorial
from sklearn_cofi.inference._fitted_factors import (
    NO_IDS,
    ColdRows,
    FittedFactors,
    Side,
)
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._popularity import penalise_popularity
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.inference._recommend import recommend_rows

NORMALIZATIONS = ["item", "user", "global", "unrated", None]


def side_of(rng, n, k, dtype, is_cold):
    X, *columns = rng.standard_normal((n, k)), *rng.standard_normal((4, n))
    X, bias, means, fallback, baseline = (a.astype(dtype) for a in (X, *columns))
    return Side(NO_IDS, X, bias, means, fallback, ColdRows(is_cold, baseline))


def model_of(seed, n_users=7, n_items=60, k=3, dtype=np.float64, normalization=None):
    """Return a model whose rows are cold with probability 0.4."""
    rng = np.random.default_rng(seed)
    cold = rng.random(n_users) < 0.4, rng.random(n_items) < 0.4
    users = side_of(rng, n_users, k, dtype, cold[0])
    items = side_of(rng, n_items, k, dtype, cold[1])
    rated = CSRRows.without_entries(n_users, dtype)
    return FittedFactors(users, items, 3.5, normalization, rated)


def without_cold(model):
    users, items = replace(model.users, cold=None), replace(model.items, cold=None)
    return replace(model, users=users, items=items)


def all_pairs(model):
    users, items = len(model.users.bias), len(model.items.bias)
    pairs = np.meshgrid(np.arange(-1, users), np.arange(-1, items), indexing="ij")
    return tuple(side.ravel() for side in pairs)


@given(st.integers(0, 99), st.sampled_from(NORMALIZATIONS))
def test_only_known_pairs_with_a_cold_row_have_another_baseline(seed, normalization):
    model = model_of(seed, normalization=normalization)
    users, items = all_pairs(model)
    expected = without_cold(model).baseline(users, items)
    for n, (u, i) in enumerate(zip(users, items, strict=True)):
        if u >= 0 and i >= 0:
            if model.items.cold.is_cold[i]:
                expected[n] = model.users.cold.baseline[u] + model.items.bias[i]
            elif model.users.cold.is_cold[u]:
                expected[n] = model.items.cold.baseline[i] + model.users.bias[u]
    np.testing.assert_array_equal(model.baseline(users, items), expected)


@given(st.integers(0, 99), st.sampled_from(NORMALIZATIONS))
def test_the_terms_multiply_to_the_baseline(seed, normalization):
    model = model_of(seed, normalization=normalization)
    users = np.arange(-1, len(model.users.bias))
    items = np.arange(len(model.items.bias))
    product = model.user_terms(users) @ model.item_terms().T
    pairs = np.repeat(users, items.size), np.tile(items, users.size)
    np.testing.assert_allclose(product.ravel(), model.baseline(*pairs), atol=1e-12)
    assert model.user_terms(users).shape[1] == model.n_terms


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("normalization", NORMALIZATIONS)
@pytest.mark.parametrize("scale", [1.0, 1e9])
def test_recommendations_are_the_sort_of_all_predictions(dtype, normalization, scale):
    model = model_of(3, 20, 400, dtype=dtype, normalization=normalization)
    if scale != 1:
        users, items = (
            replace(
                side,
                factors=side.factors * dtype(np.sqrt(scale)),
                bias=side.bias * dtype(scale),
                cold=replace(side.cold, baseline=side.cold.baseline * dtype(scale)),
            )
            for side in (model.users, model.items)
        )
        model = replace(model, users=users, items=items)
    users = np.arange(-1, 20)
    none = np.zeros(users.size, int)
    query = RankingQuery(model, users, none, none, np.empty(0, np.int32))
    best = recommend_rows(query, lambda: ItemRanking(model), 6)
    items = np.arange(400)
    for row, user in enumerate(users):
        scores = model.predict(np.full_like(items, user), items)
        expected = reference.top(scores, 6, [])
        assert best.items[best.rows == row].tolist() == expected
        np.testing.assert_array_equal(best.scores[best.rows == row], scores[expected])


def test_the_popularity_penalty_lowers_all_predictions_of_an_item():
    model = model_of(1, normalization="global")
    counts = np.arange(60)
    items = penalise_popularity(model.items, counts, 0.5)
    pairs = all_pairs(model)
    lowered = replace(model, items=items).baseline(*pairs)
    # The bias of a cold item is lowered too, and an unknown item has no count.
    expected = 0.5 * np.log(np.maximum(counts, 1))[pairs[1]] * (pairs[1] >= 0)
    np.testing.assert_allclose(model.baseline(*pairs) - lowered, expected, atol=1e-12)


def test_rows_are_taken_with_their_cold_baseline():
    side, rows = model_of(1).items, np.array([5, 2, 40])
    taken = side.take(rows)
    np.testing.assert_array_equal(taken.cold.is_cold, side.cold.is_cold[rows])
    np.testing.assert_array_equal(taken.cold.baseline, side.cold.baseline[rows])


def test_a_model_without_features_has_no_cold_rows():
    model = CollaborativeFilter(2, 1.0, random_state=0).fit(load_tutorial().frame)
    assert model._cold_rows() == (None, None)
    assert model._model().n_terms == 3
    assert not any("cold" in name for name in vars(model))


def test_the_fitted_attributes_hold_the_cold_rows():
    frame = load_tutorial().frame
    model = CollaborativeFilter(2, 1.0, random_state=0).fit(frame)
    is_cold = [np.arange(ids.size) == 1 for ids in (model.user_ids_, model.item_ids_)]
    users, items = (ColdRows(cold, np.full(cold.size, 4.0)) for cold in is_cold)
    model._set_cold_rows(users, items)
    user, item = model.user_ids_[:2], model.item_ids_[:2]
    predicted = model.predict_matrix(user, item)
    product = model.user_factors_[:2] @ model.item_factors_[:2].T
    np.testing.assert_allclose(
        predicted[0, 1] - product[0, 1], 4.0 + model.item_bias_[1]
    )
    np.testing.assert_allclose(
        predicted[1, 0] - product[1, 0], 4.0 + model.user_bias_[1]
    )
    best = model.recommend(user, n=3, exclude_rated=False)
    for _, row in best.iterrows():
        assert row["prediction"] == model.predict(
            best.loc[[row.name], ["user", "item"]]
        )
