"""`fold_in` of a Bayesian model with features: new rows, with and without ratings."""

import numpy as np
import pandas as pd
import pytest
from sampling import FRAME, assert_same, model
from side_information import frames
from sklearn.metrics import root_mean_squared_error

from sklearn_cofi import load_npz, save_npz

SIDES = ["user", "item"]
CHOSEN = {"user": [0, 11, 39], "item": [0, 17, 29]}
# Users 40 to 44 and items 30 to 32 have no ratings.
FEATURES = dict(zip(SIDES, frames(45, 33), strict=True))
ALL = pd.DataFrame(
    {"user": np.repeat(np.arange(45), 33), "item": np.tile(np.arange(33), 45)}
)
COLD = {"user": 42, "item": 31}


def fitted(side, features=SIDES, chosen=None, **options):
    """Return a model without the ratings and the features of the chosen rows."""
    chosen = CHOSEN[side] if chosen is None else chosen
    given = {
        f"{name}_features": frame[~frame[name].isin(chosen)] if name == side else frame
        for name, frame in FEATURES.items()
        if name in features
    }
    return model(**given, **options).fit(FRAME[~FRAME[side].isin(chosen)])


def own(side, ids=None):
    """Return the ratings and the features of the chosen rows."""
    ids, frame = CHOSEN[side] if ids is None else ids, FEATURES[side]
    return FRAME[FRAME[side].isin(ids)], frame[frame[side].isin(ids)]


@pytest.fixture(scope="module")
def before():
    return {side: fitted(side) for side in SIDES}


@pytest.fixture(scope="module")
def folded(before):
    found = {}
    for side in SIDES:
        new, features = own(side)
        found[side] = before[side].fold_in(new, side=side, features=features)
    return found


@pytest.mark.parametrize("side", SIDES)
def test_other_rows_do_not_change(side, before, folded):
    others = ALL[~ALL[side].isin(CHOSEN[side])]
    assert_same(folded[side], before[side], others)
    assert set(CHOSEN[side]) <= set(getattr(folded[side], f"{side}_ids_"))
    found = folded[side]._fitted_features(side).rows
    assert found.present.all()


@pytest.mark.parametrize("side", SIDES)
def test_features_are_needed_only_where_they_are(side, before, folded):
    new, features = own(side)
    some = features[features[side] == CHOSEN[side][1]]
    found = before[side].fold_in(new, side=side, features=some)
    with_features = ALL[ALL[side] == CHOSEN[side][1]]
    assert_same_row(found, folded[side], with_features)
    without = ALL[ALL[side] == CHOSEN[side][0]]
    assert_same_row(found, before[side].fold_in(new, side=side), without)
    delta = found.predict(without) - folded[side].predict(without)
    assert np.abs(delta).max() > 1e-3


def assert_same_row(one, other, pairs):
    """Check one row, whose predictions BLAS may round otherwise among other rows."""
    np.testing.assert_array_equal(
        one.predict(pairs, return_std=True)[1], other.predict(pairs, return_std=True)[1]
    )
    np.testing.assert_allclose(one.predict(pairs), other.predict(pairs))


def known_by_features(n_users=150, n_items=50):
    """Return ratings, and frames of features that nearly are the true factors."""
    rng = np.random.default_rng(0)
    factors = [rng.standard_normal((n, 2)) for n in (n_users, n_items)]
    users, items = (
        x.ravel() for x in np.meshgrid(np.arange(n_users), np.arange(n_items))
    )
    rated = rng.random(users.size) < 0.4
    users, items = users[rated], items[rated]
    means = (factors[0][users] * factors[1][items]).sum(axis=1)
    ratings = pd.DataFrame({"user": users, "item": items})
    ratings["rating"] = means + 0.3 * rng.standard_normal(users.size)
    tables = {
        side: pd.DataFrame(
            X + 0.2 * rng.standard_normal(X.shape), columns=["a", "b"]
        ).reset_index(names=side)
        for side, X in zip(SIDES, factors, strict=True)
    }
    return ratings, tables


@pytest.mark.parametrize("features", [["user", "item"], ["user"], ["item"]], ids=str)
@pytest.mark.parametrize("side", SIDES)
def test_rows_are_predicted_as_by_a_refit(side, features):
    ratings, tables = known_by_features()
    new = ratings[side] < 10
    # Rows 0 to 4 have six ratings each, rows 5 to 9 have none.
    few = ratings[new].groupby(side).sample(6, random_state=0)
    few = few[few[side] < 5]
    given = {f"{name}_features": tables[name] for name in features}
    options = {"n_sweeps": 80, "n_kept_draws": 30}
    one, two = (
        model(**options | given | {"random_state": seed}).fit(
            pd.concat([ratings[~new], few])
        )
        for seed in (1, 2)
    )
    table = tables[side]
    if side in features:
        given[f"{side}_features"] = table[table[side] >= 10]
    start = model(**options | given).fit(ratings[~new])
    table = table[table[side] < 10] if side in features else None
    found = start.fold_in(few, side=side, features=table)
    pairs = ratings[ratings[side] < 5]
    (of_one, _), (of_two, expected), (of_found, std) = (
        each.predict(pairs, return_std=True) for each in (one, two, found)
    )

    def distance(predicted):
        # The median over rows, because only a refit learns from a row that is unlike
        # its features how far such rows are from theirs.
        squares = np.square(of_two - predicted)
        return np.sqrt(squares.groupby(pairs[side].to_numpy()).mean()).median()

    of_two = pd.Series(of_two)
    # Two fits differ by the noise of their draws.
    assert distance(of_found) < 2.5 * distance(of_one)
    assert distance(of_found) < 0.2 * distance(start.predict(pairs))
    assert np.median(std / expected) == pytest.approx(1, abs=0.3)
    pairs = ratings[new & (ratings[side] >= 5)]
    of_two, of_start = two.predict(pairs), start.predict(pairs)
    error = root_mean_squared_error(of_two, found.predict(pairs))
    if side in features:
        assert error < 0.15 * root_mean_squared_error(of_two, of_start)
    else:
        np.testing.assert_array_equal(found.predict(pairs), of_start)


@pytest.mark.parametrize("side", SIDES)
def test_features_lower_the_error_of_rows_with_few_ratings(side):
    ratings, tables = known_by_features()
    new, table = ratings[side] < 10, tables[side]
    few = ratings[new].groupby(side).sample(2, random_state=0)
    given = {f"{side}_features": table[table[side] >= 10], "implicit_features": False}
    start = model(n_sweeps=60, n_kept_draws=30, **given).fit(ratings[~new])
    some = table[table[side] < 10]
    known, alone = (
        start.fold_in(few, side=side, features=some),
        start.fold_in(few, side=side),
    )
    pairs = ratings[new]
    errors = [
        root_mean_squared_error(pairs["rating"], each.predict(pairs))
        for each in (known, alone)
    ]
    assert errors[0] < 0.7 * errors[1]


@pytest.mark.parametrize("side", SIDES)
def test_a_row_without_ratings_is_as_one_of_the_fit(side, before):
    features = FEATURES[side][FEATURES[side][side] == COLD[side]]
    twin = features.assign(**{side: -5})
    found = before[side].fold_in(side=side, features=twin)
    pairs = ALL[ALL[side] == COLD[side]]
    known, known_std = found.predict(pairs, return_std=True)
    same, std = found.predict(pairs.assign(**{side: -5}), return_std=True)
    np.testing.assert_allclose(same, known, rtol=1e-12)
    assert np.mean(std / known_std) == pytest.approx(1, abs=0.2)
    assert_same(found, before[side], ALL[~ALL[side].isin(CHOSEN[side])])
    unknown = before[side].predict(pairs.assign(**{side: -5}))
    assert np.abs(same - unknown).max() > 1e-3


@pytest.mark.parametrize("side", SIDES)
def test_rows_without_ratings_do_not_depend_on_each_other(side, before, folded):
    _, features = own(side)
    both = before[side].fold_in(side=side, features=features)
    for number in CHOSEN[side]:
        one = before[side].fold_in(
            side=side, features=features[features[side] == number]
        )
        assert_same(one, both, ALL[ALL[side] == number])
    # Their ratings may follow.
    found = both.fold_in(own(side)[0], side=side)
    assert_same(found, folded[side], ALL)


@pytest.mark.parametrize("side", SIDES)
def test_new_features_of_a_rated_row_replace_those_of_the_fit(side, before):
    start = before[side]
    ratings, features = own(side, [5])
    again = start.fold_in(side=side, features=features)
    assert_same(again, start.fold_in(ratings, side=side), ALL)
    other = FEATURES[side][FEATURES[side][side] == 6].assign(**{side: 5})
    changed = start.fold_in(side=side, features=other)
    pairs = ALL[ALL[side] == 5]
    assert np.abs(changed.predict(pairs) - again.predict(pairs)).max() > 1e-3
    rows = changed._fitted_features(side).rows.matrix.toarray()
    ids = getattr(start, f"{side}_ids_").tolist()
    np.testing.assert_array_equal(rows[ids.index(5)], rows[ids.index(6)])


@pytest.mark.parametrize("side", SIDES)
def test_a_saved_model_folds_in_ratings_and_refuses_features(
    side, before, folded, tmp_path
):
    new, features = own(side)
    save_npz(before[side], tmp_path / "model.npz")
    loaded = load_npz(tmp_path / "model.npz")
    assert_same(
        loaded.fold_in(new, side=side), before[side].fold_in(new, side=side), ALL
    )
    with pytest.raises(ValueError, match="encoder of .* was not saved"):
        loaded.fold_in(new, side=side, features=features)
    save_npz(folded[side], tmp_path / "folded.npz")
    assert_same(load_npz(tmp_path / "folded.npz"), folded[side], ALL)


@pytest.mark.parametrize("side", SIDES)
def test_all_methods_have_the_folded_in_rows(side, before, folded):
    found, user, item = folded[side], 0, 17
    best = found.recommend(user, n=3, exclude_rated=False, return_std=True)
    pairs = best[["user", "item"]]
    predicted, std = found.predict(pairs, return_std=True)
    np.testing.assert_allclose(best["prediction"], predicted)
    np.testing.assert_allclose(best["std"], std)
    why = found.explain(user, item)
    predicted = found.predict(pd.DataFrame({"user": [user], "item": [item]}))
    assert why["contribution"].sum() == pytest.approx(predicted[0])
    assert len(found.similar_items(item, n=2, return_std=True)) == 2
    for name in SIDES:
        effects = before[side].feature_effects(name)
        assert found.feature_effects(name).equals(effects)


@pytest.mark.parametrize("side", SIDES)
def test_a_model_of_an_earlier_version_is_an_error(side, before):
    old = before[side].fold_in(own(side)[0], side=side)
    for name in ("prior_mean", "precision", "link", "coef", "degrees", "rest"):
        delattr(old, f"_item_{name}_draws")
    del old._user_coef_draws, old._user_rest_draws
    assert np.isfinite(old.predict(ALL, return_std=True)).all()
    assert len(old.recommend(ratings=own("user")[0], n=1)) == 3
    with pytest.raises(ValueError, match="saved by an earlier version"):
        old.fold_in(own(side)[0], side=side)


def test_new_users_of_recommend_have_the_features_of_their_ids(before):
    start = before["item"]  # it has the features of users 40 to 44
    new = own("user", [3])[0].assign(user=42)
    new = new[new["item"].isin(start.item_ids_)]
    options = {"n": 30, "return_std": True}
    best = start.recommend(ratings=new, **options).set_index("item")
    folded = start.fold_in(new).recommend(42, **options).set_index("item")
    other = start.recommend(ratings=new.assign(user=999), **options).set_index("item")
    delta = best["prediction"] - folded["prediction"][best.index]
    assert np.abs(delta).max() < 0.2 * start.rating_scale_
    np.testing.assert_allclose(best["std"], folded["std"][best.index], rtol=1e-5)
    assert np.abs(best["prediction"] - other["prediction"][best.index]).max() > 1e-3
    assert np.abs(best["std"] - other["std"][best.index]).max() > 1e-4
