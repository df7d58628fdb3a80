"""A half step minimises the cost over one side, row by row."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import Ratings, random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads
from sklearn_cofi.objective._bias import with_biases
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss

VARIANTS = [
    {},
    {"fit_bias": True},
    {"reg_scaling": "count"},
    {"fit_bias": True, "reg_scaling": "count"},
    {"pair": (0.5, 4.0), "reg_scaling": 0.5},
    {"pair": (0.5, 4.0), "fit_bias": True, "reg_bias": (0.1, 6.0)},
    {"fit_bias": True, "reg_bias": 0},
]
SIDES = pytest.mark.parametrize("side", [0, 1], ids=["users", "items"])


def problem(drawn, reg_param, k, pair=None, **variant):
    matrix = rating_matrix(*drawn)
    objective = MaskedSquaredLoss(matrix, Penalty(pair or reg_param, **variant))
    factors = Factors(*random_factors(drawn.shape, k, objective.dtype))
    if variant.get("fit_bias"):
        rng = np.random.default_rng(3)
        biases = (rng.normal(size=n).astype(objective.dtype) for n in drawn.shape)
        factors = with_biases(factors, *biases)
    return objective, factors


@SIDES
@given(drawn=ratings(), k=st.integers(1, 20), reg_param=st.sampled_from([0.3, 5.0]))
def test_each_row_equals_the_dense_ridge(side, drawn, k, reg_param):
    R, W = reference.merge(*drawn)
    objective, factors = problem(drawn, reg_param, k)
    solved = half_step(objective, side, factors)
    assert solved.dtype == objective.dtype
    R, W = (R.T, W.T) if side else (R, W)
    # The condition of the system is at most that of the largest Gram matrix.
    size = 1 + (W.max() * (factors[1 - side] ** 2).sum()) / reg_param
    tolerance = 50 * size * float(np.finfo(objective.dtype).eps)
    for row, found in enumerate(solved):
        expected = reference.fold_in(R[row], W[row], factors[1 - side], reg_param)
        np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance * 10)


@SIDES
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("k", [1, 7, 8, 33])
def test_the_gradient_of_the_side_vanishes(side, variant, weighted, k):
    drawn = random_ratings(4, (30, 23), weighted=weighted)
    objective, factors = problem(drawn, 0.5, k, **variant)
    before, _ = objective.value_and_gradient(factors)
    solved = half_step(objective, side, factors)
    after = Factors(*(solved if s == side else factors[s] for s in (0, 1)))
    cost, gradient = objective.value_and_gradient(after)
    assert cost < before
    np.testing.assert_allclose(gradient[side], 0, atol=1e-9)
    if objective.fit_bias:
        assert (solved[:, -1 - side] == 1).all(), "the ones do not change"


@SIDES
@given(
    drawn=ratings(),
    k=st.integers(1, 20),  # both more and fewer latent factors than ratings
    penalties=st.sampled_from([(0.3, 5.0), (5.0, 0.3), (2.0, 0.0), (0.0, 2.0)]),
)
def test_each_row_and_its_bias_equal_the_dense_ridge(side, drawn, k, penalties):
    features, bias = penalties
    R, W = reference.merge(*drawn)
    variant = {"fit_bias": True, "reg_bias": bias}
    objective, factors = problem(drawn, features, k, **variant)
    solved = half_step(objective, side, factors)
    R, W = (R.T, W.T) if side else (R, W)
    V = factors[1 - side]
    # Columns of the other side: latent factors, the ones that multiply this bias, and
    # its own bias.
    ones, offset = (k, k + 1) if side == 0 else (k + 1, k)
    free = np.column_stack([V[:, :k], V[:, ones]])
    R = R - V[:, offset]
    diagonal = np.array([features] * k + [bias])
    own = [*range(k), k if side == 0 else k + 1]
    eps = float(np.finfo(objective.dtype).eps)
    for row, found in enumerate(solved[:, own]):
        expected = reference.fold_in(R[row], W[row], free, diagonal)
        gradient = free.T @ (W[row] * (free @ found - R[row])) + diagonal * found
        size = (W[row, :, None] * np.abs(free)).T @ (
            np.abs(free) @ np.abs(found) + np.abs(R[row])
        ) + diagonal * np.abs(found)
        assert (np.abs(gradient) <= 200 * (k + 9) * eps * (size + size.max())).all()
        if min(penalties) and objective.dtype == np.float64:
            np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)


@SIDES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("weighted", [False, True])
def test_rows_of_any_length_meet_any_number_of_features(side, weighted, dtype):
    # Row n has n ratings, up to 120: whole tiles, parts of tiles, more than one buffer,
    # and both fewer ratings than latent factors, which solves the dual, and more.
    n = 121
    users = np.repeat(np.arange(n), np.arange(n))
    items = np.concatenate([np.arange(length) for length in range(n)])
    rng = np.random.default_rng(8)
    values = rng.normal(size=users.size).astype(dtype)
    weights = rng.uniform(0.5, 2, users.size).astype(dtype) if weighted else None
    drawn = Ratings(users, items, values, weights, (n, n))
    R, W = reference.merge(*drawn)
    R, W = (R.T, W.T) if side else (R, W)
    for k in (10, 16, 40, 64, 70):
        objective, factors = problem(drawn, 2.0, k)
        solved = half_step(objective, side, factors)
        V = factors[1 - side]
        expected = [reference.fold_in(R[u], W[u], V, 2.0) for u in range(n)]
        tolerance = 2e3 * float(np.finfo(dtype).eps)
        np.testing.assert_allclose(solved, expected, rtol=tolerance, atol=tolerance)


@SIDES
def test_singular_rows_get_the_shortest_minimiser(side):
    drawn = random_ratings(5, (9, 6), density=0.3)
    R, W = reference.merge(*drawn)
    objective, factors = problem(drawn, 0.0, 4)
    solved = half_step(objective, side, factors)
    R, W = (R.T, W.T) if side else (R, W)
    assert (np.sum(W > 0, axis=1) < 4).any(), "otherwise no row is singular"
    for row, found in enumerate(solved):
        rated = W[row] > 0
        V, r = factors[1 - side][rated], R[row][rated]
        np.testing.assert_allclose(found, np.linalg.pinv(V) @ r, atol=1e-8)


@SIDES
def test_the_given_factors_are_not_modified(side):
    objective, factors = problem(random_ratings(1, (5, 4)), 1.0, 3)
    copies = [x.copy() for x in factors]
    half_step(objective, side, factors)
    for x, copy in zip(factors, copies, strict=True):
        np.testing.assert_array_equal(x, copy)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_do_not_change_a_bit(dtype):
    drawn = random_ratings(2, (400, 300), density=0.1, dtype=dtype)
    objective, factors = problem(drawn, 1.0, 12)
    solved = []
    for n_jobs in (1, 2):
        with kernel_threads(n_jobs):
            solved.append(half_step(objective, 0, factors))
    np.testing.assert_array_equal(*solved)


@SIDES
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_that_cholesky_cannot_solve_keep_their_weights(side, dtype):
    # Two equal features and no penalty: the Gram matrix of every row is singular, and
    # the weights decide what its least squares are.
    drawn = random_ratings(5, (9, 6), density=0.8, weighted=True, dtype=dtype)
    R, W = reference.merge(*drawn)
    objective, factors = problem(drawn, 0.0, 1)
    twice = Factors(*(np.repeat(x, 2, axis=1) for x in factors))
    solved = half_step(objective, side, twice)
    R, W = (R.T, W.T) if side else (R, W)
    v = factors[1 - side][:, 0].astype(float)
    expected = (W * R) @ v / (W @ v**2) / 2
    assert np.ptp(W[W > 0]) > 0
    tolerance = 100 * float(np.finfo(dtype).eps)
    for column in solved.T:
        np.testing.assert_allclose(column, expected, rtol=tolerance, atol=tolerance)


@SIDES
def test_features_that_depend_on_others_are_found_to(side):
    # The last feature is the sum of the others. Rounding leaves a pivot that may be a
    # little above zero: to divide by it would give factors of any size.
    drawn = random_ratings(6, (60, 50), density=0.5, weighted=True)
    R, W = reference.merge(*drawn)
    objective, factors = problem(drawn, 0.0, 3)
    wide = Factors(*(np.column_stack([x, x.sum(axis=1)]) for x in factors))
    solved = half_step(objective, side, wide)
    R, W = (R.T, W.T) if side else (R, W)
    for row, found in enumerate(solved):
        root = np.sqrt(W[row])
        expected = np.linalg.pinv(root[:, None] * wide[1 - side]) @ (root * R[row])
        np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-8)
