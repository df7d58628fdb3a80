"""`reg_param_max` equals the attribute of a fit; `optimality_gap` proves optima."""

import warnings

import numpy as np
import pytest
import reference
from fitting import PLAIN, fit
from scipy.optimize import brentq
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from strategies import random_ratings

from sklearn_cofi import (
    CollaborativeFilter,
    CollaborativeFilterCV,
    optimality_gap,
    reg_param_max,
)

DRAWN = random_ratings(5, (10, 8), weighted=True)
X, Y = DRAWN.frame()[["user", "item"]], DRAWN.frame()["rating"]
VARIANTS = [
    {},
    *({"mean_normalization": means} for means in ("user", "global", None)),
    {"mean_damping": 3.0},
    {"reg_scaling": 0.5, "dtype": "float32"},
    {"fit_bias": True, "reg_bias": (0.5, 2.0), "reg_scaling": "count"},
]


def largest(**parameters):
    return reg_param_max(X, Y, DRAWN.weights, **(PLAIN | parameters))


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_reg_param_max_equals_that_of_a_fit(variant):
    found = largest(**variant)
    assert found == fit(DRAWN, **variant).reg_param_max_
    assert not fit(DRAWN, reg_param=found, **variant).item_factors_.any()
    assert fit(DRAWN, reg_param=0.99 * found, **variant).item_factors_.any()


@pytest.mark.parametrize("scaling", ["none", 0.5, "count"])
@pytest.mark.parametrize("means", ["item", "global"])
def test_with_biases_of_the_same_penalty_reg_param_max_is_a_fixed_point(scaling, means):
    variant = {"fit_bias": True, "reg_scaling": scaling, "mean_normalization": means}
    found = largest(**variant)
    at = fit(DRAWN, reg_param=found, **variant)
    assert at.reg_param_max_ == pytest.approx(found, rel=1e-7)
    assert not at.item_factors_.any()
    assert at.item_bias_.any()
    for times in (1.1, 3, 30):
        assert not fit(DRAWN, reg_param=times * found, **variant).item_factors_.any()
    assert fit(DRAWN, reg_param=0.99 * found, **variant).item_factors_.any()


def test_subtracting_biases_can_raise_reg_param_max():
    frame = X.iloc[:5].assign(user=[0, 1, 1, 2, 2], item=[1, 0, 1, 0, 1])
    values = [0.0, 0.0, 3.0, 3.0, 0.0]
    named = PLAIN | {"mean_normalization": None}
    assert reg_param_max(frame, values, **named) == pytest.approx(3)
    named["fit_bias"] = True
    found = reg_param_max(frame, values, **named)
    assert 3 < found < 3.1
    model = CollaborativeFilter(2, found, random_state=0, **named)
    with pytest.warns(UserWarning, match="means and biases only"):
        assert not model.fit(frame, values).item_factors_.any()


def test_a_root_from_the_wrong_side_is_not_returned(monkeypatch):
    monkeypatch.setattr(
        "sklearn_cofi.objective._certificate.brentq",
        lambda *args, **named: brentq(*args, **named) * (1 - 5e-9),
    )
    found = largest(fit_bias=True)
    assert not fit(DRAWN, reg_param=found, fit_bias=True).item_factors_.any()


def test_reg_param_max_of_equal_ratings_is_zero():
    frame = DRAWN.frame()
    assert reg_param_max(frame.assign(rating=3.0), **PLAIN) == 0
    users, items = np.divmod(np.arange(20), 4)
    sums = frame.iloc[:20].assign(user=users, item=items, rating=users + 1.0 * items)
    assert (
        reg_param_max(
            sums,
            fit_bias=True,
            reg_bias=1e-9,
            mean_normalization="item",
            reg_scaling="none",
        )
        < 1e-6
    )


def test_parameters_and_ratings_are_checked_as_in_fit():
    with pytest.raises(ValueError, match="'reg_scaling' parameter .* Got 'counts'"):
        reg_param_max(
            X,
            Y,
            reg_scaling="counts",
            mean_normalization="item",
            fit_bias=False,
            reg_bias=None,
        )
    with pytest.raises(ValueError, match="requires y to be passed"):
        reg_param_max(X, **PLAIN)
    twice = DRAWN.frame().iloc[[0, 0, 1, 2]].assign(rating=[1.0, 2.0, 3.0, 4.0])
    with pytest.warns(UserWarning, match="more than one rating") as warned:
        reg_param_max(twice, **PLAIN)
    assert warned[0].filename == __file__


@pytest.mark.parametrize("variant", [*VARIANTS, {"fit_bias": True}], ids=str)
def test_the_gap_of_a_converged_fit_is_small(variant):
    # In float32, rounding stops line searches below 2e-4 on some processors.
    tol = 3e-4 if "dtype" in variant else 1e-7
    reg = 0.1 if variant.get("reg_scaling") == "count" else 1.0
    model = fit(DRAWN, 8, reg, tol=tol, **variant)
    before = {name: np.copy(value) for name, value in vars(model).items()}
    gap = optimality_gap(model, X, Y, DRAWN.weights)
    assert gap.relative_gap < 100 * tol  # the gap is of first order in tol
    assert gap.cost == pytest.approx(model.cost_, rel=1e-5)
    for name, value in vars(model).items():
        np.testing.assert_array_equal(value, before[name])


def test_the_cost_of_a_float32_fit_is_computed_in_float64():
    model = fit(DRAWN, 3, 0.7, dtype="float32", mean_normalization=None)
    found = optimality_gap(model, X, Y, DRAWN.weights)
    R, W = reference.merge(*DRAWN)
    cost = reference.cost(R, W, model.user_factors_, model.item_factors_, 0.7)
    assert found.cost == pytest.approx(cost, rel=1e-13)


def test_ratings_may_be_in_x_and_in_any_order():
    model = fit(DRAWN, 8, tol=1e-6)
    shuffled = DRAWN.rows(np.random.default_rng(0).permutation(DRAWN.users.size))
    again = optimality_gap(model, shuffled.frame(), sample_weight=shuffled.weights)
    assert again == optimality_gap(model, X, Y, DRAWN.weights)


OTHER_PAIRS = "on other pairs of users and items. Pass the same X, y"
OTHER_COST = r"the cost is .* but the fit ended with .* the same ratings and weights"


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_other_ratings_weights_or_parameters_are_an_error(dtype):
    model = fit(DRAWN, 8, dtype=dtype)
    weights = DRAWN.weights
    some = np.arange(len(X)) > 0
    with pytest.raises(ValueError, match=OTHER_PAIRS):
        optimality_gap(model, X[some], Y[some], weights[some])
    with pytest.raises(ValueError, match=OTHER_PAIRS):
        optimality_gap(model, X.assign(user=X["user"].astype(str)), Y, weights)
    swapped = X.assign(item=np.roll(X["item"], 1)).drop_duplicates()
    with pytest.raises(ValueError, match=OTHER_PAIRS):
        optimality_gap(model, swapped, Y[swapped.index], weights[swapped.index])
    with pytest.raises(ValueError, match=OTHER_COST):
        optimality_gap(model, X, Y)
    with pytest.raises(ValueError, match=OTHER_COST):
        optimality_gap(model, X, Y + 0.5 * (X["user"] == 3), weights)
    model.set_params(reg_scaling=0.01)
    with pytest.raises(ValueError, match=OTHER_COST):
        optimality_gap(model, X, Y, weights)


def test_other_estimators_are_an_error():
    with pytest.raises(NotFittedError):
        optimality_gap(CollaborativeFilter(), X, Y)
    search = GridSearchCV(
        CollaborativeFilter(random_state=0, **PLAIN), {"reg_param": [1.0]}
    )
    with pytest.raises(TypeError, match="is a GridSearchCV, .*`search.best_estimator_"):
        optimality_gap(search, X, Y)


def test_repeats_give_a_warning_in_fit_only():
    rows = np.r_[np.arange(DRAWN.users.size), [0]]
    twice = DRAWN.rows(rows).frame()
    twice.loc[len(rows) - 1, "rating"] += 1
    with pytest.warns(UserWarning, match="more than one rating"):
        model = CollaborativeFilter(8, 1, tol=1e-6, random_state=0, **PLAIN).fit(twice)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert optimality_gap(model, twice).relative_gap < 1e-5


def test_the_gap_after_cross_validation_equals_that_of_a_single_fit():
    grid = {"reg_params": [2.0], "num_features": [8], "cv": 2, "tol": 1e-6}
    chosen = CollaborativeFilterCV(**(PLAIN | grid), random_state=0).fit(X, Y)
    single = CollaborativeFilter(
        8, 2.0, solver="als-ncg", tol=1e-6, random_state=0, **PLAIN
    )
    assert optimality_gap(chosen, X, Y) == optimality_gap(single.fit(X, Y), X, Y)


def test_a_fit_with_early_stopping_is_an_error():
    model = CollaborativeFilter(
        2, 1.0, early_stopping=True, random_state=0, **PLAIN
    ).fit(X, Y)
    with pytest.raises(ValueError, match="Fit with early_stopping=False"):
        optimality_gap(model, X, Y)
