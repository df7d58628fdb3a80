"""Every solver reaches the minimum and reports why it stopped."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._scipy import _Run

EACH = pytest.mark.parametrize("solver", SOLVERS.values(), ids=SOLVERS)


def problem(drawn, reg_param=1.0, k=3):
    """Return an objective, and factors to start from."""
    objective = MaskedSquaredLoss(rating_matrix(*drawn), Penalty(reg_param))
    return objective, Factors(*random_factors(drawn.shape, k, objective.dtype))


class CountingLoss(MaskedSquaredLoss):
    """Counts the passes over the ratings."""

    passes = 0

    def value_and_gradient(self, factors):
        self.passes += 1
        return super().value_and_gradient(factors)


@EACH
@pytest.mark.parametrize("weighted", [False, True])
def test_the_documented_tolerance_holds_if_it_is_reported(solver, weighted):
    drawn = random_ratings(1, (12, 9), weighted=weighted)
    R, W = reference.merge(*drawn)
    objective, start = problem(drawn)
    solution = solver(objective, start, max_iter=500, tol=1e-4)
    assert solution.stop_reason == "tolerance"
    assert solution.converged
    U, V = solution.factors
    gradient = np.concatenate(reference.gradient(R, W, U, V, 1.0))
    norm = np.sqrt((U**2).sum() + (V**2).sum())
    assert np.linalg.norm(gradient) * norm <= 1e-4 * (W * R**2).sum() / 2
    assert solution.gradient_norm == pytest.approx(np.linalg.norm(gradient), rel=1e-8)
    # One iteration less had not converged, or the solver would have stopped.
    shorter = solver(objective, start, max_iter=solution.n_iter - 1, tol=1e-4)
    assert shorter.stop_reason == "max_iter"
    assert not shorter.converged


@EACH
@given(drawn=ratings(), n=st.integers(1, 30))
def test_cost_and_gradient_are_those_of_the_returned_factors(solver, drawn, n):
    R, W = reference.merge(*drawn)
    objective, start = problem(drawn)
    solution = solver(objective, start, max_iter=n, tol=1e-6)
    U, V = solution.factors
    assert U.dtype == V.dtype == drawn.ratings.dtype
    size = reference.cost(-np.abs(R), W, np.abs(U), np.abs(V), 1.0)
    rounding = 100 * float(np.finfo(drawn.ratings.dtype).eps)
    cost = reference.cost(R, W, U, V, 1.0)
    assert solution.cost == pytest.approx(cost, abs=rounding * size)
    assert solution.cost == solution.cost_path[-1]
    assert solution.cost_path[0] == objective.value_and_gradient(start)[0]
    assert solution.n_iter == solution.cost_path.size - 1 <= n
    assert (np.diff(solution.cost_path) <= rounding * size).all()
    assert solution.gradient_norm == solution.gradient_norm_path[-1]
    assert solution.converged == (solution.stop_reason == "tolerance")


@EACH
def test_max_iter_is_reported(solver):
    objective, start = problem(random_ratings(1, (12, 9)))
    solution = solver(objective, start, max_iter=1, tol=1e-9)
    assert solution.stop_reason == "max_iter"
    assert solution.n_iter == 1
    assert not solution.converged


@EACH
def test_a_callback_is_called_after_each_iteration_and_can_stop(solver):
    objective, start = problem(random_ratings(1, (12, 9)))
    seen = []

    def callback(factors, cost):
        seen.append((factors, cost, factors.user.copy()))
        return len(seen) == 3

    solution = solver(objective, start, max_iter=50, tol=1e-9, callback=callback)
    assert solution.stop_reason == "callback"
    assert not solution.converged
    assert solution.n_iter == len(seen) == 3
    np.testing.assert_array_equal(solution.cost_path[1:], [cost for _, cost, _ in seen])
    visited = [start, *(factors for factors, _, _ in seen)]
    gradients = [objective.value_and_gradient(factors)[1] for factors in visited]
    norms = [np.linalg.norm(np.concatenate(gradient)) for gradient in gradients]
    np.testing.assert_allclose(solution.gradient_norm_path, norms, rtol=1e-12)
    for factors, cost, then in seen:
        # Factors are not modified after the call, so a callback may keep them.
        np.testing.assert_array_equal(factors.user, then)
        assert objective.value_and_gradient(factors)[0] == cost
    np.testing.assert_array_equal(solution.factors.item, seen[-1][0].item)


@EACH
def test_convergence_is_reported_even_if_a_callback_stops(solver):
    objective, start = problem(random_ratings(1, (12, 9)))
    best = solver(objective, start, max_iter=500, tol=1e-6).factors
    solution = solver(objective, best, max_iter=50, tol=1e-4, callback=lambda *_: True)
    assert solution.stop_reason == "tolerance"


@pytest.mark.parametrize("solver", [SOLVERS["cg"], SOLVERS["lbfgs"]])
def test_the_end_of_precision_is_not_convergence(solver):
    objective, start = problem(random_ratings(1, (12, 9)))
    solution = solver(objective, start, max_iter=5000, tol=0)
    assert solution.stop_reason == "line_search"
    assert not solution.converged


@EACH
@pytest.mark.parametrize("seed", range(4))
def test_the_saddle_at_zero_is_not_convergence(seed, solver):
    # Just below the largest penalty, the solver passes near zero, where the gradient is
    # small enough for this tolerance.
    drawn = random_ratings(seed, (80, 40), density=0.2)
    largest = reference.sigma_max(*reference.merge(*drawn))
    objective, start = problem(drawn, reg_param=0.97 * largest, k=2)
    start = Factors(*(0.3 * side for side in start))
    solution = solver(objective, start, max_iter=500, tol=1e-2)
    assert solution.converged
    assert solution.cost < objective.cost_at_zero


@EACH
def test_a_start_of_zero_is_returned(solver):
    objective, start = problem(random_ratings(1, (12, 9)))
    zero = Factors(*(np.zeros_like(side) for side in start))
    solution = solver(objective, zero, max_iter=10, tol=1e-6)
    assert solution.n_iter == 0
    assert not solution.factors.user.any()
    assert solution.cost == objective.cost_at_zero


@EACH
def test_cost_and_gradient_share_a_pass(solver):
    drawn = random_ratings(1, (12, 9))
    objective = CountingLoss(rating_matrix(*drawn), Penalty(1.0))
    _, start = problem(drawn)
    evaluated = set()
    compute = objective.value_and_gradient

    def note(factors):
        evaluated.add(factors.user.tobytes() + factors.item.tobytes())
        return compute(factors)

    objective.value_and_gradient = note
    solver(objective, start, max_iter=30, tol=1e-9)
    # scipy calls cost and gradient separately, but each pair of factors takes one pass.
    assert objective.passes == len(evaluated)


def test_a_vector_that_was_modified_in_place_is_evaluated_again():
    objective, start = problem(random_ratings(1, (12, 9)))
    run = _Run(objective, start, tol=1e-3, callback=None)
    x = run.start + 1  # the start itself has been evaluated already
    before = run.cost(x)
    x += 1  # a minimiser may reuse the array that it passed
    assert run.cost(x) != before


@EACH
def test_the_start_is_not_overwritten(solver):
    objective, start = problem(random_ratings(1, (12, 9)))
    before = start.user.copy(), start.item.copy()
    solver(objective, start, max_iter=5, tol=1e-9)
    np.testing.assert_array_equal(start.user, before[0])
    np.testing.assert_array_equal(start.item, before[1])


@EACH
@pytest.mark.parametrize("power", [-3, 1, 4])
def test_ratings_times_a_power_of_four_give_the_same_run(solver, power):
    drawn = random_ratings(1, (12, 9), weighted=True)
    objective, start = problem(drawn)
    larger = drawn._replace(ratings=drawn.ratings * 4.0**power)
    scaled, _ = problem(larger, reg_param=4.0**power)
    root = 2.0**power
    scaled_start = Factors(start.user * root, start.item * root)
    a = solver(objective, start, max_iter=40, tol=1e-6)
    b = solver(scaled, scaled_start, max_iter=40, tol=1e-6)
    assert a.stop_reason == b.stop_reason
    np.testing.assert_array_equal(a.cost_path * root**4, b.cost_path)
    np.testing.assert_array_equal(a.factors.user * root, b.factors.user)
    np.testing.assert_array_equal(a.factors.item * root, b.factors.item)


@pytest.mark.parametrize("seed", range(4))
def test_all_solvers_reach_the_certified_minimum(seed):
    drawn = random_ratings(seed, (12, 9), weighted=seed % 2 == 1)
    R, W = reference.merge(*drawn)
    objective, start = problem(drawn, reg_param=2.0, k=9)
    costs, predictions = [], []
    for solver in SOLVERS.values():
        solution = solver(objective, start, max_iter=3000, tol=1e-7)
        assert solution.converged
        U, V = solution.factors
        # With as many latent factors as items, all minima have the same cost.
        assert reference.duality_gap(R, W, U, V, 2.0) <= 1e-6 * solution.cost
        assert reference.sigma_max(U @ V.T - R, W) <= 2.0 * (1 + 1e-6)
        costs.append(solution.cost)
        predictions.append((U @ V.T)[W > 0])
    assert max(costs) - min(costs) <= 1e-8 * min(costs)
    for other in predictions[1:]:
        np.testing.assert_allclose(other, predictions[0], atol=1e-4)
