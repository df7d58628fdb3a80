"""Models of times: `fit` and `evaluate` with --times, and queries at a time."""

import io
import json

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import BayesianCollaborativeFilter, load_npz
from sklearn_cofi.cli import main
from sklearn_cofi.cli._times import read_seconds
from sklearn_cofi.datasets import make_ratings

FIT = ["--features", 2, "--bayesian", "--sweeps", 30, "--times"]
SCALES = ["--time-scales", "1h,86400", "--item-time-scales", "none"]


@pytest.fixture(scope="module")
def timed():
    """Return ratings whose users have a mood on each of three evenings."""
    X, y = make_ratings(400, 20, 30, rank=1, random_state=0)
    evening = np.arange(400) % 3
    mood = np.random.default_rng(0).normal(size=(20, 3))
    seconds = 1_700_000_000 + 604_800 * evening + np.arange(400)
    rating = y + mood[X["user"], evening]
    return X.assign(rating=rating.round(3), timestamp=seconds)


@pytest.fixture
def fitted(run, timed, tmp_path):
    """Return a function that fits ratings and returns the path of the model."""

    def fitted(frame=timed, *options, header=True):
        ratings, path = tmp_path / "ratings.csv", tmp_path / "model.npz"
        frame.to_csv(ratings, index=False, header=header)
        done = run("fit", ratings, "-o", path, *FIT, *options)
        assert (done.status, done.err) == (0, "")
        return path

    return fitted


def predicted(run, path, text, *options):
    """Return predictions of the rows of a file."""
    done = run("predict", path, "-", "-o", "-", *options, stdin=text.encode())
    assert (done.status, done.err) == (0, "")
    return read_predictions(done.out)["prediction"].to_numpy()


def read_predictions(text):
    """Return a table of predictions with all their bits."""
    # Older versions of pandas read some last bits wrongly; Python does not.
    return pd.read_csv(io.StringIO(text), converters={"prediction": float})


@pytest.mark.parametrize("options", [[], SCALES])
def test_the_model_is_that_of_the_estimator(run, fitted, timed, options):
    model = BayesianCollaborativeFilter(2, 30, time_col="timestamp", random_state=0)
    if options:
        model.set_params(time_scales=["1h", 86400.0], item_time_scales=[])
    model.fit(timed)
    path = fitted(timed, *options)
    np.testing.assert_array_equal(load_npz(path).predict(timed), model.predict(timed))
    text = timed[["user", "item", "timestamp"]].to_csv(index=False)
    np.testing.assert_array_equal(predicted(run, path, text), model.predict(timed))
    facts = json.loads(run("info", path, "--json").out)
    shown = [f"{std:.3g}" for std in facts["user_time_stds"].values()]
    assert shown == [f"{std:.3g}" for std in model.user_time_stds_]
    scales = ["1h", "86400.0"] if options else ["1min", "1h", "1D"]
    assert list(facts["user_time_stds"]) == scales
    assert list(facts["item_time_stds"]) == ([] if options else ["365D"])


def dates(seconds):
    return pd.to_datetime(seconds, unit="s").dt.strftime("%Y-%m-%dT%H:%M:%SZ")


UNITS = {
    "dates": dates,
    "milliseconds": lambda seconds: seconds * 10**3,
    "microseconds": lambda seconds: seconds * 10**6,
    "nanoseconds": lambda seconds: seconds * 10**9,
}


@pytest.mark.parametrize("write", UNITS.values(), ids=UNITS)
def test_times_of_all_units_give_the_same_model(run, fitted, timed, write):
    path = fitted()
    expected = load_npz(path).predict(timed)
    other = timed.assign(timestamp=write(timed["timestamp"]))
    pairs = other[["user", "item", "timestamp"]].to_csv(index=False)
    np.testing.assert_array_equal(predicted(run, path, pairs), expected)
    again = load_npz(fitted(other))
    np.testing.assert_array_equal(again.predict(timed), expected)


LAYOUTS = {
    "a name in the options": ({"timestamp": "when"}, True, ["--timestamp-col", "when"]),
    "no header": ({}, False, []),
    "a position": ({"timestamp": "when"}, True, ["--timestamp-col", 3]),
}


@pytest.mark.parametrize(("names", "header", "options"), LAYOUTS.values(), ids=LAYOUTS)
def test_the_model_keeps_the_column_of_times(
    run, fitted, timed, names, header, options
):
    expected = load_npz(fitted()).predict(timed)
    frame = timed.rename(columns=names)
    path = fitted(frame, *options, header=header)
    text = frame.to_csv(index=False, header=header)
    np.testing.assert_array_equal(predicted(run, path, text), expected)
    read = pd.read_csv(io.StringIO(text), header=0 if header else None)
    np.testing.assert_array_equal(load_npz(path).predict(read), expected)
    pairs = timed[["user", "item", "timestamp"]].to_csv(index=False)
    np.testing.assert_array_equal(predicted(run, path, pairs), expected)


def test_the_column_of_times_is_printed(timed, tmp_path, capsys):
    ratings, path = tmp_path / "ratings.csv", tmp_path / "model.npz"
    timed.to_csv(ratings, index=False)
    assert main([str(one) for one in ("fit", ratings, "-o", path, *FIT)]) == 0
    line = "user 'user', item 'item', rating 'rating', time 'timestamp'\n"
    assert capsys.readouterr().err.endswith(line)


def test_pairs_without_a_time_are_predicted_for_no_particular_time(run, fitted, timed):
    path = fitted()
    model, pairs = load_npz(path), timed[:5]
    expected = model.predict(pairs.assign(timestamp=np.nan))
    assert (expected != model.predict(pairs)).all()
    text = pairs.assign(timestamp="").to_csv(index=False)
    np.testing.assert_array_equal(predicted(run, path, text), expected)
    text = pairs[["user", "item"]].to_csv(index=False)
    done = run("predict", path, "-", "-o", "-", stdin=text.encode())
    assert done.err == (
        "sklearn-cofi: warning: standard input has no column of times, so its "
        "predictions are for no particular time. Name the column with "
        "--timestamp-col.\n"
    )
    table = read_predictions(done.out)
    np.testing.assert_array_equal(table["prediction"], expected)
    assert list(table) == ["user", "item", "prediction"]


def test_queries_of_a_model_of_times(run, fitted, timed):
    path = fitted()
    for command in (
        ["recommend", path, "--users", 3],
        ["recommend", path, "--ratings", "-"],
        ["explain", path, 3, 5],
        ["similar", path, 3],
    ):
        done = run(*command, stdin=b"item,rating,timestamp\n1,2,never\n")
        assert (done.status, done.err) == (0, ""), command


def test_evaluate_uses_the_times_of_training_and_test_ratings(run, timed, tmp_path):
    paths = tmp_path / "train.csv", tmp_path / "test.csv"
    is_test = np.arange(len(timed)) % 5 == 0
    for path, rows in zip(paths, (~is_test, is_test), strict=True):
        timed[rows].to_csv(path, index=False)
    done = run("evaluate", paths[0], "--test", paths[1], *FIT, "--json")
    assert (done.status, done.err) == (0, "")
    model = BayesianCollaborativeFilter(2, 30, time_col="timestamp", random_state=0)
    test = timed[is_test]
    error = model.fit(timed[~is_test]).predict(test) - test["rating"]
    printed = json.loads(done.out)["errors"][0]["model"]
    assert printed == pytest.approx(np.sqrt((error**2).mean()), rel=1e-12)
    done = run("evaluate", paths[0], "--temporal", *FIT)
    assert (done.status, done.err) == (0, "")


WRONG = {
    "no column": ("user,item,rating\n1,2,3\n", "no column 'timestamp', and --times"),
    "a missing time": (
        "user,item,rating,timestamp\n1,2,3,5\n1,3,4,\n",
        "1 of 2 times (column 'timestamp') are missing or infinite; the first is row 2",
    ),
    "words": (
        "user,item,rating,timestamp\n1,2,3,soon\n1,3,4,later\n",
        "neither numbers nor dates",
    ),
    "two units": (
        "user,item,rating,timestamp\n1,2,3,1700000000\n1,3,4,1700000000000\n",
        "in seconds",
    ),
    "dates without hyphens": (
        "user,item,rating,timestamp\n1,2,3,19950101\n1,3,4,19951231\n",
        "column 'timestamp' holds dates written as numbers, such as 19950101. Write "
        "dates such as 1995-01-01, or seconds since 1970",
    ),
    "years": (
        "user,item,rating,timestamp\n1,2,3,1995\n1,3,4,2001\n",
        "column 'timestamp' holds years, such as 1995. Write dates such as 1995-01-01",
    ),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_wrong_times_are_refused(refused, tmp_path, text, message):
    source = tmp_path / "ratings.csv"
    source.write_text(text)
    line = refused("fit", source, "-o", tmp_path / "model.npz", *FIT)
    assert message in line
    assert line.startswith(f"sklearn-cofi: error: {source}")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--times"], "--times needs --bayesian."),
        (["--bayesian", "--time-scales", "1h"], "--time-scales needs --times."),
        (["--time-scales", "1h"], "--time-scales needs --bayesian."),
        ([*FIT, "--time-scales", "1h,soon"], "'soon', which is not a positive"),
        ([*FIT, "--item-time-scales", "-1"], "not a positive duration"),
        ([*FIT, "--time-scales", "1D,24h"], "'1D' and '24h', which are the same"),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(run, options, message):
    done = run("fit", "ratings.csv", "-o", "model.npz", *options)
    assert done.status == 2
    assert message in " ".join(done.err.split())


def test_a_few_numbers_below_a_unit_do_not_decide_it():
    frame = pd.DataFrame({"time": [1_700_000_000_000, 1_700_000_000_500, np.nan, 0]})
    seconds = read_seconds(frame, 0, "a file", may_be_missing=True)
    np.testing.assert_array_equal(seconds, [1.7e9, 1.7e9 + 0.5, np.nan, 0])


NOT_DATES = {
    "no month 13": [19950101, 19951301],
    "a fraction": [1995.5, 2001],
    "one is not a year": [1995, 2001, 2101],
    "missing": [np.nan, np.nan],
}


@pytest.mark.parametrize("numbers", NOT_DATES.values(), ids=NOT_DATES)
def test_other_numbers_are_seconds(numbers):
    frame = pd.DataFrame({"time": numbers})
    seconds = read_seconds(frame, 0, "a file", may_be_missing=True)
    np.testing.assert_array_equal(seconds, numbers)
