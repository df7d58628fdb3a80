"""The dual is a lower bound on the cost of all factors, tight at the optimum."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._bias import with_biases
from sklearn_cofi.objective._gap import duality_gap
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS

VARIANTS = [
    {},
    {"reg_param": (0.4, 2.0)},
    {"reg_param": 0.5, "reg_scaling": "count"},
    {"fit_bias": True},
    {"reg_param": (0.4, 2.0), "reg_scaling": 0.5, "fit_bias": True},
    {"reg_scaling": 0.5, "fit_bias": True, "reg_bias": (0.3, 4.0)},
]
EACH = pytest.mark.parametrize("variant", VARIANTS, ids=str)


def build(drawn, reg_param=1.0, **variant):
    return MaskedSquaredLoss(rating_matrix(*drawn), Penalty(reg_param, **variant))


def some_factors(objective, k, scale, seed):
    shape = objective.ratings.shape
    factors = Factors(*(scale * X for X in random_factors(shape, k, seed=seed)))
    if not objective.fit_bias:
        return factors
    rng = np.random.default_rng(seed)
    return with_biases(factors, *(scale * rng.normal(size=n) for n in shape))


def penalties(objective):
    """Return the penalties of the factors of users and of items, and of the biases."""
    factors, biases = zip(*(p.T for p in objective.penalties), strict=True)
    return *factors, biases if objective.fit_bias else None


def optimum(objective, k, tol=1e-8):
    start = some_factors(objective, k, 0.1, 0)
    return SOLVERS["als-ncg"](objective, start, max_iter=5000, tol=tol).factors


@given(
    ratings(dtype=np.float64),
    st.sampled_from(VARIANTS),
    st.integers(1, 5),
    st.sampled_from([0.0, 0.1, 1.0, 30.0]),
    st.integers(0, 99),
)
def test_weak_duality(drawn, variant, k, scale, seed):
    objective = build(drawn.compact(), **variant)
    gap = duality_gap(objective, some_factors(objective, k, scale, seed))
    cost = objective.value_and_gradient(some_factors(objective, k, scale, seed))[0]
    assert gap.cost == cost
    rounding = 1e-12 * (cost + objective.cost_at_zero)
    assert gap.dual <= gap.primal + rounding
    assert gap.primal <= gap.cost + rounding
    assert gap.relative_gap >= 0
    for other, size in ((0, 1.0), (1, 0.3), (2, 0.0)):
        for features in (1, 6):
            rival = some_factors(objective, features, size, seed + other + 1)
            assert gap.dual <= objective.value_and_gradient(rival)[0] + rounding


@EACH
@pytest.mark.parametrize("weighted", [False, True])
def test_primal_dual_and_ratio_equal_the_dense_ones(variant, weighted):
    objective = build(drawn := random_ratings(1, (9, 7), weighted=weighted), **variant)
    R, W = reference.merge(*drawn)
    U, V = factors = some_factors(objective, 3, 0.5, 4)
    gap = duality_gap(objective, factors)
    p, q, biases = penalties(objective)
    Z, added = U @ V.T, 0.0
    if biases:
        b, c = U[:, -2], V[:, -1]
        Z, R = U[:, :-2] @ V[:, :-2].T, R - (b[:, None] + c)
        added = ((biases[0] * b**2).sum() + (biases[1] * c**2).sum()) / 2
    primal = reference.nuclear_cost(R, W, Z, p, q) + added
    assert gap.primal == pytest.approx(primal, rel=1e-12)
    D = W * (R - Z)
    sigma = np.linalg.svd(D / np.sqrt(np.outer(p, q)), compute_uv=False)[0]
    assert gap.sigma_ratio == pytest.approx(sigma, rel=1e-9)
    dual = reference.dual(reference.merge(*drawn)[0], W, D, p, q, biases)
    assert gap.dual == pytest.approx(dual, rel=1e-6)
    assert gap.rank == 3


@EACH
@pytest.mark.parametrize("weighted", [False, True])
def test_the_optimum_is_proved_and_equals_that_of_soft_impute(variant, weighted):
    objective = build(drawn := random_ratings(2, (9, 7), weighted=weighted), **variant)
    gap = duality_gap(objective, optimum(objective, 7))
    least = reference.nuclear_minimum(
        *reference.merge(*drawn), *penalties(objective), steps=6000
    )
    assert gap.cost == pytest.approx(least, rel=1e-7)
    assert gap.dual == pytest.approx(least, rel=1e-7)
    assert gap.relative_gap < 1e-7
    assert gap.sigma_ratio == pytest.approx(1, abs=1e-5)
    assert 0 < gap.rank < 7
    assert not gap.rank_limited
    assert str(gap).startswith(f"global optimum to {gap.relative_gap:.0e} (rank")


@EACH
def test_too_few_latent_factors_are_distinguished_from_too_few_iterations(variant):
    variant = {"reg_param": 0.3} | variant
    if variant.get("reg_scaling") == "count":
        variant["reg_param"] = 0.1
    objective = build(random_ratings(2, (20, 15)), **variant)
    few = duality_gap(objective, optimum(objective, 1))
    more = duality_gap(objective, optimum(objective, 15))
    assert few.rank == 1
    assert few.rank_limited
    assert few.sigma_ratio > 1
    assert 0 < few.cost - more.cost <= few.relative_gap * few.cost
    assert str(few).startswith("rank-limited: a larger num_features would lower")
    for k, scale in ((1, 3.0), (15, 0.3)):
        early = duality_gap(objective, some_factors(objective, k, scale, 0))
        assert early.relative_gap > 1e-5
        assert early.rank == k
        assert not early.rank_limited
        assert str(early).startswith("not converged: a smaller tol would lower the co")


def test_the_rank_of_the_optimum_is_enough():
    objective = build(random_ratings(2, (9, 7)))
    rank = duality_gap(objective, optimum(objective, 7)).rank
    enough = duality_gap(objective, optimum(objective, rank, tol=1e-6))
    assert enough.rank == rank
    assert 0 < enough.relative_gap < 1e-5
    assert not enough.rank_limited


def test_as_many_latent_factors_as_items_are_never_too_few():
    objective = build(random_ratings(2, (9, 3)), 0.01)
    assert not duality_gap(objective, optimum(objective, 3)).rank_limited


def test_vanishing_latent_factors_are_not_counted():
    objective = build(random_ratings(2, (9, 7)))
    U, V = random_factors((9, 7), 4)
    factors = Factors(U * [1, 1, 1e-4, 0], V * [1, 1, 1e-4, 0])
    assert duality_gap(objective, factors).rank == 2


def test_without_a_penalty_zero_is_the_bound():
    drawn = random_ratings(2, (9, 7))
    gap = duality_gap(build(drawn, 0.0), Factors(*random_factors((9, 7), 2)))
    assert gap.dual == 0
    assert gap.relative_gap == 1
    assert gap.sigma_ratio == np.inf


def test_ratings_of_zero_have_no_gap():
    codes = np.arange(3)
    matrix = rating_matrix(codes, codes, np.zeros(3), None, (3, 3))
    zeros = Factors(np.zeros((3, 2)), np.zeros((3, 2)))
    gap = duality_gap(MaskedSquaredLoss(matrix, Penalty(1.0)), zeros)
    assert gap == (0, 0, 0, 0, 0, 0, False)
    assert str(gap) == "global optimum to 0e+00 (rank 0)"


@pytest.mark.parametrize("reg_bias", [0, (0, 1)])
def test_biases_without_a_penalty_have_no_gap(reg_bias):
    objective = build(random_ratings(2, (9, 7)), fit_bias=True, reg_bias=reg_bias)
    with pytest.raises(ValueError, match="Biases without a penalty .* positive reg_bi"):
        duality_gap(objective, some_factors(objective, 2, 1.0, 0))
