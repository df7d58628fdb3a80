"""Valid and invalid ratings, case by case."""

import datetime
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import DataConversionWarning

MISSING = "contains NaN, None or another missing value. Drop these rows first"
INFINITE = r"infinity or a value too large for dtype\('float64'\). Correct these"
NO_NUMBERS = "must be numbers, but y {}. Convert it first, for example with `pandas.to_"
RATINGS = [5, 3, 4, 1, 2, 4]


def with_first(value, dtype=object):
    """Return five ratings after the given value."""
    return np.array([value, *RATINGS[1:]], dtype=dtype)


INVALID = {
    "NaN": (with_first(np.nan, float), ValueError, MISSING),
    "NaN among objects": (with_first(np.nan), ValueError, MISSING),
    "None": (with_first(None), ValueError, MISSING),
    "None in a list": ([None, *RATINGS[1:]], ValueError, MISSING),
    "pd.NA": (with_first(pd.NA), ValueError, MISSING),
    "Decimal NaN": (
        [Decimal("NaN"), *map(Decimal, RATINGS[1:])],
        ValueError,
        MISSING,
    ),
    "only None": ([None] * 6, ValueError, MISSING),
    "nullable integers": (
        pd.Series([None, *RATINGS[1:]], dtype="Int64"),
        ValueError,
        MISSING,
    ),
    "a nullable array of pandas": (
        pd.array([None, *RATINGS[1:]], "Float64"),
        ValueError,
        MISSING,
    ),
    "a nullable array of booleans": (
        pd.array([None, *[True] * 5], "boolean"),
        ValueError,
        MISSING,
    ),
    "polars null": (pl.Series([None, *RATINGS[1:]]), ValueError, MISSING),
    "pyarrow null": (pa.array([None, *RATINGS[1:]]), ValueError, MISSING),
    "infinity": (with_first(np.inf, float), ValueError, INFINITE),
    "minus infinity": (with_first(-np.inf, float), ValueError, INFINITE),
    "infinity among objects": (with_first(-np.inf), ValueError, INFINITE),
    "an integer beyond all floats": (with_first(10**400), ValueError, INFINITE),
    "strings": (list("abcdef"), ValueError, NO_NUMBERS.format("has dtype <U1")),
    "strings that look like numbers": (
        list("534124"),
        ValueError,
        NO_NUMBERS.format("has dtype <U1"),
    ),
    "a string among numbers": (
        with_first("5"),
        ValueError,
        NO_NUMBERS.format("holds int, str"),
    ),
    "pandas strings": (
        pd.Series(list("534124"), dtype="str"),
        ValueError,
        NO_NUMBERS.format("holds str"),
    ),
    "categories of strings": (
        pd.Series(list("534124"), dtype="category"),
        ValueError,
        NO_NUMBERS.format("holds str"),
    ),
    "bytes that look like numbers": (
        np.array([b"5"] * 6, dtype=object),
        ValueError,
        NO_NUMBERS.format("holds bytes"),
    ),
    "dates": (
        np.array([datetime.date(2020, 1, 1)] * 6),
        ValueError,
        NO_NUMBERS.format("holds date"),
    ),
    "datetimes": (
        np.array(["2020-01-01"] * 6, "M8[D]"),
        ValueError,
        NO_NUMBERS.format(r"has dtype datetime64\[D\]"),
    ),
    "durations among objects": (
        np.array([np.timedelta64(1, "D")] * 6, dtype=object),
        ValueError,
        NO_NUMBERS.format("holds timedelta64"),
    ),
    "booleans among numbers": (
        with_first(True),
        ValueError,
        NO_NUMBERS.format("holds bool, int"),
    ),
    "lists": (
        pd.Series([[5]] * 6),
        ValueError,
        NO_NUMBERS.format("holds list"),
    ),
    "complex": (with_first(1j, complex), ValueError, "Complex data not supported"),
    "complex among objects": (
        np.array([1j] * 6, dtype=object),
        ValueError,
        "Complex data not supported",
    ),
    "two columns": (np.ones((6, 2)), ValueError, r"shape \(6, 2\).*Pass one number"),
    "a frame of two columns": (
        pd.DataFrame(np.ones((6, 2))),
        ValueError,
        r"y should be a 1d array.*shape \(6, 2\).*Pass one number",
    ),
    "a number": (5, ValueError, r"shape \(\).*Pass one number"),
    "a dict": ({0: 5}, TypeError, "y is made of dicts. Pass a list, an array"),
    "a sparse column": (
        sparse.csr_array(np.ones((6, 1))),
        TypeError,
        "Sparse.*`sklearn_cofi.datasets.ratings_from_matrix`",
    ),
    "masked values": (
        np.ma.array(RATINGS, mask=[1, 0, 0, 0, 0, 0]),
        TypeError,
        "y has masked values.*Drop these rows",
    ),
    "a lazy frame": (pl.LazyFrame({"y": RATINGS}), TypeError, r"lazy.*`\.collect\(\)`"),
    "too few": (RATINGS[:5], ValueError, r"inconsistent numbers of samples: \[6, 5\]"),
    "none": ([], ValueError, r"0 sample\(s\).* a minimum of 1 is required"),
    "too large": (
        np.multiply(RATINGS, 1e200),
        ValueError,
        r"5e\+200 .*too large for float64: their products overflow. Scale them down\.",
    ),
    "too large for float32": (
        np.multiply(RATINGS, 1e20).astype(np.float32),
        ValueError,
        "too large for float32.* Scale them down, or fit in float64",
    ),
    "too small": (
        np.multiply(RATINGS, 1e-200),
        ValueError,
        "5e-200 .*too small for float64: their products vanish. Scale them up",
    ),
}


@pytest.mark.parametrize(("y", "error", "message"), INVALID.values(), ids=INVALID)
def test_invalid_ratings(model, frame, y, error, message):
    with pytest.raises(error, match=message):
        model.fit(frame[["user", "item"]], y)


INVALID_COLUMN = {
    "NaN": (with_first(np.nan), "rating column 'rating' " + MISSING),
    "strings": (with_first("5"), "rating column 'rating' holds int, str. Convert it"),
    "infinity": (with_first(np.inf), "rating column 'rating' contains " + INFINITE),
}


@pytest.mark.parametrize(
    ("column", "message"), INVALID_COLUMN.values(), ids=INVALID_COLUMN
)
def test_a_rating_column_of_x_is_checked_like_y(model, frame, column, message):
    with pytest.raises(ValueError, match=message):
        model.fit(frame.assign(rating=column))


ACCEPTED = {
    "a list": RATINGS,
    "a tuple": tuple(RATINGS),
    "int8": np.array(RATINGS, np.int8),
    "uint64": np.array(RATINGS, np.uint64),
    "float16": np.array(RATINGS, np.float16),
    "long double": np.array(RATINGS, np.longdouble),
    "objects": np.array(RATINGS, object),
    "Decimal": list(map(Decimal, RATINGS)),
    "a pandas Series with another index": pd.Series(RATINGS, index=range(6, 0, -1)),
    "a nullable array of pandas": pd.array(RATINGS, "Int64"),
    "pandas nullable": pd.Series(RATINGS, dtype="Int64"),
    "pandas of Arrow": pd.Series(RATINGS, dtype=pd.ArrowDtype(pa.float64())),
    "categories of numbers": pd.Series(RATINGS, dtype="category"),
    "polars": pl.Series(RATINGS),
    "polars Decimal": pl.Series(list(map(Decimal, RATINGS))),
    "pyarrow array": pa.array(RATINGS),
    "pyarrow chunks": pa.chunked_array([RATINGS[:2], RATINGS[2:]]),
    "a masked array without masked values": np.ma.array(RATINGS),
    "every second of an array": np.repeat(RATINGS, 2)[::2],
}


@pytest.mark.parametrize("y", ACCEPTED.values(), ids=ACCEPTED)
def test_containers_of_ratings_give_equal_predictions(model, frame, predict_all, y):
    expected = predict_all(model.fit(frame))
    np.testing.assert_array_equal(
        predict_all(model.fit(frame[["user", "item"]], y)), expected
    )


@pytest.mark.parametrize(
    "as_column",
    [
        lambda y: np.reshape(y, (-1, 1)),
        lambda y: pd.DataFrame({"y": y}),
        lambda y: pl.DataFrame({"y": y}),
    ],
    ids=["array", "pandas", "polars"],
)
def test_one_column_is_flattened_with_sklearns_warning(
    model, frame, predict_all, as_column
):
    expected = predict_all(model.fit(frame))
    with pytest.warns(
        DataConversionWarning, match=r"change the shape of y .*ravel\(\)"
    ):
        model.fit(frame[["user", "item"]], as_column(RATINGS))
    np.testing.assert_array_equal(predict_all(model), expected)


@pytest.mark.parametrize("dtype", [bool, object])
def test_booleans_are_one_and_zero(model, frame, predict_all, dtype):
    liked = np.array([True, False, True, False, False, True], dtype)
    expected = predict_all(model.fit(frame.assign(rating=liked.astype(float))))
    np.testing.assert_array_equal(
        predict_all(model.fit(frame[["user", "item"]], liked)), expected
    )


def test_a_rating_of_zero_is_a_rating(model, frame):
    zero = frame.assign(rating=[0.0, 3, 4, 1, 2, 4])
    assert model.fit(zero).item_means_[0] == (0 + 2) / 2
    assert model.fit(zero[1:]).item_means_[0] == 2


def test_equal_ratings_are_predicted_exactly(model, frame, predict_all):
    with pytest.warns(UserWarning, match="reg_param_max_ is 0.*Pass more ratings"):
        model.fit(frame.assign(rating=3.3))
    assert set(predict_all(model)) == {3.3}
    assert model.reg_param_max_ == 0


FEW = {
    "one rating": (slice(0, 1), [5.0]),
    "one user": (slice(0, 2), [5.0, 3.0]),
}


@pytest.mark.parametrize(("rows", "expected"), FEW.values(), ids=FEW)
def test_few_ratings_give_means(model, frame, predict_all, rows, expected):
    with pytest.warns(UserWarning, match="model predicts means only. Pass more"):
        model.fit(frame[rows])
    np.testing.assert_array_equal(predict_all(model), expected)


def test_one_item_is_enough(model, frame, predict_all):
    model.fit(frame[frame["item"] == "a"])
    high, low = predict_all(model)
    assert 5 > high > (5 + 2) / 2 > low > 2


def test_predictions_without_penalty_are_finite(model, frame, predict_all):
    assert np.isfinite(predict_all(model.set_params(reg_param=0).fit(frame))).all()


INVALID_IN_SCORE = {
    "strings": (["5"] * 6, ValueError, "y has dtype <U1. Convert it first"),
    "NaN": (with_first(np.nan), ValueError, MISSING),
}


@pytest.mark.parametrize(
    ("y", "error", "message"), INVALID_IN_SCORE.values(), ids=INVALID_IN_SCORE
)
def test_score_checks_ratings_like_fit(fitted, frame, y, error, message):
    with pytest.raises(error, match=message):
        fitted.score(frame, y)


def test_minus_zero_is_zero_in_any_order_of_the_rows(model, frame):
    both = pd.concat([frame.assign(rating=[0.0, 3, 4, 1, 2, 4]), frame[:1]])
    both["rating"] = [0.0, 3, 4, 1, 2, 4, -0.0]
    fits = [clone(model).fit(rows) for rows in (both, both[::-1])]
    assert fits[0]._rated_ratings.tobytes() == fits[1]._rated_ratings.tobytes()
    assert not np.signbit(fits[0]._rated_ratings).any()
