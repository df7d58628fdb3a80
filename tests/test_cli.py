"""The command line, as a process where that matters and in process where not."""

import subprocess
import sys
import warnings

import pandas as pd
import pytest

from sklearn_cofi.cli import main
from sklearn_cofi.datasets import load_tutorial, make_ratings


def test_without_options_the_new_user_of_the_tutorial_gets_titles():
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


@pytest.fixture
def ratings():
    X, y = make_ratings(2000, 100, 300, random_state=0)
    return X.assign(rating=y)


@pytest.mark.parametrize("suffix", [".csv", ".tsv", ".parquet"])
def test_ratings_are_read_from_files(tmp_path, capsys, ratings, suffix):
    path = tmp_path / f"ratings{suffix}"
    shuffled = ratings[["rating", "item", "user"]]
    if suffix == ".parquet":
        shuffled.to_parquet(path)
    else:
        shuffled.to_csv(path, index=False, sep="," if suffix == ".csv" else "\t")
    user = str(ratings["user"].iloc[0])
    main(["--data", str(path), "-n", "3", "--user", user])
    out = capsys.readouterr().out
    n_items, n_users = ratings["item"].nunique(), ratings["user"].nunique()
    assert f"2,000 ratings of {n_items} items by {n_users} users" in out
    assert "Held-out tenth: RMSE" in out
    assert len(out.split(f"Recommended to user {user}")[1].splitlines()) == 1 + 3


def test_unnamed_columns_are_taken_by_position(tmp_path, capsys):
    path = tmp_path / "ratings.csv"
    frame = load_tutorial().frame[["user", "title", "rating"]]
    frame.set_axis(["who", "what", "stars"], axis=1).to_csv(path, index=False)
    with warnings.catch_warnings():
        warnings.simplefilter("always")
        main(["--data", str(path)])
    out, err = capsys.readouterr()
    assert "32 ratings of 10 items by 6 users" in out
    # The default penalty is too large for six users: said in one line.
    assert err.startswith("sklearn-cofi: warning: reg_param=")
    assert err.count("\n") == 1


def test_movielens_is_read_from_a_folder(data_home, ml_latest_small, capsys):
    main(["--movielens", "--data-home", str(data_home)])
    out = capsys.readouterr().out
    assert f"{len(ml_latest_small):,} ratings" in out
    error, baseline = (
        float(part.split(")")[0].split()[-1])
        for part in out.split("RMSE ")[1].split("(item means alone: ")
    )
    assert error < baseline


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--data", "missing.csv"], "No such file"),
        (["--data", "ratings.xls"], "expected a file named"),
        (["--user", "99"], "there is no user 99"),
        (["--user", "1.5"], "there is no user 1.5"),
        (["-n", "0"], "n == 0, must be >= 1"),
    ],
)
def test_errors_are_one_line_and_a_status(arguments, message):
    with pytest.raises(SystemExit) as failure:
        main(arguments)
    assert str(failure.value).startswith("sklearn-cofi: error: ")
    assert message in str(failure.value)
    assert "\n" not in str(failure.value)


def test_a_file_with_a_bad_rating_is_refused(tmp_path):
    path = tmp_path / "ratings.csv"
    pd.DataFrame({"user": [1, 2], "item": [1, 2], "rating": [3, None]}).to_csv(
        path, index=False
    )
    with pytest.raises(SystemExit, match="NaN"):
        main(["--data", str(path)])
