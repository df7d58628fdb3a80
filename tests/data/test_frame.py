"""Opening tables, series and lists of ids."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from sklearn_cofi.data._frame import id_array, numbers, open_table, series_array


@pytest.mark.parametrize(
    "X",
    [
        pd.DataFrame({"a": ["x", "y"], "b": [1, 2]}),
        pl.DataFrame({"a": ["x", "y"], "b": [1, 2]}),
        pa.table({"a": ["x", "y"], "b": [1, 2]}),
    ],
    ids=["pandas", "polars", "pyarrow"],
)
def test_a_frame_has_names_and_columns(X):
    table = open_table(X)
    assert table.names == ["a", "b"]
    assert (table.n_columns, table.n_rows) == (2, 2)
    assert list(table.take(0)) == ["x", "y"]
    assert table.take(1).dtype == np.int64
    assert table.label(1) == "b"


def test_an_array_has_positions():
    table = open_table(np.array([[1, 2], [3, 4], [5, 6]]))
    assert table.names is None
    assert (table.n_columns, table.n_rows) == (2, 3)
    assert list(table.take(1)) == [2, 4, 6]
    assert table.label(1) == "1"


def test_a_list_keeps_each_value_as_it_is():
    table = open_table([["u1", 5], ["u2", 6]])
    assert [type(value) for value in table.take(1)] == [int, int]


def test_object_columns_of_pandas_are_ndarrays():
    table = open_table(pd.DataFrame({"a": pd.Series([1, "x"], dtype=object)}))
    assert type(table.take(0)) is np.ndarray


@pytest.mark.parametrize("unit", ["s", "us", "ns"])
def test_times_with_a_zone_are_converted_to_utc(unit):
    zone = pd.DatetimeIndex(["2020-06-01 02:00"], tz="Europe/Berlin").as_unit(unit)
    column = open_table(pd.DataFrame({"a": zone})).take(0)
    assert column.dtype == np.dtype(f"datetime64[{unit}]")
    assert column[0] == np.datetime64("2020-06-01T00:00")


def test_the_name_of_the_argument_is_in_messages():
    with pytest.raises(TypeError, match="^weights is made of dicts"):
        series_array({}, "weights")
    with pytest.raises(TypeError, match="^ratings is a lazy frame"):
        open_table(pl.LazyFrame(), "ratings")


@pytest.mark.parametrize(
    ("ids", "expected"),
    [
        ("abc", ["abc"]),
        (b"abc", [b"abc"]),
        (5, [5]),
        ([5, "a"], [5, "a"]),
        ([(1, 2)], [(1, 2)]),
        ([(1,), (2,)], [(1,), (2,)]),
        ((1, 2), [1, 2]),
        (np.array("abc"), ["abc"]),
        (pd.Series(["a", "b"], index=[7, 8]), ["a", "b"]),
        (pl.Series(["a", "b"], dtype=pl.Categorical), ["a", "b"]),
        (pa.array([5, 6]), [5, 6]),
    ],
)
def test_ids_one_or_many(ids, expected):
    array = id_array(ids)
    assert array.ndim == 1
    assert list(array) == expected


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_floats_keep_their_precision(dtype):
    assert numbers(np.array([1, 2], dtype), "y").dtype == dtype


@pytest.mark.parametrize("dtype", [int, bool, np.float16, object, ">f8", ">f4"])
def test_other_numbers_become_float64(dtype):
    column = numbers(np.array([0, 1], dtype), "y")
    assert column.dtype == np.float64
    assert column.tolist() == [0, 1]
