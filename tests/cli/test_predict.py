"""`predict` adds a column of predictions to a file and changes no other column."""

import json
import re

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    load_npz,
    save_npz,
)


@pytest.fixture
def model(folder):
    return load_npz(folder / "model.npz")


def pairs(*rows):
    return pd.DataFrame(rows, columns=["user", "item"])


def test_predictions_are_those_of_the_model_in_the_order_of_the_rows(
    run, folder, model, tmp_path
):
    queried = pairs((5, 3), (0, 8), (5, 3), (2, 0))
    queried.to_csv(tmp_path / "pairs.csv", index=False)
    done = run("predict", folder / "model.npz", tmp_path / "pairs.csv", "--json")
    assert (done.status, done.err) == (0, "")
    expected = queried.assign(prediction=model.predict(queried))
    pd.testing.assert_frame_equal(
        pd.DataFrame(json.loads(done.out)), expected, check_exact=True
    )


def test_other_columns_are_passed_through_unchanged(run, folder, model):
    text = 'when,movieId,userId,note\n007,3,05,"a, ""b"""\n1.50,08,0,\nNA,3, 5,é\n'
    command = ["predict", folder / "model.npz", "-", "-o", "-"]
    columns = ["--user-col", "userId", "--item-col", "1"]
    done = run(*command, *columns, stdin=text.encode())
    assert done.err == ""
    expected = model.predict(pairs((5, 3), (0, 8), (5, 3)))
    given = text.splitlines()
    assert done.out.splitlines() == [
        given[0] + ",prediction",
        *(
            f"{line},{x!r}"
            for line, x in zip(given[1:], expected.tolist(), strict=True)
        ),
    ]


def test_tables_and_parquet_hold_numbers(run, folder, model, tmp_path):
    text = b"user,item,weight,name\n5,3,1.50,x\n0,8,,y\n"
    path = tmp_path / "out.parquet"
    run("predict", folder / "model.npz", "-", "-o", path, stdin=text)
    queried = pairs((5, 3), (0, 8))
    more = {"weight": [1.5, np.nan], "name": ["x", "y"]}
    expected = queried.assign(**more, prediction=model.predict(queried))
    read = pd.read_parquet(path)
    pd.testing.assert_frame_equal(read, expected, check_dtype=False, check_exact=True)
    # Columns of Parquet keep their types.
    read = read.drop(columns="prediction").assign(when=pd.Timestamp("2020-01-01"))
    read.to_parquet(tmp_path / "in.parquet")
    run("predict", folder / "model.npz", tmp_path / "in.parquet", "-o", path)
    assert pd.read_parquet(path)["when"].dtype.kind == "M"
    line = run("predict", folder / "model.npz", "-", stdin=text).out.splitlines()[1]
    assert line.split()[:4] == ["5", "3", "1.500", "x"]


def test_without_a_header_columns_are_named(run, folder):
    command = ["predict", folder / "model.npz", "-", "-o", "-"]
    out = run(*command, stdin=b"9\t5\t3\n8\t0\t8\n").out
    assert out.splitlines()[0] == "user,item,2,prediction"
    out = run(
        *command, "--user-col", 1, "--item-col", 2, stdin=b"9\t5\t3\n8\t0\t8\n"
    ).out
    assert [line.rsplit(",", 1)[0] for line in out.splitlines()] == [
        "0,user,item",
        "9,5,3",
        "8,0,8",
    ]


def test_ids_that_are_text_stay_text(run, folder):
    model = load_npz(folder / "named.npz")
    done = run("predict", folder / "named.npz", "-", "-o", "-", stdin=b"u5,03\nu0,08\n")
    first, second = model.predict(pairs(("u5", "03"), ("u0", "08"))).tolist()
    lines = done.out.splitlines()
    assert lines == ["user,item,prediction", f"u5,03,{first!r}", f"u0,08,{second!r}"]


def test_boolean_ids_are_read_from_text(run, frame, tmp_path):
    halved = frame.assign(user=frame["user"] % 2 == 0)
    halved = halved.drop_duplicates(["user", "item"])
    model = CollaborativeFilter(2, reg_param=1.0, random_state=0).fit(halved)
    save_npz(model, tmp_path / "model.npz")
    item = int(frame["item"].iloc[0])
    text = f"user,item\nTrue,{item}\nFalse,{item}\n"
    done = run("predict", tmp_path / "model.npz", "-", "-o", "-", stdin=text.encode())
    got = [float(line.split(",")[2]) for line in done.out.splitlines()[1:]]
    assert got == model.predict(pairs((True, item), (False, item))).tolist()


def test_pairs_with_unknown_ids_are_predicted_and_counted(run, folder, model):
    text = b"user,item\n0,3\n99,3\n98,77\n0,77\n99,4\n"
    done = run("predict", folder / "model.npz", "-", "--json", stdin=text)
    expected = model.predict(pairs((0, 3), (99, 3), (98, 77), (0, 77), (99, 4)))
    assert [row["prediction"] for row in json.loads(done.out)] == expected.tolist()
    assert done.err.count("\n") == 1
    assert "4 of 5 pairs have a user or item not seen in fit" in done.err
    assert "(user 99, 98; item 77); their predictions fall back" in done.err
    text = b"user,item\n0,3\n99,3\n"
    done = run("predict", folder / "model.npz", "-", stdin=text)
    assert "1 of 2 pairs has a user or item not seen in fit (user 99)" in done.err


def test_a_few_of_many_unknown_ids_are_listed(run, folder):
    rows = "".join(f"{user},3\n" for user in range(100, 2100))
    text = f"user,item\n0,3\n{rows}".encode()
    done = run("predict", folder / "model.npz", "-", "-o", "-", stdin=text)
    assert "2,000 of 2,001 pairs have" in done.err
    assert "(user 100, 101, 102, 103, 104 and 1,995 more)" in done.err


def test_the_model_warns_once_if_all_ids_are_unknown(run, folder):
    done = run("predict", folder / "model.npz", "-", stdin=b"user,item\n99,77\n")
    assert done.status == 0
    assert done.err.startswith("sklearn-cofi: warning: None of the 1 pairs")
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    ("text", "arguments", "message"),
    [
        (b"user,item\n1,\n", [], "have no item .* row 1"),
        (b"user,item\nann,3\n", [], "standard input: .*user"),
        (b"user\n1\n", [], "error: standard input: its first line, .* --sep"),
        (b"user,what\n1,2\n", [], "--item-col"),
        (b"user,item,prediction\n1,2,3\n", [], "already has a column 'prediction'"),
        (b"user,item\n1,2\n", ["--std"], "--bayesian"),
        (b"", [], "standard input is empty"),
    ],
)
def test_pairs_that_cannot_be_predicted_are_refused(
    refused, folder, text, arguments, message
):
    command = ["predict", folder / "model.npz", "-", *arguments]
    line = refused(*command, stdin=text)
    assert re.search(message, line), line


def test_swapped_columns_are_an_error_that_names_options(frame, refused, tmp_path):
    named = frame.assign(user="u" + frame["user"].astype(str))
    save_npz(CollaborativeFilter(2, random_state=0).fit(named), tmp_path / "m.npz")
    exchanged = named[["user", "item"]].set_axis(["item", "user"], axis=1)
    exchanged.to_parquet(tmp_path / "pairs.parquet")
    line = refused("predict", tmp_path / "m.npz", tmp_path / "pairs.parquet")
    assert "swapped" in line
    assert "--user-col and --item-col" in line


def test_bayesian_models_give_standard_deviations(run, frame, tmp_path):
    model = BayesianCollaborativeFilter(2, 12, burn_in=2, random_state=0).fit(frame)
    save_npz(model, tmp_path / "model.npz")
    queried = frame[["user", "item"]][:20].reset_index(drop=True)
    queried.to_csv(tmp_path / "pairs.csv", index=False)
    path = tmp_path / "out.csv"
    command = ["predict", tmp_path / "model.npz", tmp_path / "pairs.csv", "-o", path]
    assert run(*command, "--std").status == 0
    predicted, std = model.predict(queried, return_std=True)
    read = pd.read_csv(path, dtype=str).map(float)  # to the last digit
    expected = queried.assign(prediction=predicted, std=std)
    pd.testing.assert_frame_equal(
        read.astype(expected.dtypes), expected, check_exact=True
    )
    run(*command)
    assert list(pd.read_csv(path)) == ["user", "item", "prediction"]
    run("recommend", tmp_path / "model.npz", "--all", "--std", "-o", path)
    best = model.recommend(return_std=True)
    np.testing.assert_allclose(pd.read_csv(path)["std"], best["std"], rtol=1e-6)
