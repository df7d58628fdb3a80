"""The rows of a matrix are exactly its ratings."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import sparse

from sklearn_cofi.datasets import ratings_from_matrix

RATINGS = st.one_of(
    st.just(np.nan),
    st.just(0.0),
    st.floats(-10, 10, allow_nan=False, allow_subnormal=False),
)
SHAPES = hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=6)


def rows(frame):
    return frame[["user", "item", "rating"]].to_numpy().tolist()


@given(hnp.arrays(np.float64, SHAPES, elements=RATINGS))
def test_dense_round_trip(dense):
    dense[0, 0] = np.nan
    frame = ratings_from_matrix(dense)
    back = np.full(dense.shape, np.nan)
    back[frame["user"], frame["item"]] = frame["rating"]
    np.testing.assert_array_equal(back, dense)


@given(
    hnp.arrays(np.float64, SHAPES, elements=RATINGS),
    st.sampled_from(["csr", "csc", "coo"]),
    st.sampled_from([sparse.coo_matrix, sparse.coo_array]),
)
def test_sparse_gives_the_same_rows_as_dense(dense, format, container):
    dense[0, 0] = np.nan
    rated = ~np.isnan(dense)
    stored = container((dense[rated], np.nonzero(rated)), shape=dense.shape)
    pd.testing.assert_frame_equal(
        ratings_from_matrix(stored.asformat(format)), ratings_from_matrix(dense)
    )


def test_a_stored_zero_is_a_rating_and_an_absent_entry_is_not():
    stored = sparse.csr_array(([0.0, 4.0], ([0, 1], [1, 0])), shape=(2, 2))
    assert rows(ratings_from_matrix(stored)) == [[0, 1, 0], [1, 0, 4]]


def test_entries_stored_twice_are_not_summed():
    stored = sparse.coo_array(([5.0, 4.0], ([0, 0], [1, 1])), shape=(1, 2))
    assert rows(ratings_from_matrix(stored)) == [[0, 1, 5], [0, 1, 4]]


def test_missing_is_the_value_of_entries_without_a_rating():
    dense = [[5, 0], [-1, 4]]
    assert rows(ratings_from_matrix(dense, missing=0)) == [
        [0, 0, 5],
        [1, 0, -1],
        [1, 1, 4],
    ]
    assert rows(ratings_from_matrix(dense, missing=-1)) == [
        [0, 0, 5],
        [0, 1, 0],
        [1, 1, 4],
    ]
    assert len(ratings_from_matrix(dense, missing=None)) == 4


def test_a_dense_matrix_without_nan_is_an_error():
    with pytest.raises(ValueError, match="pass missing=0"):
        ratings_from_matrix([[5, 0], [0, 4]])


def test_ids_replace_positions():
    frame = ratings_from_matrix(
        [[np.nan, 2.0], [3.0, np.nan]], user_ids=[70, 80], item_ids=["a", "b"]
    )
    assert rows(frame) == [[70, "b", 2.0], [80, "a", 3.0]]


def test_positions_are_compact():
    frame = ratings_from_matrix([[1.0, np.nan]])
    assert frame.dtypes.tolist() == [np.int32, np.int32, np.float64]


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"user_ids": [1]}, r"user_ids has shape \(1,\), but the matrix needs \(2,\)"),
        (
            {"item_ids": [1, 2]},
            r"item_ids has shape \(2,\), but the matrix needs \(3,\)",
        ),
        ({"missing": 0}, "NaN or infinite"),
        ({"matrix": [[np.inf, np.nan]]}, "NaN or infinite"),
        ({"matrix": [1.0, np.nan]}, "Expected 2D array"),
        ({"matrix": [["good", "bad"]]}, "could not convert"),
        ({"matrix": sparse.bsr_array(np.eye(4), blocksize=(2, 2))}, "BSR matrix pads"),
        ({"matrix": sparse.dia_array(np.eye(4))}, "DIA matrix pads"),
    ],
)
def test_invalid_input_is_an_error(changed, message):
    given = {"matrix": [[5.0, np.nan, 0.0], [1.0, 2.0, 3.0]], **changed}
    with pytest.raises(ValueError, match=message):
        ratings_from_matrix(**given)


WIDE = pd.DataFrame({"Ted": [5, np.nan], "Frozen": [4.0, 1.0]}, index=["Ann", "Bob"])


def test_a_wide_table_has_the_users_as_index_and_the_items_as_columns():
    found = ratings_from_matrix(WIDE)
    expected = [["Ann", "Ted", 5], ["Ann", "Frozen", 4], ["Bob", "Frozen", 1]]
    assert rows(found) == expected
    given = ratings_from_matrix(WIDE, user_ids=[7, 8], item_ids=[1, 2])
    assert rows(given) == [[7, 1, 5], [7, 2, 4], [8, 2, 1]]


@pytest.mark.parametrize(
    ("name", "users"),
    [
        ("respondent", [3, 4]),
        ("User ID", [1, 1]),
        ("who", ["Ann", "Bob"]),
        ("who", range(20)),
        ("who", np.random.default_rng(0).permutation(20)),
    ],
)
def test_a_column_of_users_is_not_an_item(name, users):
    wide = pd.DataFrame(np.eye(len(users))).replace(0, np.nan)
    wide.insert(1, name, users)
    with pytest.raises(ValueError, match=rf"set_index\('{name}'\)"):
        ratings_from_matrix(wide)
    assert len(ratings_from_matrix(wide.set_index(name))) == len(users)


def test_ratings_that_all_differ_are_not_users_if_users_are_named():
    wide = pd.DataFrame({"Ted": np.arange(20.0), "Frozen": [np.nan] * 20})
    wide.index.name = "name"
    assert len(ratings_from_matrix(wide)) == 20
    wide["Ted"] += 0.5
    assert len(ratings_from_matrix(wide.reset_index(drop=True))) == 20
