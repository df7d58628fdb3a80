"""--implicit: files of clicks, plays and purchases, from the fit to new users."""

import json

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import RankingCollaborativeFilter, load_npz
from sklearn_cofi.metrics import ranking_report
from sklearn_cofi.model_selection import TemporalSplit, UserFractionSplit

SMALL = ["--features", 3, "--threads", 1]


def lists():
    return RankingCollaborativeFilter(3, n_jobs=1, random_state=0)


@pytest.fixture(scope="module")
def plays():
    """Return pairs with their numbers of plays and a time."""
    rng = np.random.default_rng(0)
    rows = rng.integers(0, [30, 20], (400, 2))
    pairs = pd.DataFrame(rows, columns=["user", "item"]).drop_duplicates()
    counts = rng.integers(1, 9, len(pairs))
    return pairs.assign(plays=counts, timestamp=rng.permutation(len(pairs)))


@pytest.fixture(scope="module")
def files(plays, tmp_path_factory):
    folder = tmp_path_factory.mktemp("plays")
    clicks = plays[["user", "item"]]
    clicks.to_csv(folder / "clicks.csv", index=False)
    clicks.to_csv(folder / "clicks.tsv", sep="\t", index=False, header=False)
    clicks.to_json(folder / "clicks.json", orient="records", lines=True)
    clicks.to_parquet(folder / "clicks.parquet", index=False)
    plays.to_csv(folder / "plays.csv", index=False)
    rated = clicks.assign(rating=plays["plays"] / 2)
    rated.to_csv(folder / "ratings.csv", index=False)
    rated.to_csv(folder / "u.data", sep="\t", index=False, header=False)
    (folder / "items.csv").write_text("item\n1\n4\n")
    (folder / "items.txt").write_text("1\n4\n")
    (folder / "users.csv").write_text("user,item\n77,1\n77,4\n88,2\n")
    return folder


def same_model(path, expected):
    model = load_npz(path)
    assert type(model) is RankingCollaborativeFilter
    np.testing.assert_array_equal(model.user_factors_, expected.user_factors_)
    np.testing.assert_array_equal(model.item_factors_, expected.item_factors_)


@pytest.mark.parametrize("suffix", ["csv", "tsv", "json", "parquet"])
def test_a_file_of_pairs(run, files, plays, tmp_path, suffix):
    path = tmp_path / "model.npz"
    done = run("fit", files / f"clicks.{suffix}", "-o", path, "--implicit", *SMALL)
    assert (done.status, done.err) == (0, "")
    assert "RankingCollaborativeFilter" in done.out
    same_model(path, lists().fit(plays[["user", "item"]]))


def test_counts_are_found_by_their_name(run, files, plays, tmp_path, capsys):
    path = tmp_path / "model.npz"
    expected = lists().fit(plays[["user", "item"]], sample_weight=plays["plays"])
    done = run("fit", files / "plays.csv", "-o", path, "--implicit", *SMALL)
    assert (done.status, done.err) == (0, "")
    same_model(path, expected)
    bare = tmp_path / "bare.csv"
    plays[["plays", "user", "item"]].to_csv(bare, index=False, header=False)
    columns = "--weight-col 0 --user-col 1 --item-col 2".split()
    done = run("fit", bare, "-o", path, "--implicit", *SMALL, *columns)
    assert (done.status, done.err) == (0, "")
    same_model(path, expected)


def test_the_columns_are_printed(folder, files, tmp_path, capsys):
    from sklearn_cofi.cli import main

    path = tmp_path / "model.npz"
    arguments = ["fit", files / "plays.csv", "-o", path, "--implicit", *SMALL]
    assert main([str(one) for one in arguments]) == 0
    err = capsys.readouterr().err
    assert "plays.csv: user 'user', item 'item', weight 'plays'\n" in err


UNREAD = {
    "ratings.csv": ([], "each row counts as 1; not read: rating"),
    "u.data": ([], "each row counts as 1; not read: 2"),
    "plays.csv": (
        ["--weight-col", "timestamp"],
        "each row counts as its weight; not read: plays",
    ),
}


@pytest.mark.parametrize(("name", "more"), UNREAD.items())
def test_columns_that_are_not_read_are_a_warning(run, files, tmp_path, name, more):
    options, message = more
    path = tmp_path / "model.npz"
    done = run("fit", files / name, "-o", path, "--implicit", *SMALL, *options)
    assert done.status == 0
    assert done.err.count("\n") == 1
    assert message in done.err


def test_a_saved_model_takes_items(run, files, plays, tmp_path):
    path = tmp_path / "model.npz"
    run("fit", files / "plays.csv", "-o", path, "--implicit", *SMALL)
    model = load_npz(path)
    best = model.recommend(ratings=pd.DataFrame({"item": [1, 4]}), n=3)
    for name in ("items.csv", "items.txt"):
        done = run("recommend", path, "--ratings", files / name, "-n", 3, "--json")
        assert (done.status, done.err) == (0, "")
        found = pd.DataFrame(json.loads(done.out))
        assert found["item"].tolist() == best["item"].tolist()
        assert found["prediction"].tolist() == best["prediction"].tolist()
    done = run("recommend", path, "--ratings", files / "users.csv", "-n", 1, "--json")
    assert [row["user"] for row in json.loads(done.out)] == [77, 88]
    item = best["item"][0]
    done = run("explain", path, item, "--ratings", files / "items.csv", "--json")
    total = json.loads(done.out)[-1]["contribution"]
    assert total == pytest.approx(best["prediction"][0])
    # Counts of new users are not read.
    done = run("recommend", path, "--ratings", files / "plays.csv", "-n", 1)
    assert "each row counts as 1; not read: plays" in done.err
    assert run("similar", path, 1, "-n", 2).status == 0
    done = run("predict", path, files / "users.csv", "-o", "-")
    assert done.out.startswith("user,item,prediction\n77,1,")
    assert "not seen in fit" in done.err


def test_the_saved_model_remembers_its_columns(run, files, plays, tmp_path):
    path, odd = tmp_path / "model.npz", tmp_path / "odd.csv"
    plays.set_axis(["who", "what", "n", "t"], axis=1).to_csv(odd, index=False)
    columns = "--user-col who --item-col what --weight-col n".split()
    done = run("fit", odd, "-o", path, "--implicit", *SMALL, *columns)
    assert "not read: t" in done.err
    model = load_npz(path)
    assert (model.user_col, model.item_col, model.rating_col) == ("who", "what", None)
    new = pd.DataFrame({"who": [0, 99], "what": [1, 2]})
    assert model.fold_in(new, sample_weight=[2, 3]).user_ids_[-1] == 99


SPLITS = {
    "a fifth of each user": ([], UserFractionSplit(0.2, random_state=0)),
    "the latest": (["--temporal"], TemporalSplit(1, test_fraction=0.2)),
}


@pytest.mark.parametrize(("options", "splitter"), SPLITS.values(), ids=SPLITS)
def test_evaluate_prints_ranking_metrics(run, files, plays, options, splitter):
    ((train, test),) = splitter.split(plays)
    train, test = plays.iloc[train], plays.iloc[test]
    model = lists().fit(train[["user", "item"]], sample_weight=train["plays"])
    best = model.recommend(test["user"].unique(), n=4)
    report = ranking_report(test[["user", "item"]], best, k=(2, 4))
    command = ["evaluate", files / "plays.csv", "--implicit", *SMALL, *options]
    done = run(*command, "--k", "2,4", "--json")
    assert (done.status, done.err) == (0, "")
    facts = json.loads(done.out)
    assert "errors" not in facts
    assert [row["metric"] for row in facts["ranking"]] == report["metric"].tolist()
    assert [row["mean"] for row in facts["ranking"]] == report["mean"].tolist()
    sizes, ranking = run(*command).out.split("\n\n")
    assert "RMSE" not in sizes + ranking
    assert ranking.split()[:2] == ["metric", "k"]


def test_a_test_pair_of_count_zero_is_not_relevant(run, files, tmp_path):
    test = tmp_path / "test.csv"
    command = ["evaluate", files / "clicks.csv", "--test", test, "--implicit", *SMALL]
    test.write_text("user,item,plays\n1,2,1\n")
    alone = run(*command, "--json")
    test.write_text("user,item,plays\n1,2,1\n1,3,0\n2,3,0\n")
    rows = [json.loads(one.out)["ranking"] for one in (alone, run(*command, "--json"))]
    assert rows[0] == rows[1]


CONTRADICTIONS = {
    "a rating column": ("--implicit --rating-col plays", "--weight-col"),
    "weights of ratings": ("--weight-col plays", "--weight-col needs --implicit"),
    "two models": ("--implicit --bayesian", "cannot be used with --implicit"),
    "sweeps": ("--implicit --sweeps 3", "--sweeps needs --bayesian"),
}


@pytest.mark.parametrize(
    ("options", "message"), CONTRADICTIONS.values(), ids=CONTRADICTIONS
)
@pytest.mark.parametrize("command", ["fit", "evaluate"])
def test_contradictions(run, files, tmp_path, command, options, message):
    target = ["-o", tmp_path / "model.npz"] if command == "fit" else []
    done = run(command, files / "plays.csv", *target, *options.split())
    assert (done.status, done.out) == (2, "")
    assert message in " ".join(done.err.split())


def test_relevance_needs_ratings(run, files):
    options = "--implicit --relevant-from 4 --ranking".split()
    done = run("evaluate", files / "plays.csv", *options)
    assert done.status == 2
    assert "every test pair is relevant" in " ".join(done.err.split())


INVALID = {
    "no such column": ("plays.csv", "--weight-col n", "no column --weight-col n"),
    "no such position": ("clicks.tsv", "--weight-col 5", "no column --weight-col 5"),
    "the items": ("plays.csv", "--weight-col item", "is the column of users or items"),
    "two counts": ("two.csv", "", "'plays', 'clicks' all have names of counts"),
    "negative": ("negative.csv", "", "Negative values in .*`sample_weight`"),
    "text": ("text.csv", "", r"1 of 2 weights \(column 'plays'\) are not finite"),
}


@pytest.mark.parametrize(("name", "options", "message"), INVALID.values(), ids=INVALID)
def test_invalid_counts(refused, files, tmp_path, name, options, message):
    (files / "two.csv").write_text("user,item,plays,clicks\n1,2,3,4\n")
    (files / "negative.csv").write_text("user,item,plays\n1,2,3\n2,2,-1\n")
    (files / "text.csv").write_text("user,item,plays\n1,2,3\n2,2,many\n")
    target = tmp_path / "model.npz"
    line = refused("fit", files / name, "-o", target, "--implicit", *options.split())
    assert pd.Series(line).str.contains(message)[0], line


def test_pairs_without_the_option_are_an_error_that_names_it(refused, files, tmp_path):
    target = tmp_path / "model.npz"
    line = refused("fit", files / "clicks.csv", "-o", target)
    assert "no column of ratings" in line
    assert "pass --implicit for clicks" in line


def test_a_model_of_ratings_needs_ratings_of_new_users(refused, folder, files):
    line = refused("recommend", folder / "model.npz", "--ratings", files / "items.csv")
    assert "minimum of 2" in line or "no column of ratings" in line


def test_a_column_has_one_purpose(run, files, plays, tmp_path):
    """Ids with the name of a count are no weights, and weights are no times."""
    path = tmp_path / "model.npz"
    columns = "--item-col plays".split()
    run("fit", files / "plays.csv", "-o", path, "--implicit", *SMALL, *columns)
    same_model(path, lists().fit(plays[["user", "plays"]].to_numpy()))
    run("fit", files / "ratings.csv", "-o", path, "--implicit", *SMALL)
    assert load_npz(path)._column_names == ("user", "item", None)
    bare = tmp_path / "bare.csv"
    plays.assign(x="x")[["user", "item", "x", "plays"]].to_csv(
        bare, index=False, header=False
    )
    done = run("evaluate", bare, "--implicit", "--weight-col", 3, "--temporal")
    assert "needs a column of times" in done.err


def test_items_that_are_text(run, tmp_path):
    clicks, items, path = (tmp_path / name for name in ("c.csv", "i.txt", "m.npz"))
    clicks.write_text("user,item\nu1,The Dead\nu1,Emma\nu2,Emma\nu2,Ulysses\n")
    items.write_text("item\nEmma\n")
    run("fit", clicks, "-o", path, "--implicit", *SMALL)
    done = run("recommend", path, "--ratings", items, "--json")
    assert done.err == ""
    assert {row["item"] for row in json.loads(done.out)} == {"The Dead", "Ulysses"}


@pytest.mark.parametrize(("text", "weight"), [("0.5", 0.5), ("2*auto", "2*auto")])
def test_the_weight_of_other_pairs(run, files, plays, tmp_path, text, weight):
    path, options = tmp_path / "model.npz", ["--unrated-weight", text]
    run("fit", files / "clicks.csv", "-o", path, "--implicit", *SMALL, *options)
    expected = lists().set_params(unrated_weight=weight)
    same_model(path, expected.fit(plays[["user", "item"]]))


def test_the_weight_of_other_pairs_is_not_zero(refused, files, tmp_path):
    target = ["-o", tmp_path / "model.npz", "--implicit", "--unrated-weight", 0]
    line = refused("fit", files / "clicks.csv", *target)
    assert "unrated_weight above 0" in line
