"""Invalid ids, ids of another kind and unknown ids, case by case."""

import uuid

import numpy as np
import pandas as pd
import polars as pl
import pytest
from fitting import PLAIN
from tables import ITEMS, RATINGS, objects, table

from sklearn_cofi import CollaborativeFilter

MISSING = r"Input X contains NaN: 1 ids are missing in column 'user'. Drop these rows"
INVALID = {
    "NaN": (objects(np.nan, 1, 1, 2, 2, 3), ValueError, MISSING),
    "None among strings": (objects(None, *"aabbc"), ValueError, MISSING),
    "pd.NA": (objects(pd.NA, 1, 1, 2, 2, 3), ValueError, MISSING),
    "nullable": (pd.array([None, 1, 1, 2, 2, 3], "Int64"), ValueError, MISSING),
    "missing category": (pd.Categorical([None, *"aabbc"]), ValueError, MISSING),
    "NaT": (
        pd.to_datetime([None, *["2020-01-01"] * 5]),
        ValueError,
        MISSING,
    ),
    "None among UUIDs": (objects(None, *[uuid.UUID(int=1)] * 5), ValueError, MISSING),
    "infinity": (
        [np.inf, 1, 1, 2, 2, 3],
        ValueError,
        "Input X contains infinity among the ids in column 'user'. Drop these rows",
    ),
    "numbers and strings": (
        objects(1, 1, 2, 2, "3", "3"),
        TypeError,
        r"'user' mixes ids of different kinds \(int, str\).*`astype\(str\)`",
    ),
    "booleans equal to numbers": (
        objects(1, True, 1, True, 1, True),
        TypeError,
        r"mixes ids of different kinds \(bool, int\).*`astype\(str\)`",
    ),
    "mixed categories": (
        pd.Categorical(objects(1, 1, 2, 2, "3", "3")),
        TypeError,
        r"mixes ids of different kinds \(int, str\).*`astype\(str\)`",
    ),
    "lists": (
        objects([1], [1], [2], [2], [3], [3]),
        TypeError,
        "'user' holds a value that cannot be an id .*must be a string or a number",
    ),
    "dicts": (
        objects({}, {}, {}, {}, {}, {}),
        TypeError,
        "unhashable.*argument must be a string or a number",
    ),
    "sets": (
        objects(*(frozenset([k]) for k in (1, 1, 2, 2, 3, 3))),
        TypeError,
        r"kind frozenset, which has no order. Convert .*`astype\(str\)`",
    ),
    "complex": (
        np.array([1j, 1, 1, 2, 2, 3]),
        ValueError,
        r"Complex data not supported.*'user'.*`astype\(str\)`",
    ),
    "integers beyond 64 bits": (
        objects(2**64, 1, 1, 2, 2, 3),
        ValueError,
        r"'user' holds whole numbers .* 64 bits. Convert it.*`astype\(str\)`",
    ),
    "integers without a common 64-bit type": (
        objects(-1, 2**63, 1, 2, 2, 3),
        ValueError,
        r"whole numbers .* 64 bits. Convert it.*`astype\(str\)`",
    ),
    "floats too large to be exact": (
        [2.0**53, 1, 1, 2, 2, 3],
        ValueError,
        "ids of 9007199254740992 and more as float64, which rounds.*as whole numbers",
    ),
    "float32 too large to be exact": (
        np.array([2**24, 1, 1, 2, 2, 3], np.float32),
        ValueError,
        "ids of 16777216 and more as float32, which rounds.*Read the column as",
    ),
}


@pytest.mark.parametrize(("users", "error", "message"), INVALID.values(), ids=INVALID)
def test_invalid_ids(model, users, error, message):
    with pytest.raises(error, match=message):
        model.fit(table(users))


@pytest.mark.parametrize(
    "dtype", [pl.List(pl.Int64), pl.Array(pl.Int64, 1)], ids=["list", "array"]
)
def test_nested_polars_columns_are_not_ids(model, dtype):
    nested = pl.Series([[1], [1], [2], [2], [3], [3]], dtype=dtype)
    frame = pl.DataFrame({"user": nested, "item": ITEMS, "rating": RATINGS})
    with pytest.raises(TypeError, match="argument must be a string or a number"):
        model.fit(frame)


def test_lone_surrogates_are_an_error(model):
    rows = [["\ud800", 10], ["a", 11]]
    with pytest.raises(ValueError, match="'0' holds .* not valid Unicode.* Decode"):
        model.fit(rows, [5, 3])


OTHER_KIND = {
    "strings for numbers": ([1, 1, 2, 2, 3, 3], ["1"], "string", "number"),
    "numbers for strings": (list("112233"), [1], "number", "string"),
    "booleans for numbers": ([1, 1, 2, 2, 3, 3], [True], "boolean", "number"),
    "numbers for booleans": (
        [True, True, False, True, False, False],
        [1],
        "number",
        "boolean",
    ),
    "dates for numbers": (
        [1, 1, 2, 2, 3, 3],
        [pd.Timestamp("2020-01-01")],
        "datetime",
        "number",
    ),
    "strings for dates": (
        pd.to_datetime([f"2020-01-0{k}" for k in (1, 1, 2, 1, 2, 2)]),
        ["2020-01-01"],
        "string",
        "datetime",
    ),
    "strings for UUIDs": (
        [uuid.UUID(int=k) for k in (1, 1, 2, 2, 3, 3)],
        [str(uuid.UUID(int=1))],
        "string",
        "UUID",
    ),
    "bytes for strings": (list("112233"), [b"1"], "bytes", "string"),
}


@pytest.mark.parametrize(
    ("users", "queried", "given", "seen"), OTHER_KIND.values(), ids=OTHER_KIND
)
def test_ids_of_another_kind_are_an_error(model, users, queried, given, seen):
    model.fit(table(users))
    message = f"'user' are of kind {given} .* fit are of kind {seen} .*Convert the"
    with pytest.raises(TypeError, match=message):
        model.predict(pd.DataFrame({"user": queried, "item": [11]}))


def test_the_error_for_numbers_that_numpy_turned_into_strings(model):
    rows = [["u1", 10], ["u1", 11], ["u2", 11], ["u2", 12], ["u3", 10], ["u3", 12]]
    model.fit(rows, RATINGS)
    with pytest.raises(TypeError, match="numpy turns numbers into strings in an arr"):
        model.predict(np.array(rows))
    assert model.predict(np.array(rows, dtype=object)).shape == (6,)


def test_unknown_ids_only_give_the_mean_and_a_warning(model):
    model.fit(table([1, 1, 2, 2, 3, 3]))
    unknown = pd.DataFrame({"user": [7, 8], "item": [70, 80]})
    with pytest.warns(UserWarning, match="None of the 2 pairs.*Compare") as warned:
        assert (model.predict(unknown) == model.global_mean_).all()
    assert warned[0].filename == __file__


def test_one_unknown_side_gives_means_without_a_warning(model):
    model.fit(table([1, 1, 2, 2, 3, 3]))
    pairs = pd.DataFrame({"user": [9, 1], "item": [10, 99]})
    expected = [(5 + 2) / 2, model.global_mean_]
    np.testing.assert_array_equal(model.predict(pairs), expected)


SWAPPED = "'user' and 'item' look swapped.* Name them with `user_col` and `item_"


def test_swapped_columns_of_two_kinds_are_an_error(model):
    model.fit(table(list("aabbcc")))
    with pytest.raises(ValueError, match=SWAPPED):
        model.predict(pd.DataFrame({"user": [11], "item": ["a"]}))


def test_swapped_columns_of_one_kind_are_a_warning(model):
    model.fit(table([1, 1, 2, 2, 3, 3]))
    with pytest.warns(UserWarning, match=SWAPPED):
        # It may also be a new user and a new item, so this is not an error.
        assert (
            model.predict(pd.DataFrame({"user": [11], "item": [2]}))
            == model.global_mean_
        )


def test_another_kind_with_missing_ids_is_another_kind(model):
    model.fit(table(list("aabbcc")))
    with pytest.raises(TypeError, match="'user' are of kind number"):
        model.predict(pd.DataFrame({"user": [1, 2], "item": [10, np.nan]}))


def test_real_ids_as_strings_give_the_predictions_of_numbers(few_real_ratings):
    model = CollaborativeFilter(3, tol=1e-2, random_state=0, **PLAIN)
    numbers = few_real_ratings[["user", "item", "rating"]]
    strings = numbers.astype({"user": str, "item": str})
    padded = strings.assign(
        user=strings["user"].str.zfill(6), item=strings["item"].str.zfill(6)
    )
    expected = model.fit(numbers).predict(numbers)
    np.testing.assert_array_equal(model.fit(padded).predict(padded), expected)
    with pytest.raises(TypeError, match="of kind number .* in fit are of kind string"):
        model.predict(numbers)
