"""Float64 models are searched in float32 where that separates the items."""

import numpy as np
import pytest
import reference

from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.inference._recommend import recommend_rows


def model_of(U, V):
    zeros = np.zeros(len(U))
    rated = CSRRows(
        np.zeros(len(U) + 1, int), NO_IDS.astype(np.int32), *[zeros[:0]] * 2
    )
    means = np.linspace(3, 4, len(V))
    users, items = (
        Side(NO_IDS, U, zeros, zeros, zeros),
        Side(NO_IDS, V, 0 * means, means, means),
    )
    return FittedFactors(users, items, 3.5, "item", rated)


def assert_sorted(model, n=5):
    users = np.arange(len(model.users.factors))
    bounds = np.zeros(users.size, int)
    query = RankingQuery(model, users, bounds, bounds, np.empty(0, np.int32))
    best = recommend_rows(query, lambda: ItemRanking(model), n)
    items = np.arange(len(model.items.factors))
    for user in users:
        scores = model.predict(np.full_like(items, user), items)
        expected = reference.top(scores, n, [])
        assert best.items[best.rows == user].tolist() == expected
        np.testing.assert_array_equal(best.scores[best.rows == user], scores[expected])


def drawn(seed=0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal((60, 4)), rng.standard_normal((400, 4))


def test_separated_items_are_searched_in_float32():
    model = model_of(*drawn())
    assert ItemRanking(model)._panels.dtype == np.float32
    assert_sorted(model)


@pytest.mark.parametrize("size", [1e-9, 1e-4, 1e11])
def test_others_are_searched_in_float64(size):
    U, V = drawn()
    model = model_of(size * U, V if size > 1 else size * V)
    model.items.means[:] = 3.5
    assert ItemRanking(model)._panels.dtype == np.float64
    assert_sorted(model)


def test_items_that_float32_takes_for_equal_are_ordered_by_their_predictions():
    U, V = drawn()
    V[200:] = V[:200] * (1 + 1e-9)
    model = model_of(U, V)
    model.items.means[:] = 3.5
    assert ItemRanking(model)._panels.dtype == np.float32
    assert_sorted(model)


def test_a_row_beyond_float32_is_predicted_whole():
    U, V = drawn()
    U[5] *= 1e200  # not among the users that are sampled
    model = model_of(U, V)
    assert ItemRanking(model)._panels.dtype == np.float32
    assert_sorted(model)
