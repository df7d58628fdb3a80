"""`fold_in`: rows with new ratings are exact, and no other row changes."""

import pickle

import numpy as np
import pandas as pd
import pytest
import reference
from fitting import PLAIN, fit, pairs
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_ratings, ratings

from sklearn_cofi import CollaborativeFilter, CollaborativeFilterCV
from sklearn_cofi._types import Factors
from sklearn_cofi.data._centering import Means, centre
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._bias import split_biases, with_biases
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss

VARIANTS = [
    *({"mean_normalization": means} for means in ("item", "user", "global", None)),
    {"fit_bias": True, "mean_normalization": "global"},
    {"reg_scaling": "count"},
    {"reg_param": (0.3, 2.0), "fit_bias": True, "reg_scaling": 0.5},
    {"fit_bias": True, "reg_scaling": "count", "reg_bias": (3.0, 1.0)},
    {"mean_normalization": "user", "mean_damping": 5.0},
]


def row_solve(model, drawn, side):
    """Return factors and biases after half a sweep from the end of a fit."""
    matrix = rating_matrix(*drawn)
    means = Means(model.global_mean_, model.user_means_, model.item_means_)
    objective = MaskedSquaredLoss(
        centre(matrix, means, model.mean_normalization),
        Penalty(
            model.reg_param,
            reg_scaling=model.reg_scaling,
            fit_bias=model.fit_bias,
            reg_bias=model.reg_bias,
        ),
    )
    factors = Factors(model.user_factors_, model.item_factors_)
    if not model.fit_bias:
        return half_step(objective, side, factors), 0
    sides = list(with_biases(factors, model.user_bias_, model.item_bias_))
    sides[side] = half_step(objective, side, Factors(*sides))
    factors, *biases = split_biases(Factors(*sides))
    return factors[side], biases[side]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
@pytest.mark.parametrize("side", ["user", "item"])
def test_folding_in_the_same_ratings_equals_half_a_sweep(parameters, side, weighted):
    drawn = random_ratings(1, (10, 8), weighted=weighted)
    model = fit(drawn, **({"reg_param": 0.5} | parameters))
    frame = drawn.frame()
    got = model.fold_in(frame, sample_weight=drawn.weights, side=side)
    factors, bias = row_solve(model, drawn, ("user", "item").index(side))
    for name, expected in (("factors", factors), ("bias", bias)):
        found = getattr(got, f"{side}_{name}_")
        np.testing.assert_allclose(found, expected, rtol=1e-10, atol=1e-10)
    predictions = "unknown_user_predictions_", "unknown_item_predictions_"
    kept = "user_means_", "item_means_", "item_counts_", "user_ids_", *predictions
    for name in kept:
        np.testing.assert_array_equal(getattr(got, name), getattr(model, name))


@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
@pytest.mark.parametrize("side", ["user", "item"])
def test_folding_in_does_not_change_a_converged_fit(parameters, side):
    drawn = random_ratings(1, (10, 8))
    model = fit(
        drawn, **({"reg_param": 0.5, "tol": 1e-7, "solver": "als-ncg"} | parameters)
    )
    got = model.fold_in(drawn.frame(), side=side)
    np.testing.assert_allclose(
        got.predict(pairs(drawn)), model.predict(pairs(drawn)), atol=1e-5
    )


def split(drawn, side, chosen):
    """Return the ratings of the other rows, and those of the chosen users or items."""
    frame = drawn.frame()
    new = frame[side].isin(chosen)
    return frame[~new], frame[new]


def fitted(frame, **parameters):
    defaults = {"num_features": 3, "reg_param": 0.5, "random_state": 0, "n_jobs": 1}
    return CollaborativeFilter(**(PLAIN | defaults | parameters)).fit(frame)


@pytest.mark.parametrize("parameters", VARIANTS, ids=str)
def test_folded_users_get_the_recommendations_of_new_users(parameters):
    known, new = split(random_ratings(1, (10, 8)), "user", [0, 4, 9])
    model = fitted(known, **parameters)
    new = new[new["item"].isin(model.item_ids_)]
    best = model.recommend(ratings=new, n=8, exclude_rated=False)
    got = model.fold_in(new)
    np.testing.assert_array_equal(got.user_ids_, np.arange(10))
    pd.testing.assert_frame_equal(
        got.recommend([0, 4, 9], n=8, exclude_rated=False), best, check_exact=True
    )
    np.testing.assert_array_equal(got.predict(known), model.predict(known))
    left = got.recommend(4, n=8)["item"]
    assert not set(left) & set(new["item"][new["user"] == 4])


def exchanged(frame):
    """Return the ratings with users as items and items as users."""
    return frame.rename(columns={"user": "item", "item": "user"})


@pytest.mark.parametrize("reg_param", [0.5, (0.2, 2.0)])
@pytest.mark.parametrize("fit_bias", [False, True])
def test_items_are_users_with_the_sides_exchanged(reg_param, fit_bias):
    known, new = split(random_ratings(1, (8, 10)), "item", [0, 4, 9])
    settings = {"mean_normalization": "global", "fit_bias": fit_bias}
    model = fitted(known, reg_param=reg_param, **settings)
    new = new[new["user"].isin(model.user_ids_)]
    other = fitted(exchanged(known), reg_param=reg_param, **settings)
    for side, opposite in (("user", "item"), ("item", "user")):
        for name in ("factors_", "bias_"):
            setattr(other, f"{side}_{name}", getattr(model, f"{opposite}_{name}"))
    if isinstance(reg_param, tuple):
        other.reg_param_ = reg_param[::-1]
    got, twin = model.fold_in(new, side="item"), other.fold_in(exchanged(new))
    np.testing.assert_array_equal(got.item_factors_, twin.user_factors_)
    np.testing.assert_array_equal(got.item_bias_, twin.user_bias_)
    np.testing.assert_array_equal(got.item_means_, twin.user_means_)
    if fit_bias:
        found = got.unknown_user_predictions_
        np.testing.assert_array_equal(found, twin.unknown_item_predictions_)
    counts = pd.concat([known, new])["item"].value_counts().sort_index()
    np.testing.assert_array_equal(got.item_counts_, counts)


def test_a_new_item_equals_the_dense_ridge_regression():
    known, new = split(random_ratings(1, (8, 10)), "item", [3])
    model = fitted(known)
    new = new[new["user"].isin(model.user_ids_)]
    got = model.fold_in(new, side="item")
    values = new["rating"].to_numpy()
    U = got.user_factors_[new["user"].to_numpy()]
    twin = reference.fold_in(values - values.mean(), np.ones(len(new)), U, 0.5)
    np.testing.assert_allclose(got.item_factors_[3], twin, rtol=1e-10, atol=1e-12)
    assert got.item_means_[3] == pytest.approx(values.mean(), rel=1e-14)


@given(ratings(weighted=False, repeats=False), st.data())
def test_new_and_old_ratings_of_a_user_count_together(drawn, data):
    drawn = drawn.compact()
    model = fit(drawn, reg_param=0.5, tol=0.1)
    user = data.draw(st.integers(0, drawn.shape[0] - 1))
    own = st.sets(st.integers(0, drawn.shape[1] - 1), min_size=1)
    items = sorted(data.draw(own))
    more = pd.DataFrame({"user": user, "item": items, "rating": 1.5})
    got = model.fold_in(more)
    frame = drawn.frame()
    before = frame[(frame["user"] == user) & ~frame["item"].isin(items)]
    every = pd.concat([more, before])[["item", "rating"]]
    options = {"n": drawn.shape[1], "exclude_rated": False}
    expected = model.recommend(ratings=every, **options)
    found = got.recommend(user, **options).drop(columns="user")
    pd.testing.assert_frame_equal(found, expected, check_exact=True)
    others = frame[frame["user"] != user]
    if len(others):
        np.testing.assert_array_equal(got.predict(others), model.predict(others))


def test_a_new_rating_of_a_pair_replaces_the_old_one():
    drawn = random_ratings(1, (10, 8))
    model = fit(drawn)
    again = drawn.frame()[:1].assign(rating=-3.0)
    got = model.fold_in(again).explain(again["user"][0], 0, n=None)
    own = got[got["item"] == again["item"][0]]
    assert own["rating"].tolist() == [-3.0]
    assert model.fold_in(again)._rated_ratings.size == model._rated_ratings.size


def test_explanations_of_folded_users_have_no_remainder():
    drawn = random_ratings(1, (10, 8))
    model = fit(drawn, tol=0.1)
    remainder = {}
    for name, known in (("fit", model), ("folded", model.fold_in(drawn.frame()))):
        why = known.explain(2, 3)
        remainder[name] = abs(why["contribution"][why["kind"] == "remainder"].iloc[0])
    assert remainder["fit"] > 1e-4
    assert remainder["folded"] < 1e-10


def test_held_out_ratings_are_learned_when_their_user_rates_again():
    drawn = random_ratings(4, (20, 12))
    model = fit(drawn, early_stopping=True, validation_fraction=0.3, tol=1e-4)
    frame = drawn.frame()
    rated_again = model.fold_in(frame[frame["user"] == 3])
    rows = np.repeat(np.arange(20), np.diff(model._rated_indptr))
    expected = np.where(rows == 3, False, model._rated_validation)
    assert expected.sum() < model._rated_validation.sum()
    np.testing.assert_array_equal(rated_again._rated_validation, expected)


def test_the_model_does_not_change_and_the_new_one_is_complete():
    drawn = random_ratings(1, (10, 8))
    model = fit(drawn)
    before = pickle.dumps(model)
    new = pd.DataFrame({"user": [5, 99], "item": [2, 3], "rating": [1.0, 4.0]})
    got = model.fold_in(new)
    assert pickle.dumps(model) == before
    again = pickle.loads(pickle.dumps(got))
    np.testing.assert_array_equal(again.predict(new), got.predict(new))
    assert got.get_params() == model.get_params()
    # A warm start begins with the folded-in factors.
    every = pd.concat([drawn.frame(), new])
    refitted = got.set_params(warm_start=True, tol=0.5).fit(every)
    assert refitted.n_iter_ <= model.n_iter_


def test_a_tuned_filter_folds_in_with_the_chosen_penalty():
    drawn = random_ratings(4, (30, 12))
    model = CollaborativeFilterCV(
        num_features=2, reg_params=[3.0, 1.0], cv=2, random_state=0, **PLAIN
    )
    model.fit(drawn.frame())
    new = pd.DataFrame({"user": 99, "item": [2, 3], "rating": [1.0, 4.0]})
    got = model.fold_in(new)
    best = model.recommend(ratings=new.drop(columns="user"), n=12)
    np.testing.assert_array_equal(
        got.recommend(99, n=12)["prediction"], best["prediction"]
    )


@pytest.mark.parametrize("side", ["user", "item"])
def test_old_ratings_keep_their_weights(side):
    drawn = random_ratings(1, (10, 8), weighted=True)
    model = fit(drawn, reg_param=0.5, mean_normalization=None)
    R, W = reference.merge(*drawn)
    own, other = (3, int(np.flatnonzero(W[3] == 0)[0]))
    if side == "item":
        own, other = (int(np.flatnonzero(W[:, 3] == 0)[0]), 3)
    R[own, other], W[own, other] = 4.0, 2.0
    new = pd.DataFrame({"user": [own], "item": [other], "rating": [4.0]})
    got = model.fold_in(new, sample_weight=[2.0], side=side)
    if side == "item":
        twin = reference.fold_in(R[:, 3], W[:, 3], model.user_factors_, 0.5)
        found = got.item_factors_[3]
    else:
        twin = reference.fold_in(R[3], W[3], model.item_factors_, 0.5)
        found = got.user_factors_[3]
    np.testing.assert_allclose(found, twin, rtol=1e-10, atol=1e-12)
