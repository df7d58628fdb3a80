"""Files of ratings are read, or refused with an error that names the cause."""

import os
import re
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.cli._ids import parse_ids, read_titles
from sklearn_cofi.cli._options import Columns
from sklearn_cofi.cli._ratings import read_ratings
from sklearn_cofi.cli._tables import read_table

DEFAULT = Columns(None, None, None, None, None, None, "utf-8", False)
BY_POSITION = {"user_col": "3", "item_col": "0", "rating_col": "2"}
EXPECTED = pd.DataFrame({"user": [7, 7, 3], "item": [1, 2, 1], "rating": [5, 0.5, 3]})


def written(tmp_path, text, name="ratings.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode(encoding))
    return str(path)


@pytest.mark.parametrize(
    ("name", "text", "options"),
    [
        ("a.csv", "user,item,rating\n7,1,5\n7,2,0.5\n3,1,3\n", {}),
        ("a.csv", "\ufeffuser,item,rating\r\n7,1,5\r\n7,2,.5\r\n3,1,3\r\n", {}),
        ("a.csv", "rating,item,user\n5,1,7\n0.5,2,7\n3,1,3\n", {}),
        ("a.csv", "userId,movieId,rating\n7,1,5\n7,2,0.5\n3,1,3\n", {}),
        ("a.csv", "7,1,5\n7,2,0.5\n3,1,3", {}),
        ("a.csv", "7;1;5\n7;2;0.5\n3;1;3", {"sep": ";"}),
        ("a.tsv", "user\titem\trating\n7\t1\t5\n7\t2\t0.5\n3\t1\t3\n", {}),
        ("u.data", "7\t1\t5\n7\t2\t0.5\n3\t1\t3\n", {}),
        ("ratings.dat", "7::1::5\n7::2::0.5\n3::1::3\n", {}),
        ("ratings.dat", "7::1::5\n7::2::0.5\n3::1::3\n", {"sep": "::"}),
        ("ratings", "7 1 5\n7  2 0.5\n3 1 3\n", {}),
        ("ratings", "7\t1\t5\n7\t2\t0.5\n3\t1\t3\n", {"sep": "\\t"}),
        ("a.csv", "1,x,5,7\n2,x,0.5,7\n1,x,3,3\n", BY_POSITION),
        ("a.csv", "how,user,item\n5,7,1\n.5,7,2\n3,3,1\n", {"rating_col": "how"}),
        ("a.csv", ",userId,movieId,Rating\n0,7,1,5\n1,7,2,0.5\n2,3,1,3\n", {}),
        ("a.csv", "isbn;User-ID;Book-Rating\n1;7;5\n2;7;.5\n1;3;3\n", {"sep": ";"}),
    ],
)
def test_the_same_ratings_are_read_however_they_are_written(
    tmp_path, name, text, options
):
    read = read_ratings(written(tmp_path, text, name), DEFAULT._replace(**options))
    pd.testing.assert_frame_equal(read, EXPECTED, check_dtype=False)


def test_columns_of_times_are_found(tmp_path):
    headed = written(tmp_path, "userId,movieId,rating,timestamp\n1,2,3,4\n")
    bare = written(tmp_path, "1\t2\t3\t4\n", "u.data")
    other = written(tmp_path, "when,user,item,rating\n4,1,2,3\n", "other.csv")
    for path, column in ((headed, None), (bare, None), (other, "when"), (other, "0")):
        read = read_ratings(path, DEFAULT._replace(timestamp_col=column))
        assert read.to_numpy().tolist() == [[1, 2, 3, 4]]


def test_ids_are_text_if_they_are_not_numbers_or_on_request(tmp_path):
    named = written(tmp_path, "user,item,rating\nNA,x,5\nÜ 1,null,3\n")
    assert read_ratings(named)["user"].tolist() == ["NA", "Ü 1"]
    assert read_ratings(named)["item"].tolist() == ["x", "null"]
    numbered = written(tmp_path, "user,item,rating\n007,1,5\n7,1,3\n", "numbered.csv")
    assert read_ratings(numbered)["user"].tolist() == ["007", "7"]
    assert read_ratings(numbered)["item"].tolist() == [1, 1]
    as_written = read_ratings(numbered, DEFAULT._replace(text_ids=True))
    assert as_written["user"].tolist() == ["007", "7"]
    assert as_written["rating"].tolist() == [5, 3]


def test_other_encodings_need_an_option(tmp_path):
    path = written(tmp_path, "user,item,rating\nJürgen,1,5\n", encoding="latin-1")
    with pytest.raises(ValueError, match="not utf-8 text.*--encoding latin-1"):
        read_ratings(path)
    read = read_ratings(path, DEFAULT._replace(encoding="latin-1"))
    assert read["user"].tolist() == ["Jürgen"]
    wide = written(tmp_path, "user,item,rating\nJürgen,1,5\n", "wide", "utf-16")
    read = read_ratings(wide, DEFAULT._replace(encoding="utf-16"))
    assert read["user"].tolist() == ["Jürgen"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is empty"),
        ("\n \n", "is empty"),
        ("user,item,rating\n", "a header and no rows"),
        ("user,item\n1,2\n", "no column of ratings"),
        ("user\n1\n", "minimum of 2"),
        ("user,what,rating\n1,2,3\n", "--item-col"),
        ("user,item,rating\n1,2,good\n3,4,5\n", "row 1, is 'good'"),
        ("user,item,rating\n1,2,3\n3,4,\n", "row 2, is missing"),
        ("user,item,rating\n1,2,3\n3,4,NaN\n", "row 2, is (missing|'NaN')"),
        ("user,item,rating\n1,2,inf\n", "row 1, is (inf|'inf')"),
        ("user,item,rating\n,2,3\n", "1 of 1 rows have no user"),
        ("user,item,rating\n1,2,3\n1,,3\n", "have no item .* row 2"),
        ("user,item,rating\n1,2,3,4\n", "more fields than its header"),
        ("user,item,rating\n1,2,3\n1,2,3,4\n", "Expected 3 fields in line 3"),
        ("user,user,item\n1,2,3\n", "column"),
        (b"\0\1\2\xff", "neither text nor Parquet"),
        (b"\xff\xfe\xfd,\x80", "not utf-8 text"),
        (b"PAR1 and no more", "not a valid Parquet file"),
        (b'user,item,rating\n"1,2,3\n', "quotation marks .* line 2 .*--no-quotes"),
    ],
)
def test_malformed_files_are_refused_in_one_line(tmp_path, refused, text, message):
    path = written(tmp_path, text)
    line = refused("fit", path, "-o", tmp_path / "model.npz")
    assert path in line
    assert re.search(message, line), line
    assert not (tmp_path / "model.npz").exists()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--user-col", "missing"], "--user-col='missing' is not a column"),
        (["--user-col", "9"], "--user-col=9 is out of range"),
        (["--timestamp-col", "never"], "no column --timestamp-col never"),
        (["--encoding", "klingon"], "unknown encoding"),
    ],
)
def test_columns_and_encodings_that_do_not_exist_are_named(
    folder, refused, options, message
):
    path = folder / "ratings.csv"
    assert message in refused("fit", path, "-o", folder / "no.npz", *options)


def test_a_line_of_one_field_needs_a_separator(tmp_path, refused):
    path = written(tmp_path, "abc\n", "ratings")
    assert "--sep" in refused("fit", path, "-o", tmp_path / "model.npz")


def test_a_folder_is_refused(tmp_path, refused):
    assert "Is a directory" in refused("fit", tmp_path, "-o", tmp_path / "model.npz")
    assert "Is a directory" in refused("info", tmp_path)


def test_files_without_permission_are_named(refused, without_rights):
    with (
        tempfile.TemporaryDirectory() as folder
    ):  # unlike tmp_path, readable by other users
        path = written(Path(folder), "1,2,3\n")
        os.chmod(path, 0)
        os.chmod(folder, 0o755)
        with without_rights():
            assert f"{path}: Permission denied" in refused("fit", path, "-o", "-")


def test_parquet_without_pyarrow_names_the_package(tmp_path, refused, monkeypatch):
    path = tmp_path / "ratings.parquet"
    EXPECTED.to_parquet(path)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    assert "pip install pyarrow" in refused("fit", path, "-o", tmp_path / "m.npz")


def test_dates_are_refused_as_ratings(tmp_path):
    path = tmp_path / "ratings.parquet"
    dated = EXPECTED.assign(rating=pd.Timestamp("2020-01-01"))
    dated.to_parquet(path)
    with pytest.raises(ValueError, match="dates"):
        read_ratings(str(path))


@given(st.lists(st.tuples(*[st.integers(-9, 9)] * 2, st.floats(-5, 5)), min_size=1))
def test_written_ratings_are_read_back(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("drawn") / "ratings.csv"
    frame = pd.DataFrame(rows, columns=["user", "item", "rating"])
    frame.to_csv(path, index=False)
    read = read_ratings(str(path))
    # pandas before 3 rounds the last digits differently.
    np.testing.assert_allclose(read, frame, rtol=1e-13)


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("titles.csv", 'item,title\n1,"One, two"\n2,Ümlaut\n'),
        ("titles.csv", 'title,item\n"One, two",1\nÜmlaut,2\n'),
        ("titles.csv", 'movieId,title,genres\n1,"One, two",a|b\n2,Ümlaut,b\n'),
        ("movies.dat", "1::One, two::A|B\n2::Ümlaut::B\n"),
        ("u.item", "1|One, two|01-Jan\n2|Ümlaut|01-Jan\n"),
    ],
)
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
def test_titles_are_read_from_files_like_those_of_movielens(
    tmp_path, name, text, encoding
):
    path = written(tmp_path, text, name, encoding)
    titles = read_titles(path, np.array([1, 2]))
    assert titles.to_dict() == {1: "One, two", 2: "Ümlaut"}
    named = read_titles(path, np.array(["1", "2"]))
    assert named.to_dict() == {"1": "One, two", "2": "Ümlaut"}


def test_an_item_gets_its_first_title_and_missing_titles_are_dropped(tmp_path):
    path = written(tmp_path, "item,title\n1,One\n1,Uno\n2,\n")
    assert read_titles(path, np.array([1, 2])).to_dict() == {1: "One"}


def test_titles_of_unknown_items_only_are_warned_of(tmp_path):
    path = written(tmp_path, "item,title\n1,One\n")
    with pytest.warns(UserWarning, match="None of the items"):
        read_titles(path, np.array([5]))


def test_titles_need_two_columns(tmp_path):
    path = written(tmp_path, "item\n1\n")
    with pytest.raises(ValueError, match="items and of titles"):
        read_titles(path, np.array([1]))


@pytest.mark.parametrize(
    "ids",
    [
        np.array([-3, 5]),
        np.array([0.5, 7]),
        np.array(["a", "1"]),
        np.array(["a" * 200, "ü"], dtype=object),
        np.array([False, True]),
    ],
)
def test_ids_are_parsed_from_text_with_their_type(ids):
    back = parse_ids([str(one) for one in ids], ids, "user")
    assert back == ids.tolist()
    assert [type(one) for one in back] == [type(one) for one in ids.tolist()]


@pytest.mark.parametrize(
    ("ids", "text"),
    [
        (np.array([1]), "1.5"),
        (np.array([1]), "1_0"),
        (np.array([1]), "9" * 30),
        (np.array([1.5]), "one"),
        (np.array([True]), "yes"),
        (np.array(["2020-01-01"], "datetime64[s]"), "2020-01-01"),
    ],
)
def test_texts_that_cannot_be_ids_are_refused(ids, text):
    with pytest.raises(ValueError, match="user"):
        parse_ids([text], ids, "user")


def test_a_field_may_begin_with_a_quotation_mark(tmp_path):
    path = written(tmp_path, '1::"Quoted\n2::B\n', "movies.dat")
    assert read_table(path)[1].tolist() == ['"Quoted', "B"]


def test_titles_may_have_the_name_of_items_in_fit(tmp_path):
    path = str(tmp_path / "titles.csv")
    Path(path).write_text("what,Nr\nOne,1\nTwo,2\n")
    assert read_titles(path, np.array([1, 2]), "Nr").to_dict() == {1: "One", 2: "Two"}
    Path(path).write_text("what,Nr,how\nOne,1,a\nTwo,2,b\n")
    with pytest.raises(ValueError, match="names do not say .* Rename them to item and"):
        read_titles(path, np.array([1, 2]), "Nr")
