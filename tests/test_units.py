"""Ratings, weights and penalties of any size: tiny, huge, beyond the precision."""

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN, fit, pairs
from hypothesis import given
from hypothesis import strategies as st
from strategies import Ratings, random_ratings, ratings

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    collaborative_filter_path,
    optimality_gap,
    reg_param_max,
)
from sklearn_cofi.datasets import make_ratings
from sklearn_cofi.solvers import SOLVERS

DRAWN = random_ratings(2, (30, 20))


def learnable():
    """Return ratings of rank two, whose fits from near starts end at one optimum."""
    X, y = make_ratings(600, 40, 30, rank=2, noise=0.5, random_state=0)
    frame = X.assign(rating=y).drop_duplicates(["user", "item"])
    columns = (frame[name].to_numpy() for name in ("user", "item", "rating"))
    return Ratings(*columns, None, (40, 30))


LEARNABLE = learnable()
# Powers of four of ratings of half stars, within the range of valid ratings.
EXPONENTS = {"float64": 200, "float32": 22}
EXTREME = [("float64", 200), ("float64", -200), ("float32", 22), ("float32", -22)]
POWERS_OF_TEN = [("float64", 1e-120), ("float64", 1e120)]
POWERS_OF_TEN += [("float64", 1e-7), ("float32", 1e-12), ("float32", 1e12)]
UNFINISHED = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
WITHOUT_BIASES = [{}, {"reg_scaling": "count"}, {"reg_scaling": 0.5}]
VARIANTS = [*WITHOUT_BIASES, {"fit_bias": True, "reg_bias": 2.0}]


def times(drawn, rating=1.0, weight=1.0):
    weights = np.ones(drawn.users.size) if drawn.weights is None else drawn.weights
    return drawn._replace(ratings=drawn.ratings * rating, weights=weights * weight)


@UNFINISHED
@given(ratings(), st.data())
def test_ratings_times_a_power_of_four_give_the_same_bits(drawn, data):
    dtype = str(drawn.ratings.dtype)
    solver = data.draw(st.sampled_from(sorted(SOLVERS)))
    power = data.draw(st.integers(-EXPONENTS[dtype], EXPONENTS[dtype]))
    # scipy's minimisers see biases and factors in one vector, and so in one unit.
    variants = WITHOUT_BIASES if solver in ("cg", "lbfgs") else VARIANTS
    variant = data.draw(st.sampled_from(variants))
    scale = 4.0**power
    one, other = (
        fit(times(drawn, s), 2, s, solver=solver, max_iter=8, dtype=dtype, **variant)
        for s in (1.0, scale)
    )
    root = one.item_factors_.dtype.type(2.0**power)
    np.testing.assert_array_equal(other.user_factors_, one.user_factors_ * root)
    np.testing.assert_array_equal(other.item_factors_, one.item_factors_ * root)
    np.testing.assert_array_equal(
        other.predict(pairs(drawn)), one.predict(pairs(drawn)) * root**2
    )
    np.testing.assert_array_equal(other.cost_path_, one.cost_path_ * scale**2)
    assert other.gradient_norm_ == one.gradient_norm_ * scale * float(root)
    assert other.reg_param_max_ == one.reg_param_max_ * scale
    assert other.n_iter_ == one.n_iter_


@UNFINISHED
@given(
    ratings(dtype=np.float64),
    st.integers(-150, 150),
    st.sampled_from(["als", "als-ncg"]),
)
def test_weights_times_a_power_of_four_give_the_same_bits(drawn, power, solver):
    scale = 4.0**power
    settings = {"solver": solver, "max_iter": 8, "num_features": 2, "fit_bias": True}
    one, other = (
        fit(times(drawn, weight=s), reg_param=s, reg_bias=2 * s, **settings)
        for s in (1.0, scale)
    )
    np.testing.assert_array_equal(other.item_factors_, one.item_factors_)
    np.testing.assert_array_equal(other.item_bias_, one.item_bias_)
    assert other.cost_ == one.cost_ * scale
    assert other.reg_param_max_ == one.reg_param_max_ * scale
    new = times(drawn, weight=scale).frame().assign(user=-1).drop_duplicates("item")
    weights = [np.full(len(new), s) for s in (1.0, scale)]
    folded = [
        model.fold_in(new, sample_weight=w)
        for model, w in zip((one, other), weights, strict=True)
    ]
    rows = [model.user_factors_[model.user_ids_ == -1] for model in folded]
    np.testing.assert_array_equal(rows[1], rows[0])


@pytest.mark.parametrize("fit_bias", [False, True])
@pytest.mark.parametrize("scale", [1e-120, 1e-8, 1e8, 1e120])
@pytest.mark.parametrize("solver", SOLVERS)
def test_weights_times_a_power_of_ten_give_the_same_predictions(
    solver, scale, fit_bias
):
    settings = {"solver": solver, "tol": 1e-5, "fit_bias": fit_bias}
    one, other = (
        fit(times(LEARNABLE, weight=s), 3, 2.0 * s, **settings) for s in (1.0, scale)
    )
    X = pairs(LEARNABLE)
    np.testing.assert_allclose(other.predict(X), one.predict(X), atol=0.01)
    assert other.cost_ == pytest.approx(one.cost_ * scale, rel=1e-4)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize(("dtype", "scale"), POWERS_OF_TEN)
def test_ratings_times_a_power_of_ten_give_the_same_predictions(
    dtype, scale, solver, variant
):
    settings = {"dtype": dtype, "solver": solver, "tol": 1e-4, **variant}
    if dtype == "float32":
        settings["tol"] = 1e-3
    reg_param = {"count": 0.2, 0.5: 1.0}.get(variant.get("reg_scaling"), 4.0)
    one, other = (
        fit(times(LEARNABLE, s), 3, reg_param * s, **settings) for s in (1.0, scale)
    )
    X = pairs(LEARNABLE)
    near = {"atol": 0.02}
    np.testing.assert_allclose(other.predict(X) / scale, one.predict(X), **near)
    assert other.reg_param_max_ == pytest.approx(one.reg_param_max_ * scale, rel=1e-4)
    assert other.cost_ / scale / scale == pytest.approx(one.cost_, rel=1e-2)
    new = pd.DataFrame({"user": 99, "item": LEARNABLE.items[:5], "rating": 4.0})
    new = new.drop_duplicates()
    queries = pd.DataFrame({"user": 99, "item": np.unique(LEARNABLE.items)})
    folded = [
        model.fold_in(new.assign(rating=4.0 * s)).predict(queries) / s
        for model, s in ((one, 1.0), (other, scale))
    ]
    np.testing.assert_allclose(folded[1], folded[0], **near)


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize(("dtype", "power"), EXTREME)
def test_refits_and_proofs_in_units(dtype, power, early_stopping):
    scale = 4.0**power
    settings = {"warm_start": True, "early_stopping": early_stopping, "dtype": dtype}
    one, other = (fit(times(DRAWN, s), 3, s, **settings) for s in (1.0, scale))
    if early_stopping:
        scores = one.validation_scores_ * scale
        np.testing.assert_allclose(other.validation_scores_, scores, rtol=1e-6)
        return
    gaps = [
        optimality_gap(model, times(DRAWN, s).frame())
        for model, s in ((one, 1.0), (other, scale))
    ]
    assert gaps[1].relative_gap == pytest.approx(gaps[0].relative_gap, rel=1e-6)
    assert gaps[1].cost == pytest.approx(gaps[0].cost * scale**2)
    first = other.n_iter_
    other.fit(times(DRAWN, scale).frame())
    assert other.n_iter_ < first


@pytest.mark.parametrize(("dtype", "power"), EXTREME)
def test_paths_and_cross_validation_in_units(dtype, power):
    scale = 4.0**power
    paths, chosen, largest = [], [], []
    for s in (1.0, scale):
        frame = times(LEARNABLE, s).frame()
        settings = {"solver": "als", "n_reg_params": 4, "dtype": dtype, "n_jobs": 1}
        settings = PLAIN | settings
        paths.append(collaborative_filter_path(frame, num_features=2, **settings))
        cv = CollaborativeFilterCV(num_features=2, cv=3, random_state=0, **settings)
        chosen.append(cv.fit(frame))
        biases = {"fit_bias": True, "reg_bias": 3.0, "mean_normalization": "global"}
        largest.append(reg_param_max(frame, dtype=dtype, **biases))
    np.testing.assert_allclose(paths[1].reg_params, paths[0].reg_params * scale)
    np.testing.assert_allclose(paths[1].costs, paths[0].costs * scale**2)
    np.testing.assert_array_equal(paths[1].ranks, paths[0].ranks)
    np.testing.assert_allclose(
        chosen[1].rmse_path_, chosen[0].rmse_path_ * scale, rtol=1e-6
    )
    assert chosen[1].reg_param_ == pytest.approx(chosen[0].reg_param_ * scale)
    assert largest[1] == pytest.approx(largest[0] * scale)


@pytest.mark.parametrize(("dtype", "power"), EXTREME)
def test_recommendations_in_units(dtype, power):
    scale = 4.0**power
    drawn = random_ratings(1, (60, 400))
    found = []
    for s in (1.0, scale):
        model = fit(times(drawn, s), 3, 3 * s, solver="als", dtype=dtype)
        new = times(drawn, s).frame().head(8)[["item", "rating"]]
        new = new.drop_duplicates("item")
        found.append(
            [model.recommend(n=5), model.recommend(ratings=new, n=5)]
            + [model.similar_items(0, n=5), model.explain(0, drawn.items[0])]
        )
    for one, other in zip(*found, strict=True):
        assert one["item"].tolist() == other["item"].tolist()
        value = one.columns[-1]
        got = other[value] / (1.0 if value == "score" else scale)
        np.testing.assert_allclose(got, one[value], rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("power", [-200, -30, 30, 200])
def test_the_posterior_in_units(power):
    scale = 4.0**power
    found = []
    for s in (1.0, scale):
        model = BayesianCollaborativeFilter(2, 20, burn_in=5, random_state=0, n_jobs=1)
        frame = times(DRAWN, s).frame().drop_duplicates(["user", "item"])
        predicted, std = model.fit(frame).predict(frame, return_std=True)
        found.append(np.array([predicted, std]) / s)
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6)


HUGE = [1e39, 1e300, (1e-10, 1e40), (1e300, 1e-300 * 1e10)]


@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("fit_bias", [False, True])
@pytest.mark.parametrize("solver", SOLVERS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_penalties_beyond_the_precision_predict_means(
    dtype, solver, fit_bias, early_stopping
):
    frame = DRAWN.frame().drop_duplicates(["user", "item"])
    new = pd.DataFrame({"user": 99, "item": frame["item"].unique()[:4], "rating": 5.0})
    for reg_param in HUGE[:2] if fit_bias else HUGE:
        model = CollaborativeFilter(
            3, reg_param, dtype=dtype, solver=solver, random_state=0, n_jobs=1, **PLAIN
        )
        model.set_params(fit_bias=fit_bias, early_stopping=early_stopping)
        with pytest.warns(UserWarning, match="is not below reg_param_max_"):
            model.fit(frame)
        assert not model.item_factors_.any()
        means = model.item_means_[np.searchsorted(model.item_ids_, frame["item"])]
        np.testing.assert_array_equal(model.predict(frame), means)
        folded = model.fold_in(new)
        assert np.isfinite(folded.predict(new)).all()
        if not early_stopping:
            assert optimality_gap(model, frame).relative_gap < 1e-6


@pytest.mark.parametrize("reg_bias", [1e39, (2.0, 1e200), 1e-45])
def test_penalties_of_biases_beyond_the_precision(reg_bias):
    frame = DRAWN.frame().drop_duplicates(["user", "item"])
    settings = PLAIN | {"reg_bias": reg_bias, "fit_bias": True, "random_state": 0}
    a, b = (
        CollaborativeFilter(2, 3.0, dtype=dtype, solver="als", **settings).fit(frame)
        for dtype in ("float32", "float64")
    )
    np.testing.assert_allclose(a.predict(frame), b.predict(frame), atol=0.02)
    if reg_bias != 1e-45:
        np.testing.assert_allclose(a.item_bias_, 0, atol=1e-25)


def test_a_grid_may_contain_penalties_beyond_the_precision():
    frame = LEARNABLE.frame()
    settings = PLAIN | {"dtype": "float32", "num_features": 2}
    model = CollaborativeFilterCV([1e39, 1.0], random_state=0, cv=3, **settings).fit(
        frame
    )
    assert np.isfinite(model.rmse_path_).all()
    path = collaborative_filter_path(frame, reg_params=[1e300, 1.0], **settings)
    assert path.ranks.tolist() == [0, 2]


@pytest.mark.parametrize("reg_param", [(1e-44, 1.0), (1e-33, 1e33)])
def test_two_penalties_that_the_precision_cannot_hold_are_an_error(reg_param):
    frame = DRAWN.frame().drop_duplicates(["user", "item"])
    model = CollaborativeFilter(2, reg_param, dtype="float32", random_state=0, **PLAIN)
    with pytest.raises(ValueError, match="differ too much for float32.*pass [0-9]"):
        model.fit(frame)
    assert not hasattr(model, "item_factors_")


def test_costs_below_the_range_of_floats_are_an_error():
    frame = DRAWN.frame().drop_duplicates(["user", "item"])
    y, weights = frame["rating"] * 1e-100, np.full(len(frame), 1e-100)
    with pytest.raises(ValueError, match="too small for float64"):
        CollaborativeFilter().fit(frame[["user", "item"]], y, weights)


@pytest.mark.parametrize("scale", [1.0, 4.0**-200, 4.0**200])
def test_equal_means_rank_by_id_in_any_unit(scale):
    # Each of 900 items has one rating; the first 100 of equal rating are the best.
    items = np.arange(900)
    frame = pd.DataFrame({"user": items % 7, "item": items, "rating": scale})
    frame.loc[items % 3 == 0, "rating"] = 5 * scale
    model = CollaborativeFilter(2, 1e3 * scale, random_state=0, **PLAIN)
    with pytest.warns(UserWarning, match="reg_param_max_ is 0"):
        model.fit(frame)
    with pytest.warns(UserWarning, match="not seen|unknown"):
        best = model.recommend([-1, -2], n=20)
    assert best["item"].tolist() == 2 * (3 * np.arange(20)).tolist()


def test_printed_costs_are_in_units_of_the_rating(capsys):
    model = fit(times(DRAWN, 4.0**15), 2, 4.0**15, verbose=1)
    lines = capsys.readouterr().out.splitlines()
    costs = [float(line.split()[-1]) for line in lines if "cost" in line]
    np.testing.assert_allclose(costs, model.cost_path_[1 : len(costs) + 1], rtol=1e-12)
    assert len(costs) == model.n_iter_


@pytest.mark.parametrize("scale", [4.0**-200, 4.0**-30, 4.0**30, 4.0**200])
def test_the_penalty_auto_has_the_unit_of_the_ratings(scale):
    one, other = (
        CollaborativeFilter(solver="als-ncg", random_state=0, n_jobs=1).fit(
            times(LEARNABLE, s).frame()
        )
        for s in (1.0, scale)
    )
    assert other.reg_param_ == pytest.approx(one.reg_param_ * scale, rel=1e-9)
    X = pairs(LEARNABLE)
    np.testing.assert_allclose(other.predict(X) / scale, one.predict(X), rtol=1e-6)
