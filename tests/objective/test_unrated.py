"""The term of unrated pairs equals a dense twin, and every solver minimises it."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import approx_fprime
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix
from sklearn_cofi.data._unrated import Unrated
from sklearn_cofi.objective._bias import biases_alone, split_biases, with_biases
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._gap import duality_gap
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.objective._line import line_coefficients
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._path import solve_path

VARIANTS = st.fixed_dictionaries(
    {
        "reg_scaling": st.sampled_from(["none", "count", "weight", 0.5]),
        "fit_bias": st.booleans(),
        "reg_bias": st.sampled_from([None, 2.0]),
    }
)
UNRATED = st.builds(Unrated, st.sampled_from([0.01, 0.3, 1.0, 2.5]), st.floats(-2, 2))


class Dense:
    """The objective with a matrix of all pairs, in plain numpy."""

    def __init__(self, matrix: RatingMatrix, penalty: Penalty) -> None:
        n_users, n_items = matrix.shape
        pairs, rows = matrix.unrated, matrix.by_user
        self.T = pairs.by_user[:, None] + pairs.by_item[None, :]
        self.W = np.full((n_users, n_items), pairs.weight)
        users = np.repeat(np.arange(n_users), np.diff(rows.indptr))
        self.T[users, rows.indices] = rows.ratings
        self.W[users, rows.indices] = rows.weights if rows.weights.size else 1
        powers = {"none": 0, "count": 1, "weight": 1}
        power = powers.get(penalty.reg_scaling, penalty.reg_scaling)
        is_rated = np.zeros(self.W.shape, bool)
        is_rated[users, rows.indices] = True
        counted = np.where(is_rated | (penalty.reg_scaling == "weight"), self.W, 0)
        self.p = [counted.sum(1) ** power, counted.sum(0) ** power]
        self.scales = [p.copy() for p in self.p]
        self.p = [penalty.reg_param * p for p in self.p]
        self.q = self.p
        if penalty.reg_bias is not None:
            self.q = [np.full(p.size, penalty.reg_bias) for p in self.p]
        self.fit_bias = penalty.fit_bias

    def cost(self, factors: Factors) -> float:
        E = factors.user @ factors.item.T - self.T
        latent, biases = factors, [np.zeros(1), np.zeros(1)]
        if self.fit_bias:
            latent, *biases = split_biases(factors)
        return 0.5 * (
            (self.W * E**2).sum()
            + sum(
                (p[:, None] * X**2).sum() for p, X in zip(self.p, latent, strict=True)
            )
            + sum((q * b**2).sum() for q, b in zip(self.q, biases, strict=True))
        )


@st.composite
def problems(
    draw: Callable, power: float = 1.0
) -> tuple[MaskedSquaredLoss, Dense, Factors]:
    """Return an objective, its dense twin, and factors."""
    matrix = rating_matrix(*draw(ratings()).compact())
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    offsets = (rng.normal(size=n) * draw(st.sampled_from([0, 1])) for n in matrix.shape)
    matrix = matrix.with_unrated(draw(UNRATED)).minus(*offsets)
    penalty = Penalty(draw(st.sampled_from([0.05, 0.7])), **draw(VARIANTS))
    factors = Factors(*(rng.normal(size=(n, 3)) for n in matrix.shape))
    if penalty.fit_bias:
        factors = with_biases(factors, *(rng.normal(size=n) for n in matrix.shape))
    return MaskedSquaredLoss(matrix, penalty), Dense(matrix, penalty), factors


def vector(factors: Factors) -> np.ndarray:
    return np.concatenate([side.ravel() for side in factors])


def moved(factors: Factors, x: np.ndarray) -> Factors:
    cut = factors.user.size
    parts = x[:cut].reshape(factors.user.shape), x[cut:].reshape(factors.item.shape)
    return Factors(*parts)


@given(problems())
def test_the_cost_equals_that_of_a_dense_matrix(problem):
    objective, dense, factors = problem
    cost, _ = objective.value_and_gradient(factors)
    assert cost == pytest.approx(dense.cost(factors), rel=1e-10)
    zero = Factors(*(np.zeros_like(side) for side in factors))
    assert objective.cost_at_zero == pytest.approx(dense.cost(zero), rel=1e-10)


@given(problems())
def test_the_gradient_equals_finite_differences(problem):
    objective, dense, factors = problem
    _, gradient = objective.value_and_gradient(factors)
    # Columns of ones have a gradient of zero, because they are not variables.
    is_variable = vector(objective.curvature(factors)) * 0 == 0
    if objective.fit_bias:
        mask = Factors(*(np.ones_like(side, bool) for side in factors))
        mask.user[:, -1] = mask.item[:, -2] = False
        is_variable = vector(mask)
    numeric = approx_fprime(
        vector(factors), lambda x: dense.cost(moved(factors, x)), 1e-7
    )
    scale = 1 + abs(numeric).max()
    np.testing.assert_allclose(
        vector(gradient)[is_variable], numeric[is_variable], atol=1e-5 * scale
    )
    assert not vector(gradient)[~is_variable].any()


@given(problems(), st.integers(0, 2**32 - 1))
def test_the_line_is_the_cost_along_it(problem, seed):
    objective, dense, factors = problem
    rng = np.random.default_rng(seed)
    direction = Factors(*(rng.normal(size=side.shape) for side in factors))
    if objective.fit_bias:
        direction.user[:, -1] = direction.item[:, -2] = 0
    polynomial = np.polynomial.Polynomial(
        line_coefficients(objective, factors, direction)
    )
    at_zero = dense.cost(factors)
    for a in (-0.7, 0.3, 1.5):
        there = dense.cost(moved(factors, vector(factors) + a * vector(direction)))
        assert at_zero + polynomial(a) == pytest.approx(there, rel=1e-9, abs=1e-9)


@given(problems())
def test_the_curvature_is_the_diagonal_of_the_hessian(problem):
    objective, dense, factors = problem
    curvature, x = vector(objective.curvature(factors)), vector(factors)
    middle = dense.cost(factors)
    for f in (0, x.size // 2):
        if objective.fit_bias and curvature[f] == 1:
            continue  # a column of ones
        ends = [x.copy(), x.copy()]
        ends[0][f] += 0.5
        ends[1][f] -= 0.5
        costs = [dense.cost(moved(factors, end)) for end in ends]
        second = (sum(costs) - 2 * middle) / 0.25
        assert curvature[f] == pytest.approx(second, rel=1e-7, abs=1e-7 * middle)


@given(problems(), st.sampled_from([0, 1]))
def test_half_steps_are_exact(problem, side):
    objective, dense, factors = problem
    X = half_step(objective, side, factors)
    solved = Factors(X, factors.item) if side == 0 else Factors(factors.user, X)
    _, gradient = objective.value_and_gradient(solved)
    size = 1 + abs(dense.W).max() * abs(dense.T).max() * (1 + abs(vector(solved)).max())
    assert abs(gradient[side]).max() <= 1e-8 * size * max(factors[0].shape)
    few = half_step(objective, side, factors, steps=30)
    some = Factors(few, factors.item) if side == 0 else Factors(factors.user, few)
    cost = objective.value_and_gradient(some)[0]
    assert cost <= dense.cost(factors) * (1 + 1e-12)
    assert cost >= dense.cost(solved) * (1 - 1e-10)


@given(problems())
def test_the_largest_penalty_is_that_of_the_dense_errors(problem):
    objective, dense, _ = problem
    base = biases_alone(objective) if objective.fit_bias else None
    predicted = 0 if base is None else base.user @ base.item.T
    E = dense.W * (dense.T - predicted)
    scaled = E / np.sqrt(dense.scales[0][:, None] * dense.scales[1])
    expected = np.linalg.svd(scaled, compute_uv=False)[0]
    size = np.linalg.norm(dense.W * dense.T)
    assert reg_param_max(objective, base) == pytest.approx(
        expected, rel=1e-7, abs=1e-7 * size
    )


@given(problems())
def test_the_gap_bounds_the_cost(problem):
    objective, dense, factors = problem
    if objective.cost_at_zero == 0:
        return
    start = factors
    solution = SOLVERS["als-ncg"](objective, start, max_iter=300, tol=1e-9)
    gap = duality_gap(objective, solution.factors)
    assert gap.cost == pytest.approx(dense.cost(solution.factors), rel=1e-10)
    assert gap.dual <= gap.primal * (1 + 1e-10) <= gap.cost * (1 + 1e-9)
    if 3 >= min(objective.ratings.shape) and solution.converged:
        assert gap.relative_gap <= 1e-4


@pytest.mark.parametrize("fit_bias", [False, True])
def test_all_solvers_and_paths_reach_one_optimum(fit_bias):
    rng = np.random.default_rng(0)
    n_users, n_items = 30, 20
    is_rated = rng.random((n_users, n_items)) < 0.2
    is_rated[np.arange(n_users), np.arange(n_users) % n_items] = True
    users, items = np.nonzero(is_rated)
    given = rng.integers(1, 6, users.size).astype(float)
    weights = rng.uniform(0.1, 2, users.size)
    matrix = rating_matrix(users, items, given, weights, (n_users, n_items))
    matrix = matrix.with_unrated(Unrated(0.3, 0.5))
    penalty = Penalty(0.05, "count", fit_bias, 2.0)
    objective = MaskedSquaredLoss(matrix, penalty)
    start = Factors(*(rng.normal(size=(n, 20)) for n in matrix.shape))
    if fit_bias:
        start = with_biases(start)
    costs = [
        solver(objective, start, max_iter=5000, tol=1e-8).cost
        for solver in SOLVERS.values()
    ]
    largest = reg_param_max(objective, biases_alone(objective) if fit_bias else None)
    objectives = [
        MaskedSquaredLoss(matrix, penalty.with_reg_param(reg))
        for reg in np.geomspace(0.9 * largest, 0.05, 8)
    ]
    als = SOLVERS["als-ncg"]
    *_, last = solve_path(
        objectives, [20], lambda f, x: als(f, x, max_iter=3000, tol=1e-8)
    )
    costs.append(last[0].cost)
    np.testing.assert_allclose(costs, min(costs), rtol=1e-6)
    gap = duality_gap(objective, last[0].factors)
    assert gap.relative_gap < 1e-5


def test_float32_equals_float64():
    rng = np.random.default_rng(1)
    users, items = np.nonzero(rng.random((40, 30)) < 0.3)
    given = rng.integers(1, 6, users.size).astype(float)
    matrix = rating_matrix(users, items, given, None, (40, 30))
    matrix = matrix.with_unrated(Unrated(0.3, 0.0))
    start = Factors(*(rng.normal(size=(n, 8)) for n in matrix.shape))
    costs = []
    for dtype in (np.float32, np.float64):
        objective = MaskedSquaredLoss(matrix.astype(dtype), Penalty(0.05, "count"))
        begin = Factors(*(side.astype(dtype) for side in start))
        solution = SOLVERS["als"](objective, begin, max_iter=500, tol=1e-4)
        assert solution.factors.user.dtype == dtype
        costs.append(solution.cost)
    assert costs[0] == pytest.approx(costs[1], rel=1e-4)


@pytest.mark.parametrize("side", [0, 1], ids=["users", "items"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_that_cholesky_cannot_solve_get_the_shortest_minimiser(side, dtype):
    # Two equal features and no penalty: the system of every row is singular.
    drawn = random_ratings(5, (9, 6), density=0.5, weighted=True, dtype=dtype)
    matrix = rating_matrix(*drawn).with_unrated(Unrated(0.3, 0.5))
    penalty = Penalty(0.0)
    dense = Dense(matrix, penalty)
    one = random_factors(drawn.shape, 1, matrix.by_user.ratings.dtype)
    twice = Factors(*(np.repeat(x, 2, axis=1) for x in one))
    solved = half_step(MaskedSquaredLoss(matrix, penalty), side, twice)
    W, T = (dense.W.T, dense.T.T) if side else (dense.W, dense.T)
    v = one[1 - side][:, 0].astype(float)
    expected = (W * T) @ v / (W @ v**2) / 2
    tolerance = 500 * float(np.finfo(dtype).eps)
    for column in solved.T:
        np.testing.assert_allclose(column, expected, rtol=tolerance, atol=tolerance)
