"""Each layout of a ratings file is read, and errors name the file and the line."""

import builtins
from zipfile import Path as ZipPath
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.datasets._ratings_file import RatingsFile, headerless, read_ratings

TABS = headerless("u.data", "\t")
COLONS = headerless("ratings.dat", "::")
BLANKS = headerless("jester.dat", None, ("user", "item", "rating"))
CSV = RatingsFile(
    "ratings.csv",
    ",",
    {"userId": "user", "movieId": "item", "rating": "rating", "timestamp": "timestamp"},
    has_header=True,
)
HEADER, OTHER_ORDER = (
    "userId,movieId,rating,timestamp",
    "movieId,userId,timestamp,rating",
)
ROWS = [[196, 242, 3.0, 881250949], [186, 302, 0.5, 0]]


@pytest.mark.parametrize(
    ("file", "text", "expected"),
    [
        (TABS, "196\t242\t3\t881250949\n186\t302\t0.5\t0\n", ROWS),
        (COLONS, "196::242::3::881250949\r\n186::302::0.5::0\r\n", ROWS),
        (
            BLANKS,
            "196\t\t242\t\t 3\n186\t\t302\t\t-0.5\n",
            [[196, 242, 3], [186, 302, -0.5]],
        ),
        (CSV, f"{HEADER}\n196,242,3.0,881250949\n186,302,0.5,0", ROWS),
        (CSV, f"{OTHER_ORDER}\n242,196,881250949,3\n302,186,0,0.5\n", ROWS),
    ],
)
def test_layouts(tmp_path, file, text, expected):
    (tmp_path / file.member).write_bytes(text.encode())
    frame = read_ratings(tmp_path, file)
    names = ["user", "item", "rating", "timestamp"]
    assert list(frame) == names[: len(expected[0])]
    dtypes = [np.int32, np.int32, np.float64, np.int64]
    assert frame.dtypes.tolist() == dtypes[: len(expected[0])]
    np.testing.assert_array_equal(frame, expected)


def test_reads_inside_a_zip(tmp_path):
    with ZipFile(tmp_path / "set.zip", "w") as zipped:
        zipped.writestr("set/u.data", "1\t2\t3\t4\n")
        assert len(read_ratings(ZipPath(zipped, "set/"), TABS)) == 1


@pytest.mark.parametrize(
    "line",
    [
        "1\t2\t3",  # one field too few
        "1\t2\t3\t4\t5",  # one field too many
        "1\t2\tgood\t4",
        "1\t2\t\t4",
        "1\t2\tnan\t4",
        "1\t2\t1e999\t4",
        "1.5\t2\t3\t4",
        "one\t2\t3\t4",
        "1\t2\t3\t4.5",
    ],
)
def test_the_error_names_a_malformed_line(tmp_path, line):
    (tmp_path / "u.data").write_text(f"1\t1\t1\t1\n{line}\n2\t2\t2\t2\n")
    with pytest.raises(ValueError, match=r"u\.data, line 2: expected user") as error:
        read_ratings(tmp_path, TABS)
    assert repr(line) in str(error.value)
    assert f"Delete {tmp_path / 'u.data'} and" in str(error.value)


def test_one_field_too_many_in_every_line_is_an_error(tmp_path):
    (tmp_path / "u.data").write_text("1\t2\t3\t4\t5\n" * 3)
    with pytest.raises(ValueError, match=r"u\.data, line 1"):
        read_ratings(tmp_path, TABS)


def test_an_id_beyond_int32_is_an_error(tmp_path):
    (tmp_path / "u.data").write_text(f"{2**31}\t2\t3\t4\n")
    with pytest.raises(ValueError, match=r"u\.data: expected lines of user"):
        read_ratings(tmp_path, TABS)


def test_the_error_names_the_zip_of_a_malformed_line(tmp_path):
    with ZipFile(tmp_path / "set.zip", "w") as zipped:
        zipped.writestr("set/u.data", "1\t2\tx\t4\n")
        with pytest.raises(ValueError, match=rf"Delete {tmp_path}/set\.zip and fetch"):
            read_ratings(ZipPath(zipped, "set/"), TABS)


@pytest.mark.parametrize("header", ["", "userId,movieId,rating", "a,b,c,d"])
def test_a_wrong_header_is_an_error(tmp_path, header):
    (tmp_path / "ratings.csv").write_text(f"{header}\n1,2,3,4\n")
    with pytest.raises(ValueError, match=r"ratings\.csv, line 1: expected the columns"):
        read_ratings(tmp_path, CSV)


def test_a_truncated_file_is_an_error(tmp_path):
    (tmp_path / "u.data").write_text("1\t2\t3\t4\n")
    with pytest.raises(ValueError, match=r"u\.data holds 1 ratings, expected 2"):
        read_ratings(tmp_path, TABS, n_ratings=2)


def test_a_missing_file_is_an_error(tmp_path):
    with pytest.raises(OSError, match=r"has no u\.data"):
        read_ratings(tmp_path, TABS)


@pytest.fixture
def parquet(tmp_path):
    pytest.importorskip("pyarrow")

    def write(**columns):
        pd.DataFrame(columns).to_parquet(tmp_path / "ratings.parquet")
        return tmp_path

    return write


def test_a_parquet_file_is_read_instead(parquet):
    folder = parquet(
        more=["x"],
        timestamp=np.array([9], np.int32),
        rating=np.array([4], np.int8),
        item=np.array([2], np.uint16),
        user=[1],
    )
    frame = read_ratings(folder, TABS)
    assert list(frame) == ["user", "item", "rating", "timestamp"]
    assert frame.dtypes.tolist() == [np.int32, np.int32, np.float64, np.int64]
    assert frame.to_numpy().tolist() == [[1, 2, 4, 9]]


def test_the_original_file_is_preferred_to_parquet(parquet):
    folder = parquet(user=[1], item=[2], rating=[3])
    (folder / "u.data").write_text("5\t6\t7\t8\n")
    assert read_ratings(folder, TABS)["user"].tolist() == [5]


@pytest.mark.parametrize(
    "columns",
    [
        {"user": [1], "item": [2]},
        {"user": ["a"], "item": [2], "rating": [3]},
        {"user": [1.5], "item": [2], "rating": [3]},
        {"user": [2**31], "item": [2], "rating": [3]},
        {"user": [1], "item": [-(2**31) - 1], "rating": [3]},
        {"user": [1], "item": [2], "rating": [np.nan]},
        {"user": [1], "item": [2], "rating": ["good"]},
    ],
)
def test_a_parquet_file_with_wrong_columns_is_an_error(parquet, columns):
    with pytest.raises(ValueError, match=r"ratings\.parquet is not a parquet file of"):
        read_ratings(parquet(**columns), TABS)


def test_an_invalid_parquet_file_is_an_error(tmp_path):
    pytest.importorskip("pyarrow")
    (tmp_path / "ratings.parquet").write_text("not parquet")
    with pytest.raises(ValueError, match=r"ratings\.parquet is not a parquet file"):
        read_ratings(tmp_path, TABS)


def test_the_error_of_missing_pyarrow_names_it(tmp_path, monkeypatch):
    genuine = builtins.__import__

    def without_pyarrow(name, *args, **kwargs):
        if name == "pyarrow":
            raise ImportError(name)
        return genuine(name, *args, **kwargs)

    (tmp_path / "ratings.parquet").touch()
    monkeypatch.setattr(builtins, "__import__", without_pyarrow)
    with pytest.raises(ImportError, match="pip install pyarrow"):
        read_ratings(tmp_path, TABS)
