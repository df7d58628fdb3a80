"""The columns and the header of a file: found, printed, and kept in the model."""

import io

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import load_npz
from sklearn_cofi.cli import main
from sklearn_cofi.cli._header import find_header
from sklearn_cofi.datasets import load_tutorial

RATINGS = load_tutorial().frame[["user", "item", "rating"]]
FIT = ["--features", 2, "--reg-param", 1]

# Text of a file, options, and the columns that are printed.
FILES = {
    "usual names": (
        RATINGS.set_axis(["userId", "movieId", "Rating"], axis=1).to_csv(index=False),
        [],
        "user 'userId', item 'movieId', rating 'Rating'",
    ),
    "usual names after row numbers": (
        RATINGS.set_axis(["userId", "movieId", "Rating"], axis=1).to_csv(),
        [],
        "user 'userId', item 'movieId', rating 'Rating'",
    ),
    "the item first": (
        RATINGS[["item", "user", "rating"]]
        .set_axis(["ISBN", "User-ID", "Book-Rating"], axis=1)
        .to_csv(index=False),
        [],
        "user 'User-ID', item 'ISBN', rating 'Book-Rating'",
    ),
    "names in options": (
        RATINGS[["rating", "item", "user"]]
        .set_axis(["how", "what", "who"], axis=1)
        .to_csv(index=False),
        ["--user-col", "who", "--item-col", 1, "--rating-col", "how"],
        "user 'who', item 'what', rating 'how'",
    ),
    "names exchanged by options": (
        RATINGS.set_axis(["item", "user", "rating"], axis=1).to_csv(index=False),
        ["--user-col", "item", "--item-col", "user"],
        "user 'item', item 'user', rating 'rating'",
    ),
    "no header": (
        RATINGS.to_csv(index=False, header=False),
        [],
        "user 0, item 1, rating 2",
    ),
    "no header, in another order": (
        RATINGS[["rating", "item", "user"]].to_csv(index=False, header=False),
        ["--user-col", 2, "--item-col", 1, "--rating-col", 0],
        "user 2, item 1, rating 0",
    ),
}


@pytest.mark.parametrize(("text", "options", "printed"), FILES.values(), ids=FILES)
def test_the_model_of_a_file_predicts_the_frame_of_the_file(
    tmp_path, capsys, text, options, printed
):
    path, saved = tmp_path / "ratings.csv", tmp_path / "model.npz"
    path.write_text(text)
    assert main([str(x) for x in ("fit", path, "-o", saved, *FIT, *options)]) == 0
    err = capsys.readouterr().err
    assert err == f"sklearn-cofi: columns of {path}: {printed}\n"
    model = load_npz(saved)
    has_header = "'" in printed
    frame = pd.read_csv(io.StringIO(text), header=0 if has_header else None)
    predicted = model.predict(frame)
    assert model.score(frame) > 0.1
    # A command on the same file needs no options: the model has the columns.
    assert main(["predict", str(saved), str(path), "-o", "-"]) == 0
    out, err = capsys.readouterr()
    assert err == f"sklearn-cofi: columns of {path}: {printed.split(', rating')[0]}\n"
    lines = out.splitlines()[1:]
    np.testing.assert_array_equal(
        [float(line.rpartition(",")[2]) for line in lines], predicted
    )


def test_new_users_may_have_the_names_of_the_file_or_the_usual_ones(tmp_path, run):
    path, saved = tmp_path / "ratings.csv", tmp_path / "model.npz"
    names = {"user": "who", "item": "what", "rating": "how"}
    RATINGS.rename(columns=names).to_csv(path, index=False)
    options = ["--user-col", "who", "--item-col", "what", "--rating-col", "how"]
    assert run("fit", path, "-o", saved, *FIT, *options).status == 0
    outputs = {
        run("recommend", saved, "--ratings", "-", stdin=stdin)
        for stdin in (b"what,how\n0,9\n8,2\n", b"item,rating\n0,9\n8,2\n")
    }
    (done,) = outputs
    assert (done.status, done.err) == (0, "")


def test_the_names_of_the_file_are_used_for_both_ids_or_for_neither(tmp_path, run):
    """The model's column of users has the usual name of items."""
    path, saved = tmp_path / "ratings.csv", tmp_path / "model.npz"
    names = {"user": "item", "item": "what"}
    RATINGS.rename(columns=names).to_csv(path, index=False)
    options = ["--user-col", "item", "--item-col", "what"]
    assert run("fit", path, "-o", saved, *FIT, *options).status == 0
    stdin = b"item,rating\n0,9\n8,2\n"
    done = run("recommend", saved, "--ratings", "-", stdin=stdin)
    assert (done.status, done.err) == (0, "")
    assert "8" not in [line.split()[1] for line in done.out.splitlines()]


def test_the_first_pair_of_a_file_without_a_header_is_predicted(run, folder):
    stdin = b"u1,03\nu2,04\n"
    done = run("predict", folder / "named.npz", "-", "-o", "-", stdin=stdin)
    header, *rows = done.out.splitlines()
    assert header == "user,item,prediction"
    assert [row.rpartition(",")[0] for row in rows] == ["u1,03", "u2,04"]
    assert "its first line (u1, 03)" not in done.err  # 03 is a number
    done = run("predict", folder / "named.npz", "-", "-o", "-", stdin=b"u1,a\nu2,b\n")
    assert len(done.out.splitlines()) == 3
    assert "its first line (u1, a) is read as data" in done.err
    for option, n_rows in (("--header", 1), ("--no-header", 2)):
        command = ["predict", folder / "named.npz", "-", "-o", "-", option]
        if option == "--header":
            command += ["--user-col", "u1", "--item-col", "a"]
        done = run(*command, stdin=b"u1,a\nu2,b\n")
        assert len(done.out.splitlines()) == 1 + n_rows
        assert "is read as data" not in done.err


HEADERS = {
    "user,item,rating": (True, True),
    "userId,1,2,3": (True, True),
    "7,1,5": (False, True),
    ",0,1": (False, True),
    "ann,alien": (False, False),
    "ann,alien\nben,dune": (False, False),
    "who,what,how\nann,alien,5": (True, True),
    "who,what\n1,2\n3,4": (True, True),
    "title,timestamp\na,b": (True, True),
    "book,alien\nann,dune": (False, False),
    "A1,B1,5.0\nA2,B2,3.0": (False, True),
    "who,what,how\nann,alien,5\nben,dune,x": (False, False),
    "who,what\nann,alien,5": (False, False),
    "User-ID;ISBN".replace(";", ","): (True, True),
    "user_id:token,item_id:token,rating:float": (True, True),
    "nan,inf": (False, False),
}


@pytest.mark.parametrize(("text", "expected"), HEADERS.items(), ids=HEADERS)
def test_headers(text, expected):
    assert find_header([line.split(",") for line in text.splitlines()]) == expected


@pytest.mark.parametrize("names", [["item", "user", "rating"], ["who", "what", "how"]])
def test_columns_by_position_are_a_warning_and_columns_by_name_are_not(
    run, tmp_path, names
):
    path = tmp_path / "ratings.csv"
    RATINGS.set_axis(names, axis=1).to_csv(path, index=False)
    done = run("fit", path, "-o", tmp_path / "model.npz", *FIT)
    assert done.status == 0
    assert ("--user-col, --item-col and --rating-col" in done.err) == (
        names[0] == "who"
    )


def test_a_wide_file_is_refused(refused, tmp_path):
    path = tmp_path / "jester.csv"
    np.savetxt(path, np.ones((5, 12)), delimiter=",")
    line = refused("fit", path, "-o", tmp_path / "model.npz")
    assert "more than 10 numeric columns" in line
    assert "--user-col, --item-col and --rating-col" in line


def test_titles_are_found_by_the_name_of_the_items_in_the_fit(tmp_path, run, frame):
    names = {"item": "Nr", "user": "Kunde", "rating": "Sterne"}
    frame.rename(columns=names).to_csv(tmp_path / "ratings.csv", index=False)
    (tmp_path / "titles.csv").write_text(
        "what,Nr\n"
        + "".join(f"Film {item},{item}\n" for item in frame["item"].unique())
    )
    options = ["--user-col", "Kunde", "--item-col", "Nr", "--rating-col", "Sterne"]
    run("fit", tmp_path / "ratings.csv", "-o", tmp_path / "model.npz", *options)
    titles = ["--titles", tmp_path / "titles.csv"]
    user, item = frame["user"][0], frame["item"][0]
    for command in (
        ["recommend", tmp_path / "model.npz", "--users", user],
        ["similar", tmp_path / "model.npz", item],
        ["explain", tmp_path / "model.npz", user, item],
    ):
        done = run(*command, *titles)
        assert (done.status, "Film " in done.out) == (0, True), done.err
