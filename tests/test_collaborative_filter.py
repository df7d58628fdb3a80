"""Laws of the estimator: costs, optima, means and documented attributes."""

import warnings

import numpy as np
import pandas as pd
import pytest
import reference
from fitting import fit, pairs
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.exceptions import ConvergenceWarning
from strategies import random_ratings, ratings

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi._types import Factors, Solution
from sklearn_cofi.data._centering import FALLBACK_DAMPING
from sklearn_cofi.solvers import SOLVERS

NORMALIZATIONS = ["item", "user", "global", None]


def centred(drawn, normalization="item"):
    R, W = reference.merge(*drawn)
    return np.where(W > 0, R - reference.centre(R, W, normalization), 0), W


@given(ratings(), st.sampled_from(NORMALIZATIONS), st.sampled_from([0.0, 2.5]))
def test_predictions_for_unknown_ids_equal_means_exactly(drawn, normalization, damping):
    named = {"mean_normalization": normalization, "mean_damping": damping}
    model = fit(drawn, **named, tol=1e-2)
    _, by_user, by_item = reference.means(*reference.merge(*drawn.compact()), damping)
    tolerance = {"atol": 20 * np.finfo(drawn.ratings.dtype).eps, "rtol": 0}
    np.testing.assert_allclose(model.item_means_, by_item, **tolerance)
    np.testing.assert_allclose(model.user_means_, by_user, **tolerance)
    users, items = model.user_ids_, model.item_ids_
    new_user = model.predict(pd.DataFrame({"user": 999, "item": items}))
    np.testing.assert_array_equal(new_user, model.item_means_)
    new_item = model.predict(pd.DataFrame({"user": users, "item": 999}))
    overall = np.asarray(model.global_mean_, model.item_means_.dtype)
    expected = model.user_means_ if normalization == "user" else overall
    np.testing.assert_array_equal(new_item, np.broadcast_to(expected, users.shape))


@given(
    ratings(),
    st.sampled_from(NORMALIZATIONS),
    st.sampled_from([0.1, 1.0, 10.0]),
    st.sampled_from(list(SOLVERS)),
)
def test_the_cost_equals_the_dense_twin_and_is_never_above_that_of_zeros(
    drawn, normalization, reg_param, solver
):
    # In float32, rounding can stop line searches above 1e-3.
    tol = 1e-3 if drawn.ratings.dtype == np.float64 else 1e-2
    model = fit(
        drawn, 3, reg_param, mean_normalization=normalization, solver=solver, tol=tol
    )
    R, W = centred(drawn.compact(), normalization)
    at_zero = (W * R**2).sum() / 2
    U, V = model.user_factors_, model.item_factors_
    rounding = 1000 * float(np.finfo(drawn.ratings.dtype).eps)
    size = at_zero + (W * 25).sum()
    expected = reference.cost(R, W, U, V, reg_param)
    assert model.cost_ == pytest.approx(expected, abs=rounding * size)
    assert model.cost_ <= at_zero + rounding * size
    assert (np.diff(model.cost_path_) <= rounding * size).all()
    assert model.cost_path_[-1] == model.cost_


@given(ratings(), st.booleans(), st.sampled_from(["none", "count"]))
def test_the_cost_of_biases_and_penalties_by_count(drawn, fit_bias, reg_scaling):
    model = fit(drawn, 2, 0.3, fit_bias=fit_bias, reg_scaling=reg_scaling, tol=1e-2)
    R, W = centred(drawn.compact())
    U, V = model.user_factors_.astype(float), model.item_factors_.astype(float)
    b, c = model.user_bias_.astype(float), model.item_bias_.astype(float)
    assert fit_bias or not (b.any() or c.any())
    E = b[:, None] + c + U @ V.T - R
    s, t = (W.sum(1), W.sum(0)) if reg_scaling == "count" else (1, 1)
    norms = (s * ((U**2).sum(1) + b**2)).sum() + (t * ((V**2).sum(1) + c**2)).sum()
    expected = (W * E**2).sum() / 2 + 0.3 / 2 * norms
    rounding = 1000 * float(np.finfo(drawn.ratings.dtype).eps)
    assert model.cost_ == pytest.approx(expected, abs=rounding * (W * 25).sum())
    u, i = drawn.compact()[:2]
    means = reference.centre(*reference.merge(*drawn.compact()), "item")
    predicted = (means + E + R)[u, i]
    np.testing.assert_allclose(model.predict(pairs(drawn)), predicted, atol=rounding)


@given(ratings(), st.permutations(range(60)), st.integers(1, 60))
def test_predictions_do_not_depend_on_other_pairs(drawn, order, n):
    model = fit(drawn, tol=1e-2)
    rng = np.random.default_rng(0)
    queried = pd.DataFrame({"user": rng.integers(0, 9, 60), "item": 0})
    queried["item"] = rng.integers(0, 9, 60)
    queried.loc[0] = drawn.users[0], drawn.items[0]  # at least one pair is known
    some = queried.iloc[[0, *order[:n]]]
    np.testing.assert_array_equal(
        model.predict(some), model.predict(queried)[some.index], strict=True
    )


@given(ratings())
def test_fitted_attributes_follow_the_sorted_ids(drawn):
    model = fit(drawn, tol=1e-2)
    np.testing.assert_array_equal(model.user_ids_, np.unique(drawn.users))
    np.testing.assert_array_equal(model.item_ids_, np.unique(drawn.items))
    assert model.user_factors_.shape == (model.user_ids_.size, 3)
    assert model.item_factors_.shape == (model.item_ids_.size, 3)
    means = model.item_means_[np.searchsorted(model.item_ids_, drawn.items)]
    U = model.user_factors_[np.searchsorted(model.user_ids_, drawn.users)]
    V = model.item_factors_[np.searchsorted(model.item_ids_, drawn.items)]
    tolerance = 100 * np.finfo(drawn.ratings.dtype).eps
    np.testing.assert_allclose(
        model.predict(pairs(drawn)), means + (U * V).sum(axis=1), atol=tolerance
    )


@given(ratings(), st.sampled_from(NORMALIZATIONS), st.sampled_from([1.0, 1.5]))
def test_from_reg_param_max_up_predictions_are_means(drawn, normalization, times):
    model = fit(drawn, 2, 1e9, mean_normalization=normalization)
    R, W = centred(drawn.compact(), normalization)
    largest = reference.sigma_max(R, W)
    rounding = 1000 * float(np.finfo(drawn.ratings.dtype).eps)
    assert model.reg_param_max_ == pytest.approx(largest, rel=1e-5, abs=rounding)
    assume(largest > 1e-3)
    zeros = fit(
        drawn, 2, times * model.reg_param_max_, mean_normalization=normalization
    )
    assert not zeros.user_factors_.any()
    assert not zeros.item_factors_.any()
    expected = reference.centre(*reference.merge(*drawn.compact()), normalization)
    rows = drawn.compact()
    predicted = zeros.predict(pairs(drawn))
    np.testing.assert_allclose(predicted, expected[rows.users, rows.items], atol=1e-5)
    with warnings.catch_warnings():
        # Near the saddle at zero, costs in float32 differ in their last digits only, so
        # a line search can stop early, which does not matter here.
        warnings.simplefilter("ignore", ConvergenceWarning)
        below = fit(
            drawn, 2, 0.9 * model.reg_param_max_, mean_normalization=normalization
        )
    assert below.user_factors_.any()
    assert below.item_factors_.any()
    assert below.cost_ < zeros.cost_


def test_all_solvers_and_seeds_reach_the_certified_optimum():
    drawn = random_ratings(5, (10, 8), weighted=True)
    R, W = centred(drawn)
    found = []
    for solver in SOLVERS:
        for seed in range(2):
            model = fit(drawn, 8, 1.5, solver=solver, tol=1e-7, random_state=seed)
            residual = R - model.user_factors_ @ model.item_factors_.T
            assert reference.sigma_max(residual, W) <= 1.5 * (1 + 1e-6)
            found.append(model)
    costs = [model.cost_ for model in found]
    assert max(costs) - min(costs) <= 1e-8 * min(costs)
    predicted = [model.predict(pairs(drawn)) for model in found]
    np.testing.assert_allclose(predicted, predicted[:1] * len(found), atol=1e-5)


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize(
    ("reg_param", "variant"),
    [
        ((0.5, 3.0), {}),
        (0.8, {"reg_scaling": 0.5}),
        ((0.5, 3.0), {"fit_bias": True}),
        (0.8, {"fit_bias": True, "reg_scaling": 0.5, "reg_bias": (0.5, 4.0)}),
        (1.5, {"mean_damping": 4.0}),
    ],
    ids=str,
)
def test_all_solvers_reach_the_same_cost(reg_param, variant, weighted):
    drawn = random_ratings(5, (10, 8), weighted=weighted)
    found = [
        fit(drawn, 8, reg_param, solver=solver, tol=1e-7, max_iter=5000, **variant)
        for solver in SOLVERS
    ]
    costs = [model.cost_ for model in found]
    assert max(costs) - min(costs) <= 1e-8 * min(costs)
    predicted = [model.predict(pairs(drawn)) for model in found]
    np.testing.assert_allclose(predicted, predicted[:1] * len(found), atol=1e-4)


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_fit_that_ends_before_tol_warns(solver):
    drawn = random_ratings(5, (10, 8))
    with pytest.warns(ConvergenceWarning, match=r"after 1 iterations \(max_iter\)"):
        model = fit(drawn, max_iter=1, tol=1e-9, solver=solver)
    assert model.stop_reason_ == "max_iter"
    assert not model.converged_
    assert model.n_iter_ == 1
    assert model.cost_path_.size == 2
    finished = fit(drawn, solver=solver)
    assert finished.stop_reason_ == "tolerance"
    assert finished.converged_


@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("tol", [1e-2, 1e-5])
def test_a_converged_fit_satisfies_the_documented_inequality(solver, tol):
    drawn = random_ratings(5, (10, 8), weighted=True)
    R, W = centred(drawn)
    model = fit(drawn, solver=solver, tol=tol)
    U, V = model.user_factors_, model.item_factors_
    gradient = np.linalg.norm(np.concatenate(reference.gradient(R, W, U, V, 1.0)))
    norm = np.linalg.norm(np.concatenate([U, V]))
    assert gradient * norm <= tol * (W * R**2).sum() / 2 * (1 + 1e-9)
    assert model.gradient_norm_ == pytest.approx(gradient, rel=1e-6)


def test_a_callable_solver_is_called_as_documented():
    drawn = random_ratings(5, (10, 8))
    calls = []

    def solver(objective, start, *, max_iter, tol, callback):
        calls.append((max_iter, tol))
        assert start.user.shape == (10, 4)
        assert start.item.shape == (8, 4)
        assert start.user.any()
        factors = Factors(start.user * 0 + 1, start.item * 0 + 2)
        cost, gradient = objective.value_and_gradient(factors)
        assert not callback(factors, cost)
        path = np.array([7.0, cost])
        return Solution(factors, cost, 0.5, path, 1, True, "tolerance")

    model = fit(drawn, 4, solver=solver, max_iter=17, tol=0.125)
    assert calls == [(17, 0.125)]
    R, W = centred(drawn)
    cost = reference.cost(R, W, np.ones((10, 4)), np.full((8, 4), 2), 1.0)
    assert model.cost_ == pytest.approx(cost, rel=1e-12)
    assert model.cost_path_[0] == 7
    assert model.gradient_norm_ == 0.5
    assert model.gradient_norm_path_ is None  # this solver does not return it
    predicted = model.predict(pairs(drawn)) - model.item_means_[drawn.items]
    np.testing.assert_allclose(predicted, 4 * 1 * 2)


@pytest.mark.parametrize(
    ("biases", "dampings"),
    [
        ({}, None),
        ({"fit_bias": True}, (FALLBACK_DAMPING, FALLBACK_DAMPING)),
        ({"fit_bias": True, "reg_bias": 2.0}, (2.0, 2.0)),
        ({"fit_bias": True, "reg_bias": (1.0, 0.0)}, (1.0, 0.0)),
        ({"fit_bias": True, "reg_bias": 2.0, "mean_damping": 3.0}, (3.0, 3.0)),
    ],
)
@pytest.mark.parametrize("normalization", ["item", "user", "global", None])
def test_unknown_users_and_items_get_damped_means(normalization, biases, dampings):
    drawn = random_ratings(3, (9, 7), weighted=True)
    model = fit(drawn, 2, mean_normalization=normalization, tol=1e-2, **biases)
    R, W = reference.merge(*drawn.compact())
    by_user = reference.means(R, W, dampings[0] if dampings else 0.0)[1]
    overall, _, by_item = reference.means(R, W, dampings[1] if dampings else 0.0)
    if dampings is None and normalization != "user":
        by_user = np.full_like(by_user, overall)
    known, cold = model.item_ids_, pd.DataFrame({"user": 99, "item": model.item_ids_})
    np.testing.assert_array_equal(model.predict(cold), model.unknown_user_predictions_)
    np.testing.assert_allclose(model.unknown_user_predictions_, by_item, rtol=1e-12)
    cold = pd.DataFrame({"user": model.user_ids_, "item": 99})
    np.testing.assert_array_equal(model.predict(cold), model.unknown_item_predictions_)
    np.testing.assert_allclose(model.unknown_item_predictions_, by_user, rtol=1e-12)
    best = model.recommend([99, model.user_ids_[0]], n=3, exclude_rated=False)
    best = best[best["user"] == 99]
    order = np.argsort(-model.unknown_user_predictions_, kind="stable")[:3]
    assert best["item"].tolist() == known[order].tolist()
    np.testing.assert_array_equal(
        best["prediction"], model.unknown_user_predictions_[order]
    )
    both = pd.DataFrame({"user": [99, model.user_ids_[0]], "item": [99, known[0]]})
    assert model.predict(both)[0] == model.global_mean_


def test_with_biases_a_single_high_rating_does_not_lead_the_list():
    users, items = np.divmod(np.arange(60), 3)
    rows = {"user": [*users, 0], "item": [*items, 7], "rating": [*(items + 2.0), 5.0]}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        model = CollaborativeFilter(1, 50.0, fit_bias=True).fit(pd.DataFrame(rows))
        best = model.recommend(99, n=4)["item"].tolist()
    assert best == [2, 7, 1, 0]
    assert model.item_means_.argmax() == 3


def test_biases_that_explain_every_rating():
    users, items = np.divmod(np.arange(20), 4)
    frame = pd.DataFrame({"user": users, "item": items, "rating": users + 1.0 * items})
    with pytest.warns(UserWarning, match="reg_param_max_|line_search"):
        model = CollaborativeFilter(
            2,
            reg_param=0,
            fit_bias=True,
            mean_normalization="item",
            reg_bias=None,
            reg_scaling="none",
        ).fit(frame)
    np.testing.assert_allclose(model.predict(frame), frame["rating"], atol=1e-6)
