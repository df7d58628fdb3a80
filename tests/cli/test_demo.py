"""The command line without a command."""

import subprocess
import sys

import pytest

from sklearn_cofi.datasets import load_tutorial


def test_without_options_user_0_of_the_tutorial_gets_titles():
    done = subprocess.run(
        [sys.executable, "-m", "sklearn_cofi"],
        capture_output=True,
        text=True,
        check=True,
    )
    assert "32 ratings of 10 items by 6 users" in done.stdout
    recommended = done.stdout.split("Recommended to user 0")[1].splitlines()[1:]
    assert len(recommended) == 5
    assert "A Very Harold and Kumar Christmas (2011)" in recommended[0]
    assert not any("Notorious" in line for line in recommended), "user 0 rated it"
    assert done.stderr == ""


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_ratings_are_read_from_files(tmp_path, run, frame, suffix):
    path = tmp_path / f"ratings{suffix}"
    shuffled = frame[["rating", "item", "user"]]
    if suffix == ".parquet":
        shuffled.to_parquet(path)
    else:
        shuffled.to_csv(path, index=False, sep="," if suffix == ".csv" else "\t")
    user = str(frame["user"].iloc[0])
    done = run("--data", path, "-n", "3", "--user", user)
    n_items, n_users = frame["item"].nunique(), frame["user"].nunique()
    assert f"2,000 ratings of {n_items} items by {n_users} users" in done.out
    assert "Held-out tenth: RMSE" in done.out
    recommended = done.out.split(f"Recommended to user {user}")[1]
    assert len(recommended.splitlines()) == 1 + 3


def test_unnamed_columns_are_taken_by_position(tmp_path, run):
    path = tmp_path / "ratings.csv"
    frame = load_tutorial().frame[["user", "title", "rating"]]
    frame.set_axis(["who", "what", "stars"], axis=1).to_csv(path, index=False)
    done = run("--data", path)
    assert "32 ratings of 10 items by 6 users" in done.out
    (position,) = done.err.splitlines()
    assert "by position: user 'who', item 'what', rating 'stars'" in position


def test_movielens_is_read_from_a_folder(data_home, ml_latest_small, run):
    out = run("--movielens", "--data-home", data_home).out
    assert f"{len(ml_latest_small):,} ratings" in out
    error, baseline = (
        float(part.split(")")[0].split()[-1])
        for part in out.split("RMSE ")[1].split("(item means alone: ")
    )
    assert error < baseline


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "missing.csv"], "missing.csv: No such file"),
        (["--user", "99"], "There is no user 99"),
        (["--user", "1.5"], "There is no user 1.5"),
    ],
)
def test_missing_files_and_users_are_errors(run, arguments, message):
    done = run(*arguments)
    assert done.status == 1
    assert message in done.err
