"""A block of features: products, and exact solves of the system of its link."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from side_information import dense, random_rows

from sklearn_cofi.bayesian._feature_block import FeatureBlock
from sklearn_cofi.bayesian._link import Link, draw_link, no_link

SIZES = {"n": st.integers(2, 12), "m": st.integers(1, 6), "seed": st.integers(0, 99)}


def normal(shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape)


@given(**SIZES, k=st.integers(1, 4))
def test_products_equal_those_of_the_dense_features(n, m, seed, k):
    rows = random_rows(n, m, seed)
    block, F = FeatureBlock(rows), dense(rows)
    assert block.shape == (n, m)
    X, Y = normal((m, k)), normal((n, k))
    np.testing.assert_allclose(block.times(X), F @ X, atol=1e-12)
    np.testing.assert_allclose(block.transposed_times(Y), F.T @ Y, atol=1e-12)
    for product in (
        block.times(X.astype("f4")),
        block.transposed_times(Y.astype("f4")),
    ):
        assert product.dtype == np.float32


@given(**SIZES, strength=st.floats(1e-3, 1e3), k=st.integers(1, 4))
def test_solves_equal_dense_solves_from_any_start(n, m, seed, strength, k):
    # With fewer rows than features, F.T @ F is singular.
    rows = random_rows(n, m, seed)
    block, F = FeatureBlock(rows), dense(rows)
    start, target = normal((m, k)), normal((m, k), 2)
    system = F.T @ F + strength * np.eye(m)
    link = Link(start, F @ start, strength)
    beta, shift = block.solve(target - system @ start, link)
    np.testing.assert_allclose(system @ beta, target, atol=1e-8)
    np.testing.assert_allclose(shift, F @ beta, atol=1e-12)


@pytest.mark.parametrize("constant", [True, False], ids=["constant", "repeated"])
def test_features_that_say_nothing_more_need_no_special_care(constant):
    # Centring makes a constant column zero. A repeated one makes the system singular.
    x = random_rows(9, 2).matrix.toarray()
    x = np.column_stack([x[:, 0], np.ones(9) if constant else x[:, 0]])
    rows = random_rows(9, 2)
    present = rows.present
    x[~present] = 0
    rows = type(rows)(type(rows.matrix)(x), present, x[present].mean(axis=0))
    block, F = FeatureBlock(rows), dense(rows)
    link = no_link(block, 3, np.float64)._replace(strength=1e-6)
    target = F.T @ normal((9, 3))
    beta, _ = block.solve(target, link)
    np.testing.assert_allclose(F.T @ F @ beta + 1e-6 * beta, target, atol=1e-8)


def test_draws_have_the_moments_of_the_posterior():
    # Given the rows, each column of beta is a ridge regression on F.
    rows = random_rows(8, 3)
    block, F = FeatureBlock(rows), dense(rows)
    deviations = normal((8, 1))
    rng, link = np.random.default_rng(0), no_link(block, 1, np.float64)
    draws = []
    for _ in range(4000):
        link = draw_link(block, deviations, np.array([[2.0]]), link, rng)
        link = link._replace(strength=0.5)
        draws.append(link.beta[:, 0])
    draws = draws[1:]  # the first strength was another
    inverse = np.linalg.inv(F.T @ F + 0.5 * np.eye(3))
    covariance = inverse / 2
    error = np.sqrt(np.diag(covariance) / len(draws))
    mean = inverse @ F.T @ deviations[:, 0]
    assert (np.abs(np.mean(draws, axis=0) - mean) < 4 * error).all()
    np.testing.assert_allclose(
        np.cov(np.transpose(draws)), covariance, rtol=0.15, atol=0.01
    )


def test_the_dtype_of_the_rows_is_kept():
    block = FeatureBlock(random_rows(8, 3))
    link = no_link(block, 2, np.float32)
    deviations = normal((8, 2)).astype(np.float32)
    drawn = draw_link(block, deviations, np.eye(2), link, np.random.default_rng(0))
    assert drawn.beta.dtype == drawn.shift.dtype == np.float32


@given(**SIZES, power=st.integers(-8, 8))
def test_the_unit_of_a_feature_changes_no_shift(n, m, seed, power):
    rows = random_rows(n + 1, m, seed)  # two rows with features, so F is not zero
    scaled = type(rows)(rows.matrix * 2.0**power, rows.present, rows.means * 2.0**power)
    deviations, found = normal((n + 1, 2)), []
    for each in (rows, scaled):
        block, rng = FeatureBlock(each), np.random.default_rng(0)
        link = no_link(block, 2, np.float64)
        for _ in range(3):
            link = draw_link(block, deviations, np.eye(2), link, rng)
        found.append(link)
    one, other = found
    np.testing.assert_allclose(other.shift, one.shift, atol=1e-7)
    assert other.strength == pytest.approx(one.strength * 4.0**power, rel=1e-6)


def test_a_block_of_zeros_is_possible():
    rows = random_rows(5, 2)
    zeros = type(rows)(0 * rows.matrix, rows.present, 0 * rows.means)
    block = FeatureBlock(zeros)
    assert block.unit == 1
    link = no_link(block, 2, np.float64)
    drawn = draw_link(block, normal((5, 2)), np.eye(2), link, np.random.default_rng(0))
    assert not drawn.shift.any()
    assert np.isfinite(drawn.beta).all()
