"""Features of users and items in files, from `fit` to the queries of a saved model."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
    load_npz,
)
from sklearn_cofi.cli import main

# User 9 and the items 20 and 21 have no rating.
USERS = pd.DataFrame(
    {
        "user": [0, 1, 2, 3, 4, 5, 9],
        "age": [20, 30, 25, 40, 50, 35, 20],
        "sex": list("FMFMFMF"),
    }
)
ITEMS = pd.DataFrame(
    {
        "item": [*range(10), 20, 21],
        "genres": ["War|Drama", "Drama", "War", *["Drama", "War"] * 4, "War"],
        "year": [1990, 1995, None, *[2000, 2010] * 4, 2010],
    }
)
FIT = ["--features", 2, "--reg-param", 1]


@pytest.fixture
def files(tmp_path, folder):
    """Return the paths of ratings, users, items and of a model to fit."""
    USERS.to_csv(tmp_path / "users.csv", index=False)
    ITEMS.to_csv(tmp_path / "items.csv", index=False)
    names = ("users.csv", "items.csv", "model.npz")
    return folder / "tutorial.csv", *(tmp_path / name for name in names)


def predictions(model):
    """Return the predictions for all pairs of known and of cold ids."""
    X = pd.MultiIndex.from_product(
        [USERS["user"], ITEMS["item"]], names=["user", "item"]
    )
    return model.predict(X.to_frame(index=False))


MODELS = {
    "point": ([*FIT, "--reg-features", 0.5], CollaborativeFilter(2, 1.0)),
    "bayesian": (
        ["--features", 2, "--bayesian", "--sweeps", 30],
        BayesianCollaborativeFilter(2, 30),
    ),
    "lists": ([*FIT, "--lists"], RankingCollaborativeFilter(2, 1.0)),
}


@pytest.mark.parametrize(("options", "model"), MODELS.values(), ids=MODELS)
def test_the_model_is_that_of_the_frames(run, files, options, model):
    ratings, users, items, path = files
    command = ["fit", ratings, "-o", path, *options]
    done = run(*command, "--user-features", users, "--item-features", items, "--json")
    assert (done.status, done.err) == (0, "")
    model.set_params(user_features=USERS, item_features=ITEMS, random_state=0)
    if "--reg-features" in options:
        model.set_params(reg_features=0.5)
    model.fit(pd.read_csv(ratings))
    np.testing.assert_array_equal(predictions(load_npz(path)), predictions(model))
    facts = json.loads(done.out)
    assert facts["user_features"] == {"age": 5, "sex": 2}
    assert facts["item_features"] == {"genres": 2, "year": 5}
    assert (facts["users"], facts["users_without_ratings"]) == (7, 1)
    assert (facts["items"], facts["items_without_ratings"]) == (12, 2)
    shown = json.loads(run("info", path, "--json").out)
    assert {name: shown[name] for name in facts if "features" in name} == {
        name: value for name, value in facts.items() if "features" in name
    }


def test_tune_learns_from_features(run, files):
    ratings, _, items, path = files
    options = ["--features", 2, "--reg-params", "2,1", "--folds", 2]
    done = run("tune", ratings, "-o", path, *options, "--item-features", items)
    assert (done.status, done.err) == (0, "")
    model = CollaborativeFilterCV(
        [2.0, 1.0], num_features=[2], cv=2, item_features=ITEMS, random_state=0
    )
    model.fit(pd.read_csv(ratings))
    pairs = pd.DataFrame({"user": range(6), "item": 20})
    np.testing.assert_array_equal(load_npz(path).predict(pairs), model.predict(pairs))


def test_evaluate_predicts_test_items_without_ratings(run, files, tmp_path):
    ratings, _, items, _ = files
    frame = pd.read_csv(ratings)
    is_new = frame["item"] == 4
    train, test = tmp_path / "train.csv", tmp_path / "test.csv"
    frame[~is_new].to_csv(train, index=False)
    frame[is_new].to_csv(test, index=False)
    command = ["evaluate", train, "--test", test, *FIT, "--json"]
    done = run(*command, "--item-features", items)
    assert (done.status, done.err) == (0, "")
    model = CollaborativeFilter(2, 1.0, item_features=ITEMS, random_state=0)
    error = model.fit(frame[~is_new]).predict(frame[is_new]) - frame["rating"][is_new]
    facts = json.loads(done.out)
    assert facts["errors"][0]["model"] == pytest.approx(np.sqrt(np.mean(error**2)))
    assert facts["unknown_pairs"] == is_new.sum()
    without = json.loads(run(*command).out)["errors"][0]["model"]
    assert facts["errors"][0]["model"] != without


def test_ids_with_features_and_no_ratings_are_queried(run, files):
    ratings, users, items, path = files
    features = ["--user-features", users, "--item-features", items]
    assert run("fit", ratings, "-o", path, *FIT, "--bias", *features).status == 0
    model = load_npz(path)
    pair = pd.DataFrame({"user": [9], "item": [20]})
    queries = {
        ("recommend", path, "--users", 9, "-n", 2): model.recommend([9], n=2),
        ("similar", path, 20, "-n", 2): model.similar_items([20], 2),
        ("similar", path, 9, "-n", 2, "--users"): model.similar_users([9], 2),
        ("effects", path): model.feature_effects(),
        ("effects", path, "--users"): model.feature_effects("user"),
    }
    for command, expected in queries.items():
        done = run(*command, "--json")
        assert (done.status, done.err) == (0, ""), command
        printed = pd.DataFrame(json.loads(done.out))
        pd.testing.assert_frame_equal(printed, expected, check_exact=True)
    done = run("predict", path, "-", "-o", "-", stdin=b"user,item\n9,20\n")
    assert (done.status, done.err) == (0, "")
    assert float(done.out.split(",")[-1]) == model.predict(pair)[0]
    for by, kind in (("ratings", "user features"), ("features", "feature")):
        done = run("explain", path, 9, 20, "--by", by, "--json")
        assert (done.status, done.err) == (0, "")
        *parts, total = json.loads(done.out)
        assert kind in [part["kind"] for part in parts]
        assert total["contribution"] == pytest.approx(model.predict(pair)[0])


def test_effects_of_a_bayesian_model_have_standard_deviations(run, files):
    ratings, _, items, path = files
    options = ["--bayesian", "--sweeps", 30, "--item-features", items]
    assert run("fit", ratings, "-o", path, *options).status == 0
    done = run("effects", path)
    assert done.out.split("\n")[0].split() == ["feature", "effect", "norm", "std"]
    assert done.out.split("\n")[1].startswith("genres: Drama")


def fitted(run, files, text, *options, side="item", ratings=None):
    """Return the model that is fitted with a file of features."""
    source, path = files[1].with_name("features"), files[-1]
    source.write_bytes(text if isinstance(text, bytes) else text.encode())
    command = ["fit", ratings or files[0], "-o", path, *FIT]
    done = run(*command, f"--{side}-features", source, *options)
    assert (done.status, done.err) == (0, "")
    return load_npz(path)


def lines(sep=",", ids=range(10), values=("War", "Drama")):
    """Return lines of ids and one of two values."""
    return "".join(f"{i}{sep}{values[i % 2]}\n" for i in ids)


FORMATS = {
    "the name of the role": ("genre,movieId,item\n", "{1},90{0},{0}"),
    "a usual name": ("genre,movieId\n", "{1},{0}"),
    "id and a title": ("genre,title,id\n", "{1},Film,{0}"),
    "row numbers first": (",what,genre,year\n", "7{0},{0},{1},1{0}"),
    "the first column": ("what,genre,year\n", "{0},{1},199{0}"),
    "no header": ("", "{0}|{1}|x"),
    "text above text": ("what,genre\n", "{0},{1}"),
    "::": ("", "{0}::{1}"),
    "JSON": ("", '{{"movieId": {0}, "genre": "{1}"}}'),
}


@pytest.mark.parametrize(("header", "row"), FORMATS.values(), ids=FORMATS)
def test_ids_and_features_are_found(run, files, header, row):
    text = [row.format(i, "War" if i % 2 else "Drama") for i in range(10)]
    model = fitted(run, files, header + "\n".join(text))
    assert model.item_ids_.tolist() == list(range(10))
    ignored = ("year", "movieId")
    names = [x for x in model.item_feature_names_ if not x.startswith(ignored)]
    column = "genre" if header or "genre" in row else "column 1"
    assert names == [f"{column}: Drama", f"{column}: War"]


def test_the_name_of_the_ids_in_the_ratings_file_comes_first(run, files, tmp_path):
    """The ratings' items are in "what", and "item" is a feature."""
    ratings = tmp_path / "ratings.csv"
    pd.read_csv(files[0]).rename(columns={"item": "what"}).to_csv(ratings, index=False)
    text = "movieId,item,what\n"
    text += "".join(f"5,{'AB'[i % 2]},{i}\n" for i in range(10))
    model = fitted(run, files, text, "--item-col", "what", ratings=ratings)
    assert model.item_feature_names_.tolist() == ["item_: A", "item_: B"]


HEADERS = {
    "a header": ("what,genre\n", "genre", 10),
    "an id": ("", "column 1", 10),
    "an id without ratings": ("new,War\n", "War", 10),  # taken for a header
    "a value that occurs again": ("new,A\n", "column 1", 11),
    "a number": ("new,War,5\n", "column 1", 11),
}


@pytest.mark.parametrize(("first", "column", "n_items"), HEADERS.values(), ids=HEADERS)
def test_ids_tell_whether_the_first_line_of_text_is_a_header(
    run, files, tmp_path, first, column, n_items
):
    ratings, end = tmp_path / "ratings.csv", ",6" if "5" in first else ""
    frame = pd.read_csv(files[0])
    frame.assign(item="i" + frame["item"].astype(str)).to_csv(ratings, index=False)
    rows = "".join(f"i{i},{'AB'[i % 2]}{end}\n" for i in range(10))
    model = fitted(run, files, first + rows, ratings=ratings)
    assert f"{column}: A" in model.item_feature_names_
    assert model.item_ids_.size == n_items


def test_a_first_item_without_ratings_is_not_a_header(run, files):
    model = fitted(run, files, "77|War\n" + lines("|"))
    assert model.item_ids_.tolist() == [*range(10), 77]


def test_stdin_is_read_in_the_encoding(run, files):
    ratings, _, _, path = files
    text = "item,genre\n" + lines(values=("café", "War"))
    command = ["fit", ratings, "-o", path, *FIT, "--item-features", "-"]
    done = run(*command, "--encoding", "latin-1", stdin=text.encode("latin-1"))
    assert (done.status, done.err) == (0, "")
    assert "genre: café" in load_npz(path).item_feature_names_


def test_the_columns_and_their_kinds_are_printed(files, capsys):
    ratings, _, source, path = files
    titles = [f"Film {i}" for i in range(150)]
    frame = pd.DataFrame({"movieId": range(150), "title": titles, "genre": "War"})
    frame.loc[::2, "genre"] = "Drama"
    frame.assign(date="1999-01-02", year=range(150)).to_csv(source, index=False)
    command = ["fit", ratings, "-o", path, *FIT, "--item-features", source]
    assert main([str(one) for one in command]) == 0
    assert capsys.readouterr().err.split("\n")[1] == (
        f"sklearn-cofi: columns of {source}: item 'movieId', features 'genre' "
        "(category), 'year' (number); not used: 'title' (text), 'date' (constant)"
    )


def test_numbers_dates_and_codes_are_recognised(run, files):
    rows = ["item;price;zip;sent;made;size;code"]
    for i in range(10):
        day = f"{i + 1:02}"
        made = f"{day}-Jan-1995;{'1e3' if i else i}"
        rows.append(f"{i};{i},5;0{i % 2};1999-01-{day};{made};{i % 3}")
    options = ["--item-categories", "code"]
    model = fitted(run, files, "\n".join(rows), *options)
    names = model.item_feature_names_.tolist()
    assert [name for name in names if name.startswith("zip")] == ["zip: 00", "zip: 01"]
    assert [name for name in names if name.startswith("code")] == [
        *("code: 0", "code: 1", "code: 2")
    ]
    assert "size" in names  # two numbers
    for number in ("price: near 0.5", "sent: near 1999", "made: near 1995"):
        assert number in [name[: len(number)] for name in names]


def test_dates_that_do_not_exist_are_categories(run, files):
    text = "item,date\n" + lines(values=("0000-00-00", "1999-01-02"))
    model = fitted(run, files, text)
    assert model.item_feature_names_.tolist() == [
        "date: 0000-00-00",
        "date: 1999-01-02",
    ]


def test_codes_with_a_missing_number_are_whole(run, files):
    text = "item,code\n" + "".join(f"{i},{i % 3 if i else ''}\n" for i in range(10))
    model = fitted(run, files, text, "--item-categories", "1")
    assert model.item_feature_names_.tolist() == [
        *("code: (missing)", "code: 0", "code: 1", "code: 2")
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "cp1251"])
def test_files_are_utf_8_or_in_the_encoding(run, files, encoding):
    word = "драма" if encoding == "cp1251" else "café"
    text = "item,genre\n" + lines(values=(word, "War"))
    options = ["--encoding", encoding] if encoding == "cp1251" else []
    model = fitted(run, files, text.encode(encoding), *options)
    assert f"genre: {word}" in model.item_feature_names_


def test_ids_that_are_text_stay_text(run, files, tmp_path):
    """Ratings of the items 00, 01, ... and of the items 0, 1, ... kept as text."""
    frame = pd.read_csv(files[0])
    padded = tmp_path / "padded.csv"
    frame.assign(item="0" + frame["item"].astype(str)).to_csv(padded, index=False)
    ids = [f"0{i}" for i in range(10)]
    text = "item,genre,n\n" + "".join(
        f"{one},{'AB'[k % 2]},{k}\n" for k, one in enumerate(ids)
    )
    model = fitted(run, files, text, ratings=padded)
    assert model.item_ids_.tolist() == ids
    text = text.replace("\n0", "\n")
    model = fitted(run, files, text, "--text-ids")
    assert model.item_ids_.tolist() == [str(i) for i in range(10)]
    assert "n: near 0" in model.item_feature_names_  # numbers are numbers still


def test_ids_of_the_file_are_converted_to_numbers(run, files):
    model = fitted(
        run, files, "item,genre\n" + lines(ids=range(10)).replace("7,", "07,")
    )
    assert model.item_ids_.tolist() == list(range(10))


def test_parquet_and_stdin(run, files, tmp_path):
    ratings, _, items, path = files
    command = ["fit", ratings, "-o", path, *FIT, "--item-features"]
    ITEMS.to_parquet(tmp_path / "items.parquet")
    done = run(*command, tmp_path / "items.parquet")
    assert (done.status, done.err) == (0, "")
    expected = predictions(load_npz(path))
    assert run(*command, "-", stdin=items.read_bytes()).status == 0
    np.testing.assert_array_equal(predictions(load_npz(path)), expected)


def test_ids_without_features_are_counted(run, files):
    ratings, _, items, path = files
    items.write_text("item,genre\n" + lines(ids=range(8)))
    done = run("fit", ratings, "-o", path, *FIT, "--item-features", items)
    assert done.err == (
        f"sklearn-cofi: warning: {items} has no row for 2 of the 10 items with ratings "
        "(8, 9). They get the mean of each feature.\n"
    )


WRONG = {
    "empty": ("", "is empty"),
    "a header only": ("item,genre\n", "has a header and no rows"),
    "ids only": ("item\n0\n1\n", "no other column"),
    "no column of ids": ("genre,length\nWar,5\nDrama,6\n", "column 'genre'.*rename"),
    "numbers instead of ids": (
        "a,b\n77,War\n78,Drama\n",
        "none of its items.*77.*rename",
    ),
    "two columns of ids": (
        "movie_id,book_id,x\n0,1,2\n",
        "'movie_id', 'book_id' all .* Rename the one .* items to 'item'",
    ),
    "users instead of items": (
        "user,age\n0,20\n1,30\n2,25\n",
        "column 'user' of --item-features .* of users.* as --user-features, or rename",
    ),
    "titles instead of ids": (
        "title,genre\nAlien,War\nDune,Drama\n",
        "column 'title'.* kind string, such as Alien, .* number, such as",
    ),
    "a missing id": ("item,genre\n0,War\n,Drama\n", "no item .* first is row 2"),
    "a repeated id": (
        "item,genre\n3,War\n5,War\n3,Drama\n",
        "1 row repeats an item .*3, in rows 1 and 3",
    ),
    "two repeated ids": (
        "item,genre\n3,War\n5,War\n3,Drama\n5,Drama\n",
        "2 rows repeat an item .*3, in rows 1 and 3",
    ),
    "fractions": (
        "item,genre\n3.5,War\n5,Drama\n",
        "Pass --text-ids, or rename the column that holds the ids to 'item'.$",
    ),
    "rows of other lengths": ("item,genre\n3,War\n5,War,7,8\n", "line 3"),
    "uncertain quotes": ('item,genre\n3,"War\n5,Drama\n', "quot"),
    "uncertain commas": ("item;cost\n3;1,234\n5;2,345\n", "column 'cost' .*'1,234'"),
    "nothing to learn": ("item,genre\n3,War\n5,War\n", "'genre' is constant"),
    "infinity": ("item,cost\n3,inf\n5,1\n4,2\n", "'cost' holds infinity"),
}


@pytest.mark.parametrize(("text", "message"), WRONG.values(), ids=WRONG)
def test_wrong_files_are_refused(refused, files, text, message):
    ratings, _, source, path = files
    source.write_text(text)
    line = refused("fit", ratings, "-o", path, *FIT, "--item-features", source)
    assert re.search(message, line), line
    assert str(source) in line or "--item-features" in line
    assert not path.exists()


def test_too_many_features_are_refused(refused, files, monkeypatch):
    monkeypatch.setattr("sklearn_cofi.data._read_features.MAX_FEATURES", 6)
    ratings, _, items, path = files
    line = refused("fit", ratings, "-o", path, *FIT, "--item-features", items)
    assert "error: --item-features has 7 columns after encoding, and at most 6" in line
    assert "encoder" not in line  # a parameter in Python only


def test_a_file_that_does_not_exist_and_a_column_that_does_not(refused, files):
    ratings, users, items, path = files
    command = ["fit", ratings, "-o", path, *FIT, "--user-features"]
    assert "No such file" in refused(*command, items.with_name("none.csv"))
    line = refused(*command, users, "--user-categories", "job")
    assert "no column --user-categories job; its columns are ['user', 'age'" in line


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--reg-features", 1], "--reg-features needs --user-features or"),
        (["--user-categories", "sex"], "--user-categories needs --user-features"),
        (["--item-categories", "2"], "--item-categories needs --item-features"),
        (["--user-features", "-", "--item-features", "-"], "Only one of the files"),
        (["--bayesian", "--reg-features", 1, "--item-features", "x"], "--reg-features"),
    ],
)
def test_options_that_do_not_fit_are_usage_errors(run, files, options, message):
    done = run("fit", files[0], "-o", files[-1], *options)
    assert done.status == 2
    assert message in done.err


def test_queries_of_models_without_features_are_refused(run, refused, files):
    ratings, users, _, path = files
    command = ["fit", ratings, "-o", path, "--user-features", users]
    assert run(*command, *FIT).status == 0
    assert "Add --users for" in refused("effects", path)
    assert "Fit it with --item-f" in refused("explain", path, 0, 1, "--by", "features")
    assert run(*command, "--bayesian", "--sweeps", 30).status == 0
    assert "by ratings only" in refused("explain", path, 0, 1, "--by", "features")
    assert run("fit", ratings, "-o", path, *FIT).status == 0
    assert "Fit it with --item-features" in refused("effects", path)
    assert "Fit it with --user-features" in refused("effects", path, "--users")
    options = ["--by", "features", "--titles", users]
    assert run("explain", path, 0, 1, *options).status == 2


WRONG_CATEGORIES = {
    "the ids": ("item,code\n3,1\n5,2\n", "item", "column 'item' .* holds the ids"),
    "position of ids": ("item,code\n3,1\n5,2\n", "0", "column 'item' .* holds the ids"),
    "a repeated name": (
        "item,code,code\n3,1,7\n5,2,8\n",
        "code",
        "its header repeats 'code', a column of --item-categories. Rename",
    ),
}


@pytest.mark.parametrize(
    ("text", "column", "message"), WRONG_CATEGORIES.values(), ids=WRONG_CATEGORIES
)
def test_wrong_categories_are_refused(refused, files, text, column, message):
    ratings, _, source, path = files
    source.write_text(text)
    command = ["fit", ratings, "-o", path, *FIT, "--item-features", source]
    line = refused(*command, "--item-categories", column)
    assert re.search(message, line), line


MARKED = {
    "numbers": ("199{}", "numbers"),
    "decimal commas": ("{},5", "numbers"),
    "dates": ("1999-01-1{}", "dates"),
}


@pytest.mark.parametrize(("value", "what"), MARKED.values(), ids=MARKED)
def test_one_value_that_is_not_a_number_is_a_warning(run, files, value, what):
    ratings, _, source, path = files
    values = ["-" if i == 4 else value.format(i) for i in range(10)]
    rows = [f"{i};{one}\n" for i, one in enumerate(values)]
    source.write_text("item;n\n" + "".join(rows))
    command = ["fit", ratings, "-o", path, *FIT, "--item-features", source]
    done = run(*command)
    assert done.status == 0
    assert done.err == (
        f"sklearn-cofi: warning: {source}: column 'n' is not read as {what}, because "
        f"only 9 of its 10 values are {what}; the first other value is '-'. Leave "
        "missing values empty, or name the column in --item-categories if its values "
        "are categories.\n"
    )
    done = run(*command, "--item-categories", "n")
    assert (done.status, done.err) == (0, "")
    source.write_text("item;n\n" + "".join(rows).replace("-\n", "\n"))
    done = run(*command)
    assert (done.status, done.err) == (0, "")


def test_zip_codes_and_mixed_texts_are_categories_without_a_warning(run, files):
    zips = [f"0000{i % 3}" for i in range(9)] + ["V5A2B"]
    rows = [f"{i};{one};{i if i < 8 else 'x'}\n" for i, one in enumerate(zips)]
    model = fitted(run, files, "item;zip;n\n" + "".join(rows))
    assert "zip: V5A2B" in model.item_feature_names_
