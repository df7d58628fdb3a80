"""`BayesianCollaborativeFilter` with times: fits, predictions, errors and files."""

import pickle

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sampling import FRAME, RATINGS, StopAfter, model
from sklearn.base import clone
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from versions import needs_callbacks

from sklearn_cofi import BayesianCollaborativeFilter, load_npz, save_npz
from sklearn_cofi.model_selection import TemporalSplit, WarmKFold

HOUR = 3600.0


def with_sittings():
    """Return the pairs with times: each user rates at one of two sittings."""
    rng = np.random.default_rng(0)
    sitting = rng.integers(2, size=len(FRAME))
    starts = 1.5e9 + 50 * HOUR * rng.integers(0, 900, (FRAME["user"].max() + 1, 2))
    times = starts[FRAME["user"], sitting] + rng.integers(0, 600, len(FRAME))
    moods = rng.standard_normal(starts.shape)[FRAME["user"], sitting]
    pairs = FRAME[["user", "item"]].assign(timestamp=times.astype(np.int64))
    return pairs, RATINGS / 2 + 2 * moods


PAIRS, VALUES = with_sittings()


def timed(**parameters):
    return model(**{"time_col": "timestamp"} | parameters)


@pytest.fixture(scope="module")
def fitted():
    return timed().fit(PAIRS, VALUES)


def assert_same(found, expected, pairs=PAIRS):
    for one, two in zip(
        found.predict(pairs, return_std=True),
        expected.predict(pairs, return_std=True),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)
    np.testing.assert_array_equal(
        found.predict_interval(pairs), expected.predict_interval(pairs)
    )


def test_times_explain_the_moods_of_sittings(fitted):
    plain = model().fit(PAIRS, VALUES)
    assert fitted.noise_at_times_ < 0.8 * fitted.noise_
    assert fitted.user_time_stds_.shape == (3,)
    assert fitted.item_time_stds_.shape == (1,)
    assert np.sqrt(np.square(fitted.user_time_stds_).sum()) > 1
    assert not hasattr(plain, "user_time_stds_")


def test_an_unseen_rating_of_a_sitting_has_its_mood():
    errors = []
    for train, test in KFold(4, shuffle=True, random_state=0).split(PAIRS):
        given, y = (PAIRS.iloc[train], VALUES.iloc[train]), VALUES.iloc[test]
        errors.append(
            [
                root_mean_squared_error(y, found.fit(*given).predict(PAIRS.iloc[test]))
                for found in (model(), timed())
            ]
        )
    plain, with_times = np.mean(errors, axis=0)
    assert with_times < 0.85 * plain


def test_without_time_col_times_change_no_bit():
    with_column = model().fit(PAIRS, VALUES)
    assert_same(with_column, model().fit(PAIRS[["user", "item"]], VALUES))
    other = model(time_scales=("5D",), item_time_scales=()).fit(PAIRS, VALUES)
    assert_same(other, with_column)


@pytest.mark.parametrize("column", [2, "when"])
def test_times_are_found_by_name_and_by_position(column, fitted):
    named = PAIRS.rename(columns={"timestamp": "when"})
    assert_same(
        fitted,
        timed(time_col=column).fit(named, VALUES).set_params(time_col="timestamp"),
    )


def test_arrays_have_times_by_position(fitted):
    found = timed(time_col=2).fit(PAIRS.to_numpy(), VALUES.to_numpy())
    np.testing.assert_array_equal(
        found.predict(PAIRS.to_numpy()), fitted.predict(PAIRS)
    )


KINDS = {
    "pandas": lambda frame: frame,
    "polars": pl.from_pandas,
    "pyarrow": pa.Table.from_pandas,
}


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_datetimes_are_seconds(kind, fitted):
    dates = pd.to_datetime(PAIRS["timestamp"], unit="s")
    dated = kind(PAIRS.assign(timestamp=dates))
    found = timed().fit(dated, VALUES)
    np.testing.assert_array_equal(found.predict(dated), fitted.predict(PAIRS))
    np.testing.assert_array_equal(found.user_time_stds_, fitted.user_time_stds_)


def test_the_origin_of_the_times_hardly_matters(fitted):
    moved = PAIRS.assign(timestamp=PAIRS["timestamp"] - 1_400_000_000)
    found = timed().fit(moved, VALUES)
    np.testing.assert_allclose(found.predict(moved), fitted.predict(PAIRS))


def test_the_order_of_the_rows_changes_no_bit():
    # Pairs are repeated, at other times and with weights.
    again = PAIRS[::3].assign(timestamp=PAIRS["timestamp"][::3] + 7777)
    pairs = pd.concat([PAIRS, again], ignore_index=True)
    values = pd.concat([VALUES, VALUES[::3] + 0.5], ignore_index=True)
    weights = np.random.default_rng(0).choice([0.5, 1, 2], len(pairs))
    order = np.random.default_rng(1).permutation(len(pairs))
    with pytest.warns(UserWarning, match="more than one"):
        one = timed().fit(pairs, values, sample_weight=weights)
    with pytest.warns(UserWarning, match="more than one"):
        two = timed().fit(
            pairs.iloc[order], values.iloc[order], sample_weight=weights[order]
        )
    assert_same(one, two, pairs)


def test_repeated_pairs_have_their_mean_time():
    again = PAIRS.assign(timestamp=PAIRS["timestamp"] + 20)
    pairs = pd.concat([PAIRS, again], ignore_index=True)
    values = pd.concat([VALUES, VALUES], ignore_index=True)
    mean = PAIRS.assign(timestamp=PAIRS["timestamp"] + 10)
    expected = timed().fit(mean, VALUES, sample_weight=2)
    assert_same(timed().fit(pairs, values), expected)


def test_rows_of_weight_zero_do_not_count():
    rest = np.arange(len(PAIRS)) % 5 > 0
    weights = rest.astype(float)
    elsewhere = PAIRS.assign(timestamp=PAIRS["timestamp"].where(rest, 5.0))
    found = timed().fit(elsewhere, VALUES, sample_weight=weights)
    assert_same(found, timed().fit(PAIRS[rest], VALUES[rest]))


def test_threads_change_no_bit():
    one, two = (
        timed(n_chains=2, n_jobs=n_jobs).fit(PAIRS, VALUES) for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one.traces_, two.traces_)
    assert_same(one, two)


def test_the_first_chain_is_the_fit_of_one_chain(fitted):
    found = timed(n_chains=2).fit(PAIRS, VALUES)
    np.testing.assert_array_equal(found.traces_[:, :1], fitted.traces_)


def test_times_change_no_other_part_of_the_model(fitted):
    plain = model().fit(PAIRS, VALUES)
    for name, value in vars(plain).items():
        if name.endswith("_") or name.endswith("_draws"):
            np.testing.assert_array_equal(getattr(fitted, name), value, err_msg=name)
    no_time = PAIRS.assign(timestamp=np.nan)
    predicted, std = fitted.predict(no_time, return_std=True)
    expected, expected_std = plain.predict(PAIRS, return_std=True)
    np.testing.assert_array_equal(predicted, expected)
    np.testing.assert_allclose(std, expected_std, rtol=1e-12)
    np.testing.assert_allclose(
        fitted.predict_interval(no_time), plain.predict_interval(PAIRS), rtol=1e-9
    )


def test_a_missing_time_is_long_after_all_ratings(fitted):
    # Ids that the fit has not seen have no times, and a variance as at any other time.
    pairs = pd.concat(
        [PAIRS[:20], PAIRS[:2].assign(user=99), PAIRS[:2].assign(item=99)]
    )
    with_dates = [
        pairs.assign(timestamp=time)
        for time in (np.nan, 1e15, -1e15, np.inf, pd.NaT, None)
    ]
    expected = fitted.predict(with_dates[0], return_std=True)
    for one in with_dates[1:]:
        assert_same(fitted, fitted, one)
        for found, value in zip(
            fitted.predict(one, return_std=True), expected, strict=True
        ):
            np.testing.assert_array_equal(found, value)


def test_later_predictions_decay_to_the_level_of_the_user(fitted):
    user = PAIRS["user"].iloc[0]
    last = PAIRS[PAIRS["user"] == user].sort_values("timestamp").iloc[[-1]]
    never = fitted.predict(last.assign(timestamp=np.nan))
    item_times = timed(item_time_scales=()).fit(PAIRS, VALUES)
    never = item_times.predict(last.assign(timestamp=np.nan))
    later = [
        item_times.predict(last.assign(timestamp=last["timestamp"] + days * 24 * HOUR))
        for days in (0.01, 1, 2, 4, 30, 300)
    ]
    distances = np.abs(np.concatenate(later) - never)
    assert (np.diff(distances) < 0).all()
    assert distances[0] > 0.1
    assert distances[-1] < 1e-9


def test_standard_deviations_grow_with_the_distance_of_the_ratings(fitted):
    last = PAIRS.sort_values("timestamp").groupby("user").tail(1)
    stds = [
        fitted.predict(last.assign(timestamp=last["timestamp"] + gap), return_std=True)
        for gap in (0.0, HOUR, 300 * 24 * HOUR)
    ]
    near, soon, far = (std for _, std in stds)
    assert near.mean() < soon.mean() < far.mean()
    low, high = fitted.predict_interval(last.assign(timestamp=np.nan)).T
    near_low, near_high = fitted.predict_interval(last).T
    assert (high - low).mean() > (near_high - near_low).mean()


def test_recommendations_are_predictions_at_no_particular_time(fitted):
    best = fitted.recommend([0, 3], n=5, return_std=True)
    pairs = pd.DataFrame(
        {"user": best["user"], "item": best["item"], "timestamp": np.nan}
    )
    predicted, std = fitted.predict(pairs, return_std=True)
    np.testing.assert_allclose(best["prediction"], predicted)
    np.testing.assert_allclose(best["std"], std)
    new = pd.DataFrame({"item": [0, 3, 7], "rating": [5.0, 1.0, 4.0]})
    best = fitted.recommend(ratings=new, n=2, return_std=True)
    assert np.isfinite(best[["prediction", "std"]].to_numpy()).all()


def test_explanations_and_preferences_are_at_no_particular_time(fitted):
    user, item = PAIRS["user"].iloc[0], PAIRS["item"].iloc[0]
    expected = fitted.predict(PAIRS[:1].assign(timestamp=np.nan))
    total = fitted.explain(user, item)["contribution"].sum()
    assert total == pytest.approx(expected[0])
    pairs = PAIRS[["user", "item"]][:3]
    np.testing.assert_array_equal(
        fitted.predict_preference(pairs, other_items=5),
        fitted.predict_preference(PAIRS[:3], other_items=5),
    )


@pytest.mark.parametrize(
    ("scales", "item_scales"), [((), ("30D",)), (("1h",), ()), ((), ())]
)
def test_a_side_may_have_no_scale(scales, item_scales):
    found = timed(time_scales=scales, item_time_scales=item_scales).fit(PAIRS, VALUES)
    assert found.user_time_stds_.size == len(scales)
    assert found.item_time_stds_.size == len(item_scales)
    assert np.isfinite(found.predict(PAIRS, return_std=True)).all()
    if not scales and not item_scales:
        assert_same(found, model().fit(PAIRS, VALUES))


@pytest.mark.parametrize("n", [1, 2])
def test_users_with_few_ratings_are_predicted(n):
    few = PAIRS.groupby("user").head(n)
    found = timed().fit(few, VALUES[few.index])
    assert np.isfinite(found.predict(PAIRS, return_std=True)).all()


@pytest.mark.parametrize("gap", [0.0, 1e12])
def test_equal_times_and_huge_gaps_are_predicted(gap):
    pairs = PAIRS.assign(timestamp=gap * np.arange(len(PAIRS)))
    found = timed().fit(pairs, VALUES)
    assert np.isfinite(found.predict(pairs, return_std=True)).all()


def test_ids_with_features_and_no_ratings_are_predicted_at_all_times():
    # The rows of the new ids are between those of the others.
    users = pd.DataFrame({"user": np.arange(60) / 2 + 5, "size": np.arange(60.0) % 7})
    items = pd.DataFrame({"item": np.arange(60) / 2, "size": np.arange(60.0) % 5})
    pairs = PAIRS.assign(user=PAIRS["user"] * 1.0, item=PAIRS["item"] * 1.0)
    pairs = pairs[pairs["user"].between(5, 34)]
    values = VALUES[pairs.index]
    rated = users["user"].isin(pairs["user"]), items["item"].isin(pairs["item"])
    assert not rated[0].all()
    options = {"user_encoder": None, "item_encoder": None}
    found = timed(user_features=users, item_features=items, **options)
    found.fit(pairs, values)
    alone = timed(user_features=users[rated[0]], item_features=items[rated[1]])
    alone.fit(pairs, values)
    changes = [
        one.predict(pairs) - one.predict(pairs.assign(timestamp=np.nan))
        for one in (found, alone)
    ]
    assert np.abs(changes[0]).max() > 0.1
    np.testing.assert_allclose(changes[0], changes[1], atol=0.3)
    # Ids without ratings have no effects of time at any time.
    new = pd.DataFrame({"user": [5.5, 6.5], "item": [0.5, 1.5], "timestamp": 1.5e9})
    for one, two in zip(
        found.predict(new, return_std=True),
        found.predict(new.assign(timestamp=np.nan), return_std=True),
        strict=True,
    ):
        np.testing.assert_array_equal(one, two)


def invalid(time):
    return PAIRS.assign(timestamp=PAIRS["timestamp"].astype(float)).replace(
        {"timestamp": {PAIRS["timestamp"].iloc[3]: time}}
    )


FAULTS = {
    "NaN": (invalid(np.nan), {}, r"1 times are missing in column 'timestamp'\. Drop"),
    "NaT": (
        invalid(np.nan).assign(
            timestamp=lambda frame: pd.to_datetime(frame["timestamp"], unit="s")
        ),
        {},
        r"1 times are missing in column 'timestamp'\. Drop",
    ),
    "inf": (invalid(np.inf), {}, r"1 times in column 'timestamp' are infinite\. Drop"),
    "absent": (PAIRS[["user", "item"]], {}, "no column 'timestamp' of times; it has"),
    "position": (PAIRS, {"time_col": 7}, "no column 7 of times; it has"),
    "negative": (PAIRS, {"time_col": -1}, "time_col"),
    "scale": (PAIRS, {"time_scales": ["1h", "0s"]}, "time_scales contains '0s'"),
    "item": (PAIRS, {"item_time_scales": ["no"]}, "item_time_scales contains 'no'"),
    "string": (PAIRS, {"time_scales": "1h"}, "'time_scales' parameter"),
}


@pytest.mark.parametrize(("pairs", "options", "message"), FAULTS.values(), ids=FAULTS)
def test_invalid_times_raise_and_keep_the_previous_fit(pairs, options, message):
    found = timed().fit(PAIRS, VALUES)
    before, names = found.predict(PAIRS), vars(found).keys()
    with pytest.raises(ValueError, match=message):
        found.set_params(**options).fit(pairs, VALUES)
    found.set_params(**timed().get_params())
    assert vars(found).keys() == names
    np.testing.assert_array_equal(found.predict(PAIRS), before)


def test_dates_as_text_raise():
    text = PAIRS.assign(timestamp="2020-01-01")
    with pytest.raises(TypeError, match="must be numbers or dates, but column"):
        timed().fit(text, VALUES)


@pytest.mark.parametrize("method", ["predict", "predict_interval"])
def test_pairs_without_a_column_of_times_raise(method, fitted):
    message = r"no column 'timestamp' of times; .* Add the column. A missing time"
    with pytest.raises(ValueError, match=message):
        getattr(fitted, method)(PAIRS[["user", "item"]])


def test_a_fit_without_times_forgets_the_times():
    found = timed().fit(PAIRS, VALUES).set_params(time_col=None).fit(PAIRS, VALUES)
    assert vars(found).keys() == vars(model().fit(PAIRS, VALUES)).keys()
    assert_same(found, model().fit(PAIRS, VALUES))


def test_equal_ratings_are_predicted_exactly_at_any_time():
    with pytest.warns(UserWarning, match="All ratings are equal"):
        found = timed().fit(PAIRS, np.full(len(PAIRS), 3.0))
    for pairs in (PAIRS, PAIRS.assign(timestamp=np.nan)):
        np.testing.assert_array_equal(found.predict(pairs), 3.0)


@needs_callbacks
@pytest.mark.parametrize("n", [2, 12])
def test_a_callback_stops_the_fit_and_gets_fitted_models(n):
    callback = StopAfter(n)
    found = timed().set_callbacks(callback).fit(PAIRS, VALUES)
    assert found.n_iter_ == n
    assert np.isfinite(found.predict(PAIRS, return_std=True)).all()


@needs_callbacks
def test_a_callback_that_reads_each_sweep_changes_no_bit(fitted):
    observed = timed().set_callbacks(StopAfter(10**6)).fit(PAIRS, VALUES)
    assert_same(observed, fitted)


def test_clones_pickles_and_files_are_the_same_model(fitted, tmp_path):
    assert_same(clone(fitted).fit(PAIRS, VALUES), fitted)
    assert_same(pickle.loads(pickle.dumps(fitted)), fitted)
    save_npz(fitted, tmp_path / "model.npz")
    for mmap_mode in (None, "r"):
        loaded = load_npz(tmp_path / "model.npz", mmap_mode=mmap_mode)
        assert_same(loaded, fitted)
        assert vars(loaded).keys() == vars(fitted).keys()
        assert repr(loaded) == repr(fitted)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda found: vars(found).pop("_item_times"), "effects of time are not"),
        (
            lambda found: np.add.at(found.item_counts_, [0, 1], [-99, 99]),
            "item_counts_",
        ),
        (lambda found: found.item_counts_.__setitem__(0, 99), "item_counts_ do not"),
        (lambda found: found.item_counts_.__setitem__(0, -5), "item_counts_ do not"),
        (
            lambda found: vars(found).update(
                _user_times=PAIRS["timestamp"].to_numpy(np.float64)[1:]
            ),
            "_user_time_effects has the shape",
        ),
    ],
)
def test_damaged_files_are_refused(change, message, fitted, tmp_path):
    damaged = pickle.loads(pickle.dumps(fitted))
    change(damaged)
    save_npz(damaged, tmp_path / "model.npz")
    with pytest.raises(ValueError, match=message):
        load_npz(tmp_path / "model.npz")


def test_searches_and_splitters_work():
    grid = {"time_scales": [("1h",), ("1min", "1D")], "time_col": [None, "timestamp"]}
    search = GridSearchCV(timed(n_sweeps=12), grid, cv=2)
    search.fit(PAIRS, VALUES)
    assert search.best_params_["time_col"] == "timestamp"
    for splitter in (TemporalSplit(2), WarmKFold(2, random_state=0)):
        found = cross_validate(timed(n_sweeps=12), PAIRS, VALUES, cv=splitter)
        assert np.isfinite(found["test_score"]).all()


@pytest.mark.slow
def test_times_lower_the_errors_of_random_ratings(ml_100k):
    train, test = next(KFold(5, shuffle=True, random_state=0).split(ml_100k))
    train, test = ml_100k.iloc[train], ml_100k.iloc[test]
    columns = ["user", "item", "timestamp"]
    errors, inside = [], []
    for time_col in (None, "timestamp"):
        found = BayesianCollaborativeFilter(10, 60, time_col=time_col, random_state=0)
        found.fit(train[columns], train["rating"])
        predicted = found.predict(test[columns])
        errors.append(root_mean_squared_error(test["rating"], predicted))
        low, high = found.predict_interval(test[columns], 0.8).T
        inside.append(((low <= test["rating"]) & (test["rating"] <= high)).mean())
    # Measured: 0.8802 and 0.8700.
    assert errors[1] < errors[0] - 0.008
    np.testing.assert_allclose(inside, 0.8, atol=0.01)
