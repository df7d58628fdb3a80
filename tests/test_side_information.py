"""Fits with features of users and items, from the frame to the prediction."""

import pickle
import warnings

import numpy as np
import pandas as pd
import pytest
import skops.io
from side_information import dense, frames
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import GridSearchCV, GroupKFold
from strategies import random_ratings

from sklearn_cofi import (
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
    collaborative_filter_path,
    load_npz,
    optimality_gap,
    reg_param_max,
    save_npz,
)
from sklearn_cofi.metrics import make_ranking_scorer

SHAPE = (12, 9)
FRAME = random_ratings(3, SHAPE).frame()
USERS, ITEMS = frames(14, 11)  # two users and two items have features only
BOTH = {"user_features": USERS, "item_features": ITEMS}
SMALL = {"n_jobs": 1, "random_state": 0, "tol": 1e-6}


def filtered(**parameters):
    settings = {"num_features": 3, "reg_param": 0.8, **SMALL, **BOTH, **parameters}
    return CollaborativeFilter(**settings)


def fitted(frame=FRAME, **parameters):
    return filtered(**parameters).fit(frame)


def all_pairs(model, extra=()):
    users, items = [*model.user_ids_, *extra], [*model.item_ids_, *extra]
    return pd.MultiIndex.from_product([users, items], names=["user", "item"]).to_frame(
        index=False
    )


VARIANTS = [
    {},
    {"user_features": None},
    {"item_features": None},
    {"mean_normalization": "user"},
    {"mean_normalization": "item", "fit_bias": False},
    {"mean_normalization": None, "reg_bias": None},
    {"mean_damping": 3.0, "reg_bias": (1.0, 4.0)},
    {"unrated_weight": 0.2, "mean_normalization": "unrated"},
    {"unrated_weight": 0.2, "fit_bias": False, "mean_normalization": None},
]


@pytest.mark.parametrize("solver", ["cg", "lbfgs", "als", "als-ncg"])
def test_ids_with_features_only_are_rows_that_their_features_predict(solver):
    model = fitted(solver=solver)
    assert model.converged_
    np.testing.assert_array_equal(model.user_ids_, np.arange(14))
    np.testing.assert_array_equal(model.item_counts_[9:], [0, 0])
    for side in ("user", "item"):
        features = model._fitted_features(side)
        predicted = dense(features.rows)[-2:]
        factors, bias = (getattr(model, f"{side}_{x}_") for x in ("factors", "bias"))
        coef = getattr(model, f"{side}_feature_coef_")
        effects = getattr(model, f"{side}_feature_effects_")
        np.testing.assert_allclose(factors[-2:], predicted @ coef, atol=1e-12)
        np.testing.assert_allclose(bias[-2:], predicted @ effects, atol=1e-12)
        assert np.abs(coef).min() > 0
    np.testing.assert_array_equal(model.item_means_[9:], model.global_mean_)


def expected_with_cold_item(model, user, item):
    """Return the prediction of a known user and a cold item, by a loop."""
    features = model._fitted_features("item")
    if features is None:
        C, c = np.zeros_like(model.item_factors_), np.zeros(model.item_ids_.size)
    else:
        F = dense(features.rows)
        C, c = F @ features.coef, F @ features.effects
    rated = FRAME[FRAME["user"] == user].set_index("item")["rating"]
    w0, damping = model.unrated_weight_, model._mean_dampings()[0]
    total, weight = 0.0, damping
    for j in range(9):
        w = 1.0 if j in rated.index else w0
        added = model.user_factors_[user] @ C[j] + c[j]
        total, weight = total + w * added, weight + w
    mean = total / weight if weight else 0.0
    own = model.user_factors_[user] @ model.item_factors_[item] + model.item_bias_[item]
    return model.unknown_item_predictions_[user] - mean + own


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_predictions_of_cold_rows_follow_the_formula(variant):
    model = fitted(**variant)
    if model.item_features is not None:
        for user in (0, 5):
            pair = pd.DataFrame({"user": [user], "item": [10]})
            expected = expected_with_cold_item(model, user, 10)
            assert model.predict(pair)[0] == pytest.approx(expected, rel=1e-9)
    if model.item_features is not None and model.user_features is not None:
        both = pd.DataFrame({"user": [13], "item": [10]})
        expected = model.global_mean_ + model.user_bias_[13] + model.item_bias_[10]
        expected += model.user_factors_[13] @ model.item_factors_[10]
        assert model.predict(both)[0] == pytest.approx(expected, rel=1e-9)
    if model.user_features is not None:
        alone = pd.DataFrame({"user": [13], "item": ["new"]}, dtype=object)
        alone = alone.assign(item=99)
        expected = model.global_mean_ + model.user_bias_[13]
        assert model.predict(alone)[0] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_without_an_effect_of_features_cold_rows_are_as_unknown_rows(variant):
    model = fitted(**{**variant, "reg_features": 1e12})
    if model.item_features is not None:
        cold = pd.DataFrame({"user": range(12), "item": 10})
        np.testing.assert_allclose(
            model.predict(cold), model.unknown_item_predictions_[:12], rtol=1e-6
        )
    if model.user_features is not None:
        cold = pd.DataFrame({"user": 13, "item": range(9)})
        np.testing.assert_allclose(
            model.predict(cold), model.unknown_user_predictions_[:9], rtol=1e-6
        )


@pytest.mark.parametrize("variant", VARIANTS, ids=str)
def test_lists_are_the_sort_of_all_predictions(variant):
    model = fitted(**variant)
    best = model.recommend(n=5, exclude_rated=False)
    pairs = all_pairs(model)
    pairs["prediction"] = model.predict(pairs)
    pairs = pairs.sort_values(
        ["user", "prediction", "item"], ascending=[True, False, True]
    )
    expected = pairs.groupby("user").head(5).reset_index(drop=True)
    np.testing.assert_array_equal(best["item"], expected["item"])
    np.testing.assert_array_equal(best["prediction"], expected["prediction"])


def test_rows_of_x_and_of_frames_may_have_any_order():
    model = fitted()
    order = np.random.default_rng(0).permutation(len(FRAME))
    other = fitted(
        FRAME.iloc[order],
        user_features=USERS.iloc[::-1],
        item_features=ITEMS.iloc[::-1],
    )
    pairs = all_pairs(model)
    np.testing.assert_array_equal(model.predict(pairs), other.predict(pairs))


def test_two_threads_give_the_bits_of_one():
    frame = random_ratings(5, (80, 60)).frame()
    users, items = frames(90, 70)
    models = [
        fitted(frame, user_features=users, item_features=items, n_jobs=n, solver="als")
        for n in (1, 2)
    ]
    np.testing.assert_array_equal(models[0].item_factors_, models[1].item_factors_)
    np.testing.assert_array_equal(
        models[0]._user_cold_baseline, models[1]._user_cold_baseline
    )


def test_ratings_of_another_unit_give_predictions_of_that_unit():
    pairs = all_pairs(fitted())
    predicted = fitted().predict(pairs)
    large = FRAME.assign(rating=FRAME["rating"] * 2.0**30)
    scaled = fitted(large, reg_param=0.8 * 2.0**30).predict(pairs)
    np.testing.assert_allclose(scaled / 2.0**30, predicted, rtol=1e-9)


def test_weights_are_repeats():
    weights = np.arange(len(FRAME)) % 3 + 1
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*more than one rating")
        repeated = fitted(FRAME.loc[np.repeat(FRAME.index, weights)])
    model = filtered().fit(FRAME, sample_weight=weights)
    pairs = all_pairs(model)
    np.testing.assert_array_equal(model.predict(pairs), repeated.predict(pairs))


def test_ids_of_x_without_features_have_the_mean_of_each_feature():
    with pytest.warns(UserWarning, match="1 of the 9 items of X have no row in item_f"):
        model = fitted(item_features=ITEMS.drop(index=[4, 10]))
    rows = model._fitted_features("item").rows
    assert not dense(rows)[4].any()
    assert rows.present.sum() == 9


def test_features_without_an_effect_change_no_bit():
    model, plain = fitted(), fitted(user_features=None, item_features=None)
    assert not hasattr(plain, "item_feature_coef_")
    # The mean of each feature is a row of zeros.
    users = USERS.assign(user=USERS["user"] + 100)
    items = ITEMS.assign(item=ITEMS["item"] + 100)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*have no row in")
        zeros = fitted(user_features=users, item_features=items)
    np.testing.assert_array_equal(zeros.user_factors_[:12], plain.user_factors_)
    np.testing.assert_array_equal(zeros.item_bias_[:9], plain.item_bias_)
    assert zeros.cost_ == plain.cost_ != model.cost_


def test_a_frame_with_as_many_rows_as_x_is_not_split():
    ratings = FRAME.iloc[: len(ITEMS) * 3]
    items = pd.DataFrame(
        {"item": np.arange(len(ratings)), "x": np.arange(len(ratings)) % 5}
    )
    seen = []

    class Recorder(CollaborativeFilter):
        def fit(self, X, y=None):
            seen.append((len(X), len(self.item_features)))
            return super().fit(X, y)

    model = Recorder(2, 1.0, item_features=items, n_jobs=1, random_state=0)
    search = GridSearchCV(model, {"reg_features": [0.5, 2.0]}, cv=3)
    search.fit(ratings[["user", "item"]], ratings["rating"])
    assert {n for _, n in seen} == {len(ratings)}
    assert max(n for n, _ in seen) == len(ratings)


# numpy's masked arrays, in which scikit-learn keeps the values of a grid, read it.
@pytest.mark.filterwarnings("ignore:DataFrame._data is deprecated:DeprecationWarning")
def test_a_grid_compares_features_with_none():
    X, y = FRAME[["user", "item"]], FRAME["rating"]
    grid = {"item_features": [None, ITEMS], "user_features": [None, USERS]}
    model = filtered(user_features=None, item_features=None)
    search = GridSearchCV(model, grid, cv=2).fit(X, y)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(set(search.cv_results_["mean_test_score"])) == 4


@pytest.mark.parametrize("scoring", [None, "ndcg"])
def test_scores_of_a_path_are_those_of_filters(scoring):
    X, y = FRAME[["user", "item"]], FRAME["rating"]
    folds = list(GroupKFold(3).split(X, groups=X["item"]))  # items are cold in tests
    shared = {**BOTH, **SMALL, "tol": 1e-7, "solver": "als-ncg"}
    model = CollaborativeFilterCV([0.8], 9, cv=folds, scoring=scoring, **shared).fit(
        X, y
    )
    scores = []
    for train, test in folds:
        one = CollaborativeFilter(9, 0.8, **shared).fit(X.iloc[train], y.iloc[train])
        if scoring is None:
            errors = one.predict(X.iloc[test]) - y.iloc[test]
            scores.append(-np.sqrt((errors**2).mean()))
        else:
            scorer = make_ranking_scorer("ndcg")
            scores.append(scorer(one, X.iloc[test], y.iloc[test]))
    np.testing.assert_allclose(model.scores_path_[0, 0, 0], scores, rtol=1e-4)
    assert model.item_ids_.size == 11


def test_the_optimum_is_proved_and_a_path_reaches_it():
    path = collaborative_filter_path(
        FRAME, reg_params=[2.0, 0.8], num_features=9, tol=1e-7, **BOTH
    )
    for reg_param, model in zip(path.reg_params, path.models, strict=True):
        proof = optimality_gap(model, FRAME)
        assert proof.relative_gap < 1e-6
        assert model.item_ids_.size == 11
        single = fitted(num_features=9, reg_param=reg_param, tol=1e-7, solver="als-ncg")
        assert single.cost_ == pytest.approx(model.cost_, rel=1e-6)
    largest = reg_param_max(FRAME, **BOTH)
    assert largest == pytest.approx(single.reg_param_max_, rel=1e-6)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*is not below reg_param_max_")
        assert not fitted(reg_param=largest * 1.001).user_factors_.any()


def test_a_warm_start_continues_and_early_stopping_validates():
    model = filtered(warm_start=True, tol=1e-7).fit(FRAME)
    n_iter = model.n_iter_
    assert model.fit(FRAME).n_iter_ < n_iter
    stopped = fitted(early_stopping=True, tol=1e-4)
    pairs = all_pairs(stopped)
    assert np.isfinite(stopped.predict(pairs)).all()
    assert stopped.validation_scores_.size == stopped.n_iter_


def test_a_filter_for_lists_ranks_cold_items():
    model = RankingCollaborativeFilter(4, n_jobs=1, random_state=0, **BOTH).fit(FRAME)
    found = model.recommend([0, 13], n=11, exclude_rated=False)
    assert found.groupby("user").size().tolist() == [11, 11]
    without = model.recommend([0, 13], n=11, min_count=1, exclude_rated=False)
    assert set(without["item"]) == set(range(9))


def test_clusters_and_similar_items_have_cold_rows():
    model = fitted()
    similar = model.similar_items([10], n=3)
    assert similar["score"].between(-1, 1).all()
    assert model.as_frame("user")["count"].tolist()[-2:] == [0, 0]
    clusters = ClusterRecommender(FrozenEstimator(model), KMeans(2), random_state=0)
    clusters.fit(FRAME[["user", "item"]], FRAME["rating"])
    # The prediction of a cluster is the mean over its members that have ratings.
    for label in clusters.clusters_:
        members = model.user_ids_[clusters.labels_ == label]
        members = members[members < 12]
        for item in (0, 10):
            pairs = pd.DataFrame({"user": members, "item": item})
            expected = model.predict(pairs).mean()
            assert clusters.predict(pairs)[0] == pytest.approx(expected, rel=1e-9)
    assert len(clusters.recommend(clusters=clusters.clusters_[:1], n=11)) == 11
    assert not clusters.distinctive_items()["item"].isin([9, 10]).any()


def through_npz(model, folder):
    save_npz(model, folder / "model.npz")
    return load_npz(folder / "model.npz")


def through_skops(model, folder):
    # skops saves no frames. Predictions do not need them.
    model.set_params(user_features=None, item_features=None)
    skops.io.dump(model, folder / "model.skops")
    unknown = skops.io.get_untrusted_types(file=folder / "model.skops")
    return skops.io.load(folder / "model.skops", trusted=unknown)


ROUND_TRIPS = {
    "npz": through_npz,
    "pickle": lambda model, folder: pickle.loads(pickle.dumps(model)),
    "skops": through_skops,
}


@pytest.mark.parametrize("trip", ROUND_TRIPS)
def test_saved_models_keep_their_features(trip, tmp_path):
    model = fitted()
    same = ROUND_TRIPS[trip](model, tmp_path)
    pairs = all_pairs(model, [99])
    np.testing.assert_array_equal(same.predict(pairs), model.predict(pairs))
    assert same.feature_effects().equals(model.feature_effects())
    assert same.explain(0, 10, by="features").equals(
        model.explain(0, 10, by="features")
    )
    new = ITEMS.iloc[:1].assign(item=50)
    if trip == "npz":
        assert same.item_features is None
        with pytest.raises(ValueError, match="encoder of item_features was not saved"):
            same.fold_in(side="item", features=new)
    else:
        folded = same.fold_in(side="item", features=new)
        assert folded.item_ids_[-1] == 50


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_item_feature_indices": lambda x: x + 9}, "indices is out of range"),
        ({"_item_feature_indptr": lambda x: x[::-1]}, "indptr does not partition"),
        ({"_item_feature_means": None}, "features of items are not complete"),
        ({"item_feature_coef_": lambda x: x[:-1]}, "has the shape"),
    ],
)
def test_damaged_features_are_refused(change, message, tmp_path):
    model = fitted()
    for name, function in change.items():
        if function is None:
            delattr(model, name)
        else:
            setattr(model, name, function(getattr(model, name)))
    save_npz(model, tmp_path / "model.npz")
    with pytest.raises(ValueError, match=message):
        load_npz(tmp_path / "model.npz")


@pytest.mark.parametrize("value", [0.0, -1.0, np.nan])
def test_a_penalty_of_features_is_positive(value):
    with pytest.raises(ValueError, match="'reg_features' parameter"):
        fitted(reg_features=value)


def test_a_category_without_ratings_has_no_effect():
    items = ITEMS.assign(genre=ITEMS["genre"].where(ITEMS["item"] != 10, "Horror"))
    model = fitted(item_features=items)
    horror = list(model.item_feature_names_).index("genre: Horror")
    np.testing.assert_allclose(model.item_feature_coef_[horror], 0, atol=1e-12)
    assert model.item_feature_effects_[horror] == pytest.approx(0, abs=1e-12)
    rows = model._fitted_features("item").rows
    np.testing.assert_allclose(dense(rows)[:9].mean(axis=0), 0, atol=1e-12)
