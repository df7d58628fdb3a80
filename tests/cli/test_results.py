"""Result files have the estimators' values to the last digit, or are not written."""

import os
import stat

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi import load_npz
from sklearn_cofi.cli._results import check_result_file, write_result
from sklearn_cofi.cli._tables import read_table

KINDS = ["a.csv", "a.CSV", "a.tsv", "a.tab", "a.csv.gz", "a.tsv.bz2", "a.csv.xz"]
PARQUET = ["a.parquet", "a.pq"]


def same(got, expected):
    pd.testing.assert_frame_equal(got, expected, check_dtype=False, check_exact=True)


@pytest.mark.parametrize("name", KINDS + PARQUET)
def test_files_hold_the_recommendations_of_the_model(run, folder, tmp_path, name):
    model = load_npz(folder / "model.npz")
    path = tmp_path / name
    command = ["recommend", folder / "model.npz", "--all", "-n", 3, "-o", path]
    assert run(*command) == (0, "", "")
    if name in PARQUET:
        read = pd.read_parquet(path)
    else:  # as text, because pandas before 3 rounds the last digits
        read = read_table(str(path), text=True).map(float)
    same(read, model.recommend(n=3))


def test_a_dash_is_csv_on_stdout(run, folder):
    done = run("similar", folder / "model.npz", 0, "-n", 1, "-o", "-")
    best = load_npz(folder / "model.npz").similar_items(0, 1)
    first = "0,1,{},{!r}".format(*best.iloc[0, 2:].tolist())
    assert done.out.splitlines()[0] == "item,rank,similar_item,score"
    assert [float(x) for x in done.out.splitlines()[1].split(",")] == [
        float(x) for x in first.split(",")
    ]


@pytest.mark.parametrize("name", ["a.csv", "a.parquet"])
def test_explanations_in_files_keep_ids_as_integers(run, folder, tmp_path, name):
    path = tmp_path / name
    titles = ["--titles", folder / "titles.csv"]
    run("explain", folder / "model.npz", 0, 6, "-n", 2, "-o", path, *titles)
    read = (
        pd.read_parquet(path) if name == "a.parquet" else pd.read_csv(path, dtype=str)
    )
    expected = load_npz(folder / "model.npz").explain(0, 6, n=2)
    items = [item for item in expected["item"] if item is not None]
    assert read["item"].dropna().tolist() == (
        [*map(str, items)] if name == "a.csv" else items
    )
    assert read["title"].notna().sum() == len(items)
    contributions = read["contribution"].astype(float)
    np.testing.assert_array_equal(contributions[:-1], expected["contribution"])
    assert read["kind"].iloc[-1] == "prediction"


def test_text_ids_in_files_are_read_back_as_text(run, folder, tmp_path):
    path = tmp_path / "a.csv"
    run("recommend", folder / "named.npz", "--all", "-n", 1, "-o", path)
    read = read_table(str(path), text=True)
    assert read["user"].str.startswith("u").all()
    assert read["item"].str.startswith("0").all()


@given(
    st.lists(
        st.tuples(st.floats(allow_nan=False, allow_infinity=False), st.floats(width=32))
    )
)
def test_numbers_in_files_are_the_shortest_that_round_trip(tmp_path_factory, rows):
    frame = pd.DataFrame(rows, columns=["wide", "narrow"]).astype({"narrow": "float32"})
    path = tmp_path_factory.mktemp("drawn") / "a.csv"
    write_result(frame, str(path), False)
    lines = path.read_text().splitlines()[1:]
    for (wide, narrow), line in zip(frame.to_numpy(object), lines, strict=True):
        fields = line.split(",")
        assert fields[0] == repr(float(wide))
        if not np.isnan(narrow):
            assert np.float32(fields[1]) == narrow
            assert len(fields[1]) <= len(str(np.float32(narrow)))


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\r"))))
def test_any_text_survives_a_file(tmp_path_factory, texts):
    frame = pd.DataFrame({"n": range(len(texts)), "title": texts})
    path = tmp_path_factory.mktemp("drawn") / "a.tsv"
    write_result(frame, str(path), False)
    if texts and "\0" not in "".join(texts):
        read = read_table(str(path), text=True)["title"]
        assert read.fillna("").tolist() == texts


@pytest.mark.parametrize("name", ["a.xls", "a", "a.gz", "a.parquet.gz", "a.json"])
def test_unsupported_suffixes_are_refused_before_the_model_is_read(run, name):
    done = run("recommend", "missing.npz", "--all", "-o", name)
    assert done.status == 2
    for supported in (name, ".csv", ".tsv", ".gz", ".parquet", "- for CSV"):
        assert supported in done.err


def test_unwritable_paths_are_refused_before_the_model_is_read(refused, tmp_path):
    command = ["recommend", "missing.npz", "--all", "-o"]
    assert "No such folder" in refused(*command, tmp_path / "none" / "a.csv")
    (tmp_path / "b.csv").mkdir()
    assert "Is a directory" in refused(*command, tmp_path / "b.csv")


def test_a_failure_leaves_the_old_file_and_no_other(
    refused, folder, tmp_path, monkeypatch
):
    path = tmp_path / "a.parquet"
    path.write_bytes(b"old")

    def fail(frame, stream, **how):
        stream.write(b"half")
        raise ImportError

    monkeypatch.setattr(pd.DataFrame, "to_parquet", fail)
    command = ["recommend", folder / "model.npz", "--all", "-o", path]
    assert "pip install pyarrow" in refused(*command)
    assert path.read_bytes() == b"old"
    assert os.listdir(tmp_path) == ["a.parquet"]


def test_a_named_pipe_is_written_to_and_not_replaced(run, folder, tmp_path):
    path = tmp_path / "a.csv"
    os.mkfifo(path)
    reader = os.open(path, os.O_RDONLY | os.O_NONBLOCK)
    try:
        run("recommend", folder / "model.npz", "--users", 0, "-n", 1, "-o", path)
        assert os.read(reader, 1000).startswith(b"user,rank,item,prediction\n0,1,3,")
    finally:
        os.close(reader)
    assert stat.S_ISFIFO(path.stat().st_mode)


def test_a_named_pipe_may_be_in_a_folder_without_write_permission(
    tmp_path, monkeypatch
):
    monkeypatch.setattr("os.access", lambda path, mode, **named: False)
    os.mkfifo(tmp_path / "a.csv")
    check_result_file(str(tmp_path / "a.csv"), False)
    with pytest.raises(PermissionError):
        check_result_file(str(tmp_path / "b.csv"), False)
