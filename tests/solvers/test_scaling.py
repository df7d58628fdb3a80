"""In the scaled variables of "cg" and "lbfgs" the cost curves equally."""

import numpy as np
import pytest
from strategies import random_factors, random_ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._bias import with_biases
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._scaling import scaled_variables
from sklearn_cofi.solvers._state import evaluate

EACH = pytest.mark.parametrize("solver", ["cg", "lbfgs"])


def problem(drawn, reg_param=1.0, k=3, bias=0.0, **variant):
    objective = MaskedSquaredLoss(rating_matrix(*drawn), Penalty(reg_param, **variant))
    start = Factors(*random_factors(drawn.shape, k, objective.dtype))
    return objective, with_biases(start, bias, bias) if objective.fit_bias else start


class Plain:
    """An objective with the members of the protocol only."""

    def __init__(self, objective):
        self.dtype = objective.dtype
        self.cost_at_zero = objective.cost_at_zero
        self.rating_scale = objective.rating_scale
        self.value_and_gradient = objective.value_and_gradient
        self.stationarity = objective.stationarity


def skewed(dtype=np.float64):
    """Return ratings in which a few rows have most of the ratings."""
    rng = np.random.default_rng(0)
    drawn = random_ratings(0, (150, 120), density=1.0, dtype=dtype)
    chance = np.outer(1 / np.arange(1, 151), 1 / np.arange(1, 121)) ** 0.5
    return drawn.rows(rng.random(drawn.users.size) < chance[drawn.users, drawn.items])


@pytest.mark.parametrize("fit_bias", [False, True])
def test_second_derivatives_are_one_and_the_gradient_is_at_most_one(fit_bias):
    objective, start = problem(
        random_ratings(1, (12, 9), weighted=True), fit_bias=fit_bias
    )
    state = evaluate(objective, start)
    unit, cost_unit, slope_unit = scaled_variables(objective, state)
    curvature = np.concatenate([side.ravel() for side in objective.curvature(start)])
    np.testing.assert_allclose(curvature * unit**2 / cost_unit, 1)
    slope = np.concatenate([side.ravel() for side in state.gradient]) * slope_unit
    assert 0.5 <= np.linalg.norm(slope) <= 1


@EACH
@pytest.mark.parametrize("fit_bias", [False, True])
def test_an_objective_without_curvature_reaches_the_same_cost(solver, fit_bias):
    objective, start = problem(random_ratings(2, (12, 9)), 2.0, 9, fit_bias=fit_bias)
    plain, scaled = (
        SOLVERS[solver](o, start, max_iter=3000, tol=1e-7)
        for o in (Plain(objective), objective)
    )
    assert plain.stop_reason == scaled.stop_reason == "tolerance"
    assert scaled.cost == pytest.approx(plain.cost, rel=1e-8)


@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_columns_of_ones_stay(solver, dtype):
    objective, start = problem(skewed(dtype), fit_bias=True)
    U, V = SOLVERS[solver](objective, start, max_iter=20, tol=1e-6).factors
    assert (U[:, -1] == 1).all()
    assert (V[:, -2] == 1).all()


@EACH
@pytest.mark.parametrize("power", [-3, 1, 4])
def test_with_biases_ratings_times_a_power_of_four_give_the_same_run(solver, power):
    drawn, root = random_ratings(1, (12, 9), weighted=True), 2.0**power
    variant = {"fit_bias": True, "reg_bias": 1.0}
    objective, start = problem(drawn, **variant)
    larger = drawn._replace(ratings=drawn.ratings * root**2)
    scaled, _ = problem(larger, reg_param=root**2, **variant)
    scaled_start = with_biases(Factors(*(root * side[:, :-2] for side in start)))
    a = SOLVERS[solver](objective, start, max_iter=40, tol=1e-6)
    b = SOLVERS[solver](scaled, scaled_start, max_iter=40, tol=1e-6)
    assert a.stop_reason == b.stop_reason
    np.testing.assert_array_equal(a.cost_path * root**4, b.cost_path)
    np.testing.assert_array_equal(a.factors.user[:, :-2] * root, b.factors.user[:, :-2])
    np.testing.assert_array_equal(
        a.factors.item[:, -1] * root**2, b.factors.item[:, -1]
    )


@EACH
def test_without_a_penalty_rows_of_zeros_move(solver):
    objective, start = problem(random_ratings(3, (12, 9)), reg_param=0.0)
    start.item[:4] = 0
    start.item[:, 0] = 0
    solution = SOLVERS[solver](objective, start, max_iter=200, tol=1e-5)
    assert np.isfinite(solution.factors.user).all()
    assert solution.cost < 0.5 * objective.cost_at_zero
    assert solution.factors.item[:4].any()
    zero = Factors(*(np.zeros_like(side) for side in start))
    assert SOLVERS[solver](objective, zero, max_iter=9, tol=1e-6).n_iter == 0


@EACH
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_change_no_bit(solver, dtype):
    drawn = random_ratings(0, (900, 300), density=0.1, dtype=dtype)
    objective, start = problem(drawn, 5.0, 8, fit_bias=True)
    paths = []
    for n_jobs in (1, 2):
        with kernel_threads(n_jobs), single_blas_thread:
            run = SOLVERS[solver](objective, start, max_iter=10, tol=1e-9)
        paths.append(run.cost_path)
    np.testing.assert_array_equal(*paths)
