"""Probabilities that a user rates an item higher than another item."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sampling import N_DRAWS, PAIRS, RATINGS, K, draws, model, score
from scipy.special import ndtr

from sklearn_cofi.bayesian._predictive_variance import preference_probabilities

ROWS = st.integers(-1, 4)
ITEMS = st.integers(-1, 5)


def probability(d, user, first, second, mean):
    rows = np.array([user]), (np.array([first]), np.array([second]))
    return preference_probabilities(d, *rows, np.array([float(mean)]))[0]


@given(ROWS, ITEMS, ITEMS, st.floats(-3, 3))
def test_it_is_the_mean_of_normal_probabilities_over_the_draws(user, i, j, mean):
    d, expected = draws(), []
    delta = score(d.users[:, user], d.items[:, i])
    delta -= score(d.users[:, user], d.items[:, j])
    delta += mean - delta.mean()
    for s in range(N_DRAWS):
        a, b, u = d.items[s, i, :K], d.items[s, j, :K], d.users[s, user].copy()
        ratios = d.item_ratios[s, i] + d.item_ratios[s, j]
        variance = d.user_variances[s, user] * ratios
        if user == -1:
            variance += (a - b) @ d.user_covariances[s][:K, :K] @ (a - b)
        if -1 in (i, j):
            u[-1] = 1
            variance += u @ d.item_covariances[s] @ u
            if user == -1:
                spreads = d.user_covariances[s], d.item_covariances[s]
                variance += np.trace(spreads[0][:K, :K] @ spreads[1][:K, :K])
        expected.append(ndtr(delta[s] / np.sqrt(variance)))
    expected = np.mean(expected) if i != j else 0.5
    assert probability(d, user, i, j, mean) == pytest.approx(expected)


@given(ROWS, ITEMS, ITEMS, st.floats(-3, 3), st.floats(0.01, 3))
def test_complements_sum_to_one_and_better_items_are_preferred(user, i, j, mean, more):
    found = probability(draws(), user, i, j, mean)
    assert found + probability(draws(), user, j, i, -mean) == pytest.approx(1)
    higher = probability(draws(), user, i, j, mean + more)
    assert higher == found == 0.5 if i == j else higher > found


def test_it_agrees_with_predictions(fitted):
    pairs = pd.DataFrame({"user": np.repeat(range(10), 30), "item": [*range(30)] * 10})
    found = fitted.predict_preference(pairs, 7)
    other = fitted.predict(pairs.assign(item=7))
    delta = fitted.predict(pairs) - other
    clear = np.abs(delta) > 0.3 * fitted.rating_scale_
    np.testing.assert_array_equal((found > 0.5)[clear], (delta > 0)[clear])
    assert (found[pairs["item"] == 7] == 0.5).all()
    many = fitted.predict_preference(pairs, np.full(len(pairs), 7))
    np.testing.assert_array_equal(many, found)


def test_unknown_items_and_users_have_probabilities(fitted):
    pairs = pd.DataFrame({"user": [-1, 0, 0], "item": [3, -1, -1]})
    found = fitted.predict_preference(pairs, [4, 5, -2])
    assert found[2] == 0.5
    assert ((found > 0) & (found < 1)).all()


def test_unknown_items_raise_an_error_with_unknown_error():
    found = model(unknown="error").fit(PAIRS, RATINGS)
    with pytest.raises(ValueError, match="an item that was not seen in fit"):
        found.predict_preference(PAIRS, -1)


def test_another_number_of_items_is_an_error(fitted):
    with pytest.raises(ValueError, match=f"2 ids, but X has {len(PAIRS)} rows"):
        fitted.predict_preference(PAIRS, [1, 2])
