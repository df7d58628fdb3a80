"""Invalid input is refused on a cluster as on one machine, with the same message."""

import time

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN
from sklearn.base import clone

from sklearn_cofi import CollaborativeFilter

pytest.importorskip("pyspark", reason="pyspark is not installed: extra [spark]")
from pyspark.sql import functions as F  # noqa: E402

from sklearn_cofi.spark import SparkCollaborativeFilter  # noqa: E402

USERS = [1, 1, 2, 2, 3, 3]
ITEMS = ["a", "b", "b", "c", "a", "c"]
RATINGS = [5.0, 3.0, 4.0, 1.0, 2.0, 4.0]


def table(users=USERS, items=ITEMS, ratings=RATINGS):
    return pd.DataFrame({"user": users, "item": items, "rating": ratings})


SMALL = table()
ROWS = {
    "user": "user long, item string, rating double",
    "floats": "user double, item string, rating double",
}
MISSING = "contains NaN, None or another missing value. Drop these rows first"

# Frame, its Spark schema, error, message, parameters.
REFUSED = {
    "NaN rating": (
        table(ratings=[np.nan, *RATINGS[1:]]), "user", ValueError, MISSING, {},
    ),
    "infinite rating": (
        table(ratings=[np.inf, *RATINGS[1:]]), "user", ValueError,
        r"infinity or a value too large for dtype\('float64'\). Correct these", {},
    ),
    "missing user": (
        table([np.nan, *USERS[1:]]), "floats", ValueError,
        "contains NaN: 1 ids are missing in column 'user'. Drop these rows", {},
    ),
    "missing item": (
        table(items=[None, *ITEMS[1:]]), "user", ValueError,
        "contains NaN: 1 ids are missing in column 'item'. Drop these rows", {},
    ),
    "infinite user": (
        table([np.inf, *USERS[1:]]), "floats", ValueError,
        "contains infinity among the ids in column 'user'. Drop these", {},
    ),
    "rounded users": (
        table([2.0**53, *USERS[1:]]), "floats", ValueError,
        "ids of 9007199254740992 and more as float64, which rounds", {},
    ),
    "empty": (
        SMALL[:0], "user", ValueError,
        r"0 sample\(s\) .*a minimum of 1 is required: the frame has no ratings", {},
    ),
    "item not named": (
        SMALL.rename(columns={"item": "what"}),
        "user long, what string, rating double", ValueError,
        "column of user is named, but the column of item", {},
    ),
    "no such column": (
        SMALL, "user", ValueError, "user_col='who' is not a column of X",
        {"user_col": "who"},
    ),
    "outside of the range": (
        SMALL, "user", ValueError, "ratings from 1 to 5, outside of rating_range",
        {"rating_range": (2, 5)},
    ),
    "no range": (
        SMALL, "user", ValueError, "must be None or a pair of numbers",
        {"rating_range": (5, 2)},
    ),
    "parameter": (
        SMALL, "user", ValueError, "The 'num_features' parameter", {"num_features": 0},
    ),
    "text for ratings": (
        SMALL.assign(rating=list("534124")),
        "user long, item string, rating string", ValueError,
        "Ratings and weights must be numbers, but rating column 'rating'", {},
    ),
    "lists for users": (
        SMALL.assign(user=[[k] for k in USERS]),
        "user array<long>, item string, rating double", TypeError,
        "Column 'user' holds .* an id argument must be a string or a number", {},
    ),
}  # fmt: skip


@pytest.mark.parametrize("where", ["local", "spark"])
@pytest.mark.parametrize(
    ("frame", "schema", "error", "message", "parameters"),
    REFUSED.values(),
    ids=REFUSED,
)
def test_fit_refuses(spark, where, frame, schema, error, message, parameters):
    model = CollaborativeFilter(dtype="float32")
    if where == "spark":
        model = SparkCollaborativeFilter()
        rows = frame.astype(object).to_numpy().tolist()
        frame = spark.createDataFrame(rows, ROWS.get(schema, schema))
    with pytest.raises(error, match=message):
        model.set_params(**parameters).fit(frame)
    assert not [name for name in vars(model) if name.endswith("_")]


@pytest.fixture(scope="module")
def both(spark):
    """Return models fitted to the same ratings on one machine and on the cluster."""
    model = SparkCollaborativeFilter(2, max_iter=2, n_blocks=2, random_state=0)
    return {
        "local": CollaborativeFilter(2, 0.5, random_state=0, **PLAIN).fit(SMALL),
        "spark": model.fit(spark.createDataFrame(SMALL)),
    }


QUERIES = {
    "another kind": ({"user": ["1"], "item": ["a"]}, TypeError, "are of kind string"),
    "swapped": ({"user": ["a"], "item": [1]}, ValueError, "look swapped"),
    "missing": ({"user": [1], "item": [None]}, ValueError, "1 ids are missing in"),
    "unknown": (
        {"user": [1, 9], "item": ["z", "z"]},
        ValueError,
        "1 pairs have a user and 2 pairs an item that was not seen in fit",
    ),
}


@pytest.mark.parametrize("where", ["local", "spark"])
@pytest.mark.parametrize(("query", "error", "message"), QUERIES.values(), ids=QUERIES)
def test_predict_refuses(spark, both, where, query, error, message):
    model = both[where]
    pairs = pd.DataFrame(query)
    if where == "spark":
        users = "long" if isinstance(query["user"][0], int) else "string"
        items = "long" if isinstance(query["item"][0], int) else "string"
        rows = list(map(list, zip(*query.values(), strict=True)))
        pairs = spark.createDataFrame(rows, f"user {users}, item {items}")
    model.set_params(unknown="error")
    try:
        with pytest.raises(error, match=message):
            model.predict(pairs)
    finally:
        model.set_params(unknown="mean")


@pytest.mark.parametrize("where", ["local", "spark"])
def test_unknown_pairs_only_are_warned_of(spark, both, where):
    pairs = pd.DataFrame({"user": [8, 9], "item": ["y", "z"]})
    pairs = spark.createDataFrame(pairs) if where == "spark" else pairs
    with pytest.warns(UserWarning, match="None of the 2 pairs has a user or an item"):
        both[where].predict(pairs)


def test_a_frame_of_pandas_is_refused(spark):
    with pytest.raises(TypeError, match="must be a Spark DataFrame, got pandas"):
        SparkCollaborativeFilter().fit(SMALL)


def test_a_frame_that_changes_when_it_is_read_again_is_refused(spark):
    changing = F.udf(lambda rating: rating + time.time(), "double").asNondeterministic()
    frame = spark.createDataFrame(SMALL).withColumn("user", changing("rating") / 7)
    with pytest.raises(ValueError, match="X had 6 rows .* persist it, and fit"):
        SparkCollaborativeFilter(max_iter=1).fit(frame)


def test_an_argument_that_is_not_a_frame_is_named(both):
    with pytest.raises(TypeError, match="users must be a Spark DataFrame, got builtin"):
        both["spark"].recommend([1, 2])


@pytest.mark.parametrize("where", ["local", "spark"])
def test_unknown_users_only_are_warned_of(spark, both, where):
    users = spark.createDataFrame([(8,), (9,)], "user long")
    with pytest.warns(UserWarning, match="None of the 2 users was seen in fit"):
        both[where].recommend(users if where == "spark" else [8, 9], n=1)


def test_positions_may_be_numbers_of_numpy(spark):
    exchanged = spark.createDataFrame(SMALL[["item", "user", "rating"]])
    model = SparkCollaborativeFilter(
        max_iter=1, n_blocks=1, user_col=np.int64(1), item_col=0, rating_col=2
    ).fit(exchanged)
    users = spark.createDataFrame([("a", 1)], "item string, user long")
    assert [row.user for row in model.recommend(users, n=1).collect()] == [1]


def test_ratings_must_be_a_column_of_the_frame(spark):
    pairs = spark.createDataFrame(SMALL[["user", "item"]])
    with pytest.raises(ValueError, match="X has no rating column.*`rating_col`"):
        SparkCollaborativeFilter().fit(pairs)


def test_a_column_of_predictions_is_not_overwritten(spark, both):
    frame = spark.createDataFrame(SMALL.rename(columns={"rating": "prediction"}))
    with pytest.raises(ValueError, match="a column named prediction. Rename"):
        both["spark"].predict(frame)


def test_many_sweeps_need_checkpoints(spark):
    with pytest.raises(ValueError, match="max_iter=11 .*setCheckpointDir"):
        SparkCollaborativeFilter(max_iter=11).fit(spark.createDataFrame(SMALL))


def test_parameters_are_stored_and_cloned():
    model = SparkCollaborativeFilter(3, 0.2, n_blocks=4)
    assert clone(model).get_params() == model.get_params()
    assert model.get_params()["n_blocks"] == 4
