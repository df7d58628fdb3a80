"""Penalties of rows are powers of counts, and two penalties are equivalent to one."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._penalty import Penalty

REFUSED = {
    "negative": ((1, -1), r"each a float in the range \[0.0, inf\). Got \(1, -1\)"),
    "NaN": ((np.nan, 1), r"pair of numbers \(users, items\).* Got \(nan, 1\)"),
    "infinite": ((1, np.inf), r"each a float in the range \[0.0, inf\)"),
    "three": ((1, 2, 3), r"pair of numbers .* Got \(1, 2, 3\)"),
    "one": ([1], r"pair of numbers .* Got \[1\]"),
    "none": ((), r"pair of numbers .* Got \(\)"),
    "strings": (("1", "2"), "pair of numbers .* Got"),
    "nothing": ((None, 2), "pair of numbers .* Got"),
}


@pytest.mark.parametrize(("value", "message"), REFUSED.values(), ids=REFUSED)
@pytest.mark.parametrize("name", ["reg_param", "reg_bias"])
def test_a_value_that_is_not_a_pair_is_an_error(name, value, message):
    values = {"reg_param": 1.0, "reg_bias": 1.0} | {name: value}
    with pytest.raises(ValueError, match=f"'{name}' parameter .*{message}"):
        Penalty(**values, fit_bias=True)


@pytest.mark.parametrize("pair", [(0, 5), (5.0, 0.0)])
def test_a_penalty_of_one_side_is_an_error(pair):
    with pytest.raises(ValueError, match="penalises one side only.*both 0"):
        Penalty(pair)
    # Biases do not multiply each other, so one side may have no penalty.
    free = Penalty((0, 0), fit_bias=True, reg_bias=pair)
    assert (free.factors, free.biases) == ((0.0, 0.0), pair)


def test_without_biases_their_penalty_is_not_used():
    matrix = rating_matrix(*random_ratings(0, (6, 5)))
    rows = matrix.by_user
    penalties = Penalty(2.0, 0.5, reg_bias=3.0).of_rows(0, rows.weight_sums)
    np.testing.assert_array_equal(
        penalties, Penalty(2.0, 0.5).of_rows(0, rows.weight_sums)
    )
    with pytest.raises(ValueError, match="'reg_bias' parameter must be"):
        Penalty(1.0, reg_bias=-3.0)
    assert Penalty(1.0).factors == (1.0, 1.0)
    assert Penalty(1.0, reg_bias=3.0).biases == (None, None)


@given(ratings(), st.floats(0, 1))
def test_scales_are_powers_of_the_total_weights(drawn, power):
    drawn = drawn.compact()
    matrix = rating_matrix(*drawn)
    _, W = reference.merge(*drawn)
    for rows, axis in ((matrix.by_user, 1), (matrix.by_item, 0)):
        got = Penalty(1.0, power).scales(rows.weight_sums)
        assert got.dtype == np.float64
        np.testing.assert_allclose(got, W.sum(axis) ** power, rtol=1e-6)


def test_names_are_exponents():
    rows = rating_matrix(*random_ratings(0, (6, 5))).by_user
    for name, power in (("none", 0), ("count", 1)):
        np.testing.assert_array_equal(
            Penalty(1.0, name).scales(rows.weight_sums),
            Penalty(1.0, power).scales(rows.weight_sums),
        )


@pytest.mark.parametrize(
    ("reg_bias", "expected"),
    [(None, [[3, 3], [6, 6], [12, 12]]), (5.0, [[3, 5], [6, 5], [12, 5]])],
)
def test_a_penalty_of_biases_is_not_scaled(reg_bias, expected):
    users = np.repeat([0, 1, 2], [1, 2, 4])
    items = np.array([0, 0, 1, 0, 1, 2, 3])
    rows = rating_matrix(users, items, np.ones(7), None, (3, 4)).by_user
    penalty = Penalty((3.0, 7.0), "count", fit_bias=True, reg_bias=reg_bias)
    np.testing.assert_array_equal(penalty.of_rows(0, rows.weight_sums), expected)


def test_each_side_has_its_own_penalty():
    counts = rating_matrix(*random_ratings(0, (6, 5))).by_item.weight_sums
    penalty = Penalty((3.0, 7.0), fit_bias=True, reg_bias=(1.0, 2.0))
    np.testing.assert_array_equal(penalty.of_rows(1, counts), [[7.0, 2.0]] * 5)


@given(st.floats(0.01, 100), st.floats(0.01, 100), st.integers(0, 99))
def test_two_penalties_are_one_of_the_nuclear_norm(a, b, seed):
    # Balanced factors of Z attain the bound; other factors are above it.
    U, V = random_factors((6, 5), 3, seed=seed)
    left, sizes, right = np.linalg.svd(U @ V.T)
    bound = Penalty((a, b)).as_one * sizes.sum()
    root = np.sqrt(sizes[:3])
    best = left[:, :3] * root * (b / a) ** 0.25, right[:3].T * root * (a / b) ** 0.25
    least, other = (
        a / 2 * (X**2).sum() + b / 2 * (Y**2).sum() for X, Y in (best, (U, V))
    )
    assert least == pytest.approx(bound, rel=1e-9)
    assert other >= bound * (1 - 1e-12)


@given(st.floats(0, 1e9))
def test_two_equal_penalties_are_exactly_equal_to_one(a):
    assert Penalty((a, a)).as_one == a
