"""Fits with features of users and items, from the frame to the prediction."""

import pickle
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import skops.io
from sampling import FRAME, PAIRS, RATINGS, model
from side_information import dense, frames
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.preprocessing import OneHotEncoder

from sklearn_cofi import CollaborativeFilter, load_npz, save_npz

# 40 users and 30 items have ratings: the last three of each have features only.
USERS, ITEMS = frames(43, 33)
BOTH = {"user_features": USERS, "item_features": ITEMS}
DAMPING = 4.0  # of means over the ratings of a user


def fitted(frame=FRAME, **parameters):
    return model(**{**BOTH, **parameters}).fit(frame)


@pytest.fixture(scope="module")
def known():
    """A model with features of both sides."""
    return fitted()


def all_pairs(model, extra=()):
    users, items = [*model.user_ids_, *extra], [*model.item_ids_, *extra]
    return pd.MultiIndex.from_product([users, items], names=["user", "item"]).to_frame(
        index=False
    )


def assert_same_bits(one, other):
    pairs = all_pairs(one, [99])
    for a, b in zip(
        one.predict(pairs, return_std=True),
        other.predict(pairs, return_std=True),
        strict=True,
    ):
        np.testing.assert_array_equal(a, b)
    np.testing.assert_array_equal(
        one.predict_interval(pairs), other.predict_interval(pairs)
    )
    for side in ("user", "item"):
        pd.testing.assert_frame_equal(
            pd.DataFrame(one.feature_effects(side)),
            pd.DataFrame(other.feature_effects(side)),
        )


@pytest.mark.parametrize("kind", [pl.from_pandas, pa.Table.from_pandas])
def test_frames_of_any_kind_give_the_same_bits(known, kind):
    other = fitted(user_features=kind(USERS), item_features=kind(ITEMS))
    assert_same_bits(known, other)


def test_the_order_of_rows_changes_no_bit(known):
    order = np.random.default_rng(0).permutation(len(FRAME))
    other = fitted(
        FRAME.iloc[order],
        user_features=USERS.iloc[::-1],
        item_features=ITEMS.iloc[::-1],
    )
    assert_same_bits(known, other)


def test_two_threads_give_the_bits_of_one(known):
    assert_same_bits(known, fitted(n_jobs=2))
    assert_same_bits(fitted(n_chains=2), fitted(n_chains=2, n_jobs=2))


@pytest.mark.parametrize("implicit", [True, False])
def test_traces_of_links_are_those_of_the_mask(implicit):
    found = fitted(implicit_features=implicit)
    plain = model(implicit_features=implicit).fit(FRAME)
    np.testing.assert_array_equal(found.trace_names_, plain.trace_names_)
    assert found.traces_.shape == plain.traces_.shape


def test_ids_with_features_only_are_users_and_items(known):
    np.testing.assert_array_equal(known.user_ids_, np.arange(43))
    np.testing.assert_array_equal(known.item_ids_, np.arange(33))
    np.testing.assert_array_equal(known.item_counts_[30:], 0)
    assert known.user_draws_.shape == (6, 44, 3)
    assert known.item_draws_.shape == (6, 34, 3)
    assert known.user_noise_.shape == (43,)
    for side in ("user", "item"):
        fit = known._fitted_features(side)
        predicted = dense(fit.rows)[-3:]
        factors, bias = (getattr(known, f"{side}_{x}_") for x in ("factors", "bias"))
        coef = getattr(known, f"{side}_feature_coef_")
        effects = getattr(known, f"{side}_feature_effects_")
        np.testing.assert_allclose(factors[-3:], predicted @ coef, atol=1e-12)
        np.testing.assert_allclose(bias[-3:], predicted @ effects, atol=1e-12)
    similar = known.similar_items([31], n=3)
    assert similar["score"].between(-1, 1).all()


@pytest.mark.parametrize("implicit", [True, False])
def test_predictions_of_cold_items_follow_the_formula(implicit):
    found = fitted(implicit_features=implicit)
    fit = found._fitted_features("item")
    P = dense(fit.rows) @ fit.coef
    added = dense(fit.rows) @ fit.effects + found.user_factors_ @ P.T
    for user in (0, 7):
        rated = FRAME.loc[FRAME["user"] == user, "item"]
        fallback = found.unknown_item_predictions_[user]
        mean = added[user, rated].sum() / (len(rated) + DAMPING)
        pair = pd.DataFrame({"user": [user], "item": [31]})
        expected = fallback - mean + added[user, 31]
        assert found.predict(pair)[0] == pytest.approx(expected, rel=1e-9)
    both = pd.DataFrame({"user": [42], "item": [31]})
    expected = found.global_mean_ + found.user_bias_[42] + found.item_bias_[31]
    expected += found.user_factors_[42] @ found.item_factors_[31]
    assert found.predict(both)[0] == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("side", ["user", "item", "both"])
def test_lists_are_the_sort_of_all_predictions(side):
    other = {"user": "item", "item": "user"}.get(side)
    found = fitted(**({f"{other}_features": None} if other else {}))
    best = found.recommend(n=6, exclude_rated=False, return_std=True)
    pairs = all_pairs(found)
    pairs["prediction"], pairs["std"] = found.predict(pairs, return_std=True)
    ascending = [True, False, True]
    pairs = pairs.sort_values(["user", "prediction", "item"], ascending=ascending)
    expected = pairs.groupby("user").head(6).reset_index(drop=True)
    for name in ("item", "prediction", "std"):
        np.testing.assert_array_equal(best[name], expected[name])
    everything = found.recommend(n=33, exclude_rated=False)
    assert set(everything["item"]) == set(found.item_ids_)
    assert not set(found.recommend(n=33, min_count=1)["item"]) & {30, 31, 32}


def test_unknown_ids_are_predicted_as_before(known):
    pairs = pd.DataFrame({"user": [0, 99, 99], "item": [99, 3, 99]})
    expected = [
        known.unknown_item_predictions_[0],
        known.unknown_user_predictions_[3],
        known.global_mean_,
    ]
    np.testing.assert_allclose(known.predict(pairs), expected)
    with pytest.raises(ValueError, match="not seen during fit|unknown"):
        fitted(unknown="error").predict(pairs)


def test_ids_of_x_without_features_have_the_mean_of_each_feature():
    with pytest.warns(
        UserWarning, match="1 of the 30 items of X have no row in item_f"
    ):
        found = fitted(item_features=ITEMS.drop(index=[4]))
    assert not dense(found._fitted_features("item").rows)[4].any()
    assert np.isfinite(found.predict(all_pairs(found))).all()


def test_a_frame_without_an_id_of_x_says_nothing():
    items = ITEMS.assign(item=ITEMS["item"] + 100)
    with pytest.warns(UserWarning, match="30 of the 30 items of X have no row"):
        found = fitted(item_features=items, user_features=None)
    assert not found.item_feature_coef_.any()
    pairs = all_pairs(found)
    pairs = pairs[pairs["item"] >= 100]
    predicted, std = found.predict(pairs, return_std=True)
    expected = found.unknown_item_predictions_[pairs["user"]]
    np.testing.assert_allclose(predicted, expected)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        _, of_unknown = found.predict(pairs.assign(item=999), return_std=True)
    # The effects of these features are unknown, and so can be large.
    assert 1 < std.mean() / of_unknown.mean() < 1.5


@pytest.mark.parametrize(
    "estimator",
    [
        model(time_col="time", **BOTH),
        CollaborativeFilter(2, 1.0, random_state=0, **BOTH),
    ],
)
def test_a_later_fit_without_features_has_no_trace_of_them(estimator):
    frame = FRAME.assign(time=np.arange(len(FRAME)) % 7 * 86400)
    found = clone(estimator).fit(frame)
    found.set_params(user_features=None, item_features=None)
    if hasattr(found, "time_col"):
        found.set_params(time_col=None)
    plain = clone(found).fit(FRAME)
    assert set(vars(found.fit(FRAME))) == set(vars(plain))
    np.testing.assert_array_equal(found.predict(PAIRS), plain.predict(PAIRS))
    with pytest.raises(ValueError, match="fitted without features of items"):
        found.feature_effects()


def test_effects_have_a_standard_deviation(known):
    for side in ("user", "item"):
        effects = known.feature_effects(side)
        assert list(effects) == ["feature", "effect", "norm", "std"]
        own, other = known._user_regression_draws, known._item_regression_draws
        if side == "item":
            own, other = other, own
        drawn = [
            a[1:, -1] + a[1:, :-1] @ b[0, :-1] for a, b in zip(own, other, strict=True)
        ]
        expected = known.rating_scale_ * np.std(drawn, axis=0, ddof=1)
        np.testing.assert_allclose(effects["std"], expected)
        assert (effects["std"] > 0).all()


def test_weights_of_one_size_change_nothing(known):
    other = model(**BOTH).fit(PAIRS, RATINGS, sample_weight=np.full(len(FRAME), 4.0))
    pairs = all_pairs(known, [99])
    np.testing.assert_allclose(other.predict(pairs), known.predict(pairs), rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_new_users_are_predicted_for_cold_items(weighted):
    weights = np.random.default_rng(0).integers(1, 4, len(FRAME)) if weighted else None
    found = model(**BOTH).fit(PAIRS, RATINGS, sample_weight=weights)
    new = pd.DataFrame({"item": [3, 5, 8, 31], "rating": [4.0, -1.0, 2.0, 3.0]})
    best = found.recommend(ratings=new, n=33, exclude_rated=False)
    best = best.set_index("item")["prediction"]
    # By hand: the user's row in each draw, and rows of items from their features.
    users = found._infer_new_users(matrix_of(found, new)).users
    scale, n = found.rating_scale_, len(found.item_draws_)
    U = users.factors.reshape(n, -1) / scale * n
    bias = found.global_mean_ + users.bias[0]
    F, draws = dense(found._fitted_features("item").rows), found._item_regression_draws
    rows = found.item_draws_[:, :-1].astype(float)
    rows[:, 30:] = draws[:, :1] + F[30:] @ draws[:, 1:]
    full = np.array([x[:, :-1] @ u + x[:, -1] for x, u in zip(rows, U, strict=True)])
    full = bias + scale * full.mean(axis=0)
    np.testing.assert_allclose(best[range(30)], full[:30], rtol=1e-6)
    parts = [F @ (x[1:, :-1] @ u + x[1:, -1]) for x, u in zip(draws, U, strict=True)]
    added = scale * np.mean(parts, axis=0)
    unknown = found.item_draws_[:, -1]
    typical = np.mean([x[:-1] @ u + x[-1] for x, u in zip(unknown, U, strict=True)])
    n_rated, rated = 4 + DAMPING, new["item"]
    fallback = (full[rated].sum() + DAMPING * (bias + scale * typical)) / n_rated
    expected = fallback - added[rated].sum() / n_rated + added[30:]
    np.testing.assert_allclose(best[range(30, 33)], expected, rtol=1e-6)
    # Repeats of all ratings change nothing, because only relative weights matter.
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", ".*more than one rating")
        twice = found.recommend(
            ratings=pd.concat([new, new]), n=33, exclude_rated=False
        ).set_index("item")["prediction"]
    np.testing.assert_allclose(twice[best.index], best, rtol=1e-9)


def matrix_of(found, new):
    """Return the ratings of one new user as a matrix."""
    from sklearn_cofi.data._matrix import rating_matrix

    users, items = np.zeros(len(new), np.int64), new["item"].to_numpy()
    shape = 1, found.item_ids_.size
    return rating_matrix(users, items, new["rating"].to_numpy(), None, shape)


def test_a_new_user_with_the_ratings_of_a_known_one_is_predicted_like_that_one():
    found = simulated_fit(0)[0]
    user = FRAME["user"].iloc[0]
    ratings = found._rated()
    rated = slice(*ratings.indptr[user : user + 2])
    new = pd.DataFrame(
        {"item": ratings.indices[rated], "rating": ratings.ratings[rated]}
    )
    cold = found.item_ids_[found.item_counts_ == 0]
    best = found.recommend(ratings=new, n=len(cold), candidates=cold)
    pairs = pd.DataFrame({"user": user, "item": best["item"]})
    error = best["prediction"] - found.predict(pairs)
    assert np.abs(error).max() < 0.15 * RATINGS.std()


def test_a_frame_with_as_many_rows_as_x_is_not_split():
    items = pd.DataFrame(
        {"item": np.arange(len(FRAME)), "x": np.arange(len(FRAME)) % 5}
    )
    estimator = model(n_sweeps=8, item_features=items)
    folds = KFold(3, shuffle=True, random_state=0)
    grid = {"num_features": [1, 2]}
    search = GridSearchCV(estimator, grid, cv=folds).fit(PAIRS, RATINGS)
    for number, k in enumerate((1, 2)):
        one = clone(estimator).set_params(num_features=k)
        expected = []
        for train, test in folds.split(PAIRS):
            one.fit(PAIRS.iloc[train], RATINGS.iloc[train])
            assert one.item_ids_.size == len(FRAME)
            expected.append(one.score(PAIRS.iloc[test], RATINGS.iloc[test]))
        found = search.cv_results_["mean_test_score"][number]
        assert found == pytest.approx(np.mean(expected), rel=1e-12)


# numpy's masked arrays, in which scikit-learn keeps the values of a grid, read it.
@pytest.mark.filterwarnings("ignore:DataFrame._data is deprecated:DeprecationWarning")
def test_a_grid_compares_features_with_none():
    grid = {"item_features": [None, ITEMS], "user_features": [None, USERS]}
    search = GridSearchCV(model(n_sweeps=8), grid, cv=2).fit(PAIRS, RATINGS)
    scores = search.cv_results_["mean_test_score"]
    assert len(set(scores)) == 4
    plain = cross_val_score(model(n_sweeps=8), PAIRS, RATINGS, cv=2)
    assert scores[0] == pytest.approx(plain.mean(), rel=1e-12)


def through_npz(model, folder):
    save_npz(model, folder / "model.npz")
    return load_npz(folder / "model.npz")


def through_skops(model, folder):
    # skops saves no frames. Predictions do not need them.
    model = pickle.loads(pickle.dumps(model))
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
def test_saved_models_keep_their_features(known, trip, tmp_path):
    same = ROUND_TRIPS[trip](known, tmp_path)
    assert_same_bits(known, same)
    new = pd.DataFrame({"item": [3, 5], "rating": [4.0, -1.0]})
    lists = [x.recommend(ratings=new, n=33, return_std=True) for x in (known, same)]
    pd.testing.assert_frame_equal(*lists)


def test_a_clone_fits_the_same_model(known):
    assert_same_bits(known, clone(known).fit(FRAME))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"_item_regression_draws": None}, "draws of its features are not complete"),
        ({"_item_regression_draws": lambda x: x[:, 1:]}, "has the shape"),
        ({"_user_regression_draws": lambda x: x[1:]}, "has the shape"),
        ({"_user_regression_draws": lambda x: x[..., 1:]}, "has the shape"),
    ],
)
def test_damaged_regressions_are_refused(known, change, message, tmp_path):
    damaged = pickle.loads(pickle.dumps(known))
    for name, function in change.items():
        if function is None:
            delattr(damaged, name)
        else:
            setattr(damaged, name, function(getattr(damaged, name)))
    save_npz(damaged, tmp_path / "model.npz")
    with pytest.raises(ValueError, match=message):
        load_npz(tmp_path / "model.npz")


@pytest.mark.parametrize(
    ("side", "frame", "error", "message"),
    [
        (
            "item",
            pd.concat([ITEMS, ITEMS[:1]]),
            ValueError,
            "ids are repeated",
        ),
        ("user", USERS.assign(user=USERS["user"].astype(str)), TypeError, "user_fe"),
        ("item", ITEMS.assign(year=np.inf), ValueError, "year"),
        ("user", USERS[["age"]], ValueError, "user_features"),
    ],
    ids=["repeated", "kind", "infinite", "no ids"],
)
def test_bad_frames_raise_errors_before_the_fit(side, frame, error, message):
    with pytest.raises(error, match=message):
        fitted(**{f"{side}_features": frame})


def test_the_unit_of_features_changes_no_prediction():
    # A block has the same prior in any unit of its features.
    encoder = OneHotEncoder(sparse_output=False)

    class Scaled(OneHotEncoder):
        def transform(self, X):
            return 64 * super().transform(X)

    items, found = ITEMS[["item", "genre"]], []
    for each in (encoder, Scaled(sparse_output=False)):
        one = fitted(
            user_features=None, item_features=items, item_encoder=each, dtype="float64"
        )
        found.append(one.predict(all_pairs(one)))
    np.testing.assert_allclose(found[1], found[0], rtol=1e-6)


def simulated(seed, n_users=160, n_items=150, noise=0.5):
    """Return ratings and features from the model, a fifth of each side cold."""
    rng = np.random.default_rng(seed)
    tables, rows = [], []
    for name, n in (("user", n_users), ("item", n_items)):
        kinds, junk = rng.integers(0, 4, n), rng.integers(0, 4, n)
        effects = rng.standard_normal((4, 3)) * [0.7, 0.7, 0.5]
        own = rng.standard_normal((n, 3)) * [0.5, 0.5, 0.4]
        rows.append(effects[kinds] + own)
        labels = np.array(list("abcd"))
        frame = {name: np.arange(n), "kind": labels[kinds], "junk": labels[junk]}
        tables.append(pd.DataFrame(frame))
    (U, b), (V, c) = ((x[:, :2], x[:, 2]) for x in rows)
    user, item = np.nonzero(rng.random((n_users, n_items)) < 0.25)
    exact = (U[user] * V[item]).sum(axis=1) + b[user] + c[item] + 3
    rating = exact + noise * rng.standard_normal(exact.size)
    return pd.DataFrame({"user": user, "item": item, "rating": rating}), *tables


def simulated_fit(seed):
    """Return a fit in which a fifth of each side is cold, and ratings by kind."""
    frame, users, items = simulated(seed)
    cold = frame["user"] % 5 == 4, frame["item"] % 5 == 4
    found = model(
        4,
        n_sweeps=120,
        burn_in=30,
        n_kept_draws=30,
        user_features=users,
        item_features=items,
    ).fit(frame[~cold[0] & ~cold[1]])
    tests = {
        "items": frame[cold[1] & ~cold[0]],
        "users": frame[cold[0] & ~cold[1]],
        "both": frame[cold[0] & cold[1]],
    }
    return found, tests


def test_intervals_on_cold_rows_have_their_coverage():
    levels, found = (0.5, 0.8, 0.95), {}
    for seed in range(4):
        fit, tests = simulated_fit(seed)
        for kind, test in tests.items():
            for level in levels:
                low, high = fit.predict_interval(test, coverage=level).T
                inside = (low <= test["rating"]) & (test["rating"] <= high)
                found.setdefault((kind, level), []).append(inside.mean())
            if kind == "both":
                continue
            error = test["rating"] - fit.predict(test)
            unknown = test.assign(**{kind[:-1]: 1000})
            without = test["rating"] - fit.predict(unknown)
            assert np.square(error).mean() < 0.75 * np.square(without).mean()
    for (kind, level), shares in found.items():
        assert np.mean(shares) == pytest.approx(level, abs=0.06), (kind, shares)


def test_a_column_of_noise_is_shrunk():
    found = simulated_fit(0)[0]
    for side in ("user", "item"):
        effects = found.feature_effects(side)
        is_noise = effects["feature"].str.startswith("junk")
        for column in ("effect", "norm", "std"):
            size = np.sqrt(np.square(effects[column]).groupby(is_noise).mean())
            assert size[True] < 0.35 * size[False], (side, column)
