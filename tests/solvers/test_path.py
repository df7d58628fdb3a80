"""A path of warm starts reaches the costs of cold starts and leaves saddle points."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._bias import split_biases, with_biases
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._als_ncg import minimize_als_ncg
from sklearn_cofi.solvers._path import (
    has_unused,
    rank,
    solve_path,
    widened,
    with_directions,
    without_features,
)

VARIANTS = [{}, {"fit_bias": True}, {"reg_scaling": "count"}]


def objective_of(drawn, reg_param, **variant):
    return MaskedSquaredLoss(
        rating_matrix(*drawn.compact()), Penalty(reg_param, **variant)
    )


def some_factors(objective, k):
    factors = Factors(*random_factors(objective.ratings.shape, k, objective.dtype))
    return with_biases(factors, 0.5, -0.25) if objective.fit_bias else factors


def to_the_end(objective, start):
    return minimize_als_ncg(objective, start, max_iter=5000, tol=1e-7)


@given(ratings(), st.integers(1, 5), st.sampled_from(VARIANTS))
def test_directions_never_raise_the_cost(drawn, k, variant):
    objective = objective_of(drawn, 0.5, **variant)
    for start in (without_features(objective, k), some_factors(objective, k)):
        before = objective.value_and_gradient(start)[0]
        after = objective.value_and_gradient(with_directions(objective, start))[0]
        assert after <= before + 1000 * float(np.finfo(objective.dtype).eps) * before


@pytest.mark.parametrize("variant", VARIANTS)
def test_used_factors_keep_their_predictions_with_the_smallest_penalty(variant):
    objective = objective_of(random_ratings(1, (9, 7)), 0.5, **variant)
    factors = some_factors(objective, 3)
    turned = with_directions(objective, factors)
    np.testing.assert_allclose(
        turned.user @ turned.item.T, factors.user @ factors.item.T
    )
    if variant.get("fit_bias"):
        factors, turned = split_biases(factors)[0], split_biases(turned)[0]
    roots = [np.sqrt(scales)[:, None] for scales in objective.scales]
    U, V = (X * root for X, root in zip(turned, roots, strict=True))
    before = [X * root for X, root in zip(factors, roots, strict=True)]
    nuclear = np.linalg.svd(before[0] @ before[1].T, compute_uv=False).sum()
    assert ((U**2).sum() + (V**2).sum()) / 2 == pytest.approx(nuclear)


@pytest.mark.parametrize("variant", VARIANTS)
def test_directions_leave_the_saddle_at_zero_along_the_largest_errors(variant):
    drawn = random_ratings(1, (9, 7), weighted=True)
    objective = objective_of(drawn, 0.5, **variant)
    zero = without_features(objective, 2)
    left = with_directions(objective, zero)
    assert objective.value_and_gradient(left)[0] < objective.value_and_gradient(zero)[0]
    R, W = reference.merge(*drawn)
    errors = W * (R - zero.user @ zero.item.T)
    if variant.get("fit_bias"):
        left = split_biases(left)[0]
    s, t = (np.sqrt(scales)[:, None] for scales in objective.scales)
    P, sigma, Qt = np.linalg.svd(errors / s / t.T)
    length = sigma[:2] - objective.reg_param
    pointed = (P[:, :2] * length) @ Qt[:2]
    made = (s * left.user) @ (t * left.item).T
    ratio = np.linalg.norm(made) / np.linalg.norm(pointed)
    np.testing.assert_allclose(made, ratio * pointed, atol=1e-8)
    # The length minimises the cost.
    for factor in (0.98, 1.02):
        other = zero._replace(user=zero.user.copy(), item=zero.item.copy())
        for side, x in zip(other, left, strict=True):
            side[:, :2] = factor * x
        assert (
            objective.value_and_gradient(other)[0]
            > objective.value_and_gradient(with_directions(objective, zero))[0]
        )


@pytest.mark.parametrize("variant", VARIANTS)
def test_at_an_optimum_there_are_no_directions(variant):
    objective = objective_of(random_ratings(1, (9, 7)), 2.5, **variant)
    if variant.get("reg_scaling"):
        objective = objective_of(random_ratings(1, (9, 7)), 0.5, **variant)
    solution = to_the_end(objective, some_factors(objective, 7))
    assert has_unused(objective, solution.factors)
    again = with_directions(objective, solution.factors)
    assert objective.value_and_gradient(again)[0] == pytest.approx(solution.cost)
    assert to_the_end(objective, again).n_iter <= 1


@given(ratings(dtype=np.float64), st.sampled_from(VARIANTS), st.integers(0, 3))
def test_a_path_costs_no_more_than_cold_starts(drawn, variant, seed):
    """With as many latent factors as ids, minima are global."""
    objectives = [objective_of(drawn, 8 * 0.5**n, **variant) for n in range(6)]
    shape = objectives[0].ratings.shape
    k = min(shape)
    steps = solve_path(objectives, [k], to_the_end)
    for objective, found in zip(objectives, steps, strict=True):
        cold = Factors(*random_factors(shape, k, seed=seed))
        if variant.get("fit_bias"):
            cold = with_biases(cold)
        cost = to_the_end(objective, cold).cost
        allowed = 1e-5 * objective.cost_at_zero
        assert found[0].cost <= cost + allowed


def test_without_directions_the_path_would_end_at_saddles():
    """The test above needs the directions: without them the cost is higher."""
    drawn = random_ratings(1, (9, 7))
    objective = objective_of(drawn, 0.5)
    large = to_the_end(objective_of(drawn, 6.0), some_factors(objective, 7))
    assert 0 < rank(objective, large.factors) < 7
    # Unused latent factors are exactly zero, as in a path.
    balanced = with_directions(objective_of(drawn, 1e3), large.factors)
    stuck = to_the_end(objective, balanced)
    free = to_the_end(objective, with_directions(objective, large.factors))
    assert free.cost < 0.95 * stuck.cost


@pytest.mark.parametrize("variant", VARIANTS)
def test_more_latent_factors_start_from_fewer_if_these_suffice(variant):
    drawn = random_ratings(1, (12, 9), weighted=True)
    starts = []

    def recording(objective, start):
        solution = to_the_end(objective, start)
        starts.append((start.item.shape[1], solution.n_iter))
        return solution

    largest = 0.8 * reg_param_max(objective_of(drawn, 1e3, **variant))
    objectives = [objective_of(drawn, largest * 0.5**n, **variant) for n in range(3)]
    steps = list(solve_path(objectives, [3, 9], recording))
    assert has_unused(objectives[0], steps[0][0].factors)
    assert starts[1][1] <= 1
    for objective, found in zip(objectives, steps, strict=True):
        assert found[1].cost <= found[0].cost * (1 + 1e-9)
        alone = list(solve_path([objective], [9], to_the_end))[0][0]
        assert found[1].cost == pytest.approx(alone.cost, rel=1e-6)


def test_appended_latent_factors_do_not_change_predictions():
    for variant in VARIANTS:
        objective = objective_of(random_ratings(1, (9, 7)), 0.5, **variant)
        factors = some_factors(objective, 2)
        wide = widened(objective, factors, 5)
        assert wide.user.shape[1] == factors.user.shape[1] + 3
        np.testing.assert_allclose(
            wide.user @ wide.item.T, factors.user @ factors.item.T
        )
        assert rank(objective, wide) == 2


def test_a_finished_path_is_not_continued():
    drawn = random_ratings(1, (9, 7))
    finished = set()
    steps = solve_path(
        [objective_of(drawn, x) for x in (4.0, 2.0, 1.0)], [1, 2], to_the_end, finished
    )
    assert next(steps).keys() == {0, 1}
    finished.add(0)
    assert next(steps).keys() == {1}
    finished.add(1)
    assert next(steps) == {}


@pytest.mark.parametrize("variant", VARIANTS)
def test_each_solution_is_the_start_of_the_next(variant):
    drawn = random_ratings(1, (9, 7), weighted=True)
    largest = reg_param_max(objective_of(drawn, 1e3, **variant))
    objectives = [objective_of(drawn, x * largest, **variant) for x in (0.3, 0.1)]
    starts = []

    def recording(objective, start):
        starts.append(start)
        return to_the_end(objective, start)

    first, _ = (found[0].factors for found in solve_path(objectives, [2], recording))
    # All features are in use, so that no directions are added.
    assert rank(objectives[0], first) == 2
    np.testing.assert_allclose(
        starts[1].user @ starts[1].item.T, first.user @ first.item.T, atol=1e-9
    )


def test_directions_are_orthogonal_to_the_used_latent_factors():
    # By far the largest errors are in the directions of the used latent factors.
    rng, shape = np.random.default_rng(0), (60, 50)
    used = Factors(*random_factors(shape, 2))
    others, along = (random_factors(shape, 2, seed=seed) for seed in (1, 2))
    errors = 100 * (used.user @ along[1].T + along[0] @ used.item.T)
    errors += others[0] @ others[1].T + 1e-3 * rng.standard_normal(shape)
    users, items = np.indices(shape).reshape(2, -1)
    R = used.user @ used.item.T + errors
    matrix = rating_matrix(users, items, R.ravel(), None, shape)
    objective = MaskedSquaredLoss(matrix, Penalty(0.5))
    found = with_directions(objective, widened(objective, used, 4))
    P, Q = (np.linalg.qr(X)[0] for X in used)
    left = errors - P @ (P.T @ errors)
    left -= (left @ Q) @ Q.T
    P, sigma, Qt = np.linalg.svd(left)
    pointed = (P[:, :2] * (sigma[:2] - 0.5)) @ Qt[:2]
    made = found.user[:, 2:] @ found.item[:, 2:].T
    ratio = np.linalg.norm(made) / np.linalg.norm(pointed)
    assert ratio > 0.5
    np.testing.assert_allclose(made, ratio * pointed, atol=1e-6)
