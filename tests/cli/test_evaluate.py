"""`evaluate` gives the values of scikit-learn's and our metrics on held-out ratings."""

import json

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, root_mean_squared_error

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.metrics import ranking_report
from sklearn_cofi.model_selection import TemporalSplit, UserFractionSplit


def test_test_ratings_with_unknown_ids_are_counted(run, tmp_path):
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    train.write_text("1,1,3\n1,2,4\n2,1,5\n2,2,1\n")
    test.write_text("1,1,3\n9,1,4\n1,9,4\n9,9,3\n")
    out = run("evaluate", train, "--test", test, "--reg-param", 0.1, "--json").out
    facts = json.loads(out)
    assert facts["unknown_pairs"] == 3
    # The mean of item 1 is 4. Item 9 has no mean and gets that of all ratings, 3.25.
    squares = (3 - 4) ** 2 + (4 - 4) ** 2 + (4 - 3.25) ** 2 + (3 - 3.25) ** 2
    assert facts["errors"][0]["item_means"] == pytest.approx((squares / 4) ** 0.5)


@pytest.fixture
def timed(frame, tmp_path):
    """Ratings with times, as a frame and in a file."""
    frame = frame.assign(timestamp=np.random.default_rng(0).permutation(len(frame)))
    path = tmp_path / "timed.csv"
    frame.to_csv(path, index=False)
    return frame, path


@pytest.mark.parametrize(
    ("options", "seed", "splitter"),
    [
        ([], 0, UserFractionSplit(0.2, random_state=0)),
        (["--holdout", 0.4], 0, UserFractionSplit(0.4, random_state=0)),
        (["--seed", 3], 3, UserFractionSplit(0.2, random_state=3)),
        (["--temporal"], 0, TemporalSplit(1, test_fraction=0.2)),
        (["--temporal", "--holdout", 0.1], 0, TemporalSplit(1, test_fraction=0.1)),
    ],
)
def test_errors_are_those_on_the_test_rows_of_a_splitter(
    run, timed, options, seed, splitter
):
    frame, path = timed
    ((train, test),) = splitter.split(frame)
    train, test = frame.iloc[train], frame.iloc[test]
    items = train[["item"]].drop_duplicates()
    model = CollaborativeFilter(3, random_state=seed).fit(train)
    predicted = model.predict(test)
    done = run("evaluate", path, "--features", 3, "--json", *options)
    assert (done.status, done.err) == (0, "")
    facts = json.loads(done.out)
    assert facts["training_ratings"] == len(train)
    assert facts["test_ratings"] == len(test)
    known_pairs = len(test.merge(train[["user"]].drop_duplicates()).merge(items))
    assert facts["unknown_pairs"] == len(test) - known_pairs
    rmse, mae = facts["errors"]
    assert rmse["model"] == root_mean_squared_error(test["rating"], predicted)
    assert mae["model"] == mean_absolute_error(test["rating"], predicted)
    means = train.groupby("item")["rating"].mean().reindex(test["item"])
    means = means.fillna(train["rating"].mean())
    expected = root_mean_squared_error(test["rating"], means)
    assert rmse["item_means"] == pytest.approx(expected, rel=1e-12)


def test_a_test_file_is_used_for_errors_and_rankings(run, frame, tmp_path):
    train, test = frame[:1500], frame[1500:]
    train.to_csv(tmp_path / "train.csv", index=False)
    test.to_csv(tmp_path / "test.csv", index=False)
    command = ["evaluate", tmp_path / "train.csv", "--test", tmp_path / "test.csv"]
    command += "--features 3 --ranking --k 2,4 --relevant-from 4".split()
    model = CollaborativeFilter(3, random_state=0).fit(train)
    best = model.recommend(test["user"].unique(), n=4)
    report = ranking_report(test, best, k=(2, 4), relevant_from=4)
    facts = json.loads(run(*command, "--json").out)
    assert [row["metric"] for row in facts["ranking"]] == report["metric"].tolist()
    assert [row["mean"] for row in facts["ranking"]] == report["mean"].tolist()
    popular = model.recommend(test["user"].unique(), n=4, popularity_penalty=-1e9)
    report = ranking_report(test, popular, k=(2, 4), relevant_from=4)
    found = [row["most_popular"] for row in facts["ranking"]]
    assert found == report["mean"].tolist()
    sizes, errors, ranking = run(*command).out.split("\n\n")
    assert "1500" in sizes
    assert errors.split()[:3] == ["metric", "model", "item_means"]
    assert len(ranking.splitlines()) == 1 + len(report)


def test_dates_written_as_text_are_read_as_dates(run, timed, tmp_path):
    frame, path = timed
    dated = tmp_path / "dated.csv"
    days = np.datetime64("2020-01-01") + frame["timestamp"].to_numpy().astype("m8[D]")
    frame.assign(timestamp=days).to_csv(dated, index=False)
    a, b = (
        json.loads(run("evaluate", p, "--temporal", "--json").out)
        for p in (path, dated)
    )
    assert a["errors"] == b["errors"]


def test_a_temporal_split_needs_valid_times(refused, timed, folder, tmp_path):
    line = refused("evaluate", folder / "ratings.csv", "--temporal")
    assert "--timestamp-col" in line
    undated = tmp_path / "undated.csv"
    timed[0].assign(timestamp="once").to_csv(undated, index=False)
    assert "neither numbers nor dates" in refused("evaluate", undated, "--temporal")
