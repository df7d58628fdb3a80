"""Equal ratings in other containers and dtypes give equal bits."""

import uuid

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter

# Numbers and strings sort in the same order, which is not the order of appearance.
TEXT = {7: "Alien", 12: "Brazil", 100: "Casablanca", 101: "Dune"}
USERS = [100, 7, 12, 100, 7, 101, 12, 101, 100]
ITEMS = [12, 101, 7, 7, 12, 12, 101, 100, 100]
RATINGS = [5.0, 3.0, 4.0, 1.0, 2.0, 4.0, 3.5, 0.0, 4.5]
TEXT_USERS = [TEXT[user] for user in USERS]
TEXT_ITEMS = [TEXT[item] for item in ITEMS]

INTEGERS = [f"{sign}int{bits}" for sign in ("", "u") for bits in (8, 16, 32, 64)]


def pandas_of(as_column, ids):
    columns = {"user": as_column(ids[0]), "item": as_column(ids[1])}
    return pd.DataFrame(columns | {"rating": RATINGS})


def series_as(dtype):
    return lambda ids: pd.Series(ids, dtype=dtype)


def to_categories(ids, **options):
    names = sorted(set(ids), reverse=True) + ["never" if ids[0] in TEXT_USERS else 0]
    return pd.Categorical(ids, categories=names, **options)


def polars_of(dtype, ids):
    columns = {"user": pl.Series(ids[0], dtype=dtype)}
    columns["item"] = pl.Series(ids[1], dtype=dtype)
    return pl.DataFrame(columns | {"rating": RATINGS})


def pyarrow_of(as_column, ids):
    columns = {"user": as_column(ids[0]), "item": as_column(ids[1])}
    return pa.table(columns | {"rating": RATINGS})


def numpy_of(dtype, ids):
    return np.array(list(zip(*ids, RATINGS, strict=True)), dtype=dtype)


NUMBERS, STRINGS = (USERS, ITEMS), (TEXT_USERS, TEXT_ITEMS)

POLARS_NUMBERS = [pl.Int8, pl.UInt64, *filter(None, [getattr(pl, "Int128", None)])]
OF_NUMBERS = {
    **{
        f"pandas {dtype}": pandas_of(series_as(dtype), NUMBERS)
        for dtype in [*INTEGERS, "float16", "float32", "float64", "Int64", "Float64"]
    },
    "pandas object": pandas_of(series_as(object), NUMBERS),
    "pandas Arrow": pandas_of(series_as(pd.ArrowDtype(pa.int32())), NUMBERS),
    "pandas sparse": pandas_of(series_as(pd.SparseDtype(int)), NUMBERS),
    "pandas category": pandas_of(to_categories, NUMBERS),
    "pandas with an index": pandas_of(list, NUMBERS).set_index(
        pd.Index([3, 3, 1, 0, 9, 8, 7, 6, 5])
    ),
    **{f"polars {d}": polars_of(d, NUMBERS) for d in POLARS_NUMBERS},
    "polars Float32": polars_of(pl.Float32, NUMBERS),
    "pyarrow": pyarrow_of(pa.array, NUMBERS),
    "pyarrow dictionary": pyarrow_of(
        lambda ids: pa.array(ids).dictionary_encode(), NUMBERS
    ),
    "pyarrow chunks": pyarrow_of(
        lambda ids: pa.chunked_array([ids[:2], ids[2:]]), NUMBERS
    ),
    "numpy float64": numpy_of(float, NUMBERS),
    "numpy float32": numpy_of(np.float32, NUMBERS),
    "numpy object": numpy_of(object, NUMBERS),
    "list of lists": numpy_of(object, NUMBERS).tolist(),
    "list of tuples": list(zip(*NUMBERS, RATINGS, strict=True)),
    "tuple of lists": tuple(numpy_of(object, NUMBERS).tolist()),
}
# Without the dtype, float32 ratings would be fitted in float32.
SETTINGS = {"tol": 1e-3, "random_state": 0, "dtype": "float64"}

OF_STRINGS = {
    **{
        f"pandas {dtype}": pandas_of(series_as(dtype), STRINGS)
        for dtype in ("str", object, "string[python]", "string[pyarrow]", "category")
    },
    "pandas Arrow": pandas_of(series_as(pd.ArrowDtype(pa.large_string())), STRINGS),
    "pandas Arrow dictionary": pandas_of(
        series_as(pd.ArrowDtype(pa.dictionary(pa.int8(), pa.string()))), STRINGS
    ),
    "pandas unused categories": pandas_of(to_categories, STRINGS),
    "pandas ordered": pandas_of(lambda i: to_categories(i, ordered=True), STRINGS),
    "polars String": polars_of(pl.String, STRINGS),
    "polars Categorical": polars_of(pl.Categorical, STRINGS),
    "polars Enum": polars_of(pl.Enum([*TEXT.values()][::-1]), STRINGS),
    "pyarrow": pyarrow_of(pa.array, STRINGS),
    "pyarrow view": pyarrow_of(lambda ids: pa.array(ids, pa.string_view()), STRINGS),
    "pyarrow dictionary": pyarrow_of(
        lambda ids: pa.array(ids).dictionary_encode(), STRINGS
    ),
    "pyarrow dictionary in chunks": pyarrow_of(
        lambda ids: pa.chunked_array(
            [pa.array(part).dictionary_encode() for part in (ids[:4], ids[4:])]
        ),
        STRINGS,
    ),
    "numpy object": numpy_of(object, STRINGS),
    "numpy objects of numpy": numpy_of(object, [list(np.array(i)) for i in STRINGS]),
    "list of lists": numpy_of(object, STRINGS).tolist(),
    "list of tuples": list(zip(*STRINGS, RATINGS, strict=True)),
}


def fit_and_predict(X, y=None):
    model = CollaborativeFilter(2, reg_param=0.5, **(PLAIN | SETTINGS)).fit(X, y)
    return model, model.predict(X)


@pytest.fixture(scope="module")
def reference():
    """Predictions of a fit with integers."""
    return fit_and_predict(np.c_[USERS, ITEMS], RATINGS)[1]


@pytest.mark.parametrize("X", OF_NUMBERS.values(), ids=OF_NUMBERS)
def test_numbers_give_the_same_bits(reference, X):
    model, predicted = fit_and_predict(X)
    np.testing.assert_array_equal(predicted, reference)
    assert model.user_ids_.dtype == np.int64
    assert model.user_ids_.tolist() == [7, 12, 100, 101]


@pytest.mark.parametrize("X", OF_STRINGS.values(), ids=OF_STRINGS)
def test_strings_give_the_same_bits(reference, X):
    model, predicted = fit_and_predict(X)
    np.testing.assert_array_equal(predicted, reference)
    assert model.user_ids_.dtype.kind == "U"
    assert model.user_ids_.tolist() == list(TEXT.values())


def test_fixed_width_strings_of_numpy_give_the_same_bits(reference):
    predicted = fit_and_predict(np.array(STRINGS).T, RATINGS)[1]
    np.testing.assert_array_equal(predicted, reference)


OTHERS = {
    "UUID": {k: uuid.UUID(int=k) for k in TEXT},
    "datetime": {k: pd.Timestamp(2000 + k, 1, 1) for k in TEXT},
    "timedelta": {k: pd.Timedelta(k, "D") for k in TEXT},
    "tuple": {k: (k, "x") for k in TEXT},
    "bytes": {k: name.encode() for k, name in TEXT.items()},
    "fractions": {k: k + 0.5 for k in TEXT},
    "large integers": {k: 2**63 + k for k in TEXT},
}


@pytest.mark.parametrize("ids", OTHERS.values(), ids=OTHERS)
def test_other_kinds_give_the_same_bits(reference, ids):
    columns = [ids[user] for user in USERS], [ids[item] for item in ITEMS]
    model, predicted = fit_and_predict(pandas_of(pd.Series, columns))
    np.testing.assert_array_equal(predicted, reference)
    assert pd.Series(model.user_ids_).tolist() == list(ids.values())


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.filterwarnings("ignore:X has feature names")
@pytest.mark.parametrize("containers", [OF_NUMBERS, OF_STRINGS], ids=["int", "str"])
def test_predict_may_take_another_container_than_fit(reference, containers):
    names = list(containers)
    for fit_with, predict_with in zip(names, names[1:] + names[:1], strict=True):
        model, _ = fit_and_predict(containers[fit_with])
        np.testing.assert_array_equal(
            model.predict(containers[predict_with]),
            reference,
            err_msg=f"{fit_with}, then {predict_with}",
        )


def test_float32_ratings_are_fitted_in_float32():
    rows = np.c_[USERS, ITEMS, RATINGS].astype(np.float32)
    model = CollaborativeFilter(
        2, reg_param=0.5, tol=1e-2, random_state=0, **PLAIN
    ).fit(rows)
    assert model.predict(rows).dtype == np.float32
    assert model.user_ids_.tolist() == [7, 12, 100, 101]
