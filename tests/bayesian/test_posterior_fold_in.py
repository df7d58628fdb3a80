"""Rows folded into a Bayesian model, compared with new users and with fits."""

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sampling import FRAME, PAIRS, assert_same, model
from sklearn.metrics import root_mean_squared_error
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter, load_npz, save_npz
from sklearn_cofi.datasets import make_ratings

SIDES = ["user", "item"]
OTHER = {"user": "item", "item": "user"}
# The first and the last user (or item) are new, and some between them.
CHOSEN = {"user": [0, 11, 12, 39], "item": [0, 17, 29]}
OLD = {side: FRAME[~FRAME[side].isin(CHOSEN[side])] for side in SIDES}
NEW = {side: FRAME[FRAME[side].isin(CHOSEN[side])] for side in SIDES}


def exchanged(frame):
    return frame.rename(columns=OTHER)


def of_other(frame, side):
    """Return the ratings as they are, or with users and items exchanged."""
    return frame if side == "user" else exchanged(frame)[["user", "item", "rating"]]


@pytest.fixture(scope="module")
def before():
    return {side: model().fit(OLD[side]) for side in SIDES}


@pytest.fixture(scope="module")
def folded(before):
    return {side: before[side].fold_in(NEW[side], side=side) for side in SIDES}


@pytest.mark.parametrize("side", SIDES)
def test_the_other_side_and_other_rows_do_not_change(side, before, folded):
    old, new = before[side], folded[side]
    assert_same(new, old, OLD[side])
    for name in ("user", "item"):
        ids = np.unique(FRAME[name])
        np.testing.assert_array_equal(getattr(new, f"{name}_ids_"), ids)
        assert getattr(new, f"{name}_noise_").shape == ids.shape
    assert not set(getattr(old, f"{side}_ids_")) & set(CHOSEN[side])
    np.testing.assert_array_equal(new.item_counts_, np.bincount(FRAME["item"]))
    known = getattr(old, f"{OTHER[side]}_ids_")
    assert_same(new, old, pd.DataFrame({side: -1, OTHER[side]: known}))


@pytest.mark.parametrize("side", SIDES)
def test_the_model_itself_does_not_change(side):
    found = model().fit(OLD[side])
    saved = pickle.dumps(found)
    found.fold_in(NEW[side], side=side)
    assert pickle.dumps(found) == saved


def test_rows_are_those_of_new_users(before, folded):
    before, folded, new = before["user"], folded["user"], NEW["user"]
    best = before.recommend(ratings=new, n=30, return_std=True)
    known = folded.recommend(CHOSEN["user"], n=30, return_std=True)
    best, known = (one.set_index(["user", "item"]) for one in (best, known))
    assert set(best.index) == set(known.index)
    # The factors are a projection of the rows of all draws.
    delta = best["prediction"] - known["prediction"][best.index]
    assert np.abs(delta).max() < 0.2 * before.rating_scale_
    np.testing.assert_allclose(best["std"], known["std"][best.index], rtol=1e-5)
    rated = before._rated()
    assert folded._rated().indices.size == rated.indices.size + len(new)


@pytest.mark.parametrize("side", SIDES)
def test_new_and_old_ratings_of_a_row_count_together(side):
    drawn = random_ratings(1, (200, 40), density=0.5).frame()
    some = (drawn["user"] < 20) & (drawn["item"] >= 20)
    drawn = of_other(drawn, side)
    options = {"n_sweeps": 80, "n_kept_draws": 40}
    start = model(**options).fit(drawn[~some])
    whole = model(**options).fit(drawn)
    folded = start.fold_in(drawn[some], side=side)
    pairs = drawn.loc[drawn[side] < 20, ["user", "item"]]
    errors = [
        root_mean_squared_error(whole.predict(pairs), one.predict(pairs))
        for one in (start, folded)
    ]
    assert errors[1] < 0.6 * errors[0]


@pytest.mark.parametrize("implicit", [True, False])
@pytest.mark.parametrize("side", SIDES)
def test_new_rows_are_predicted_as_by_a_refit(side, implicit):
    X, y = make_ratings(3000, n_users=150, n_items=40, rank=2, random_state=0)
    drawn = pd.DataFrame(X, columns=["user", "item"]).assign(rating=y)
    new, drawn = drawn["user"] < 10, of_other(drawn, side)
    options = {"n_sweeps": 80, "n_kept_draws": 40, "implicit_features": implicit}
    start = model(**options).fit(drawn[~new])
    again, whole = (model(**options | {"random_state": s}).fit(drawn) for s in (1, 2))
    folded = start.fold_in(drawn[new], side=side)
    one, two = again.predict(drawn[new]), whole.predict(drawn[new])
    (found, std), (_, expected) = (
        each.predict(drawn[new], return_std=True) for each in (folded, whole)
    )
    # Two fits differ by the noise of their draws.
    noise = root_mean_squared_error(one, two)
    assert root_mean_squared_error(two, found) < 2 * noise
    assert root_mean_squared_error(two, start.predict(drawn[new])) > 10 * noise
    assert np.median(std / expected) == pytest.approx(1, abs=0.1)


@pytest.mark.parametrize("side", SIDES)
def test_rows_do_not_depend_on_each_other_or_on_threads(side, before, folded):
    chosen, other = CHOSEN[side][1], OTHER[side]
    own = NEW[side][NEW[side][side] == chosen]
    pairs = pd.DataFrame({side: chosen, other: getattr(before[side], f"{other}_ids_")})
    for n_jobs in (1, 3):
        few = before[side].set_params(n_jobs=n_jobs).fold_in(own, side=side)
        found, std = few.predict(pairs, return_std=True)
        expected = folded[side].predict(pairs, return_std=True)
        np.testing.assert_array_equal(std, expected[1])
        np.testing.assert_allclose(found, expected[0])
    before[side].set_params(n_jobs=1)


@settings(max_examples=10)
@given(st.sampled_from(SIDES), st.randoms(use_true_random=False))
def test_the_order_of_the_ratings_changes_no_bit(before, folded, side, random):
    order = list(range(len(NEW[side])))
    random.shuffle(order)
    assert_same(before[side].fold_in(NEW[side].iloc[order], side=side), folded[side])


@pytest.mark.parametrize("side", SIDES)
def test_names_of_ids_do_not_matter(side, folded):
    def named(frame):
        users, items = (
            prefix + frame[name].map("{:03}".format)
            for name, prefix in (("user", "u"), ("item", "i"))
        )
        return frame.assign(user=users, item=items)

    found = model().fit(named(OLD[side])).fold_in(named(NEW[side]), side=side)
    for one, other in zip(
        found.predict(named(PAIRS), return_std=True),
        folded[side].predict(PAIRS, return_std=True),
        strict=True,
    ):
        np.testing.assert_array_equal(one, other)


def with_sides_exchanged(found):
    """Return the model that predicts items for users as the other way round."""
    other = pickle.loads(pickle.dumps(found))
    for name, value in vars(found).items():
        opposite = {"user_": "item_", "item_": "user_"}.get(name.lstrip("_")[:5])
        if opposite and name.endswith(("_", "_draws")) and "_col" not in name:
            twin = name.replace(name.lstrip("_")[:5], opposite, 1)
            setattr(other, twin, value)
    other.unknown_user_predictions_ = found.unknown_item_predictions_
    other.unknown_item_predictions_ = found.unknown_user_predictions_
    other._link_draws, other._item_link_draws = (
        found._item_link_draws,
        found._link_draws,
    )
    other._degrees_draws = found._item_degrees_draws
    other._item_degrees_draws = found._degrees_draws
    other._user_own_degrees_draws = found._item_own_degrees_draws
    other._item_own_degrees_draws = found._user_own_degrees_draws
    noise = found._noise_draws[:, None]
    other._user_variance_draws = noise * found._item_ratio_draws
    other._item_ratio_draws = found._user_variance_draws / noise
    rated = pd.DataFrame(
        {
            "item": np.repeat(
                np.arange(found.user_ids_.size), np.diff(found._rated_indptr)
            ),
            "user": found._rated_items,
            "rating": found._rated_ratings,
        }
    ).sort_values(["user", "item"])
    counts = np.bincount(rated["user"], minlength=found.item_ids_.size)
    other._rated_indptr = np.append(0, counts.cumsum())
    other._rated_items = rated["item"].to_numpy(np.int32)
    other._rated_ratings = rated["rating"].to_numpy()
    other.item_counts_ = np.diff(found._rated_indptr)
    return other


def test_items_are_users_with_the_sides_exchanged(before, folded):
    twin = with_sides_exchanged(before["item"])
    np.testing.assert_allclose(
        twin.predict(exchanged(PAIRS)[["user", "item"]]), before["item"].predict(PAIRS)
    )
    twin = twin.fold_in(exchanged(NEW["item"]))
    found = folded["item"]
    pairs = exchanged(PAIRS)[["user", "item"]]
    np.testing.assert_allclose(twin.predict(pairs), found.predict(PAIRS))
    np.testing.assert_allclose(
        twin.unknown_item_predictions_, found.unknown_user_predictions_
    )
    np.testing.assert_allclose(twin.user_noise_, found.item_noise_)
    np.testing.assert_allclose(twin.user_means_, found.item_means_)


def test_users_are_folded_in_after_the_items_that_they_rate(before):
    start = before["item"]
    both = FRAME.assign(user=FRAME["user"] + 1000)  # new users with the same ratings
    found = start.fold_in(NEW["item"], side="item").fold_in(both)
    known = start.fold_in(both[both["item"].isin(start.item_ids_)])
    pairs = both.loc[~both["item"].isin(CHOSEN["item"]), ["user", "item"]]
    one, two = found.predict(pairs), known.predict(pairs)
    assert 0 < root_mean_squared_error(one, two) < 0.3 * start.rating_scale_
    predicted, std = found.predict(both, return_std=True)
    assert np.isfinite(predicted).all()
    # The new ratings are nearer to their predictions than to the means of the items.
    new = both[both["item"].isin(CHOSEN["item"])]
    errors = [
        root_mean_squared_error(new["rating"], one.predict(new))
        for one in (found, known)
    ]
    assert errors[0] < errors[1]
    assert (std > 0).all()


@pytest.mark.parametrize("side", SIDES)
def test_means_and_predictions_of_unknown_ids_are_those_of_the_fit(side, folded):
    found, other = folded[side], OTHER[side]
    new = NEW[side]
    means = new.groupby(side)["rating"].mean()
    ids = getattr(found, f"{side}_ids_")
    chosen = np.isin(ids, CHOSEN[side])
    np.testing.assert_allclose(getattr(found, f"{side}_means_")[chosen], means)
    # Four further ratings of an unknown id are those of all ratings of the fit.
    others = OLD[side][other]
    for row in CHOSEN[side]:
        of_all, of_own = (
            found.predict(pd.DataFrame({side: row, other: numbers})[["user", "item"]])
            for numbers in (others, new.loc[new[side] == row, other])
        )
        expected = (of_own.sum() + 4 * of_all.mean()) / (of_own.size + 4)
        unknown = found.predict(pd.DataFrame({side: [row], other: [-7]}))
        np.testing.assert_allclose(unknown, expected)


@pytest.mark.parametrize("side", SIDES)
def test_a_row_whose_ratings_have_weight_zero_is_unknown(side, before):
    new = NEW[side]
    weights = (new[side] != CHOSEN[side][0]).astype(float)
    found = before[side].fold_in(new, sample_weight=weights, side=side)
    assert CHOSEN[side][0] not in getattr(found, f"{side}_ids_")
    pairs = PAIRS[PAIRS[side] == CHOSEN[side][0]]
    assert_same(found, before[side], pairs)


@pytest.mark.parametrize("side", SIDES)
def test_a_weight_of_two_counts_as_two_ratings(side, before):
    start, new = before[side], NEW[side]
    once = start.fold_in(new, sample_weight=np.full(len(new), 2.0), side=side)
    twice = start.fold_in(pd.concat([new, new]), side=side)
    np.testing.assert_allclose(once.predict(PAIRS), twice.predict(PAIRS))
    assert np.abs(once.predict(new) - start.fold_in(new, side=side).predict(new)).max()


@pytest.mark.parametrize("side", SIDES)
def test_all_methods_have_the_folded_in_rows(side, folded, tmp_path):
    found = folded[side]
    user, item = 0, 17
    save_npz(found, tmp_path / "model.npz")
    loaded = load_npz(tmp_path / "model.npz")
    assert_same(loaded, found)
    for one in (found, loaded):
        assert len(one.recommend(user, n=3, return_std=True)) == 3
        assert CHOSEN[side][0] in set(one.as_frame(side)[side])
        assert len(one.similar_users(user, n=2)) == 2
        assert len(one.similar_items(item, n=2)) == 2
        why = one.explain(user, item)
        predicted = one.predict(pd.DataFrame({"user": [user], "item": [item]}))
        assert why["contribution"].sum() == pytest.approx(predicted[0])
        assert one.predict_interval(PAIRS).shape == (len(PAIRS), 2)


@pytest.mark.parametrize("side", SIDES)
def test_a_saved_model_folds_in_the_same(side, before, folded, tmp_path):
    save_npz(before[side], tmp_path / "model.npz")
    for mmap_mode in (None, "r"):
        loaded = load_npz(tmp_path / "model.npz", mmap_mode=mmap_mode)
        assert_same(loaded.fold_in(NEW[side], side=side), folded[side])


@pytest.mark.parametrize("side", SIDES)
def test_an_unknown_row_of_the_other_side_is_an_error(side, before):
    new = pd.DataFrame({side: [1], OTHER[side]: [99], "rating": [3.0]})
    with pytest.raises(ValueError, match=f"1 {OTHER[side]}s .*fit all ratings"):
        before[side].fold_in(new, side=side)


def test_invalid_arguments_are_errors(before):
    start, features = before["user"], pd.DataFrame({"user": [99], "age": [3.0]})
    with pytest.raises(ValueError, match="side must be 'user' or 'item', got 'both'"):
        start.fold_in(NEW["user"], side="both")
    with pytest.raises(ValueError, match="Pass X, new ratings, or `features`"):
        start.fold_in()
    with pytest.raises(ValueError, match="fitted without features of users"):
        start.fold_in(features=features)


def test_models_of_earlier_versions_take_users_only(before, folded):
    old = pickle.loads(pickle.dumps(before["user"]))
    for name in ("prior_mean", "precision", "link", "coef", "degrees"):
        delattr(old, f"_item_{name}_draws")
    del old._user_coef_draws
    found = old.fold_in(NEW["user"])
    assert_same(found, folded["user"])
    assert not hasattr(found, "_item_degrees_draws")
    with pytest.raises(ValueError, match="saved by an earlier version .* Fit again"):
        old.fold_in(OLD["user"], side="item")


@pytest.mark.slow
@pytest.mark.parametrize("side", SIDES)
def test_real_rows_folded_in_are_predicted_almost_as_well(side, ml_100k):
    rng = np.random.default_rng(0)
    test = rng.random(len(ml_100k)) < 0.2
    new = ml_100k[side] % 10 == 0
    options = {"burn_in": 10, "random_state": 0}
    start = BayesianCollaborativeFilter(10, 60, **options).fit(ml_100k[~test & ~new])
    whole = BayesianCollaborativeFilter(10, 60, **options).fit(ml_100k[~test])
    other = OTHER[side]
    known = ml_100k[other].isin(getattr(start, f"{other}_ids_"))
    folded = start.fold_in(ml_100k[~test & new & known], side=side)
    held_out = ml_100k[test & new & known]
    errors = [
        root_mean_squared_error(held_out["rating"], one.predict(held_out))
        for one in (whole, folded, start)
    ]
    assert errors[1] < errors[0] + 0.015
    assert errors[1] < errors[2] - 0.05
