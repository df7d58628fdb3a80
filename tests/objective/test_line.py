"""Along a line the cost equals the quartic, and the best step minimises it."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from numpy.polynomial import Polynomial
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads
from sklearn_cofi.objective._line import best_step, line_coefficients
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss

REG = st.sampled_from([0.0, 0.3, 5.0])
# Five steps determine a quartic; the fifth is 0, where the change is 0 by definition.
STEPS = (-1.5, 0.25, 1.0, 2.0)


def build(drawn, reg_param, **options):
    return MaskedSquaredLoss(rating_matrix(*drawn), Penalty(reg_param, **options))


def factors_and_direction(shape, k, dtype=np.float64):
    return (Factors(*random_factors(shape, k, dtype, seed=seed)) for seed in (0, 1))


def moved(factors, step, direction):
    (U, V), (dU, dV) = factors, direction
    return Factors(U + step * dU, V + step * dV)


@given(ratings(), REG, st.integers(1, 9))
def test_the_quartic_equals_the_dense_cost(drawn, reg_param, k):
    R, W = reference.merge(*drawn)
    here, direction = factors_and_direction(drawn.shape, k, drawn.ratings.dtype)
    coefficients = line_coefficients(build(drawn, reg_param), here, direction)
    assert coefficients.dtype == np.float64
    assert coefficients[0] == 0
    start = reference.cost(R, W, *here, reg_param)
    rounding = 4 * (k + max(drawn.shape)) * float(np.finfo(drawn.ratings.dtype).eps)
    for step in STEPS:
        wide = Factors(*(side.astype(float) for side in here))
        expected = reference.cost(R, W, *moved(wide, step, direction), reg_param)
        (U, V), (dU, dV) = (map(np.abs, pair) for pair in (wide, direction))
        reach = U + abs(step) * dU, V + abs(step) * dV
        size = reference.cost(-np.abs(R), W, *reach, reg_param)
        got = start + Polynomial(coefficients)(step)
        assert got == pytest.approx(expected, abs=rounding * size)


@given(
    ratings(dtype=np.float64),
    st.sampled_from([0.0, 0.3, 5.0, (0.3, 5.0)]),
    st.sampled_from(["none", "count", 0.5]),
    st.sampled_from([None, "as rows", 2.0, (0.1, 4.0)]),
)
def test_the_quartic_equals_the_cost_of_every_penalty(drawn, reg, scaling, biases):
    fit_bias = biases is not None
    variant = {"fit_bias": fit_bias, "reg_scaling": scaling}
    if biases != "as rows":
        variant["reg_bias"] = biases
    objective = build(drawn, reg, **variant)
    here, direction = factors_and_direction(drawn.shape, 4)
    if fit_bias:
        here.user[:, -1] = here.item[:, -2] = 1
        direction.user[:, -1] = direction.item[:, -2] = 0
    quartic = Polynomial(line_coefficients(objective, here, direction))
    cost, gradient = objective.value_and_gradient(here)
    for step in STEPS:
        there, _ = objective.value_and_gradient(moved(here, step, direction))
        size = cost + there + np.abs(quartic.coef).sum() * max(1, step**4)
        assert cost + quartic(step) == pytest.approx(there, abs=1e-12 * size)
    slopes = [g * d for g, d in zip(gradient, direction, strict=True)]
    size = sum(np.abs(slope).sum() for slope in slopes)
    total = sum(slope.sum() for slope in slopes)
    assert quartic.deriv()(0) == pytest.approx(total, abs=1e-12 * size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_change_no_bit(dtype):
    drawn = random_ratings(0, (900, 300), density=0.1, weighted=True, dtype=dtype)
    objective = build(drawn, 1.0)
    line = tuple(factors_and_direction(drawn.shape, 10, dtype))
    with kernel_threads(1):
        alone = line_coefficients(objective, *line)
    with kernel_threads(2):
        together = line_coefficients(objective, *line)
    np.testing.assert_array_equal(together, alone)


BEST = {
    "a parabola": (Polynomial([-1, 1]) ** 2, 1),
    "the lower of two valleys ahead": (
        Polynomial.fromroots([1, 1, 4, 4]) + Polynomial([0, -1]),
        4,
    ),
    "not the lower one behind": (Polynomial.fromroots([-3, -3, 1, 1]) * 5, 1),
    "uphill all the way": (Polynomial([0, 1, 1, 0, 1]), 0),
    "a valley that is above the start": (Polynomial([0, 9, -6, 1, 0.1]), 0),
    "a valley so flat that its roots are complex": (Polynomial([-1, 1]) ** 4, 1),
    "level": (Polynomial([0, 0, 0, 0, 0]), 0),
    "overflown": (Polynomial([0, -1, np.inf, 0, 1]), 0),
    "no number": (Polynomial([0, -1, np.nan, 0, 1]), 0),
}


@pytest.mark.parametrize(("quartic", "expected"), BEST.values(), ids=BEST)
def test_the_best_step_is_the_lowest_point_from_zero_on(quartic, expected):
    coefficients = np.zeros(5)
    coefficients[: quartic.coef.size] = quartic.coef
    coefficients[0] = 0
    # A root of multiplicity three is found to a third of the digits.
    assert best_step(coefficients) == pytest.approx(expected, rel=0.04, abs=1e-12)


@given(st.lists(st.floats(-9, 9), min_size=3, max_size=3), st.floats(0.01, 9))
def test_no_step_on_a_grid_is_better(lower, leading):
    coefficients = np.array([0, *lower, leading])
    quartic = Polynomial(coefficients)
    step = best_step(coefficients)
    assert step >= 0
    grid = np.linspace(0, 50, 2001)
    scale = np.abs(coefficients).max()
    assert quartic(step) <= quartic(grid).min() + 1e-9 * scale * max(1, step**4)
