"""Users folded into a Bayesian model, compared with new users and with fits."""

import numpy as np
import pandas as pd
import pytest
from sampling import FRAME, PAIRS, RATINGS, model
from sklearn.metrics import root_mean_squared_error
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter, load_npz, save_npz

OLD = FRAME[FRAME["user"] < 36]
NEW = FRAME[FRAME["user"] >= 36]


@pytest.fixture(scope="module")
def before():
    return model().fit(OLD[["user", "item"]], OLD["rating"])


@pytest.fixture(scope="module")
def folded(before):
    return before.fold_in(NEW)


def test_items_and_other_users_do_not_change(before, folded):
    pairs = OLD[["user", "item"]]
    for options in ({}, {"return_std": True}):
        np.testing.assert_array_equal(
            folded.predict(pairs, **options), before.predict(pairs, **options)
        )
    assert not set(before.user_ids_) & set(NEW["user"])
    np.testing.assert_array_equal(folded.user_ids_, np.unique(FRAME["user"]))
    np.testing.assert_array_equal(folded.item_counts_, np.bincount(FRAME["item"]))
    unknown = pd.DataFrame({"user": -1, "item": range(30)})
    np.testing.assert_array_equal(folded.predict(unknown), before.predict(unknown))


def test_rows_are_those_of_new_users(before, folded):
    new = before.recommend(ratings=NEW, n=30).set_index(["user", "item"])
    known = folded.recommend(NEW["user"].unique(), n=30).set_index(["user", "item"])
    assert set(new.index) == set(known.index)
    # The factors are a projection of the rows of all draws.
    delta = new["prediction"] - known["prediction"][new.index]
    assert np.abs(delta).max() < 0.2 * before.rating_scale_
    rated = before._rated()
    assert folded._rated().indices.size == rated.indices.size + len(NEW)


def test_new_ratings_of_a_known_user_count_together_with_the_old_ones():
    drawn = random_ratings(1, (200, 40), density=0.5).frame()
    some = (drawn["user"] < 20) & (drawn["item"] >= 20)
    options = {"n_sweeps": 80, "n_kept_draws": 40}
    start = model(**options).fit(drawn[~some])
    whole = model(**options).fit(drawn)
    folded = start.fold_in(drawn[some])
    pairs = drawn.loc[drawn["user"] < 20, ["user", "item"]]
    errors = [
        root_mean_squared_error(whole.predict(pairs), one.predict(pairs))
        for one in (start, folded)
    ]
    assert errors[1] < 0.6 * errors[0]


def test_users_do_not_depend_on_each_other_or_on_threads(before, folded):
    user = NEW["user"].iloc[0]
    pairs = pd.DataFrame({"user": user, "item": range(30)})
    for n_jobs in (1, 3):
        few = before.set_params(n_jobs=n_jobs).fold_in(NEW[NEW["user"] == user])
        np.testing.assert_array_equal(
            few.predict(pairs, return_std=True)[1],
            folded.predict(pairs, return_std=True)[1],
        )
        np.testing.assert_allclose(few.predict(pairs), folded.predict(pairs))
    before.set_params(n_jobs=1)


def test_a_weight_of_two_counts_as_two_ratings(before):
    once = before.fold_in(NEW, sample_weight=np.full(len(NEW), 2.0))
    twice = before.fold_in(pd.concat([NEW, NEW]))
    pairs = NEW[["user", "item"]]
    np.testing.assert_allclose(once.predict(pairs), twice.predict(pairs))


def test_all_methods_have_the_folded_in_users(folded, tmp_path):
    user = NEW["user"].iloc[0]
    save_npz(folded, tmp_path / "model.npz")
    for one in (folded, load_npz(tmp_path / "model.npz")):
        assert len(one.recommend(user, n=3, return_std=True)) == 3
        assert user in set(one.as_frame("user")["user"])
        assert len(one.similar_users(user, n=2)) == 2
        why = one.explain(user, 3)
        predicted = one.predict(pd.DataFrame({"user": [user], "item": [3]}))
        assert why["contribution"].sum() == pytest.approx(predicted[0])
        assert one.predict_interval(NEW[["user", "item"]]).shape == (len(NEW), 2)


def test_an_unknown_item_is_an_error(before):
    with pytest.raises(ValueError, match="1 items .*fit all ratings"):
        before.fold_in(pd.DataFrame({"user": [1], "item": [99], "rating": [3.0]}))


@pytest.mark.parametrize("known", ["features", "times"])
def test_a_model_with_features_or_times_is_an_error(known):
    features = pd.DataFrame({"item": range(30), "year": range(30)})
    if known == "features":
        found = model(item_features=features).fit(PAIRS, RATINGS)
    else:
        times = FRAME.assign(time=np.arange(len(FRAME)))
        found = model(time_col="time").fit(times)
    with pytest.raises(ValueError, match="item_features or time_col. Fit again"):
        found.fold_in(NEW)


@pytest.mark.slow
def test_real_users_folded_in_are_predicted_almost_as_well(ml_100k):
    rng = np.random.default_rng(0)
    test = rng.random(len(ml_100k)) < 0.2
    new = ml_100k["user"] % 10 == 0
    options = {"burn_in": 10, "random_state": 0}
    start = BayesianCollaborativeFilter(10, 60, **options).fit(ml_100k[~test & ~new])
    whole = BayesianCollaborativeFilter(10, 60, **options).fit(ml_100k[~test])
    known = ml_100k["item"].isin(start.item_ids_)
    folded = start.fold_in(ml_100k[~test & new & known])
    held_out = ml_100k[test & new & known]
    errors = [
        root_mean_squared_error(held_out["rating"], one.predict(held_out))
        for one in (whole, folded, start)
    ]
    assert errors[1] < errors[0] + 0.015
    assert errors[1] < errors[2] - 0.05
