"""Frames of features by id: where the ids are, their order, and every error."""

from dataclasses import replace

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import sparse
from sklearn import config_context
from sklearn.compose import make_column_transformer
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    OneHotEncoder,
    StandardScaler,
)

from sklearn_cofi import FeatureEncoder
from sklearn_cofi.data._read_features import (
    MAX_FEATURES,
    encode_more,
    read_features,
    warn_without_features,
)

USERS = pd.DataFrame(
    {"user": [30, 10, 20], "age": [1.0, 2.0, 6.0], "sex": ["f", "m", "f"]}
)
IDS = np.array([10, 20])


def read(frame, encoder=None, side="user", id_name="user", ids_like=IDS):
    return read_features(frame, encoder, side, id_name, ids_like)


def test_rows_are_sorted_by_id():
    table = read(USERS)
    assert table.ids.tolist() == [10, 20, 30]
    ages = ["age: near 1", "age: near 2", "age: near 6"]
    assert table.names.tolist() == [*ages, "sex: f", "sex: m"]
    assert table.block_names == ("age", "sex")
    assert table.blocks.tolist() == [0, 0, 0, 1, 1]
    expected = FeatureEncoder().fit_transform(USERS[["age", "sex"]].iloc[[1, 2, 0]])
    np.testing.assert_array_equal(table.matrix.toarray(), expected.toarray())


def test_no_frame_has_no_features():
    assert read(None) is None


@settings(max_examples=15)
@given(st.permutations(range(12)))
def test_the_order_of_rows_changes_no_bit(order):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"user": np.arange(12), "a": rng.normal(size=12) ** 5})
    expected = read(frame).matrix.toarray()
    np.testing.assert_array_equal(read(frame.iloc[order]).matrix.toarray(), expected)


@pytest.mark.parametrize(
    "frame",
    [
        pl.from_pandas(USERS),
        pl.from_pandas(USERS).to_arrow(),
        USERS.set_index("user"),
        USERS.set_index("user").rename_axis("client_code"),
        USERS.set_index("user").rename_axis("any"),
        USERS.rename(columns={"user": "userId"}),
        USERS[["sex", "user", "age"]],
        USERS.convert_dtypes(),
        USERS.astype({"user": float}),
        USERS.set_index(pd.Index([7, 7, 7])),
        USERS.set_index("user").rename_axis("user_id").assign(login="x"),
    ],
)
def test_ids_are_found_in_columns_and_in_the_index(frame):
    expected, table = read(USERS), read(frame)
    assert table.ids.tolist() == [10, 20, 30]
    assert set(table.names) == set(expected.names)
    order = [table.names.tolist().index(name) for name in expected.names]
    np.testing.assert_array_equal(
        table.matrix.toarray()[:, order], expected.matrix.toarray()
    )


def test_the_name_of_the_column_of_the_model_comes_first():
    frame = USERS.rename(columns={"user": "u"}).assign(user=[1.0, 2.0, 3.0])
    assert read(frame, id_name="u").ids.tolist() == [10, 20, 30]
    assert read(frame, id_name=None).ids.tolist() == [1, 2, 3]
    index = frame.set_index("u")
    assert read(index, id_name="u").ids.tolist() == [10, 20, 30]


@pytest.mark.parametrize(
    ("id_name", "wanted"), [("u", "u"), ("0", "user"), (None, "user")]
)
def test_an_error_names_the_column_that_is_wanted(id_name, wanted):
    with pytest.raises(ValueError, match=rf"Rename it to '{wanted}'.*axis\('{wanted}"):
        read(USERS[["age", "sex"]], id_name=id_name)


def test_items_have_names_of_items():
    movies = pd.DataFrame({"movieId": [2, 1], "title": ["a", "b"], "user": [0, 1]})
    table = read(movies, side="item", id_name=None)
    assert table.ids.tolist() == [1, 2]
    assert table.block_names == ("title", "user")


def test_string_ids():
    frame = USERS.assign(user=["u3", "u1", "u2"])
    assert read(frame, ids_like=np.array(["u1"])).ids.tolist() == ["u1", "u2", "u3"]


def both_columns(**options):
    return make_column_transformer(
        (OneHotEncoder(), ["sex"]), (StandardScaler(), ["age"]), **options
    )


@pytest.mark.parametrize(
    ("encoder", "names", "block_names"),
    [
        (
            both_columns(),
            ["onehotencoder__sex_f", "onehotencoder__sex_m", "standardscaler__age"],
            ("onehotencoder", "standardscaler"),
        ),
        (
            both_columns(verbose_feature_names_out=False),
            ["sex_f", "sex_m", "age"],
            ("user_features",),
        ),
        (
            FunctionTransformer(lambda frame: frame[["age"]].to_numpy()),
            ["feature 0"],
            ("user_features",),
        ),
        (
            FunctionTransformer(lambda frame: frame[["age"]] * 2),
            ["age"],
            ("user_features",),
        ),
        (
            FunctionTransformer(lambda frame: pl.from_pandas(frame[["age"]])),
            ["age"],
            ("user_features",),
        ),
        (
            FunctionTransformer(lambda frame: sparse.coo_matrix(frame[["age"]])),
            ["feature 0"],
            ("user_features",),
        ),
        (
            FunctionTransformer(lambda frame: frame[["age"]].convert_dtypes()),
            ["age"],
            ("user_features",),
        ),
    ],
)
def test_any_transformer_is_an_encoder(encoder, names, block_names):
    table = read(USERS, encoder)
    assert isinstance(table.matrix, sparse.csr_array)
    assert table.matrix.dtype == np.float64
    assert table.names.tolist() == names
    assert table.block_names == block_names
    assert table.blocks.shape == (len(names),)
    assert set(table.blocks) == set(range(len(block_names)))
    assert not hasattr(encoder, "n_features_in_")  # a clone is fitted
    frame = USERS[["age", "sex"]].iloc[[1, 2, 0]]
    same = table.encoder.encode(frame, "user_features")
    np.testing.assert_array_equal(same.toarray(), table.matrix.toarray())


def test_an_encoder_gets_the_kind_of_frame_that_was_passed():
    seen = []
    spy = FunctionTransformer(lambda frame: seen.append(frame) or frame[["age"]])
    read(pl.from_pandas(USERS), spy)
    read(USERS, spy)
    assert isinstance(seen[0], pl.DataFrame)
    assert seen[0].columns == ["age", "sex"]
    assert isinstance(seen[1], pd.DataFrame)
    assert list(seen[1]) == ["age", "sex"]


def test_settings_of_the_output_of_transformers_change_nothing():
    expected = read(USERS).matrix.toarray()
    with config_context(transform_output="pandas"):
        np.testing.assert_array_equal(read(USERS).matrix.toarray(), expected)
    dense = both_columns(sparse_threshold=0)
    dense.set_params(onehotencoder__sparse_output=False)
    framed = read(USERS, dense.set_output(transform="pandas"))
    np.testing.assert_array_equal(
        framed.matrix.toarray(), read(USERS, both_columns()).matrix.toarray()
    )


def test_further_ids_are_encoded_as_in_fit():
    table = read(USERS)
    more = pd.DataFrame(
        {"more": [0, 0], "sex": ["x", "m"], "user": [50, 40], "age": [np.nan, 2.0]}
    )
    ids, rows = encode_more(table, more, "user")
    assert ids.tolist() == [40, 50]
    assert rows.present.all()
    # User 40 has the features of user 10; user 50 has the mean age, 3, and no sex.
    np.testing.assert_array_equal(rows.matrix.toarray()[0], table.matrix.toarray()[0])
    assert rows.matrix.toarray()[1].tolist() == [0, 0.75, 0.25, 0, 0]
    np.testing.assert_array_equal(rows.means, table.means)
    known = table.rows_of(table.ids)
    np.testing.assert_array_equal(rows.times(np.eye(5))[0], known.times(np.eye(5))[0])


def test_further_ids_need_the_columns_of_the_fit():
    table = read(USERS)
    with pytest.raises(ValueError, match="lacks columns that were seen in fit: 'sex'"):
        encode_more(table, USERS[["user", "age"]], "user")
    with pytest.raises(TypeError, match="of kind string .* of kind number"):
        encode_more(table, USERS.assign(user=["a", "b", "c"]), "user")
    with pytest.raises(ValueError, match="not saved with the model"):
        encode_more(replace(table, encoder=None), USERS, "user")


@pytest.mark.parametrize(
    ("frame", "error", "message"),
    [
        (USERS.to_numpy(), TypeError, "user_features must be a frame .* got a ndarray"),
        (sparse.eye_array(3), TypeError, "user_features must be a frame"),
        ({"user": [1]}, TypeError, "user_features must be a frame .* got a dict"),
        (pl.from_pandas(USERS).lazy(), TypeError, "user_features is a lazy frame"),
        (USERS[:0], ValueError, "the frame has no users"),
        (
            pd.concat([USERS, USERS]),
            ValueError,
            "3 ids are repeated in user of user_features: 10, 20, 30. Keep one row for",
        ),
        (
            pd.DataFrame({"user": list("abcdabcd"), "age": range(8)}),
            ValueError,
            "4 ids are repeated in user of user_features: 'a', 'b', 'c', ....",
        ),
        (
            USERS.assign(user=[1, None, None]),
            ValueError,
            "2 ids are missing in user of user_features, the first in row 1",
        ),
        (
            USERS.assign(user=["1", "2", "3"]),
            TypeError,
            "'user' of user_features are of kind string .* in X are of kind number",
        ),
        (
            USERS.drop(columns="user"),
            ValueError,
            r"needs a column of ids of users, .* \['age', 'sex'\]. Rename it to 'user'",
        ),
        (
            USERS.rename(columns={"user": "userId"}).assign(customer_id=1),
            ValueError,
            "'userId', 'customer_id' of user_features all have usual names of ids",
        ),
        (USERS[["user"]], ValueError, "'user' of ids and no other column"),
        (
            pd.DataFrame({"user": [1, 2], "a": [0, 0], "b": [None, None]}),
            ValueError,
            "No column of user_features gives a feature: 'a' is constant, 'b' is miss",
        ),
    ],
)
def test_bad_frames_are_errors(frame, error, message):
    with pytest.raises(error, match=message):
        read(frame)


@pytest.mark.parametrize(
    ("encoder", "error", "message"),
    [
        ("onehot", TypeError, "encoder of user_features must be a transformer"),
        (OneHotEncoder, TypeError, "encoder of user_features must be a transformer"),
        (
            FunctionTransformer(lambda frame: frame),
            TypeError,
            "encoder of user_features returned values that are not numbers",
        ),
        (
            FunctionTransformer(lambda frame: frame[["age"]].where(frame["age"] > 1)),
            ValueError,
            "left missing or infinite values in the feature 'age'. Add a `SimpleImput",
        ),
        (
            FunctionTransformer(lambda frame: np.full((len(frame), 2), np.inf)),
            ValueError,
            "left missing or infinite values in the feature 'feature 0'",
        ),
        (
            FunctionTransformer(lambda frame: frame[["age"]][:1]),
            ValueError,
            "The encoder made 1 rows of the 3 rows of user_features",
        ),
        (
            FunctionTransformer(lambda frame: "no matrix"),
            TypeError,
            "encoder of user_features must return a matrix or a frame .* got a str",
        ),
        (
            FunctionTransformer(lambda frame: np.empty((len(frame), 0))),
            ValueError,
            "No column of user_features gives a feature. Pass further columns",
        ),
    ],
)
def test_bad_encoders_are_errors(encoder, error, message):
    with pytest.raises(error, match=message):
        read(USERS, encoder)


def test_errors_of_an_encoder_are_its_own():
    with pytest.raises(ValueError, match="could not convert string to float"):
        read(USERS, MaxAbsScaler())


def test_ids_without_features_are_counted():
    with pytest.warns(
        UserWarning, match="2 of the 5 items of X have no row in item_fe"
    ):
        warn_without_features(2, 5, "item")
    warn_without_features(0, 5, "item")


def test_too_many_features_are_an_error():
    wide = FunctionTransformer(
        lambda frame: sparse.csr_array((len(frame), MAX_FEATURES + 1))
    )
    with pytest.raises(ValueError, match="user_features has 4097 columns after enc"):
        read(USERS, wide)
