"""Columns of Spark frames are found by the rule of local estimators."""

import warnings

import numpy as np
import pytest

pytest.importorskip("pyspark", reason="pyspark is not installed: extra [spark]")

from sklearn_cofi.spark import SparkCollaborativeFilter  # noqa: E402
from sklearn_cofi.spark._input import read_users  # noqa: E402

ROWS = [[5.0, 10, 1], [3.0, 11, 1], [4.0, 11, 2], [1.0, 12, 2], [2.0, 10, 3]]


def model():
    return SparkCollaborativeFilter(1, max_iter=1, n_blocks=1, random_state=0)


def test_usual_names_in_any_order(spark):
    X = spark.createDataFrame(ROWS, "Rating double, `movieId` long, `User-ID` long")
    fitted = model().fit(X)
    assert fitted.feature_names_in_.tolist() == ["User-ID", "movieId"]
    assert sorted(row["id"] for row in fitted.user_ids_.collect()) == [1, 2, 3]
    pairs = X.select("movieId", "User-ID")
    predicted = [row["prediction"] for row in fitted.predict(pairs).collect()]
    local = fitted.to_local().predict(pairs.toPandas())
    np.testing.assert_allclose(predicted, local, rtol=1e-5)
    assert fitted.recommend(X.select("Rating", "User-ID"), n=1).count() == 3


def test_position_warns_once(spark):
    X = spark.createDataFrame(ROWS, "who double, what long, how long")
    with pytest.warns(UserWarning, match="position: user 'who', item 'what', rating"):
        fitted = model().fit(X)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        fitted.predict(X.select("how", "what", "who"))
    with pytest.raises(ValueError, match="no name says which of them holds users"):
        fitted.recommend(X)


def test_a_wide_frame_is_refused(spark):
    names = ", ".join(f"joke{k} double" for k in range(11))
    X = spark.createDataFrame([[float(k) for k in range(11)]], names)
    with pytest.raises(ValueError, match="more than 10 numeric columns"):
        model().fit(X)
    texts = spark.createDataFrame([["a"] * 11], names.replace("double", "string"))
    with pytest.warns(UserWarning, match="position: user 'joke0'"):
        with pytest.raises(ValueError, match="Ratings and weights must be numbers"):
            model().fit(texts)


def test_columns_of_users(spark):
    X = spark.createDataFrame([[1, 2]], "a long, customerId long")
    assert read_users(X, None)[1] == "customerId"
    assert read_users(X, "a")[1] == "a"
    assert read_users(X, 0)[1] == "a"
    assert read_users(X.select("a"), None)[1] == "a"
    assert read_users(X.select("a"), "user")[1] == "a"
    with pytest.raises(ValueError, match="'customerId', 'userId' .*`user_col`"):
        read_users(X.withColumn("userId", X["a"]), None)
