"""Columns that are taken from X, and errors for an invalid X, case by case."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from sklearn_cofi.data._frame import open_table
from sklearn_cofi.metrics import hit_rate_at_k, make_ranking_scorer, novelty_at_k
from sklearn_cofi.model_selection import PairKFold

ROWS = [[1, 10], [1, 11], [2, 11], [2, 12], [3, 10], [3, 12]]
RATINGS = [5.0, 3.0, 4.0, 1.0, 2.0, 4.0]
NONE_LEFT = r"0 sample\(s\) .*a minimum of 1 is required"

INVALID_X = {
    "pandas without rows": (pd.DataFrame({"user": [], "item": []}), NONE_LEFT),
    "polars without rows": (pl.DataFrame({"user": [], "item": []}), NONE_LEFT),
    "pyarrow without rows": (pa.table({"user": [], "item": []}), NONE_LEFT),
    "numpy without rows": (np.empty((0, 2)), NONE_LEFT),
    "an empty list": ([], NONE_LEFT),
    "one dimension": (
        np.arange(6),
        "(?s)Expected 2D array, got 1D array .*Reshape your",
    ),
    "a list of ids": ([1, 2, 3], "(?s)Expected 2D array, got 1D array .*Reshape your"),
    "a Series": (pd.Series([1, 2]), "Expected a 2-dimensional container.*Pass a Data"),
    "three dimensions": (np.zeros((6, 2, 2)), "Found array with dim 3.* <= 2"),
    "one column": (
        np.ones((6, 1)),
        r"1 feature\(s\) .*minimum of 2 .*: one column for",
    ),
    "one column in a frame": (
        pd.DataFrame({"user": [1, 2]}),
        r"1 feature\(s\) .*minimum of 2 .*: one column for each of user and item",
    ),
    "rows of different lengths": (
        [[1, 10], [1]],
        "different lengths. Each must hold a user and an item",
    ),
    "a string": ("ratings.csv", "Expected 2D array"),
    "None": (None, "Expected 2D array"),
    "repeated names": (
        pd.DataFrame([[1, 2, 3]], columns=["user", "item", "user"]),
        "Names of columns of X are repeated.* Rename or drop one of each",
    ),
    "repeated names of others": (
        pd.DataFrame([[1, 2, 3, 4]], columns=["user", "item", "x", "x"]),
        "Names of columns of X are repeated.* Rename or drop one of each",
    ),
    "repeated names in pyarrow": (
        pa.Table.from_arrays([pa.array([1])] * 2, names=["user", "user"]),
        "Names of columns of X are repeated.* Rename or drop one of each",
    ),
    "names of several levels": (
        pd.DataFrame([[1, 2]], columns=pd.MultiIndex.from_product([["a"], ["b", "c"]])),
        r"several levels \(a MultiIndex\). Flatten them",
    ),
}


@pytest.mark.parametrize(("X", "message"), INVALID_X.values(), ids=INVALID_X)
def test_invalid_tables(model, X, message):
    with pytest.raises(ValueError, match=message):
        model.fit(X, [1.0])


INVALID_KIND = {
    "sparse matrix": (sparse.csr_matrix(np.eye(3)), "`.*datasets.ratings_from_matrix`"),
    "sparse array": (sparse.coo_array(np.eye(3)), "`.*datasets.ratings_from_matrix`"),
    "lazy polars": (
        pl.LazyFrame({"user": [1]}),
        r"lazy .* with `\.collect\(\)` in pol",
    ),
    "dict": ({"user": [1], "item": [2]}, "X is made of dicts. Pass a list, an array"),
    "list of dicts": ([{"user": 1, "item": 2}], "made of dicts. .*`pandas.DataFrame`"),
    "structured array": (
        np.array([(1, 2)], dtype=[("user", int), ("item", int)]),
        "X is a structured array. Pass `pandas.DataFrame",
    ),
    "record array": (
        np.rec.array([(1, 2)], dtype=[("user", int), ("item", int)]),
        "X is a structured array. Pass `pandas.DataFrame",
    ),
    "masked array": (
        np.ma.array([[1, 2]], mask=[[1, 0]]),
        "X has masked values.* Drop these rows",
    ),
}


def test_texts_in_the_third_column_are_an_error_that_names_the_parameters(model):
    X = pd.DataFrame({"Datum": ["1.1.2026"], "Kunde": ["K1"], "Artikel": ["A1"]})
    message = "'Artikel' holds str.* name the columns with `user_col`, `item_col` and"
    with pytest.warns(UserWarning, match="taken by position"):
        with pytest.raises(ValueError, match=message):
            model.fit(X)


@pytest.mark.parametrize(("X", "message"), INVALID_KIND.values(), ids=INVALID_KIND)
def test_invalid_containers_in_fit_and_predict(model, fitted, X, message):
    with pytest.raises(TypeError, match=message):
        model.fit(X, [1.0])
    with pytest.raises(TypeError, match=message):
        fitted.predict(X)


def named(*names):
    """Return the ratings with the given names for user, item, rating and time."""
    columns = np.c_[ROWS, RATINGS, np.full(6, np.nan)]
    return pd.DataFrame(columns[:, : len(names)], columns=names)


INVALID_NAMES = {
    "user_col is not a column": (
        named("user", "item", "rating"),
        {"user_col": "u"},
        r"user_col='u' is not a column of X, which has \['user', 'item', 'rating'\]",
    ),
    "rating_col is not a column": (
        named("user", "item", "rating"),
        {"rating_col": "stars"},
        "rating_col='stars' is not a column of X, which has",
    ),
    "item_col beyond the last": (
        named("user", "item", "rating"),
        {"item_col": 3},
        "item_col=3 is out of range: X has 3 columns",
    ),
    "the same column twice": (
        named("user", "item", "rating"),
        {"item_col": "user"},
        "must be different columns.*Name them with `user_col`, `item_col`",
    ),
    "an id column for ratings": (
        named("user", "item", "rating"),
        {"rating_col": 1},
        "must be different columns.*Name them with `user_col`, `item_col`",
    ),
    "a name for the user only": (
        named("user", "what", "rating"),
        {},
        r"column of user is named, but the column of item.*Name them with `item_col`; "
        r"the columns are \['user', 'what', 'rating'\]",
    ),
    "a name for the item only": (
        named("item", "who", "rating"),
        {},
        "column of item is named, but the column of user.*Name them with `user_col`",
    ),
    "a position for the user only": (
        np.c_[ROWS, RATINGS],
        {"user_col": 0},
        r"column of user is named, .*`item_col`; the columns are \[0, 1, 2\]",
    ),
    "no ratings, by name": (
        named("user", "item"),
        {},
        "y is None and X has no rating column. Pass y, or name the column with `rating",
    ),
    "no ratings, by position": (np.array(ROWS), {}, "no rating column. Pass y"),
    "ratings of another name next to named ids": (
        named("user", "item", "how"),
        {},
        "no rating column. Pass y, or name the column with `rating_col`",
    ),
}


@pytest.mark.parametrize(
    ("X", "parameters", "message"), INVALID_NAMES.values(), ids=INVALID_NAMES
)
def test_columns_that_cannot_be_found(model, X, parameters, message):
    with pytest.raises(ValueError, match=message):
        model.set_params(**parameters).fit(X)


FOUND = {
    "names": (named("user", "item", "rating"), {}),
    "names in another order": (
        named("user", "item", "rating")[["rating", "item", "user"]],
        {},
    ),
    "names, and a column of NaN": (named("user", "item", "rating", "time"), {}),
    "names in parameters": (
        named("u", "i", "r"),
        {"user_col": "u", "item_col": "i", "rating_col": "r"},
    ),
    "usual names": (named("member", "movie", "stars"), {}),
    "usual names in another order": (
        named("memberId", "Movie ID", "STARS")[["STARS", "Movie ID", "memberId"]],
        {},
    ),
    "positions in parameters": (
        np.c_[RATINGS, ROWS],
        {"user_col": 1, "item_col": 2, "rating_col": 0},
    ),
    "numbers as names": (pd.DataFrame(np.c_[ROWS, RATINGS]), {}),
    "an array": (np.c_[ROWS, RATINGS], {}),
    "an array with names in parameters": (np.c_[ROWS, RATINGS], {"user_col": "u"}),
    "an array with a column of NaN": (np.c_[ROWS, RATINGS, np.full(6, np.nan)], {}),
}


FOUND_BY_POSITION = {
    "positions": named("who", "what", "how"),
    "positions, and a column of NaN": named("who", "what", "how", "t"),
    "positions and the ratings' name": named("who", "what", "rating", "t")[
        ["who", "what", "t", "rating"]
    ],
    "positions without row numbers": named("who", "what", "how").reset_index(),
}


@pytest.mark.parametrize("X", FOUND_BY_POSITION.values(), ids=FOUND_BY_POSITION)
def test_columns_are_found_by_position_with_one_warning(model, X):
    expected = model.fit(ROWS, RATINGS).predict(ROWS)
    with pytest.warns(UserWarning, match="position: user 'who', item 'what', rating '"):
        model.fit(X)
    for _ in range(2):  # predictions from X do not warn again
        np.testing.assert_array_equal(model.predict(X), expected)
        assert model.score(X) > 0


@pytest.mark.parametrize(("X", "parameters"), FOUND.values(), ids=FOUND)
def test_columns_are_found(model, X, parameters):
    expected = model.fit(ROWS, RATINGS).predict(ROWS)
    model.set_params(**parameters).fit(X)
    assert model.user_ids_.tolist() == [1, 2, 3]
    assert model.item_ids_.tolist() == [10, 11, 12]
    np.testing.assert_array_equal(model.predict(X), expected)


def test_y_comes_before_a_rating_column(model, frame, predict_all):
    expected = predict_all(model.fit(frame[["user", "item"]], [1, 2, 3, 4, 5, 1]))
    model.fit(frame, [1, 2, 3, 4, 5, 1])
    np.testing.assert_array_equal(predict_all(model), expected)


@pytest.fixture
def by_position(model):
    with pytest.warns(UserWarning, match="position: user 'who', item 'what'. Choose"):
        return model.fit(named("who", "what", "how", "t"), RATINGS)


INVALID_IN_PREDICT = {
    "fewer columns": (np.array(ROWS), "X has 2 features, but .* is expecting 4"),
    "more columns": (np.ones((2, 5)), "X has 5 features, but .* is expecting 4"),
    "one column": (np.ones((2, 1)), "X has 1 features, but .* is expecting 4"),
    "no rows": (np.ones((0, 4)), NONE_LEFT),
}


@pytest.mark.filterwarnings("ignore:X does not have valid feature names")
@pytest.mark.parametrize(
    ("X", "message"), INVALID_IN_PREDICT.values(), ids=INVALID_IN_PREDICT
)
def test_predict_needs_the_number_of_columns_of_fit(by_position, X, message):
    with pytest.raises(ValueError, match=message):
        by_position.predict(X)


def test_the_columns_of_the_fit_are_remembered(model):
    """Frames with the columns of the fit do not warn, in any order of the columns."""
    X = named("who", "what", "how")
    with pytest.warns(UserWarning, match="by position: user 'who', item 'what'"):
        model.fit(X)
    expected = model.predict(X)
    other = X[["how", "what", "who"]].assign(user=0, item=0, stars=np.nan)
    np.testing.assert_array_equal(model.predict(other), expected)
    assert model.score(other) == model.score(X, RATINGS)
    folded = model.fold_in(other.assign(what=[10, 11, 10, 11, 10, 11], how=5.0))
    assert folded.item_counts_.tolist() == [3, 3, 2]
    assert model.recommend(ratings=other, n=1)["user"].tolist() == [1, 2, 3]
    banned = pd.DataFrame({"what": [10, 12], "who": [1, 1]})
    assert model.recommend(1, banned=banned, exclude_rated=False, n=3).shape[0] == 1


def test_several_ratings_are_valid_where_none_is_read(model):
    X = named("userId", "movieId", "score").assign(stars=1.0)
    with pytest.raises(ValueError, match="'score', 'stars' of X all have usual names"):
        model.fit(X)
    model.fit(X, RATINGS)
    np.testing.assert_array_equal(
        model.predict(X), model.predict(X[["userId", "movieId"]])
    )
    assert len(list(PairKFold(2).split(X))) == 2
    best = model.recommend(n=1, exclude_rated=False)
    assert novelty_at_k(best, X) >= 0
    assert 0 <= hit_rate_at_k(X, best) <= 1
    with pytest.raises(ValueError, match="'score', 'stars'"):
        hit_rate_at_k(X, best, relevant_from=3)
    scorer = make_ranking_scorer("hit_rate")
    assert 0 <= scorer(model, X, RATINGS) <= 1
    with pytest.raises(ValueError, match="'score', 'stars'"):
        model.score(X)
    model.set_params(rating_col="stars")
    assert model.score(X, RATINGS) > model.score(X.assign(stars=RATINGS)) - 1e-9


def test_a_scorer_does_not_repeat_the_warning_of_the_fit(model):
    X = named("who", "what", "how")
    with pytest.warns(UserWarning, match="by position"):
        model.fit(X)
    assert 0 <= make_ranking_scorer("hit_rate")(model, X) <= 1


def test_another_fit_forgets_the_columns(model, frame):
    model.set_params(user_col="item", item_col="user").fit(frame)
    model.set_params(user_col=None, item_col=None)
    assert model.user_ids_.tolist() == ["a", "b", "c"]
    model.fit(frame)
    assert model.user_ids_.tolist() == [1, 2, 3]
    assert clone(model).get_params() == model.get_params()


def test_parameters_come_before_remembered_columns(model, frame):
    model.fit(frame)
    renamed = frame.rename(columns={"user": "who"}).assign(user=99)
    model.set_params(user_col="who")
    layout = model._layout(open_table(renamed))
    assert renamed.columns[layout.user] == "who"


def test_predict_needs_the_names_of_fit(by_position):
    with pytest.raises(ValueError, match="feature names should match .*\n.*unseen"):
        by_position.predict(named("who", "which", "how", "t"))


def test_with_named_columns_predict_ignores_other_columns(fitted, frame):
    expected = fitted.predict(frame)
    for X in (
        frame[["user", "item"]],
        frame[["item", "user"]],
        frame.assign(time=np.nan),
        frame.rename(columns={"rating": "how"}),
    ):
        np.testing.assert_array_equal(fitted.predict(X), expected)


def test_an_array_after_a_frame_has_sklearns_warning(fitted, frame):
    expected = fitted.predict(frame)
    pairs = frame[["user", "item"]].to_numpy()
    with pytest.warns(UserWarning, match="X does not have valid feature names"):
        np.testing.assert_array_equal(fitted.predict(pairs), expected)


def test_a_frame_after_an_array_has_sklearns_warning(model, frame):
    pairs = frame[["user", "item"]]
    expected = model.fit(pairs.to_numpy(), RATINGS).predict(pairs.to_numpy())
    with pytest.warns(UserWarning, match="X has feature names, but .* without"):
        np.testing.assert_array_equal(model.predict(pairs), expected)


@pytest.mark.parametrize("method", ["predict", "score"])
def test_unfitted(model, frame, method):
    with pytest.raises(NotFittedError, match="Call 'fit' with appropriate arguments"):
        getattr(model, method)(frame)


def test_order_and_memory_of_an_array_do_not_matter(model, tmp_path):
    rows = np.array(ROWS, float)
    expected = model.fit(rows, RATINGS).predict(rows)
    on_disk = np.lib.format.open_memmap(tmp_path / "rows", "w+", float, rows.shape)
    on_disk[:] = rows
    frozen = rows.copy()
    frozen.flags.writeable = False
    arrays = {
        "Fortran": np.asfortranarray(rows),
        "not contiguous": np.repeat(np.repeat(rows, 2, 0), 2, 1)[::2, ::2],
        "read-only": frozen,
        "memory-mapped": np.load(tmp_path / "rows", mmap_mode="r"),
        "other byte order": rows.astype(">f8"),
    }
    for name, X in arrays.items():
        predicted = model.fit(X, RATINGS).predict(X)
        np.testing.assert_array_equal(predicted, expected, err_msg=name)
    np.testing.assert_array_equal(rows, ROWS)
    order = [5, 2, 0, 4, 1, 3]
    model.fit(rows[order], np.take(RATINGS, order))
    np.testing.assert_array_equal(model.predict(rows), expected)
