"""Accelerated sweeps of ALS lower the cost at least as much, in fewer iterations."""

import numpy as np
import pytest
from strategies import random_factors, random_ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._bias import with_biases
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS, _als_ncg
from sklearn_cofi.solvers._als import sweep
from sklearn_cofi.solvers._als_ncg import minimize_als_ncg
from sklearn_cofi.solvers._state import evaluate

OPTIONS = pytest.mark.parametrize(
    "options",
    [
        {},
        {"reg_scaling": "count"},
        {"fit_bias": True},
        {"fit_bias": True, "reg_scaling": "count"},
        {"fit_bias": True, "reg_scaling": 0.5, "reg_bias": (0.2, 3.0)},
    ],
    ids=str,
)
WEIGHTED = pytest.mark.parametrize("weighted", [False, True])


def problem(drawn, reg_param=1.0, k=3, **options):
    """Return an objective, and factors to start from."""
    objective = MaskedSquaredLoss(rating_matrix(*drawn), Penalty(reg_param, **options))
    start = Factors(*random_factors(drawn.shape, k, objective.dtype))
    return objective, with_biases(start) if objective.fit_bias else start


@OPTIONS
@WEIGHTED
def test_it_reaches_the_minimum_that_cg_reaches(options, weighted):
    drawn = random_ratings(3, (12, 9), weighted=weighted)
    # reg_scaling multiplies the penalty by about the number of ratings of a row.
    reg_param = 0.3 if "reg_scaling" in options else 2.0
    # With as many latent factors as items, all minima have the same cost.
    objective, start = problem(drawn, reg_param, k=9, **options)
    ours = minimize_als_ncg(objective, start, max_iter=3000, tol=1e-7)
    theirs = SOLVERS["cg"](objective, start, max_iter=3000, tol=1e-7)
    assert ours.stop_reason == theirs.stop_reason == "tolerance"
    assert ours.cost < 0.99 * objective.cost_at_zero
    assert ours.cost == pytest.approx(theirs.cost, rel=1e-8)
    assert (np.diff(ours.cost_path) <= 0).all()


def test_the_columns_of_ones_stay():
    objective, start = problem(random_ratings(1, (12, 9)), fit_bias=True)
    U, V = minimize_als_ncg(objective, start, max_iter=20, tol=1e-6).factors
    assert (U[:, -1] == 1).all()
    assert (V[:, -2] == 1).all()


@OPTIONS
@pytest.mark.parametrize("k", [3, 40])  # exact half steps, and inexact ones
def test_the_first_iteration_lowers_the_cost_at_least_as_much_as_a_sweep(options, k):
    objective, start = problem(random_ratings(0, (60, 50)), k=k, **options)
    solution = minimize_als_ncg(objective, start, max_iter=1, tol=0)
    plain, _ = objective.value_and_gradient(sweep(objective, start))
    assert solution.cost <= plain * (1 + 1e-12)


@pytest.mark.parametrize("k", [5, 40])
@pytest.mark.parametrize("seed", range(2))
def test_it_takes_less_than_half_the_sweeps_of_als(seed, k):
    drawn = random_ratings(seed, (80, 60), density=0.3)
    objective, start = problem(drawn, reg_param=2.0, k=k)
    slow, fast = (
        SOLVERS[name](objective, start, max_iter=5000, tol=1e-6).n_iter
        for name in ("als", "als-ncg")
    )
    assert 2 * fast < slow


def test_float32_reaches_the_default_tolerance():
    drawn = random_ratings(1, (80, 60), density=0.3, weighted=True)
    objective, start = problem(drawn, reg_param=2.0, k=5)
    exact = minimize_als_ncg(objective, start, max_iter=500, tol=1e-3)
    drawn = drawn._replace(ratings=drawn.ratings.astype(np.float32))
    objective, start = problem(drawn, reg_param=2.0, k=5)
    single = minimize_als_ncg(objective, start, max_iter=500, tol=1e-3)
    assert single.converged
    assert single.factors.user.dtype == single.factors.item.dtype == np.float32
    assert single.cost == pytest.approx(exact.cost, rel=1e-4)
    assert (np.diff(single.cost_path) <= 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_threads_change_no_bit(dtype):
    drawn = random_ratings(0, (900, 300), density=0.1, dtype=dtype)
    objective, start = problem(drawn, reg_param=5.0, k=8)
    solutions = []
    for n_jobs in (1, 2):
        with kernel_threads(n_jobs), single_blas_thread:
            solution = minimize_als_ncg(objective, start, max_iter=10, tol=1e-9)
        solutions.append(solution)
    alone, together = solutions
    np.testing.assert_array_equal(together.cost_path, alone.cost_path)
    for ours, theirs in zip(together.factors, alone.factors, strict=True):
        np.testing.assert_array_equal(ours, theirs)


def test_with_steps_of_zero_it_is_als(monkeypatch):
    objective, start = problem(random_ratings(1, (12, 9)))
    monkeypatch.setattr(_als_ncg, "best_step", lambda coefficients: 0.0)
    solution = minimize_als_ncg(objective, start, max_iter=4, tol=0)
    assert solution.n_iter == 4
    factors = start
    for cost in solution.cost_path[1:]:
        factors = sweep(objective, factors)
        assert cost == objective.value_and_gradient(factors)[0]


def test_a_direction_that_climbs_is_dropped():
    objective, start = problem(random_ratings(1, (12, 9)))
    state = evaluate(objective, start)
    fresh = _als_ncg._turn(objective, state, None)
    # A small last move makes beta large, and the gradient as last direction climbs.
    little = Factors(*(1e-3 * side for side in fresh.moved))
    climbing = fresh._replace(moved=little, direction=state.gradient)
    for turned, plain in zip(
        _als_ncg._turn(objective, state, climbing).direction,
        fresh.direction,
        strict=True,
    ):
        np.testing.assert_array_equal(turned, plain)
    falling = Factors(*(-side for side in state.gradient))
    conjugate = _als_ncg._turn(objective, state, climbing._replace(direction=falling))
    assert (conjugate.direction.user != fresh.direction.user).any()


def test_beta_is_never_negative():
    one = Factors(np.array([[1.0, 0.0]]), np.array([[0.0, 2.0]]))
    two = Factors(*(2 * side for side in one))
    assert _als_ncg._beta(two, one) == (4 * 5 - 2 * 5) / 5
    assert _als_ncg._beta(one, two) == 0


def test_a_start_at_the_minimum_is_left_alone():
    objective, start = problem(random_ratings(1, (12, 9)))
    best = minimize_als_ncg(objective, start, max_iter=500, tol=1e-6)
    again = minimize_als_ncg(objective, best.factors, max_iter=500, tol=1e-6)
    assert again.converged
    assert again.n_iter == 0
    assert again.cost == best.cost
