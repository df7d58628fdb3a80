"""Alternating least squares never raises the cost and reaches the minimum."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._bias import with_biases
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._als import _INEXACT_FROM, minimize_als
from sklearn_cofi.solvers._scipy import minimize_cg

FEATURES = pytest.mark.parametrize("k", [6, _INEXACT_FROM], ids=["exact", "inexact"])


def problem(drawn, reg_param, k, **variant):
    objective = MaskedSquaredLoss(rating_matrix(*drawn), Penalty(reg_param, **variant))
    start = Factors(*random_factors(drawn.shape, k, objective.dtype))
    return objective, with_biases(start) if variant.get("fit_bias") else start


@FEATURES
@pytest.mark.parametrize("variant", [{}, {"fit_bias": True}, {"reg_scaling": "count"}])
def test_the_cost_never_rises(variant, k):
    drawn = random_ratings(1, (40, 30), weighted=True)
    objective, start = problem(drawn, 0.5, k, **variant)
    path = minimize_als(objective, start, max_iter=30, tol=1e-12).cost_path
    assert (np.diff(path) <= 1e-12 * path[0]).all()
    assert path[-1] < 0.9 * objective.cost_at_zero


@FEATURES
@pytest.mark.parametrize("fit_bias", [False, True])
def test_it_reaches_the_solution_of_conjugate_gradients(k, fit_bias):
    drawn = random_ratings(2, (12, 6))
    objective, start = problem(drawn, 1.0, k, fit_bias=fit_bias)
    found = minimize_als(objective, start, max_iter=5000, tol=1e-7)
    expected = minimize_cg(objective, start, max_iter=5000, tol=1e-7)
    assert found.converged
    assert found.cost == pytest.approx(expected.cost, rel=1e-8)
    predictions = [s.factors.user @ s.factors.item.T for s in (found, expected)]
    np.testing.assert_allclose(*predictions, atol=1e-4)


@given(drawn=ratings(), steps=st.integers(1, 4), side=st.sampled_from([0, 1]))
def test_steps_of_conjugate_gradients_lower_the_cost(drawn, steps, side):
    objective, factors = problem(drawn, 0.5, 3)
    before, _ = objective.value_and_gradient(factors)
    moved = half_step(objective, side, factors, steps=steps)
    exact = half_step(objective, side, factors)
    costs = [
        objective.value_and_gradient(
            Factors(*(new if s == side else factors[s] for s in (0, 1)))
        )[0]
        for new in (moved, exact)
    ]
    rounding = 100 * float(np.finfo(objective.dtype).eps) * before
    assert costs[1] - rounding <= costs[0] <= before + rounding


@pytest.mark.parametrize(
    "variant",
    [{}, {"fit_bias": True}, {"fit_bias": True, "reg_bias": (0.2, 9.0)}],
    ids=str,
)
@pytest.mark.parametrize("side", [0, 1])
def test_as_many_steps_as_unknowns_give_the_exact_solution(side, variant):
    drawn = random_ratings(3, (20, 15), weighted=True)
    objective, factors = problem(drawn, (1.0, 2.0), 5, **variant)
    moved = half_step(objective, side, factors, steps=14)
    exact = half_step(objective, side, factors)
    np.testing.assert_allclose(moved, exact, atol=1e-9)


def test_the_optimum_is_that_of_the_nuclear_norm_problem():
    drawn = random_ratings(4, (15, 10))
    R, W = reference.merge(*drawn)
    objective, start = problem(drawn, 2.0, 10)
    U, V = minimize_als(objective, start, max_iter=5000, tol=1e-7).factors
    residual = W * (R - U @ V.T)
    assert np.linalg.norm(residual, 2) <= 2.0 * (1 + 1e-5)


def conjugate_gradients(A, b, x, steps):
    """Return x after some steps towards ``A^-1 @ b``."""
    residual = b - A @ x
    direction = residual
    for _ in range(steps):
        step = residual @ residual / (direction @ A @ direction)
        x = x + step * direction
        last, residual = residual, residual - step * (A @ direction)
        direction = residual + residual @ residual / (last @ last) * direction
    return x


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("steps", [1, 2, 3])
def test_each_step_is_that_of_conjugate_gradients(side, weighted, steps):
    drawn = random_ratings(3, (20, 15), weighted=weighted)
    objective, factors = problem(drawn, 1.0, 5)
    moved = half_step(objective, side, factors, steps=steps)
    R, W = reference.merge(*drawn)
    R, W = (R.T, W.T) if side else (R, W)
    V = factors[1 - side]
    for row, found in enumerate(moved):
        A = V.T @ (W[row, :, None] * V) + np.eye(5)
        b = V.T @ (W[row] * R[row])
        expected = conjugate_gradients(A, b, factors[side][row], steps)
        np.testing.assert_allclose(found, expected, rtol=1e-9, atol=1e-9)
