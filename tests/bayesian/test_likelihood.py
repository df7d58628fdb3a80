"""Rows drawn given the other side, errors, and products with the mask."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import Ratings, random_factors, random_ratings, ratings

from sklearn_cofi.bayesian._likelihood import NormalLikelihood, with_ones
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads

SIDES = pytest.mark.parametrize("side", [0, 1], ids=["users", "items"])


def likelihood(drawn):
    return NormalLikelihood(rating_matrix(*drawn))


def draw_arguments(drawn, k, side, dtype=np.float64, seed=0):
    """Return rows of the other side, and arguments to draw the rows of this side."""
    rng = np.random.default_rng(seed)
    n_rows, n_columns = (drawn.shape[s] for s in (side, 1 - side))
    other = random_factors((n_columns, 1), k + 1, dtype, seed)[0]
    half = rng.standard_normal((k + 1, k + 1))
    return other, {
        "precisions": (rng.uniform(0.5, 2, n_rows), rng.uniform(0.5, 2, n_columns)),
        "prior": half @ half.T + np.eye(k + 1),
        "means": rng.standard_normal((n_rows, k + 1)),
        "noise": rng.standard_normal((n_rows, k + 1)).astype(dtype),
    }


@SIDES
@given(drawn=ratings(dtype=np.float64), k=st.integers(1, 20))
def test_each_row_is_the_dense_posterior_plus_its_noise(side, drawn, k):
    drawn = drawn.compact()
    R, W = reference.merge(*drawn)
    other, arguments = draw_arguments(drawn, k, side)
    found = likelihood(drawn).draw_rows(side, other, **arguments)
    R, W = (R.T, W.T) if side else (R, W)
    V = np.column_stack([other[:, :-1], np.ones(len(other))])
    prior, (of_rows, of_columns) = arguments["prior"], arguments["precisions"]
    for row in range(len(found)):
        expected = reference.posterior_row(
            R[row],
            W[row] * of_rows[row] * of_columns,
            V,
            other[:, -1],
            prior,
            arguments["means"][row],
            arguments["noise"][row],
        )
        np.testing.assert_allclose(found[row], expected, rtol=1e-8, atol=1e-8)


def test_rows_that_float32_finds_singular_are_drawn_in_float64():
    # Ratings of equal items determine only one combination of the latent factors.
    n = 3000
    drawn = Ratings(np.zeros(n, int), np.arange(n), np.ones(n), None, (1, n))
    drawn = drawn._replace(ratings=drawn.ratings.astype(np.float32))
    other = np.tile(np.float32([30, 30, 0]), (n, 1))
    arguments = {
        "precisions": (np.ones(1), np.ones(n)),
        "prior": np.eye(3),
        "means": np.zeros((1, 3)),
        "noise": np.ones((1, 3), np.float32),
    }
    found = likelihood(drawn).draw_rows(0, other, **arguments)
    V, zeros, ones = np.tile([30.0, 30, 1], (n, 1)), np.zeros(n), np.ones(n)
    prior, noise = arguments["prior"], np.ones(3)
    expected = reference.posterior_row(ones, ones, V, zeros, prior, zeros[:3], noise)
    np.testing.assert_allclose(found[0], expected, rtol=1e-5, atol=1e-5)


def test_singular_rows_do_not_change_other_rows():
    # Blocks have three rows. Rounding in float32 makes the Gram matrix of every second
    # row indefinite, so the root of a pivot is NaN.
    n_rows, n, rng = 700, 200, np.random.default_rng(0)
    many = np.arange(n_rows) % 2 == 1
    counts = np.where(many, rng.integers(n // 2, n, n_rows), 3)
    users = np.repeat(np.arange(n_rows), counts)
    items = np.concatenate([np.arange(m) for m in counts])
    values = np.ones(users.size, np.float32)
    drawn = Ratings(users, items, values, None, (n_rows, n))
    factor = 2000 * rng.uniform(0.5, 1, n)
    other = np.column_stack([factor, 1.7 * factor, 0 * factor]).astype(np.float32)
    arguments = {
        "precisions": (np.where(many, 1.0, 1e-7), np.ones(n)),
        "prior": np.eye(3),
        "means": np.zeros((n_rows, 3)),
        "noise": np.ones((n_rows, 3), np.float32),
    }
    found = likelihood(drawn).draw_rows(0, other, **arguments)
    assert np.isfinite(found).all()
    V, ones = np.column_stack([other[:3, :2], np.ones(3)]).astype(float), np.ones(3)
    given = ones, 1e-7 * ones, V, 0 * ones, np.eye(3), 0 * ones
    expected = reference.posterior_row(*given, ones)
    np.testing.assert_allclose(found[::2], [expected] * 350, atol=1e-4)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_precision_of_4_equals_a_weight_of_4(weighted, dtype):
    drawn = random_ratings(5, (12, 9), weighted=weighted, dtype=dtype)
    other, arguments = draw_arguments(drawn, 4, 0, dtype)
    arguments["precisions"] = np.full(12, 4.0), np.ones(9)
    by_precision = likelihood(drawn).draw_rows(0, other, **arguments)
    weights = np.ones(drawn.users.size) if drawn.weights is None else drawn.weights
    arguments["precisions"] = np.ones(12), np.ones(9)
    heavier = likelihood(drawn._replace(weights=4 * weights))
    by_weight = heavier.draw_rows(0, other, **arguments)
    np.testing.assert_array_equal(by_precision, by_weight)


@SIDES
@given(drawn=ratings(dtype=np.float64), k=st.integers(1, 20))
def test_half_squares_equal_those_of_dense_errors(side, drawn, k):
    drawn = drawn.compact()
    R, W = reference.merge(*drawn)
    users, items = random_factors(drawn.shape, k + 1)
    E = users[:, :-1] @ items[:, :-1].T + users[:, -1:] + items[:, -1] - R
    S = W * E**2
    S = S.T if side else S
    precision = np.random.default_rng(0).uniform(0.5, 2, S.shape[1])
    found = likelihood(drawn).half_squares(side, (users, items), precision)
    np.testing.assert_allclose(found, (S * precision).sum(axis=1) / 2, rtol=1e-10)


@SIDES
@given(drawn=ratings(), k=st.integers(1, 20))
def test_rated_sums_are_products_with_the_mask(side, drawn, k):
    drawn = drawn.compact()
    _, W = reference.merge(*drawn)
    mask = (W > 0).astype(float)
    mask = mask.T if side else mask
    X = random_factors((mask.shape[1], 1), k, drawn.ratings.dtype)[0]
    found = likelihood(drawn).rated_sums(side, X)
    assert found.dtype == X.dtype
    tolerance = 100 * float(np.finfo(X.dtype).eps)
    np.testing.assert_allclose(found, mask @ X, rtol=tolerance, atol=tolerance)


@given(drawn=ratings(dtype=np.float64))
def test_rated_pairs_are_counted_without_their_weights(drawn):
    drawn = drawn.compact()
    _, W = reference.merge(*drawn)
    found = likelihood(drawn)
    np.testing.assert_array_equal(found.n_rated[0], (W > 0).sum(axis=1))
    np.testing.assert_array_equal(found.n_rated[1], (W > 0).sum(axis=0))


def test_with_ones_puts_ones_before_the_bias():
    rows = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    np.testing.assert_array_equal(with_ones(rows), [[1, 2, 1, 3], [4, 5, 1, 6]])


@SIDES
def test_threads_change_no_bit(side):
    drawn = random_ratings(2, (300, 200), density=0.1, dtype=np.float32)
    other, arguments = draw_arguments(drawn, 7, side, np.float32)
    found = likelihood(drawn)
    results = []
    for threads in (1, 2):
        with kernel_threads(threads):
            rows = found.draw_rows(side, other, **arguments)
            results.append((rows, found.rated_sums(side, other)))
    for one, two in zip(*results, strict=True):
        np.testing.assert_array_equal(one, two)


@SIDES
def test_a_singular_row_is_drawn_from_all_arguments(side):
    # The precisions are so large that in float32 the identity of the prior changes
    # nothing in the Gram matrix of two equal latent factors. All arguments differ.
    rng, n = np.random.default_rng(4), 300
    codes = np.zeros(n, int), np.arange(n)
    values = rng.normal(size=n).astype(np.float32)
    weights = rng.uniform(0.5, 2, n).astype(np.float32)
    drawn = Ratings(*codes[:: -1 if side else 1], values, weights, (1, n))
    drawn = drawn._replace(shape=(n, 1) if side else (1, n))
    factor = rng.uniform(20, 40, n)
    other = np.column_stack([factor, factor, rng.normal(size=n)]).astype(np.float32)
    arguments = {
        "precisions": (np.array([9.0]), rng.uniform(0.5, 2, n)),
        "prior": np.eye(3),
        "means": np.array([[300.0, -200, 10]]),
        "noise": np.float32([[1, -2, 3]]),
    }
    found = likelihood(drawn).draw_rows(side, other, **arguments)
    of_rows, of_columns = arguments["precisions"]
    V = np.column_stack([other[:, :2], np.ones(n)]).astype(float)
    expected = reference.posterior_row(
        values.astype(float),
        weights.astype(float) * of_rows[0] * of_columns,
        V,
        other[:, 2].astype(float),
        arguments["prior"],
        arguments["means"][0],
        arguments["noise"][0].astype(float),
    )
    np.testing.assert_allclose(found[0], expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_squares_are_summed_in_float64(dtype):
    # Float32 holds the square of each error, but not their sum.
    n, error = 8000, 1 + 2.0**-11
    values = np.full(n, 1 - error, dtype)
    drawn = Ratings(np.zeros(n, int), np.arange(n), values, None, (1, n))
    rows = np.array([[1, 0]], dtype), np.tile(np.array([1, 0], dtype), (n, 1))
    found = likelihood(drawn).half_squares(0, rows, np.ones(n))
    assert found[0] == n / 2 * error**2
