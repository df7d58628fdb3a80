"""`fold_in` of a Bayesian model with times: paths stay with their rows."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sampling import FRAME, RATINGS, model

from sklearn_cofi import load_npz, save_npz

SIDES = ["user", "item"]
OTHER = {"user": "item", "item": "user"}
CHOSEN = {"user": [0, 11, 39], "item": [0, 17, 29]}


def with_sittings():
    """Return the ratings with times: the errors of one sitting are alike."""
    rng = np.random.default_rng(0)
    moods = rng.standard_normal((2, FRAME["user"].max() + 1))
    sitting = rng.integers(2, size=len(FRAME))
    times = 1e9 + 1e6 * FRAME["user"] + 4e5 * sitting + rng.integers(0, 600, len(FRAME))
    ratings = RATINGS / 2 + 2 * moods[sitting, FRAME["user"]]
    return FRAME.assign(timestamp=times, rating=ratings)


TIMED = with_sittings()
NO_TIME = TIMED.assign(timestamp=np.nan)


def fitted(side, **options):
    return model(**options).fit(TIMED[~TIMED[side].isin(CHOSEN[side])])


@pytest.fixture(scope="module")
def before():
    return {side: fitted(side, time_col="timestamp") for side in SIDES}


@pytest.fixture(scope="module")
def folded(before):
    return {side: fold(before[side], side) for side in SIDES}


def fold(start, side):
    # X needs no column of times.
    new = TIMED.loc[TIMED[side].isin(CHOSEN[side]), ["user", "item", "rating"]]
    return start.fold_in(new, side=side)


def assert_same(one, other, pairs):
    for found, expected in zip(
        (*one.predict(pairs, return_std=True), one.predict_interval(pairs)),
        (*other.predict(pairs, return_std=True), other.predict_interval(pairs)),
        strict=True,
    ):
        np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("side", SIDES)
def test_other_rows_do_not_change_at_any_time(side, before, folded):
    others = ~TIMED[side].isin(CHOSEN[side])
    assert_same(folded[side], before[side], TIMED[others])
    assert_same(folded[side], before[side], NO_TIME[others])
    found = before[side].predict(TIMED[others])
    assert np.abs(found - before[side].predict(NO_TIME[others])).max() > 0.1


@pytest.mark.parametrize("side", SIDES)
def test_at_no_time_the_model_is_that_without_times(side, folded):
    plain = fold(fitted(side), side)
    np.testing.assert_array_equal(folded[side].predict(NO_TIME), plain.predict(NO_TIME))
    for name in ("user", "item"):
        for attribute in (f"{name}_draws_", f"{name}_factors_", f"{name}_noise_"):
            found, expected = (getattr(x, attribute) for x in (folded[side], plain))
            np.testing.assert_array_equal(found, expected)


@pytest.mark.parametrize("side", SIDES)
def test_new_rows_have_the_effects_of_the_other_side_only(side, before, folded):
    new = TIMED[side].isin(CHOSEN[side])
    found, start = folded[side], before[side]
    unknown = {side: TIMED[side][new] + 1000}
    changes = [
        one.predict(TIMED[new].assign(**more))
        - one.predict(NO_TIME[new].assign(**more))
        for one, more in ((found, {}), (start, unknown))
    ]
    np.testing.assert_allclose(changes[0], changes[1], atol=1e-12)
    assert np.abs(changes[0]).max() > (1e-3 if side == "item" else 0)
    ratios = [
        one.predict(TIMED[new].assign(**more), return_std=True)[1]
        / one.predict(NO_TIME[new].assign(**more), return_std=True)[1]
        for one, more in ((found, {}), (start, unknown))
    ]
    np.testing.assert_allclose(ratios[0], ratios[1])


def test_new_ratings_of_a_known_row_leave_its_effects(before):
    start, other = before["user"], TIMED[TIMED["user"] == 5]
    unrated = np.setdiff1d(np.arange(30), other["item"])[:4]
    more = pd.DataFrame({"user": 5, "item": unrated, "rating": 5.0})
    found = start.fold_in(more)
    own, none = other, other.assign(timestamp=np.nan)
    assert np.abs(found.predict(none) - start.predict(none)).max() > 0.01
    np.testing.assert_allclose(
        found.predict(own) - found.predict(none),
        start.predict(own) - start.predict(none),
    )


def test_both_sides_can_be_folded_in(folded):
    start = folded["user"]
    late = pd.DataFrame({"user": [1, 2, 3, 0], "item": 12.5, "rating": [1.0, 2, 5, 4]})
    late["item"] = -1  # before all other items
    found = start.fold_in(late, side="item")
    assert_same(found, start, TIMED)
    assert found._item_time_indptr[1] == 0
    user = fold(found, "user")
    assert_same(user, found, TIMED[~TIMED["user"].isin(CHOSEN["user"])])


@pytest.mark.parametrize("side", SIDES)
def test_saved_models_fold_in_the_same(side, before, folded, tmp_path):
    for number, one in enumerate((before[side], folded[side])):
        path = tmp_path / f"{number}.npz"
        save_npz(one, path)
        loaded = load_npz(path)
        assert_same(loaded, one, TIMED)
        assert_same(fold(loaded, side), fold(one, side), TIMED)


DAMAGES = {
    "absent": (
        lambda found: vars(found).pop("_user_time_indptr"),
        "_user_times has the wrong shape",
    ),
    "counts": (
        lambda found: vars(found).pop("_item_time_indptr"),
        "_item_times has the wrong shape",
    ),
    "end": (
        lambda found: found._user_time_indptr.__setitem__(-1, 7),
        "_user_time_indptr does not partition the times",
    ),
    "order": (
        lambda found: found._item_time_indptr.__setitem__(1, 10**6),
        "_item_time_indptr does not partition the times",
    ),
    "rows": (
        lambda found: vars(found).update(_user_time_indptr=found._user_time_indptr[1:]),
        "_user_time_indptr has the shape",
    ),
}


@pytest.mark.parametrize(("damage", "message"), DAMAGES.values(), ids=DAMAGES)
def test_damaged_files_are_refused(damage, message, folded, tmp_path):
    damaged = pickle.loads(pickle.dumps(folded["user"]))
    damage(damaged)
    save_npz(damaged, tmp_path / "model.npz")
    with pytest.raises(ValueError, match=message):
        load_npz(tmp_path / "model.npz")


def test_a_refit_forgets_the_rows_that_were_folded_in(folded):
    found = pickle.loads(pickle.dumps(folded["user"])).fit(TIMED)
    fresh = model(time_col="timestamp").fit(TIMED)
    assert vars(found).keys() == vars(fresh).keys()
    assert_same(found, fresh, TIMED)


def test_rows_with_features_have_no_effects():
    users = pd.DataFrame({"user": np.arange(45), "age": np.arange(45) % 7})
    start = model(time_col="timestamp", user_features=users).fit(TIMED)
    more = pd.DataFrame({"user": [-1, 20, 99], "age": [1, 2, 3]})
    found = start.fold_in(features=more)
    others = TIMED["user"] != 20
    assert_same(found, start, TIMED[others])
    new = TIMED[:30].assign(user=-1)
    effects = found.predict(new) - found.predict(new.assign(timestamp=np.nan))
    unknown = new.assign(user=1000)
    expected = start.predict(unknown) - start.predict(unknown.assign(timestamp=np.nan))
    np.testing.assert_allclose(effects, expected, atol=1e-12)
