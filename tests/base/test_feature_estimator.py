"""`feature_effects`, explanations by features, and folding in of features."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from side_information import dense, frames
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter, FeatureEncoder
from sklearn_cofi.base._feature_estimator import SIDES

FRAME = random_ratings(3, (12, 9)).frame()
USERS, ITEMS = frames(14, 11)
BOTH = {"user_features": USERS, "item_features": ITEMS}


def fitted(frame=FRAME, **parameters):
    settings = {"n_jobs": 1, "random_state": 0, "tol": 1e-7, **BOTH, **parameters}
    return CollaborativeFilter(3, 0.8, **settings).fit(frame)


def predicted(model, user, item):
    return model.predict(pd.DataFrame({"user": [user], "item": [item]}))[0]


def test_effects_are_named():
    plain = {f"{side}_encoder": FeatureEncoder(n_knots=None) for side in SIDES}
    model = fitted(**plain)
    found = model.feature_effects()
    names = ["genre: Comedy", "genre: Drama", "genre: War", "year"]
    assert found["feature"].tolist() == names
    np.testing.assert_array_equal(found["effect"], model.item_feature_effects_)
    lengths = np.linalg.norm(model.item_feature_coef_, axis=1)
    np.testing.assert_allclose(found["norm"], lengths)
    assert model.feature_effects("user")["feature"].tolist() == ["age"]
    other = fitted(pl.from_pandas(FRAME), item_features=pl.from_pandas(ITEMS))
    assert isinstance(other.feature_effects(), pl.DataFrame)


@pytest.mark.parametrize(
    ("side", "message"),
    [("films", "side must be"), ("user", "without features of users. Pass them as us")],
)
def test_effects_that_are_not_there_are_an_error(side, message):
    with pytest.raises(ValueError, match=message):
        fitted(user_features=None).feature_effects(side)


# A known user and item, and pairs with a cold user, a cold item and both.
PAIRS = [(0, 1), (13, 1), (0, 10), (13, 10), (99, 1), (0, 99), (99, 10)]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("by", ["ratings", "features"])
@pytest.mark.parametrize("n", [2, None])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"fit_bias": False, "mean_normalization": "item"},
        {"unrated_weight": 0.2, "mean_normalization": None},
        {"rating_range": (-2, 5)},
    ],
    ids=str,
)
def test_parts_sum_to_the_prediction(pair, by, n, parameters):
    model = fitted(**parameters)
    parts = model.explain(*pair, by=by, n=n)
    expected = predicted(model, *pair)
    assert parts["contribution"].sum() == pytest.approx(expected, rel=1e-9)


def test_parts_of_features_are_their_effects_on_this_user():
    model = fitted()
    parts = model.explain(0, 1, by="features", n=None).set_index("feature")
    F = dense(model._fitted_features("item").rows)[1]
    effects = model.item_feature_effects_
    effects = effects + model.item_feature_coef_ @ model.user_factors_[0]
    for number, name in enumerate(model.item_feature_names_):
        assert parts.loc[name, "value"] == pytest.approx(F[number])
        expected = F[number] * effects[number]
        assert parts.loc[name, "contribution"] == pytest.approx(expected)
    kinds = model.explain(0, 10, by="features", n=2)["kind"].tolist()
    features = ["feature", "feature", "other features", "own part"]
    assert kinds == ["mean", "user bias", "choice", *features]
    # A cold item has no own part.
    own = model.explain(0, 10, by="features").iloc[-1]
    assert own["contribution"] == pytest.approx(0, abs=1e-12)


def test_ratings_and_features_of_a_user_explain_all():
    parts = fitted().explain(0, 1, n=None).set_index("kind")["contribution"]
    assert abs(parts["remainder"]) < 1e-4
    assert abs(parts["user features"]) > 1e-4
    cold = fitted().explain(13, 1).set_index("kind")["contribution"]
    assert abs(cold["remainder"]) < 1e-12
    assert cold["user features"] != 0


def test_invalid_explanations_are_errors():
    with pytest.raises(ValueError, match="by must be 'ratings' or 'features', got 'x"):
        fitted().explain(0, 1, by="x")
    with pytest.raises(ValueError, match="fitted without features of items"):
        fitted(item_features=None).explain(0, 1, by="features")


def own_ratings(model, user):
    return FRAME[FRAME["user"] == user]


@pytest.mark.parametrize("side", ["user", "item"])
@pytest.mark.parametrize(
    "parameters",
    [{}, {"fit_bias": False}, {"unrated_weight": 0.2}, {"reg_scaling": "count"}],
    ids=str,
)
def test_folding_in_the_ratings_of_the_fit_changes_little(side, parameters):
    model = fitted(**parameters)
    first = FRAME[FRAME[side] == 0]
    folded = model.fold_in(first, side=side)
    for name in ("factors", "bias"):
        before, after = (getattr(m, f"{side}_{name}_") for m in (model, folded))
        np.testing.assert_allclose(after, before, atol=1e-4)
    baselines = [getattr(m, f"_{side}_cold_baseline") for m in (model, folded)]
    np.testing.assert_allclose(*baselines, atol=1e-4)


@pytest.mark.parametrize("side", ["user", "item"])
def test_a_cold_row_becomes_warm(side):
    model = fitted()
    new = pd.DataFrame({"user": [13, 13], "item": [0, 3], "rating": [5.0, 4.5]})
    if side == "item":
        new = pd.DataFrame({"user": [0, 3], "item": [10, 10], "rating": [5.0, 4.5]})
    folded = model.fold_in(new, side=side)
    assert not getattr(folded, f"_{side}_is_cold")[-1]
    assert getattr(folded, f"_{side}_is_cold")[-2]
    ids, same = getattr(folded, f"{side}_ids_"), getattr(model, f"{side}_ids_")
    np.testing.assert_array_equal(ids, same)
    # Features are the centre of the penalty, so the row is not that of a new id.
    unknown = model.fold_in(new.assign(**{side: 99}), side=side)
    factors = [getattr(m, f"{side}_factors_")[-1] for m in (folded, unknown)]
    assert np.abs(factors[0] - factors[1]).max() > 1e-6
    assert folded.explain(0, 1)["contribution"].sum() == pytest.approx(
        predicted(folded, 0, 1)
    )


def test_new_users_have_the_features_of_their_ids():
    model = fitted()
    new = pd.DataFrame({"user": [13, 13], "item": [0, 3], "rating": [5.0, 4.5]})
    found = model.recommend(ratings=new, n=4)
    expected = model.fold_in(new).recommend(13, n=4)
    pd.testing.assert_frame_equal(found, expected)
    # A user whose ratings are all of unknown items is the cold user.
    new = pd.DataFrame({"user": [13], "item": [99], "rating": [5.0]})
    with pytest.warns(UserWarning, match="not seen in fit; these ratings are ignored"):
        found = model.recommend(ratings=new, n=4)
    pd.testing.assert_frame_equal(found, model.recommend(13, n=4))
    by_name = pd.DataFrame({"user": ["a"], "item": [0], "rating": [5.0]})
    assert len(model.recommend(ratings=by_name, n=2)) == 2


@pytest.mark.parametrize("side", ["user", "item"])
def test_folding_in_features_equals_having_them_in_fit(side):
    frame = {"user": USERS, "item": ITEMS}[side]
    last = int(frame[side].max())
    model = fitted()
    same = model.fold_in(side=side, features=frame[frame[side] == last])
    for name in ("factors", "bias"):
        np.testing.assert_allclose(
            getattr(same, f"{side}_{name}_"), getattr(model, f"{side}_{name}_")
        )
    new = frame[frame[side] == last].assign(**{side: 77})
    folded = model.fold_in(side=side, features=new)
    pair = {"user": [0, 13, 77, 77], "item": [77, 77, 0, 10]}
    if side == "user":
        pair = {"user": [77, 77, 0, 13], "item": [0, 10, 0, 10]}
    twin = {
        name: np.where(np.array(ids) == 77, last, ids) for name, ids in pair.items()
    }
    pairs = pd.DataFrame(pair), pd.DataFrame(twin)
    if side == "user":
        np.testing.assert_allclose(folded.predict(pairs[0]), model.predict(pairs[1]))
    else:
        known = pairs[0]["user"] != 77
        np.testing.assert_allclose(
            folded.predict(pairs[0][known]), model.predict(pairs[1][known])
        )


def test_ratings_and_features_are_folded_in_together():
    model = fitted()
    features = ITEMS[ITEMS["item"] == 10].assign(item=70)
    new = pd.DataFrame({"user": [0, 3], "item": [70, 70], "rating": [5.0, 4.5]})
    folded = model.fold_in(new, side="item", features=features)
    twin = model.fold_in(new.assign(item=10), side="item")
    np.testing.assert_allclose(folded.item_factors_[-1], twin.item_factors_[10])
    assert folded.item_bias_[-1] == pytest.approx(twin.item_bias_[10])
    # New features of a rated item replace those of the fit.
    other = model.fold_in(
        side="item", features=ITEMS[ITEMS["item"] == 10].assign(item=0)
    )
    np.testing.assert_array_equal(
        dense(other._fitted_features("item").rows)[0],
        dense(model._fitted_features("item").rows)[10],
    )
    assert np.abs(other.item_factors_[0] - model.item_factors_[0]).max() > 1e-6
    np.testing.assert_array_equal(other.item_factors_[1:], model.item_factors_[1:])


def test_folding_in_nothing_is_an_error():
    with pytest.raises(ValueError, match="Pass X, new ratings, or `features`"):
        fitted().fold_in()
    with pytest.raises(ValueError, match="fitted without features of users"):
        fitted(user_features=None).fold_in(features=USERS)
    with pytest.raises(ValueError, match="lacks columns that were seen in fit: 'year'"):
        fitted().fold_in(side="item", features=ITEMS.drop(columns="year"))
