"""A prediction is baseline plus dot product, and a function of its own pair only."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors

from sklearn_cofi._types import Factors
from sklearn_cofi.inference._predict import predict_pairs

DTYPES = [np.float32, np.float64]


def made(k, dtype, n=50, seed=0):
    rng = np.random.default_rng(seed)
    factors = Factors(*random_factors((6, 5), k, dtype, seed))
    users, items = rng.integers(-1, 6, n), rng.integers(-1, 5, n)
    return factors, rng.standard_normal(n).astype(dtype), users, items


@given(st.integers(1, 20), st.sampled_from(DTYPES))
def test_predictions_equal_the_dense_ones(k, dtype):
    factors, baseline, users, items = made(k, dtype)
    before = baseline.copy()
    predicted = predict_pairs(factors, baseline, users, items)
    U, V = (side.astype(float) for side in factors)
    known = (users >= 0) & (items >= 0)
    expected = baseline + np.where(known, (U @ V.T)[users, items], 0)
    size = 1 + (np.abs(U) @ np.abs(V).T).max()
    np.testing.assert_allclose(
        predicted, expected, atol=(k + 2) * np.finfo(dtype).eps * size
    )
    np.testing.assert_array_equal(predicted[~known], baseline[~known])
    assert predicted.dtype == dtype
    np.testing.assert_array_equal(baseline, before)


@given(st.permutations(range(50)), st.integers(1, 50), st.sampled_from(DTYPES))
def test_order_and_other_pairs_change_no_bit(order, n, dtype):
    factors, baseline, users, items = made(7, dtype)
    all_of_them = predict_pairs(factors, baseline, users, items)
    some = np.array(order[:n])
    predicted = predict_pairs(factors, baseline[some], users[some], items[some])
    np.testing.assert_array_equal(predicted, all_of_them[some])


@pytest.mark.parametrize("turn", [np.asfortranarray, lambda x: x[:, ::-1][:, ::-1]])
def test_factors_may_have_any_memory_layout(turn):
    factors, *pairs = made(4, np.float64)
    expected = predict_pairs(factors, *pairs)
    turned = Factors(turn(factors.user), turn(factors.item))
    np.testing.assert_array_equal(predict_pairs(turned, *pairs), expected)
