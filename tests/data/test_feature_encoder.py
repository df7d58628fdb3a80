"""Features of a frame: each kind of column, and laws for all of them."""

import pickle
from datetime import date, timedelta
from decimal import Decimal

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline

from sklearn_cofi import FeatureEncoder

LABELS = ("Action", "Comedy", "War")

# A fit of scikit-learn's transformers to a frame of five columns takes 20 ms.
few = settings(max_examples=15)


def encoded(frame, **parameters):
    """Return the features of a frame by name."""
    encoder = FeatureEncoder(**parameters)
    matrix = encoder.fit_transform(frame)
    assert isinstance(matrix, sparse.csr_array)
    assert matrix.dtype == np.float64
    names = encoder.get_feature_names_out()
    assert matrix.shape == (len(frame), names.size)
    columns = matrix.toarray().T.tolist()
    return dict(zip(names.tolist(), columns, strict=True))


def one(values, **parameters):
    return encoded(pd.DataFrame({"x": values}), **parameters)


@st.composite
def frames(draw, min_rows=2):
    """Draw a frame with a column of each kind, with missing values."""
    n = draw(st.integers(min_rows, 12))

    def column(values):
        return draw(st.lists(st.none() | values, min_size=n, max_size=n))

    labels = st.lists(st.sampled_from(LABELS), max_size=3).map("|".join)
    return pd.DataFrame(
        {
            "age": np.array(column(st.integers(-9, 99)), dtype=float),
            "sex": pd.Series(column(st.sampled_from("fm")), dtype=object),
            "genres": pd.Series(column(labels), dtype=object),
            "seen": pd.Series(column(st.booleans()), dtype=object),
            "born": pd.Series(
                pd.to_datetime(column(st.dates(date(1900, 1, 1), date(2024, 1, 1))))
            ),
        }
    )


def test_numbers_are_standardised_without_knots():
    found = one([1.0, 2.0, 3.0], n_knots=None)
    assert found == {"x": pytest.approx([-(1.5**0.5), 0, 1.5**0.5])}


def test_two_numbers_are_standardised():
    assert one([0, 1, 1, 0]) == {"x": [-1, 1, 1, -1]}


def test_few_numbers_have_a_knot_each():
    found = one([1, 3, 7, 7], n_knots=3)
    assert found == {
        "x: near 1": [1, 0, 0, 0],
        "x: near 3": [0, 1, 0, 0],
        "x: near 7": [0, 0, 1, 1],
    }


def test_missing_numbers_are_the_mean_and_are_marked():
    found = one([1.0, np.nan, 3.0])
    assert found["x"] == pytest.approx([-(1.5**0.5), 0, 1.5**0.5])
    assert found["x: (missing)"] == [0, 1, 0]
    found = one([1.0, np.nan, 3.0, 5.0, 7.0], n_knots=4)
    assert found["x: near 5"] == [0, 0.5, 0, 1, 0]  # the mean, 4, is next to 3 and 5


@pytest.mark.parametrize(
    "values",
    [
        np.array([1, 2, 3], dtype=np.uint8),
        np.array([1, 2, 3], dtype=np.float32),
        pd.array([1, 2, 3], dtype="Int64"),
        [Decimal(1), Decimal(2), Decimal(3)],
        pd.array([1, 2, 3], dtype=pd.ArrowDtype(pa.int8())),
        pd.to_timedelta([1, 2, 3], unit="D"),
        [timedelta(1), timedelta(2), timedelta(3)],
        pd.Series([1, 2, 3], dtype=object),
    ],
)
def test_every_type_of_number_is_a_number(values):
    assert one(values) == one([1.0, 2.0, 3.0])


def test_categories_have_a_column_each():
    found = one(["m", "f", "m"])
    assert found == {"x: f": [0, 1, 0], "x: m": [1, 0, 1]}


@pytest.mark.parametrize(
    "values",
    [
        pd.Categorical(["m", "f", None]),
        pd.array(["m", "f", None], dtype="string"),
        ["m", "f", np.nan],
        ["m", "f", ""],
    ],
)
def test_missing_categories_are_a_category(values):
    expected = {"x: (missing)": [0, 0, 1], "x: f": [0, 1, 0], "x: m": [1, 0, 0]}
    assert one(values) == expected


def test_booleans_are_categories():
    assert one([True, False]) == {"x: False": [0, 1], "x: True": [1, 0]}
    assert one(pd.array([True, None], dtype="boolean")) == {
        "x: (missing)": [0, 1],
        "x: True": [1, 0],
    }


def test_categories_of_numbers_are_not_numbers():
    found = one(pd.Categorical([10, 2, 10]))
    assert found == {"x: 10": [1, 0, 1], "x: 2": [0, 1, 0]}


@pytest.mark.parametrize(
    "values",
    [
        ["War|Comedy", "Comedy ", None],
        [["War", "Comedy"], ["Comedy"], None],
        [("War", "Comedy", "War"), ("Comedy",), None],
        [{"War", "Comedy"}, {"Comedy"}, None],
        pd.Series(
            [["War", "Comedy"], ["Comedy"], None],
            dtype=pd.ArrowDtype(pa.list_(pa.string())),
        ),
    ],
)
def test_labels_have_a_column_each(values):
    expected = {"x: (missing)": [0, 0, 1], "x: Comedy": [1, 1, 0], "x: War": [1, 0, 0]}
    assert one(values) == expected


def test_the_separator_of_labels_is_a_parameter():
    values = ["a;b", "b", "a|c"]
    assert list(one(values, separator=";")) == ["x: a", "x: a|c", "x: b"]
    assert list(one(values, separator=None)) == ["x: a;b", "x: a|c", "x: b"]


def test_labels_of_whole_numbers_are_their_digits():
    assert one([[28, 12], [12]]) == {"x: 28": [1, 0]}  # all rows have 12


@pytest.mark.parametrize(
    "dates",
    [
        [date(2000, 1, 1), date(2001, 1, 1), None],
        pd.to_datetime(["2000-01-01", "2001-01-01", None]),
        pd.to_datetime(["2000-01-01", "2001-01-01", None]).tz_localize("UTC"),
        np.array(["2000-01-01", "2001-01-01", "NaT"], dtype="datetime64[D]"),
    ],
)
def test_dates_are_numbers_of_years(dates):
    found = one(dates)
    assert found["x"] == pytest.approx([-(1.5**0.5), 1.5**0.5, 0])
    assert found["x: (missing)"] == [0, 0, 1]
    encoder = FeatureEncoder().fit(pd.DataFrame({"x": dates}))
    later = pd.DataFrame({"x": pd.to_datetime(["2002-01-01"])})
    step = found["x"][1] - found["x"][0]
    expected = found["x"][1] + step * 365 / 366
    assert encoder.transform(later).toarray()[0, 0] == pytest.approx(expected)


def test_rare_categories_share_a_column():
    values = ["a", "a", "a", "b", "b", "b", "c", "d"]
    found = one(values, max_categories=3)
    assert found["x: a"] == [1, 1, 1, 0, 0, 0, 0, 0]
    assert found["x: b"] == [0, 0, 0, 1, 1, 1, 0, 0]
    assert found["x: (infrequent)"] == [0, 0, 0, 0, 0, 0, 1, 1]


def test_rare_labels_have_no_column():
    found = one(["a|b", "a|c", "b", "a|b"], max_categories=2)
    assert found == {"x: a": [1, 1, 0, 1], "x: b": [1, 0, 1, 1]}


def test_text_has_no_column():
    n = 7
    frame = pd.DataFrame(
        {
            "title": [f"film {k}" for k in range(n)],
            "plot": [f"a {k} | b {k}" for k in range(n)],
            # 3 of 7 values differ, which is less than half
            "studio": ["p", "q", "r", "p", "q", "r", "p"],
        }
    )
    encoder = FeatureEncoder(max_categories=2).fit(frame)
    assert encoder.dropped_columns_ == ["title", "plot"]
    assert encoder.column_kinds_.tolist() == ["text", "text", "category"]
    assert encoder.block_names_ == ("studio",)
    # As many distinct values as columns are allowed: the titles are categories.
    assert FeatureEncoder(max_categories=n).fit(frame).column_kinds_[0] == "category"


def test_constants_have_no_column():
    frame = pd.DataFrame(
        {
            "number": [1.0, 1.0, 1.0],
            "text": ["a", "a", "a"],
            "labels": ["a|b", "a|b", "a|b"],
            "date": pd.to_datetime(["2000-01-01"] * 3),
            "none": [None, None, None],
            "empty": ["", None, " "],
            "nan": [np.nan] * 3,
            "lists": [[], [], None],
            "varies": [1, 2, 3],
        }
    )
    encoder = FeatureEncoder().fit(frame)
    assert encoder.block_names_ == ("lists", "varies")
    kinds = ["constant"] * 4 + ["missing"] * 3 + ["labels", "number"]
    assert encoder.column_kinds_.tolist() == kinds
    assert encoder.dropped_columns_ == list(frame)[:7]


def test_a_frame_of_constants_has_no_features():
    frame = pd.DataFrame({"x": ["a", "a"]})
    encoder = FeatureEncoder().fit(frame)
    assert encoder.transform(frame).shape == (2, 0)
    assert encoder.get_feature_names_out().size == 0
    assert encoder.block_names_ == ()


def test_each_column_is_a_block():
    frame = pd.DataFrame(
        {"age": [1, np.nan], "same": [0, 0], "sex": ["f", "m"], "g": ["a|b", "b"]}
    )
    encoder = FeatureEncoder().fit(frame)
    assert encoder.block_names_ == ("age", "sex", "g")
    # The one number is imputed everywhere, so its column is constant.
    assert encoder.get_feature_names_out().tolist() == [
        "age: (missing)", "sex: f", "sex: m", "g: a",
    ]  # fmt: skip
    assert encoder.feature_blocks_.tolist() == [0, 1, 1, 2]


@given(
    st.lists(st.integers(-99, 99), min_size=3, max_size=30, unique=True),
    st.integers(2, 6),
    st.data(),
)
@few
def test_features_of_numbers_interpolate_between_the_knots(numbers, n_knots, data):
    encoder = FeatureEncoder(n_knots=n_knots).fit(pd.DataFrame({"x": numbers}))
    names = encoder.get_feature_names_out()
    knots = np.array([float(name.removeprefix("x: near ")) for name in names])
    assert set(knots) <= set(numbers)
    assert (knots[0], knots[-1]) == (min(numbers), max(numbers))
    assert (np.diff(knots) > 0).all()
    values = data.draw(st.lists(st.integers(-150, 150), min_size=knots.size))
    effects = np.arange(knots.size) ** 2
    found = encoder.transform(pd.DataFrame({"x": [*numbers, *values]})) @ effects
    expected = np.interp([*numbers, *values], knots, effects)
    np.testing.assert_allclose(found, expected, atol=1e-9)


@pytest.mark.parametrize("n_knots", [None, 5])
@pytest.mark.parametrize("unit", [1e-90, 1e-3, 1e3, 1e97])
def test_the_unit_of_numbers_changes_no_feature(unit, n_knots):
    numbers = np.array([3.0, -2, 7, 5, 100, 0.5, 11])
    expected = list(one(numbers, n_knots=n_knots).values())
    found = list(one(numbers * unit, n_knots=n_knots).values())
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_numbers_that_have_no_reciprocal_are_zeros():
    assert one([1e-310, 2e-310, 3e-310, 1.0]) == {
        "x": pytest.approx([-1 / 3**0.5] * 3 + [3**0.5])
    }


def test_knots_of_skewed_numbers_spread_over_their_range():
    years = [1920, 1940, 1960, 1980] + [1990] * 50 + [2000] * 50
    names = list(one(years))
    assert names == [f"x: near {year}" for year in (1920, 1940, 1960, 1990, 2000)]


@pytest.mark.parametrize("name", ["a__b", "n_jobs", "transformers", ""])
def test_columns_have_any_name(name):
    frame = pd.DataFrame({name: ["f", "m"]})
    assert list(encoded(frame)) == [f"{name}: f", f"{name}: m"]


@given(frames())
@few
def test_frames_of_all_libraries_have_the_same_features(frame):
    encoder = FeatureEncoder().fit(frame)
    expected = encoder.transform(frame).toarray()
    polars = pl.DataFrame(
        {
            name: pl.Series(
                [None if pd.isna(x) else x for x in frame[name]], dtype=dtype
            )
            for name, dtype in zip(
                frame,
                [pl.Float64, pl.Categorical, pl.String, pl.Boolean, pl.Datetime],
                strict=True,
            )
        }
    )
    for other in (polars, polars.to_arrow(), frame.convert_dtypes()):
        same = FeatureEncoder()
        np.testing.assert_array_equal(same.fit_transform(other).toarray(), expected)
        np.testing.assert_array_equal(encoder.transform(other).toarray(), expected)
        assert list(same.get_feature_names_out()) == list(
            encoder.get_feature_names_out()
        )


@given(frames(), st.randoms(use_true_random=False))
@few
def test_rows_are_encoded_by_themselves(frame, random):
    encoder = FeatureEncoder()
    matrix = encoder.fit_transform(frame).toarray()
    order = list(range(len(frame)))
    random.shuffle(order)
    again = encoder.transform(frame.iloc[order]).toarray()
    np.testing.assert_array_equal(again, matrix[order])
    alone = encoder.transform(frame.iloc[[order[0]]]).toarray()
    np.testing.assert_array_equal(alone[0], matrix[order[0]])


@given(frames(), st.randoms(use_true_random=False))
@few
def test_the_order_of_rows_and_columns_changes_no_feature(frame, random):
    expected = encoded(frame)
    order, names = list(range(len(frame))), list(frame)
    random.shuffle(order)
    random.shuffle(names)
    found = encoded(frame.iloc[order][names])
    assert set(found) == set(expected)
    for name, values in found.items():
        np.testing.assert_allclose(
            values, np.array(expected[name])[order], rtol=1e-9, atol=1e-9
        )


@given(frames())
@few
def test_features_vary_and_are_named_by_their_columns(frame):
    encoder = FeatureEncoder()
    matrix = encoder.fit_transform(frame).toarray()
    assert (np.ptp(matrix, axis=0) > 0).all()
    blocks = [encoder.block_names_[block] for block in encoder.feature_blocks_]
    names = encoder.get_feature_names_out()
    assert blocks == [name.partition(":")[0] for name in names]
    assert set(encoder.block_names_).isdisjoint(encoder.dropped_columns_)
    assert list(dict.fromkeys(blocks)) == list(encoder.block_names_)
    renamed = FeatureEncoder().fit(frame.rename(columns=str.upper))
    assert renamed.get_feature_names_out().tolist() == [
        name.replace(block, block.upper(), 1)
        for name, block in zip(names, blocks, strict=True)
    ]


def test_unknown_categories_and_labels_are_zeros():
    frame = pd.DataFrame({"sex": ["f", "m"], "g": ["a|b", "b"], "seen": [True, False]})
    encoder = FeatureEncoder().fit(frame)
    later = pd.DataFrame(
        {"sex": ["x", None], "g": ["c", "a|c"], "seen": [None, np.nan]}
    )
    assert encoder.get_feature_names_out()[2] == "g: a"
    np.testing.assert_array_equal(
        encoder.transform(later).toarray(), [[0, 0, 0, 0, 0], [0, 0, 1, 0, 0]]
    )


def test_labels_need_no_separator_in_later_rows():
    encoder = FeatureEncoder().fit(pd.DataFrame({"g": ["a|b", "b"]}))
    later = encoder.transform(pd.DataFrame({"g": ["a", "b"]}))
    assert later.toarray().tolist() == [[1], [0]]


@given(frames())
@few
def test_copies_encode_in_the_same_way(frame):
    encoder = FeatureEncoder(max_categories=3).fit(frame)
    expected = encoder.transform(frame).toarray()
    loaded = pickle.loads(pickle.dumps(encoder))
    np.testing.assert_array_equal(loaded.transform(frame).toarray(), expected)
    again = clone(encoder)
    assert again.get_params() == encoder.get_params()
    assert not hasattr(again, "transformer_")
    np.testing.assert_array_equal(again.fit_transform(frame).toarray(), expected)


def test_it_is_a_part_of_other_estimators():
    frame = pd.DataFrame(
        {"sex": ["f", "m", "f"], "n": [1, 2, 2], "g": ["a|b", "b", ""]}
    )
    y = [1.0, 2.0, 3.0]
    both = make_column_transformer(
        (FeatureEncoder(), ["sex", "n"]), (FeatureEncoder(separator=None), ["g"])
    )
    names = both.fit(frame).get_feature_names_out()
    assert names[:3].tolist() == [
        f"featureencoder-1__{x}" for x in ("sex: f", "sex: m", "n")
    ]
    model = make_pipeline(both, Ridge()).fit(frame, y)
    assert model.predict(frame).shape == (3,)
    with config_context(transform_output="pandas"):
        inner = FeatureEncoder().set_output(transform="default")
        assert sparse.issparse(inner.fit_transform(frame))


def test_arrays_have_numbered_columns():
    X = np.array([[1.0, 5.0], [2.0, 7.0]])
    encoder = FeatureEncoder().fit(X)
    assert encoder.get_feature_names_out().tolist() == ["x0", "x1"]
    assert encoder.get_feature_names_out(["a", "b"]).tolist() == ["a", "b"]
    assert encoder.block_names_ == ("x0", "x1")
    assert encoder.transform(X.tolist()).toarray().tolist() == [[-1, -1], [1, 1]]


@pytest.mark.parametrize(
    ("values", "error", "message"),
    [
        ([1.0, np.inf], ValueError, "Column 'x' holds infinity .* Replace it by NaN"),
        ([10**400, 1], ValueError, "Column 'x' holds infinity"),
        ([1.0, -1e101], ValueError, r"holds infinity or a value above 1e\+100"),
        ([1j, 2], ValueError, "Complex data not supported: column 'x'"),
        (["a", 1], TypeError, "Column 'x' holds values of type int, str"),
        ([{"a": 1}, {}], TypeError, "holds values of type dict"),
        ([b"a", b"b"], TypeError, "holds values of type bytes"),
        ([["a"], "b"], TypeError, "holds values of type list, str"),
        ([[1.5, 2.5], [0.5]], TypeError, "lists of floats. Labels must be strings"),
    ],
)
def test_values_without_an_encoding_are_errors(values, error, message):
    with pytest.raises(error, match=message):
        FeatureEncoder().fit(pd.DataFrame({"x": pd.Series(values, dtype=object)}))


@pytest.mark.parametrize(
    ("seen", "later", "types"),
    [
        ([1, 2], ["1", "2"], "type string, but those seen in fit are of type number"),
        (["a", "b"], [1, 2], "type number, but those seen in fit are of type string"),
        ([True, False], [1, 0], "type number, but .* type boolean"),
        ([["a"], ["b"]], ["a", "b"], "type string, but .* type list"),
    ],
)
def test_columns_keep_their_type(seen, later, types):
    encoder = FeatureEncoder().fit(pd.DataFrame({"x": seen}))
    with pytest.raises(TypeError, match=f"Column 'x' holds values of {types}"):
        encoder.transform(pd.DataFrame({"x": later}))


def test_other_columns_are_an_error():
    encoder = FeatureEncoder().fit(pd.DataFrame({"x": [1, 2]}))
    with pytest.raises(ValueError, match="feature names should match"):
        encoder.transform(pd.DataFrame({"y": [1, 2]}))


def test_other_containers_are_errors():
    with pytest.raises(TypeError, match="Sparse data was passed, but FeatureEncoder"):
        FeatureEncoder().fit(sparse.csr_array(np.eye(2)))
    with pytest.raises(TypeError, match="lazy frame or query. Fetch it first"):
        FeatureEncoder().fit(pl.DataFrame({"x": [1, 2]}).lazy())
    with pytest.raises(ValueError, match="the frame has no samples"):
        FeatureEncoder().fit(pd.DataFrame({"x": []}))
    with pytest.raises(NotFittedError):
        FeatureEncoder().transform(pd.DataFrame({"x": [1, 2]}))


@pytest.mark.parametrize(
    "wrong", [{"max_categories": 0}, {"separator": 1}, {"n_knots": 1}]
)
def test_wrong_parameters_are_errors(wrong):
    with pytest.raises(ValueError, match=f"The '{next(iter(wrong))}' parameter"):
        FeatureEncoder(**wrong).fit(pd.DataFrame({"x": [1, 2]}))
