"""`recommend`, `similar`, `explain` and `info` print the results of the model."""

import json

import narwhals as nw
import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    CollaborativeFilterCV,
    load_npz,
    save_npz,
)


@pytest.fixture
def model(folder):
    return load_npz(folder / "model.npz")


def result(done):
    assert (done.status, done.err) == (0, "")
    return pd.DataFrame(json.loads(done.out))


def same(got, expected):
    pd.testing.assert_frame_equal(got, expected, check_dtype=False)


def test_recommendations_are_those_of_the_model(run, folder, model, tmp_path):
    command = ["recommend", folder / "model.npz", "--json"]
    same(result(run(*command, "--all", "-n", 2)), model.recommend(n=2))
    same(result(run(*command, "--users", "3,0")), model.recommend([3, 0]))
    listed = tmp_path / "users.txt"
    listed.write_text("3\n\n0\n")
    same(result(run(*command, "--users-file", listed)), model.recommend([3, 0]))
    same(result(run(*command, "--users-file", "-", stdin=b"5")), model.recommend(5))
    chosen = {"candidates": [1, 2, 3], "banned": [2]}
    got = result(run(*command, "--all", "--candidates", "1,2,3", "--banned", 2))
    same(got, model.recommend(**chosen))
    (tmp_path / "items.txt").write_text("1\n2\n3")
    (tmp_path / "banned.txt").write_text("2")
    files = ["--candidates-file", tmp_path / "items.txt"]
    files += ["--banned-file", tmp_path / "banned.txt"]
    same(result(run(*command, "--all", *files)), model.recommend(**chosen))
    got = result(run(*command, "--users", 0, "--include-rated"))
    same(got, model.recommend(0, exclude_rated=False))


@pytest.mark.parametrize(
    "options",
    [{"min_count": 5}, {"popularity_penalty": -0.5}, {"diversity": 0.9}],
    ids=str,
)
def test_lists_have_the_options_of_the_model(run, folder, model, options):
    ((name, value),) = options.items()
    command = ["recommend", folder / "model.npz", "--json", "--all", "-n", 2]
    got = result(run(*command, f"--{name.replace('_', '-')}", value))
    same(got, model.recommend(n=2, **options))
    assert not got["item"].equals(model.recommend(n=2)["item"])


def test_new_users_have_ratings_in_a_file(run, folder, model):
    command = ["recommend", folder / "model.npz", "--json", "--ratings", "-"]
    one = pd.DataFrame({"item": [0, 8], "rating": [9.0, 2.0]})
    got = result(run(*command, stdin=one.to_csv(index=False).encode()))
    same(got, model.recommend(ratings=one))
    two = one.assign(user=["ann", "bob"])
    got = result(run(*command, stdin=two.to_csv(index=False).encode()))
    same(got, model.recommend(ratings=two))


def test_ids_that_are_text_stay_text(run, folder):
    model = load_npz(folder / "named.npz")
    command = ["recommend", folder / "named.npz", "--json"]
    same(result(run(*command, "--users", "u0,u3")), model.recommend(["u0", "u3"]))
    # Items are the strings "01", "02", ..., not numbers.
    got = result(run(*command, "--ratings", "-", stdin=b"item,rating\n01,9\n08,2\n"))
    new = pd.DataFrame({"item": ["01", "08"], "rating": [9.0, 2.0]})
    same(got, model.recommend(ratings=new))


def test_users_and_items_may_have_ids_of_different_types(run, frame, tmp_path):
    named = frame.assign(user="u" + frame["user"].astype(str))
    model = CollaborativeFilter(3, random_state=0).fit(named)
    save_npz(model, tmp_path / "mixed.npz")
    new = pd.DataFrame({"user": "7", "item": [1, 2], "rating": [5.0, 2.0]})
    text = new.to_csv(index=False).encode()
    command = ["recommend", tmp_path / "mixed.npz", "--ratings", "-", "--json"]
    same(result(run(*command, stdin=text)), model.recommend(ratings=new))


def test_a_table_is_aligned_and_has_titles(run, folder):
    command = ["recommend", folder / "model.npz", "--users", 0, "-n", 2]
    done = run(*command, "--titles", folder / "titles.csv")
    head, first, second = done.out.splitlines()
    assert head.split() == ["user", "rank", "item", "title", "prediction"]
    assert first.split()[:3] == ["0", "1", "3"]
    assert "A Very Harold and Kumar Christmas (2011)" in first
    assert len(first) == len(second) == len(head)


def test_unknown_users_are_warned_of(run, folder, model):
    done = run("recommend", folder / "model.npz", "--users", "0,99", "--json")
    assert done.status == 0
    assert "1 user was not seen in fit (99): its results are" in done.err
    same(pd.DataFrame(json.loads(done.out)), model.recommend([0, 99]))
    done = run("recommend", folder / "model.npz", "--users", "99,98,99")
    assert done.err.count("\n") == 1
    assert "2 users were not seen in fit (99, 98): their results" in done.err


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["recommend", "{}", "--users", "ann"], "no user ann"),
        (["recommend", "{}", "--users-file", "missing.txt"], "No such file"),
        (["recommend", "{}", "--users-file", "-"], "standard input contains no user"),
        (["recommend", "{}", "--ratings", "-"], "standard input is empty"),
        (["recommend", "{}", "--all", "--candidates", "77"], "candidates"),
        (["recommend", "{}", "--all", "--titles", "missing.csv"], "No such file"),
        (["similar", "{}", "77"], "77"),
        (["explain", "{}", "0", "x"], "no item x"),
        (["info", "missing.npz"], "No such file"),
    ],
)
def test_queries_without_a_result_are_refused(refused, folder, arguments, message):
    arguments = [word.format(folder / "model.npz") for word in arguments]
    assert message in refused(*arguments)


def test_similar_items_and_users(run, folder, model):
    command = ["similar", folder / "model.npz", "--json", "-n", 2]
    same(result(run(*command, 0, 8)), model.similar_items([0, 8], 2))
    got = result(run(*command, 0, "--metric", "dot"))
    same(got, model.similar_items(0, 2, metric="dot"))
    cosine, dot = (model.similar_users(0, 2, metric=m) for m in ("cosine", "dot"))
    assert cosine["score"].tolist() != dot["score"].tolist()
    same(result(run(*command, 0, "--users")), cosine)
    same(result(run(*command, 0, "--users", "--metric", "dot")), dot)
    titled = result(run(*command, 0, "--titles", folder / "titles.csv"))
    assert list(titled.columns) == ["item", "rank", "similar_item", "title", "score"]


def test_explanations_add_up_to_the_prediction(run, folder, model):
    command = ["explain", folder / "model.npz", 0, 6]
    got = result(run(*command, "--json", "-n", 1))
    expected = model.explain(0, 6, n=1)
    assert got["kind"].tolist() == [*expected["kind"], "prediction"]
    np.testing.assert_array_equal(got["contribution"][:-1], expected["contribution"])
    predicted = model.predict(pd.DataFrame({"user": [0], "item": [6]}))
    np.testing.assert_allclose(got["contribution"].iloc[-1], predicted)
    table = run(*command, "--titles", folder / "titles.csv").out
    assert table.splitlines()[0].split()[:3] == ["kind", "item", "title"]


def test_explanations_for_a_new_user_use_the_ratings_in_the_file(
    run, refused, folder, model
):
    command = ["explain", folder / "model.npz", 6, "--json", "--ratings", "-"]
    one = pd.DataFrame({"item": [0, 8], "rating": [9.0, 2.0]})
    text = one.to_csv(index=False).encode()
    got = result(run(*command, stdin=text))
    expected = model.explain(item=6, ratings=one)
    np.testing.assert_array_equal(got["contribution"][:-1], expected["contribution"])
    best = model.recommend(ratings=one, candidates=[6])
    np.testing.assert_allclose(got["contribution"].iloc[-1], best["prediction"])
    columns = ["--item-col", "what", "--rating-col", "stars"]
    named = b"stars,what\n9,0\n2,8\n"
    assert run(*command, *columns, stdin=named).out == run(*command, stdin=text).out
    two = b"user,item,rating\n1,0,9\n2,8,2\n"
    assert "ratings of 2 users" in refused(*command, stdin=two)


@pytest.mark.parametrize("user", [0, 99])
def test_explanations_of_unknown_ids_are_warned_of(run, folder, user):
    done = run("explain", folder / "model.npz", user, 77)
    assert done.status == 0
    assert "1 item was not seen in fit (77)" in done.err
    assert ("1 user was not seen in fit (99)" in done.err) == (user == 99)
    assert done.err.count("\n") == (2 if user == 99 else 1)


def test_bayesian_models_recommend_and_explain(run, frame, tmp_path):
    path = tmp_path / "bayesian.npz"
    model = BayesianCollaborativeFilter(2, 12, burn_in=2, random_state=0).fit(frame)
    save_npz(model, path)
    got = result(run("recommend", path, "--users", frame["user"][0], "--json"))
    same(got, model.recommend(frame["user"][0]))
    user, item = int(frame["user"][0]), int(frame["item"][0])
    why = result(run("explain", path, user, item, "--json"))
    np.testing.assert_allclose(
        why["contribution"][:-1], model.explain(user, item)["contribution"]
    )
    assert json.loads(run("info", path, "--json").out)["noise"] == model.noise_


def test_info_prints_facts_about_the_model(run, folder, model):
    facts = json.loads(run("info", folder / "model.npz", "--json").out)
    assert facts["model"] == "CollaborativeFilter"
    assert (facts["ratings"], facts["users"], facts["items"]) == (32, 6, 10)
    assert facts["cost"] == model.cost_
    assert facts["parameters"] == json.loads(json.dumps(model.get_params()))
    assert facts["user_ids"].startswith("numbers")
    lines = run("info", folder / "named.npz").out.splitlines()
    assert "user ids        text, such as u0" in lines
    assert "parameters      num_features=3, random_state=0, reg_param=1.0" in lines


def test_info_of_a_tuned_model_prints_the_choice(run, frame, tmp_path):
    model = CollaborativeFilterCV([4, 2], num_features=[2, 3], cv=2, random_state=0)
    save_npz(model.fit(frame), tmp_path / "tuned.npz")
    facts = json.loads(run("info", tmp_path / "tuned.npz", "--json").out)
    assert facts["features"] == model.num_features_
    assert facts["reg_param"] == model.reg_param_


@pytest.mark.parametrize("kind", ["named", "array", "wide", "polars", "pyarrow"])
def test_models_fitted_to_other_frames_give_the_same_results(
    run, folder, model, tmp_path, kind
):
    ratings = pd.read_csv(folder / "tutorial.csv")
    other = CollaborativeFilter(3, reg_param=1.0, random_state=0)
    if kind == "named":
        other.set_params(user_col="who", item_col="what", rating_col="stars")
        other.fit(ratings.set_axis(["who", "what", "stars"], axis=1))
    elif kind in ("array", "wide"):
        columns = ["user", "item", "rating"][: 2 if kind == "array" else 3]
        other.fit(ratings[columns].to_numpy(), ratings["rating"])
    else:
        other.fit(getattr(nw.from_native(ratings), f"to_{_TO[kind]}")())
    path = tmp_path / "other.npz"
    save_npz(other, path)
    new = b"item,rating\n0,9\n8,2\n"
    for command, stdin in (
        (["recommend", "{}", "--all"], b""),
        (["recommend", "{}", "--ratings", "-"], new),
        (["similar", "{}", 0], b""),
        (["explain", "{}", 0, 6], b""),
        (["explain", "{}", 6, "--ratings", "-"], new),
        (["predict", "{}", "-"], b"user,item\n0,6\n"),
    ):
        outputs = [
            run(*(str(word).format(file) for word in command), stdin=stdin)
            for file in (path, folder / "model.npz")
        ]
        assert outputs[0] == outputs[1]
        assert (outputs[0].status, outputs[0].err) == (0, "")
    parameters = json.loads(run("info", path, "--json").out)["parameters"]
    assert parameters["user_col"] == ("who" if kind == "named" else None)


_TO = {"polars": "polars", "pyarrow": "arrow"}


def test_negative_ids_come_after_two_dashes(run, frame, tmp_path):
    below = frame.assign(item=-frame["item"])
    model = CollaborativeFilter(2, random_state=0).fit(below)
    save_npz(model, tmp_path / "below.npz")
    item = model.item_ids_[0]
    got = result(run("similar", tmp_path / "below.npz", "--json", "--", item))
    same(got, model.similar_items(item))


@pytest.mark.parametrize("damage", [b"", b"junk", b"PK\3\4 and no more"])
@pytest.mark.parametrize("source", ["file", "-"])
def test_damaged_models_are_refused(refused, tmp_path, damage, source):
    path = tmp_path / "model.npz"
    path.write_bytes(damage)
    line = refused("info", path if source == "file" else "-", stdin=damage)
    assert "damaged" in line
