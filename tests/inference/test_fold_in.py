"""A folded-in row is the exact minimiser given the factors of the other side."""

import numpy as np
import pytest
import reference
from fitting import fit
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.inference._fold_in import fold_in


def folded(rows, V, penalty):
    """Return the rows of factors, with the same penalty for all rows."""
    penalties = np.full((rows.indptr.size - 1, 2), penalty, V.dtype)
    return fold_in(rows, V, penalties)


@given(ratings(dtype=np.float64), st.integers(1, 9), st.sampled_from([0.1, 3.0]))
def test_rows_equal_the_dense_twins(drawn, k, reg_param):
    matrix = rating_matrix(*drawn)
    R, W = reference.merge(*drawn)
    U, V = random_factors(drawn.shape, k)
    for rows, other, ratings_, weights in (
        (matrix.by_user, V, R, W),
        (matrix.by_item, U, R.T, W.T),
    ):
        got = folded(rows, other, reg_param)
        for row, r, w in zip(got, ratings_, weights, strict=True):
            twin = reference.fold_in(r, w, other, reg_param)
            np.testing.assert_allclose(row, twin, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_row_without_ratings_is_zero(dtype):
    drawn = random_ratings(0, (3, 4), dtype=dtype)._replace(shape=(5, 4))
    _, V = random_factors((5, 4), 2, dtype)
    for reg_param in (0.0, 1.0):
        got = folded(rating_matrix(*drawn).by_user, V, reg_param)
        assert got.dtype == dtype
        assert not got[3:].any()
        assert got[:3].any(axis=1).all()


def one_row(values, weights=None, dtype=np.float64):
    items = np.arange(len(values))
    values = np.array(values, dtype)
    shape = (1, len(values))
    return rating_matrix(np.zeros_like(items), items, values, weights, shape).by_user


def test_without_penalty_the_shortest_exact_row_is_returned():
    _, V = random_factors((1, 3), 8)
    got = folded(one_row([1.0, -2.0, 4.0]), V, 0.0)[0]
    np.testing.assert_allclose(V @ got, [1, -2, 4], rtol=1e-12)
    np.testing.assert_allclose(got, np.linalg.pinv(V) @ [1, -2, 4], rtol=1e-12)


def test_without_penalty_nearly_parallel_items_are_distinguished():
    # The normal equations have condition number 1e20, which float64 cannot resolve.
    V = np.array([[1.0, 0.0], [1.0, 1e-10]])
    got = folded(one_row([1.0, 2.0]), V, 0.0)[0]
    np.testing.assert_allclose(got, [1, 1e10], rtol=1e-5)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_tiny_penalty_gives_the_shortest_row_too(dtype):
    _, V = random_factors((1, 2), 6, dtype)
    got = folded(one_row([7.0, 8.0], dtype=dtype), V, 1e-14)[0]
    expected = np.linalg.pinv(V.astype(float)) @ [7, 8]
    tolerance = 100 * np.finfo(dtype).eps
    np.testing.assert_allclose(got, expected, rtol=tolerance, atol=10 * tolerance)


def test_weights_count():
    # One latent factor equal to 1: the weighted mean, shrunk by the penalty.
    rows = one_row([1.0, 5.0], np.array([3.0, 0.5]))
    got = folded(rows, np.ones((2, 1)), 2.0)
    assert got[0, 0] == pytest.approx((3 * 1 + 0.5 * 5) / (3 + 0.5 + 2), rel=1e-14)


@pytest.mark.parametrize("weighted", [False, True])
def test_folding_in_reproduces_a_converged_fit(weighted):
    drawn = random_ratings(2, (12, 9), weighted=weighted)
    model = fit(drawn, mean_normalization=None, tol=1e-7)
    matrix = rating_matrix(*drawn)
    U, V = model.user_factors_, model.item_factors_
    for rows, own, other in ((matrix.by_user, U, V), (matrix.by_item, V, U)):
        got = folded(rows, other, model.reg_param)
        np.testing.assert_allclose(got, own, atol=1e-6)
        # Each problem has a curvature of at least reg_param, which bounds its error.
        error = np.linalg.norm(got - own)
        assert error <= model.gradient_norm_ / model.reg_param * (1 + 1e-6)
