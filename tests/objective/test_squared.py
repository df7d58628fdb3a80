"""The cost is the docstring's formula, and the gradient is its derivative."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix
from sklearn_cofi.kernels._blocks import balanced_blocks
from sklearn_cofi.objective._bias import with_biases
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss

REG = st.sampled_from([0.0, 0.3, 5.0])
FEATURES = st.integers(1, 9)
VARIANTS = [
    {},
    {"reg_scaling": "count"},
    {"reg_scaling": 0.5},
    {"fit_bias": True},
    {"fit_bias": True, "reg_scaling": 0.5},
    {"fit_bias": True, "reg_scaling": "count", "reg_bias": (0.4, 2.0)},
]


def build(drawn, reg_param, **variant):
    return MaskedSquaredLoss(rating_matrix(*drawn), Penalty(reg_param, **variant))


def evaluate(objective, U, V):
    return objective.value_and_gradient(Factors(U, V))


def rounding(drawn, k):
    """Return a bound on the relative error of a sum of products."""
    return (k + max(drawn.shape) + 4) * float(np.finfo(drawn.ratings.dtype).eps)


@given(ratings(), REG, FEATURES)
def test_cost_and_gradient_equal_the_dense_twins(drawn, reg_param, k):
    R, W = reference.merge(*drawn)
    U, V = random_factors(drawn.shape, k, drawn.ratings.dtype)
    cost, gradient = evaluate(build(drawn, reg_param), U, V)
    expected = reference.cost(R, W, U, V, reg_param)
    size = reference.cost(-np.abs(R), W, np.abs(U), np.abs(V), reg_param)
    assert cost == pytest.approx(expected, abs=2 * rounding(drawn, k) * size)
    sizes = reference.gradient_size(R, W, U, V, reg_param)
    twins = reference.gradient(R, W, U, V, reg_param)
    for ours, twin, size in zip(gradient, twins, sizes, strict=True):
        assert ours.dtype == drawn.ratings.dtype
        assert (np.abs(ours - twin) <= 2 * rounding(drawn, k) * size).all()


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reg_param", [0.7, (0.7, 3.0)], ids=["one", "pair"])
@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_the_gradient_equals_the_central_difference(weighted, reg_param, variant):
    drawn = random_ratings(0, (5, 4), weighted=weighted)
    objective = build(drawn, reg_param, **variant)
    U, V = random_factors(drawn.shape, 3)
    ones = (None, None)
    if objective.fit_bias:
        ones = (2, 1)
        U[:, 2] = V[:, 1] = 1
    _, gradient = evaluate(objective, U, V)
    # The cost is quadratic in each entry, so the central difference is exact for any
    # step, and a step of 1 loses no digits.
    for side, derivative, fixed in zip((U, V), gradient, ones, strict=True):
        for entry in np.ndindex(side.shape):
            if entry[1] == fixed:
                assert derivative[entry] == 0
                continue
            here = side[entry]
            side[entry] = here + 1
            up, _ = evaluate(objective, U, V)
            side[entry] = here - 1
            down, _ = evaluate(objective, U, V)
            side[entry] = here
            assert (up - down) / 2 == pytest.approx(derivative[entry], abs=1e-11)


@given(ratings(), st.sampled_from([0, 0.5, 0.8, 1]), st.sampled_from([2.0, (2.0, 5)]))
def test_each_side_has_its_penalty_times_a_power_of_the_count(drawn, power, reg_param):
    matrix = rating_matrix(*drawn)
    R, W = reference.merge(*drawn)
    U, V = random_factors(drawn.shape, 3, drawn.ratings.dtype)
    counted = MaskedSquaredLoss(matrix, Penalty(reg_param, reg_scaling=power))
    cost, gradient = evaluate(counted, U, V)
    loss, fit = evaluate(build(drawn, 0.0), U, V)
    penalty = 0.0
    for axis, (X, ours, plain) in enumerate(zip((U, V), gradient, fit, strict=True)):
        own = reg_param[axis] if isinstance(reg_param, tuple) else reg_param
        # The count of a weighted row is its total weight.
        scales = W.sum(axis=1 - axis) ** power
        np.testing.assert_allclose(counted.scales[axis], scales, rtol=1e-6)
        penalty += own / 2 * (scales * (X.astype(float) ** 2).sum(axis=1)).sum()
        expected = plain + own * scales[:, None] * X
        size = np.abs(plain) + own * scales[:, None] * np.abs(X)
        assert (np.abs(ours - expected) <= rounding(drawn, 3) * size).all()
    assert cost == pytest.approx(loss + penalty, rel=rounding(drawn, 3))


@given(ratings(), st.sampled_from([2.0, (0.5, 3.0)]))
def test_biases_may_have_a_separate_penalty(drawn, reg_bias):
    matrix = rating_matrix(*drawn)
    U, V = random_factors(drawn.shape, 5, drawn.ratings.dtype)
    U[:, -1] = V[:, -2] = 1
    named = {"reg_scaling": "count", "fit_bias": True}
    own = MaskedSquaredLoss(matrix, Penalty(0.3, reg_bias=reg_bias, **named))
    cost, gradient = evaluate(own, U, V)
    as_rows = MaskedSquaredLoss(matrix, Penalty(0.3, **named))
    plain_cost, plain = evaluate(as_rows, U, V)
    for side, (bias, ones) in enumerate(((3, 4), (4, 3))):
        b = (U, V)[side][:, bias].astype(float)
        r = reg_bias[side] if isinstance(reg_bias, tuple) else reg_bias
        more = r - 0.3 * as_rows.scales[side]  # reg_bias is not scaled
        plain_cost += (more * b**2).sum() / 2
        rest = [0, 1, 2, ones]
        np.testing.assert_array_equal(gradient[side][:, rest], plain[side][:, rest])
        size = np.abs(plain[side][:, bias]) + np.abs(more * b) + r * np.abs(b)
        error = gradient[side][:, bias] - (plain[side][:, bias] + more * b)
        assert (np.abs(error) <= rounding(drawn, 5) * size).all()
    size = cost + sum((s * X[:, :3] ** 2).sum() for s, X in _scaled(as_rows, U, V))
    assert cost == pytest.approx(plain_cost, abs=rounding(drawn, 5) * size)


def _scaled(objective, U, V):
    return [(s[:, None], X) for s, X in zip(objective.scales, (U, V), strict=True)]


@given(ratings(), REG)
def test_biases_and_ones_are_two_more_columns(drawn, reg_param):
    matrix = rating_matrix(*drawn)
    U, V = random_factors(drawn.shape, 5, drawn.ratings.dtype)
    U[:, -1] = V[:, -2] = 1
    biased = MaskedSquaredLoss(matrix, Penalty(reg_param, fit_bias=True))
    cost, gradient = evaluate(biased, U, V)
    plain_cost, plain = evaluate(build(drawn, reg_param), U, V)
    # The ones have no penalty and no gradient; the other columns are as without biases.
    ones = sum(drawn.shape)
    assert cost == pytest.approx(
        plain_cost - reg_param / 2 * ones,
        abs=rounding(drawn, 5) * (plain_cost + ones * reg_param),
    )
    assert not gradient.user[:, -1].any()
    assert not gradient.item[:, -2].any()
    np.testing.assert_array_equal(gradient.user[:, :-1], plain.user[:, :-1])
    np.testing.assert_array_equal(
        gradient.item[:, [0, 1, 2, 4]], plain.item[:, [0, 1, 2, 4]]
    )


@given(ratings(), st.booleans())
def test_stationarity_has_no_units(drawn, fit_bias):
    matrix = rating_matrix(*drawn)
    U, V = random_factors(drawn.shape, 5, drawn.ratings.dtype)
    U[:, -1] = V[:, -2] = 1
    objective = MaskedSquaredLoss(matrix, Penalty(1.0, fit_bias=fit_bias))
    _, gradient = evaluate(objective, U, V)
    R, W = reference.merge(*drawn)
    half_square = (W * R**2).sum() / 2

    def norm(*columns):
        return np.sqrt(sum((column.astype(float) ** 2).sum() for column in columns))

    expected = norm(*gradient) * norm(U, V)
    if fit_bias:
        own, slopes = ((X[:, -2], Y[:, -1]) for X, Y in ((U, V), gradient))
        # One more entry, the root mean square of the ratings.
        size = np.hypot(norm(*own), np.sqrt(2 * half_square / W.sum()))
        expected = norm(*slopes) * size
        slopes = gradient.user[:, :-2], gradient.item[:, :-2]
        expected += norm(*slopes) * norm(U[:, :-2], V[:, :-2])
    got = objective.stationarity(Factors(U, V), gradient)
    assert got == pytest.approx(expected / half_square if half_square else 0, rel=1e-5)


def test_stationarity_with_biases_is_the_same_in_any_unit():
    drawn = random_ratings(1, (8, 6))
    U, V = random_factors((8, 6), 4, np.float64)
    found = []
    for unit in (1.0, 100.0):
        scaled = drawn._replace(ratings=unit * drawn.ratings)
        penalty = Penalty(unit, 0.5, True, 2.0)
        objective = MaskedSquaredLoss(rating_matrix(*scaled), penalty)
        sides = Factors(U * np.sqrt(unit), V * np.sqrt(unit))
        factors = with_biases(sides, unit * np.arange(8), unit * np.arange(6))
        _, gradient = objective.value_and_gradient(factors)
        found.append(objective.stationarity(factors, gradient))
    assert found[1] == pytest.approx(found[0], rel=1e-12)


def test_biases_of_zero_are_not_stationary():
    objective = build(random_ratings(0, (5, 4)), 1.0, fit_bias=True)
    factors = with_biases(Factors(np.zeros((5, 0)), np.zeros((4, 0))))
    _, gradient = objective.value_and_gradient(factors)
    assert objective.stationarity(factors, gradient) > 0.01


@given(ratings(), REG, FEATURES)
def test_transposing_the_ratings_exchanges_the_gradients(drawn, reg_param, k):
    matrix = rating_matrix(*drawn)
    U, V = random_factors(drawn.shape, k, drawn.ratings.dtype)
    cost, (grad_U, grad_V) = evaluate(
        MaskedSquaredLoss(matrix, Penalty(reg_param)), U, V
    )
    turned = MaskedSquaredLoss(
        RatingMatrix(matrix.by_item, matrix.by_user), Penalty(reg_param)
    )
    turned_cost, turned_gradient = evaluate(turned, V, U)
    assert turned_cost == pytest.approx(cost, rel=rounding(drawn, k))
    np.testing.assert_array_equal(turned_gradient.user, grad_V)
    np.testing.assert_array_equal(turned_gradient.item, grad_U)


@given(ratings(dtype=np.float64), REG, st.integers(0, 99))
def test_permuting_users_and_items_permutes_the_gradient(drawn, reg_param, seed):
    rng = np.random.default_rng(seed)
    users, items = (rng.permutation(n) for n in drawn.shape)
    permuted = drawn._replace(users=users[drawn.users], items=items[drawn.items])
    U, V = random_factors(drawn.shape, 4)
    cost, gradient = evaluate(build(drawn, reg_param), U, V)
    U_permuted, V_permuted = np.empty_like(U), np.empty_like(V)
    U_permuted[users], V_permuted[items] = U, V
    new_cost, new_gradient = evaluate(
        build(permuted, reg_param), U_permuted, V_permuted
    )
    assert new_cost == pytest.approx(cost, rel=1e-12)
    sizes = reference.gradient_size(*reference.merge(*drawn), U, V, reg_param)
    for position, ours, new, size in zip(
        (users, items), gradient, new_gradient, sizes, strict=True
    ):
        assert (np.abs(new[position] - ours) <= 1e-12 * size).all()


@given(ratings())
def test_cost_of_zero_factors_is_half_the_squared_sum(drawn):
    objective = build(drawn, 3.0)
    R, W = reference.merge(*drawn)
    zeros = (np.zeros((n, 2), drawn.ratings.dtype) for n in drawn.shape)
    cost, gradient = evaluate(objective, *zeros)
    tolerance = rounding(drawn, 2)
    assert objective.cost_at_zero == pytest.approx((W * R**2).sum() / 2, rel=tolerance)
    assert cost == pytest.approx(objective.cost_at_zero, rel=tolerance)
    assert not gradient.user.any()
    assert not gradient.item.any()
    scale = np.sqrt((W * R**2).sum() / W.sum())
    assert objective.rating_scale == pytest.approx(scale, rel=tolerance)


def test_rows_without_ratings_are_penalised_only():
    drawn = random_ratings(0, (3, 3))._replace(shape=(5, 4))
    U, V = random_factors(drawn.shape, 2)
    _, gradient = evaluate(build(drawn, 2.0), U, V)
    np.testing.assert_array_equal(gradient.user[3:], 2 * U[3:])
    np.testing.assert_array_equal(gradient.item[3:], 2 * V[3:])


@given(ratings())
def test_fit_gradient_has_no_penalty(drawn):
    U, V = random_factors(drawn.shape, 2, drawn.ratings.dtype)
    small, large = build(drawn, 0.0), build(drawn, 9.0)
    cost, gradient = evaluate(small, U, V)
    loss, grad_U = large.fit_gradient(U, V)
    loss_by_item, grad_V = large.fit_gradient(V, U, by_item=True)
    assert loss == cost
    assert loss_by_item == pytest.approx(cost, rel=rounding(drawn, 2))
    np.testing.assert_array_equal(grad_U, gradient.user)
    np.testing.assert_array_equal(grad_V, gradient.item)


def test_factors_are_not_modified():
    drawn = random_ratings(0, (4, 3))
    U, V = random_factors(drawn.shape, 2)
    before = U.copy(), V.copy()
    evaluate(build(drawn, 1.0), U, V)
    np.testing.assert_array_equal(U, before[0])
    np.testing.assert_array_equal(V, before[1])


@pytest.mark.parametrize("n_rows", [1, 2, 255, 256, 257, 2000])
def test_blocks_cover_every_row_once_and_share_the_ratings(n_rows):
    rng = np.random.default_rng(n_rows)
    users = np.arange(n_rows).repeat(rng.integers(1, 9, n_rows))
    items = np.concatenate([np.arange(n) for n in np.bincount(users)])
    values = np.ones(users.size)
    matrix = rating_matrix(users, items, values, None, (n_rows, 9))
    blocks = balanced_blocks(matrix.by_user)
    assert blocks[0] == 0
    assert blocks[-1] == n_rows
    assert (np.diff(blocks) > 0).all()
    sizes = np.diff(matrix.by_user.indptr[blocks])
    # Each cut is at most one row, of at most 8 ratings, from the ideal position.
    assert sizes.max() <= users.size / min(256, n_rows) + 2 * 8


@given(
    ratings(dtype=np.float64), st.sampled_from([0.3, 5.0]), st.sampled_from(VARIANTS)
)
def test_curvature_is_the_second_difference_along_each_entry(drawn, reg_param, variant):
    objective = build(drawn, reg_param, **variant)
    factors = Factors(*random_factors(drawn.shape, 2))
    if objective.fit_bias:
        factors = with_biases(factors, 0.3, -0.2)
    curvature = objective.curvature(factors)
    for side in (0, 1):
        for place in np.ndindex(factors[side].shape):
            slopes = []
            for step in (-1, 1):
                moved = [X.copy() for X in factors]
                moved[side][place] += step
                slopes.append(evaluate(objective, *moved)[1][side][place])
            is_one = objective.fit_bias and place[1] == (-1, -2)[side] % 4
            expected = 1 if is_one else (slopes[1] - slopes[0]) / 2
            # The cost is a quadratic in each entry, so the difference is exact.
            assert curvature[side][place] == pytest.approx(expected, rel=1e-9, abs=1e-9)


@given(ratings(), st.booleans())
def test_principal_axes_change_no_cost(drawn, fit_bias):
    drawn = drawn.compact()
    objective = MaskedSquaredLoss(
        rating_matrix(*drawn), Penalty(0.7, 0.5, fit_bias, 2.0)
    )
    U, V = random_factors(drawn.shape, 5, drawn.ratings.dtype)
    if fit_bias:
        U[:, -1] = V[:, -2] = 1
    turned = objective.along_principal_axes(Factors(U, V))
    cost, _ = objective.value_and_gradient(Factors(U, V))
    assert objective.value_and_gradient(turned)[0] == pytest.approx(cost, rel=1e-4)
    k = 3 if fit_bias else 5
    for before, after in zip((U, V), turned, strict=True):
        np.testing.assert_array_equal(after[:, k:], before[:, k:])
    gram = sum(
        side[:, :k].astype(float).T @ (p[:, :1] * side[:, :k])
        for side, p in zip(turned, objective.penalties, strict=True)
    )
    np.testing.assert_allclose(gram, np.diag(np.diag(gram)), atol=1e-4 * np.trace(gram))
