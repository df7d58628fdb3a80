"""The penalty of rows with features equals that of a dense twin, with best B."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from side_information import dense, random_features, random_rows
from strategies import random_factors, random_ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.data._unrated import Unrated
from sklearn_cofi.objective._bias import biases_alone, split_biases, with_biases
from sklearn_cofi.objective._certificate import (
    penalty_without_factors,
    reg_param_max,
)
from sklearn_cofi.objective._feature_penalty import (
    FeaturePenalty,
    RowFeatures,
)
from sklearn_cofi.objective._gap import duality_gap
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.objective._line import line_coefficients
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._roots import (
    root_shape,
)
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._path import rank, with_directions, without_features

VARIANTS = [
    {},
    {"fit_bias": True, "reg_bias": 1.5},
    {"fit_bias": True, "reg_bias": (0.5, 2.0), "reg_scaling": 0.5},
    {"fit_bias": True, "reg_scaling": "count"},
]
SIDES = ["both", "users", "items"]


def problem(seed=0, sides="both", unrated=0.0, shape=(9, 7), **variant):
    """Return an objective with features, and random factors."""
    drawn = random_ratings(seed, shape)
    matrix = rating_matrix(*drawn)
    if unrated:
        matrix = matrix.with_unrated(Unrated(unrated, 0.5))
    penalty = Penalty(0.8, **{"reg_features": 0.7, **variant})
    objective = MaskedSquaredLoss(matrix, penalty, random_features(shape, sides))
    return objective, drawn_factors(objective, 3, seed)


def drawn_factors(objective, k, seed=0):
    factors = Factors(*random_factors(objective.ratings.shape, k, seed=seed))
    if not objective.fit_bias:
        return factors
    rng = np.random.default_rng(seed)
    biases = [rng.standard_normal(n) for n in objective.ratings.shape]
    return with_biases(factors, *biases)


def joint_penalty(X, B, F, p, g):
    """Return the penalty of factors X and coefficients B, which are both given."""
    return (p @ ((X - F @ B) ** 2).sum(axis=1) + g @ (B**2).sum(axis=1)) / 2


@given(st.integers(1, 8), st.integers(1, 5), st.integers(0, 99))
def test_the_penalty_is_that_of_the_best_coefficients(n, m, seed):
    rows = random_rows(n, m, seed)
    rng = np.random.default_rng(seed)
    p, g, X = rng.random(n) + 0.1, rng.random(m) + 0.1, rng.standard_normal((n, 2))
    F, penalty = dense(rows), FeaturePenalty(rows, p, g)
    # An independent minimum over B: least squares with rows for both terms.
    system = np.vstack([np.sqrt(p)[:, None] * F, np.diag(np.sqrt(g))])
    target = np.vstack([np.sqrt(p)[:, None] * X, np.zeros((m, 2))])
    B = np.linalg.lstsq(system, target, rcond=None)[0]
    np.testing.assert_allclose(penalty.coefficients(X), B, atol=1e-9)
    root = penalty.root_times(X)
    expected = joint_penalty(X, B, F, p, g)
    np.testing.assert_allclose((root**2).sum() / 2, expected, atol=1e-9)
    np.testing.assert_allclose(penalty.inverse_root_times(root), X, atol=1e-9)
    inverse = np.diag(1 / p) + F @ np.diag(1 / g) @ F.T
    L = penalty.inverse_root_times(np.eye(n + m))
    np.testing.assert_allclose(L @ L.T, inverse, atol=1e-9)
    transposed = penalty.inverse_root_transposed_times(np.eye(n))
    np.testing.assert_allclose(transposed, L.T, atol=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("sides", SIDES)
@pytest.mark.parametrize("unrated", [0.0, 0.3])
def test_the_gradient_equals_finite_differences(variant, sides, unrated):
    objective, factors = problem(sides=sides, unrated=unrated, **variant)
    rng, step = np.random.default_rng(1), 1e-6
    direction = Factors(*(rng.standard_normal(side.shape) for side in factors))
    if objective.fit_bias:
        direction.user[:, -1] = direction.item[:, -2] = 0
    ends = [
        Factors(*(x + a * d for x, d in zip(factors, direction, strict=True)))
        for a in (step, -step)
    ]
    costs = [objective.value_and_gradient(end)[0] for end in ends]
    _, gradient = objective.value_and_gradient(factors)
    slope = sum((g * d).sum() for g, d in zip(gradient, direction, strict=True))
    assert (costs[0] - costs[1]) / (2 * step) == pytest.approx(slope, rel=1e-6)
    coefficients = line_coefficients(objective, factors, direction)
    far = Factors(*(x + d for x, d in zip(factors, direction, strict=True)))
    change = objective.value_and_gradient(far)[0]
    change -= objective.value_and_gradient(factors)[0]
    assert coefficients.sum() == pytest.approx(change, rel=1e-9)


def joint_minimum(objective, side, V, k):
    """Return the rows and the coefficients that minimise the cost together.

    One dense system holds all own parts and all coefficients, without biases.
    """
    rows = (objective.ratings.by_user, objective.ratings.by_item)[side]
    latent = objective.features.latent(side)
    F, n = dense(latent.rows), objective.ratings.shape[side]
    m, p = F.shape[1], objective.penalties[side][:, 0]
    g = latent._g * objective.reg_param
    lines, targets = [], []
    for row, column, rating in zip(
        rows.row_of_entry, rows.indices, rows.ratings, strict=True
    ):
        line = np.zeros((n + m, k))
        line[row] = V[column]
        line[n:] = np.outer(F[row], V[column])
        lines.append(line.ravel())
        targets.append(rating)
    roots = np.sqrt(np.repeat(np.concatenate([p, g]), k))
    system = np.vstack([lines, np.diag(roots)])
    target = np.concatenate([targets, np.zeros(roots.size)])
    found = np.linalg.lstsq(system, target, rcond=None)[0].reshape(n + m, k)
    return found[:n] + F @ found[n:], found[n:]


@pytest.mark.parametrize("side", [0, 1])
@pytest.mark.parametrize("steps", [None, 3])
def test_half_steps_reach_the_joint_minimum_of_rows_and_coefficients(side, steps):
    objective, factors = problem(reg_scaling=0.5)
    X, B = joint_minimum(objective, side, factors[1 - side], 3)
    costs = []
    for _ in range(400):
        found = half_step(objective, side, factors, steps=steps)
        factors = factors._replace(**{("user", "item")[side]: found})
        costs.append(objective.value_and_gradient(factors)[0])
    np.testing.assert_allclose(factors[side], X, atol=1e-8)
    latent = objective.features.latent(side)
    np.testing.assert_allclose(latent.coefficients(factors[side]), B, atol=1e-8)
    assert (np.diff(costs) <= 1e-9 * costs[0]).all()


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("unrated", [0.0, 0.3])
@pytest.mark.parametrize("steps", [None, 3])
def test_a_half_step_never_raises_the_cost(variant, unrated, steps):
    objective, factors = problem(unrated=unrated, **variant)
    last = objective.value_and_gradient(factors)[0]
    for number in range(300):
        side = number % 2
        found = half_step(objective, side, factors, steps=steps)
        factors = factors._replace(**{("user", "item")[side]: found})
        cost, gradient = objective.value_and_gradient(factors)
        assert cost <= last * (1 + 1e-12)
        last = cost
    assert objective.stationarity(factors, gradient) < 1e-2


def features_of_zeros(shape):
    return RowFeatures(
        *(
            FeatureRows(
                random_rows(n, 2).matrix[[0] * n], np.zeros(n, bool), np.ones(2)
            )
            for n in shape
        )
    )


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("unrated", [0.0, 0.3])
def test_features_of_zero_change_no_bit(variant, dtype, unrated):
    matrix = rating_matrix(*random_ratings(0, (9, 7), dtype=dtype))
    if unrated:
        matrix = matrix.with_unrated(Unrated(unrated, 0.5))
    penalty = Penalty(0.8, **variant)
    plain = MaskedSquaredLoss(matrix, penalty)
    other = MaskedSquaredLoss(matrix, penalty, features_of_zeros((9, 7)))
    factors = Factors(*(x.astype(dtype) for x in drawn_factors(plain, 3)))
    (cost, gradient), (same, same_gradient) = (
        objective.value_and_gradient(factors) for objective in (plain, other)
    )
    assert cost == same
    for side in (0, 1):
        np.testing.assert_array_equal(gradient[side], same_gradient[side])
        for steps in (None, 3):
            rows, same_rows = (
                half_step(objective, side, factors, steps=steps)
                for objective in (plain, other)
            )
            np.testing.assert_array_equal(rows, same_rows)


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("sides", SIDES)
def test_all_solvers_reach_the_same_optimum_which_is_proved(variant, sides):
    objective, _ = problem(1, sides, shape=(12, 9), **variant)
    start = drawn_factors(objective, 9)
    gaps = [
        duality_gap(objective, run(objective, start, max_iter=5000, tol=1e-8).factors)
        for run in SOLVERS.values()
    ]
    assert [gap.relative_gap < 1e-5 for gap in gaps] == [True] * len(gaps)
    costs = [gap.cost for gap in gaps]
    np.testing.assert_allclose(costs, costs[0], rtol=1e-6)
    # Bounds hold for any factors.
    gap = duality_gap(objective, start)
    assert gap.dual <= costs[0] <= gap.primal <= gap.cost * (1 + 1e-12)


@pytest.mark.parametrize("variant", VARIANTS[1:])
@pytest.mark.parametrize("sides", SIDES)
def test_biases_without_factors_have_a_gradient_of_zero(variant, sides):
    objective, _ = problem(sides=sides, **variant)
    alone = biases_alone(objective)
    _, gradient = objective.value_and_gradient(alone)
    assert np.abs(np.concatenate([g.ravel() for g in gradient])).max() < 1e-5


@pytest.mark.parametrize("variant", VARIANTS)
@pytest.mark.parametrize("sides", SIDES)
def test_the_largest_penalty_is_a_singular_value_between_the_roots(variant, sides):
    objective, _ = problem(sides=sides, **variant)
    base = biases_alone(objective) if objective.fit_bias else None
    n_users, n_items = objective.ratings.shape
    errors = np.zeros((n_users, n_items))
    rows = objective.ratings.by_user
    errors[rows.row_of_entry, rows.indices] = objective.weighted_errors(0, base)
    roots = []
    for side, n in enumerate((n_users, n_items)):
        root = np.diag(objective.scales[side] ** -0.5)
        latent = objective.features.latent(side)
        if latent is not None:
            root = np.hstack([root, dense(latent.rows) / np.sqrt(latent._g)])
        assert root.shape == (n, root_shape(objective)[side])
        roots.append(root)
    expected = np.linalg.norm(roots[0].T @ errors @ roots[1], 2)
    assert reg_param_max(objective, base) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("variant", VARIANTS)
def test_latent_factors_are_zero_from_the_largest_penalty_on(variant):
    matrix = rating_matrix(*random_ratings(1, (9, 7)))
    features = random_features((9, 7))
    penalty = Penalty(1.0, **variant)
    largest = penalty_without_factors(matrix, penalty, features)
    for multiple, n_used in ((1.01, 0), (0.9, 1)):
        reg_param = multiple * largest
        objective = MaskedSquaredLoss(
            matrix, penalty.with_reg_param(reg_param), features
        )
        start = with_directions(objective, without_features(objective, 4))
        assert min(rank(objective, start), 1) == n_used
        start = without_features(objective, 4)
        cost = objective.value_and_gradient(start)[0]
        small = Factors(*(1e-3 * x for x in random_factors((9, 7), 4)))
        if objective.fit_bias:
            small = with_biases(small, *split_biases(start)[1:])
        found = SOLVERS["als-ncg"](objective, small, max_iter=2000, tol=1e-9)
        assert (found.cost < cost * (1 - 1e-6)) == bool(n_used)


def test_rotations_keep_the_cost():
    objective, factors = problem()
    turned = objective.along_principal_axes(factors)
    costs = [objective.value_and_gradient(x)[0] for x in (factors, turned)]
    assert costs[1] == pytest.approx(costs[0], rel=1e-12)


def test_the_penalty_does_not_depend_on_the_unit_of_a_feature():
    matrix, (users, items) = (
        rating_matrix(*random_ratings(0, (9, 7))),
        random_features((9, 7)),
    )
    scaled = FeatureRows(100.0 * items.matrix, items.present, 100.0 * items.means)
    factors = Factors(*random_factors((9, 7), 3))
    costs = [
        MaskedSquaredLoss(
            matrix, Penalty(0.8, reg_scaling=0.5), RowFeatures(users, rows)
        ).value_and_gradient(factors)[0]
        for rows in (items, scaled)
    ]
    assert costs[1] == pytest.approx(costs[0], rel=1e-9)
