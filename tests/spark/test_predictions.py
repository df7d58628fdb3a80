"""Predictions and recommendations on the cluster are those of `to_local`."""

import pickle

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.datasets import make_ratings

pytest.importorskip("pyspark", reason="pyspark is not installed: extra [spark]")
from sklearn_cofi.spark import SparkCollaborativeFilter  # noqa: E402

BEYOND_INT32 = 2**40


def make_frame(kind):
    """Return ratings whose ids are numbers beyond int32, strings or fractions."""
    X, y = make_ratings(1500, n_users=60, n_items=40, rank=2, random_state=0)
    frame = X.assign(rating=y)
    if kind == "longs":
        return frame.assign(
            user=X["user"].astype(np.int64) + BEYOND_INT32, item=X["item"] - 7
        )
    if kind == "strings":
        return frame.assign(
            user="u" + X["user"].astype(str), item=X["item"].map("é{}".format)
        )
    return frame.assign(user=X["user"] + 0.5, item=X["item"].astype(float))


UNKNOWN = {
    "longs": (1, 999_999),
    "strings": ("unknown", "missing"),
    "fractions": (0.25, 777),
}


@pytest.fixture(scope="module", params=UNKNOWN)
def fitted(request, spark):
    """Return a model, its local model, its ratings and an unknown user and item."""
    kind = request.param
    frame = make_frame(kind)
    model = SparkCollaborativeFilter(
        2,
        0.1,
        max_iter=3,
        n_blocks=2,
        random_state=0,
        mean_normalization={"longs": "item", "strings": "user"}.get(kind),
        rating_range=(-20, 20) if kind == "longs" else None,
    ).fit(spark.createDataFrame(frame))
    return model, model.to_local(), frame, UNKNOWN[kind]


def test_predictions_are_those_of_the_local_model(spark, fitted):
    model, local, frame, (user, item) = fitted
    pairs = frame[["user", "item"]][:50]
    unknown = pd.DataFrame(
        {"user": [user, user, pairs["user"][0]], "item": [pairs["item"][0], item, item]}
    )
    pairs = pd.concat([pairs, unknown], ignore_index=True).assign(position=range(53))
    result = model.predict(spark.createDataFrame(pairs)).toPandas()
    result = result.sort_values("position")
    assert list(result.columns) == ["user", "item", "position", "prediction"]
    expected = local.predict(pairs[["user", "item"]])
    np.testing.assert_allclose(result["prediction"], expected, rtol=1e-5, atol=1e-5)


@pytest.mark.parametrize("exclude_rated", [True, False])
def test_recommendations_are_those_of_the_local_model(fitted, exclude_rated):
    model, local, *_ = fitted
    result = model.recommend(n=5, exclude_rated=exclude_rated).toPandas()
    result = result.sort_values(["user", "rank"], ignore_index=True)
    expected = local.recommend(n=5, exclude_rated=exclude_rated)
    pd.testing.assert_frame_equal(result, expected, check_dtype=False, atol=1e-6)


def test_unknown_users_are_recommended_the_highest_means(spark, fitted):
    model, local, frame, (unknown, _) = fitted
    ids = [unknown, frame["user"][0]]
    users = spark.createDataFrame(pd.DataFrame({"user": ids}))
    result = model.recommend(users, n=3).toPandas().sort_values(["user", "rank"])
    expected = local.recommend(ids, n=3).sort_values(["user", "rank"])
    assert result["item"].tolist() == expected["item"].tolist()
    np.testing.assert_allclose(result["prediction"], expected["prediction"], 1e-5)
    with pytest.raises(ValueError, match="1 of the users were not seen in fit"):
        _strict(model).recommend(users)


@pytest.mark.parametrize(
    "options",
    [
        {"min_count": 38, "popularity_penalty": -0.5},
        {"popularity_penalty": 2.0, "diversity": 0.4},
    ],
    ids=str,
)
def test_lists_have_the_options_of_the_local_model(spark, fitted, options):
    model, local, frame, (unknown, _) = fitted
    ids = [unknown, *frame["user"].unique()[:9]]
    users = spark.createDataFrame(pd.DataFrame({"user": ids}))
    result = model.recommend(users, n=3, **options).toPandas()
    result = result.sort_values(["user", "rank"], ignore_index=True)
    expected = local.recommend(ids, n=3, **options)
    expected = expected.sort_values(["user", "rank"], ignore_index=True)
    pd.testing.assert_frame_equal(result, expected, check_dtype=False, atol=1e-6)
    plain = local.recommend(ids, n=3).sort_values(["user", "rank"])
    assert result["item"].tolist() != plain["item"].tolist()


def test_options_out_of_range_are_errors_of_the_call(fitted):
    model, *_ = fitted
    with pytest.raises(ValueError, match="min_count=9999, but no item has more than"):
        model.recommend(min_count=9999)
    with pytest.raises(ValueError, match="diversity == 2, must be from 0"):
        model.recommend(diversity=2)


def test_unknown_ids_that_are_fractions_are_not_cut(spark):
    frame = make_frame("longs").assign(user=lambda X: X["user"] - BEYOND_INT32)
    model = SparkCollaborativeFilter(2, max_iter=1, n_blocks=1, random_state=0)
    model.fit(spark.createDataFrame(frame))
    users = spark.createDataFrame([(1.0,), (0.5,), (-0.25,)], "user double")
    result = model.recommend(users, n=1, exclude_rated=False).toPandas()
    assert sorted(result["user"]) == [-0.25, 0.5, 1.0]


def _strict(model):
    """Return the same fitted model with ``unknown="error"``."""
    strict = SparkCollaborativeFilter(**model.get_params() | {"unknown": "error"})
    vars(strict).update({k: v for k, v in vars(model).items() if k not in vars(strict)})
    return strict


def test_the_local_model_has_all_methods(fitted):
    model, local, frame, _ = fitted
    known = frame[["user", "item"]][:1]
    again = pickle.loads(pickle.dumps(local))
    assert again.predict(known) == local.predict(known)
    explained = local.explain(known["user"].iloc[0], known["item"].iloc[0])
    assert len(explained)
    new = frame[["item", "rating"]][:5].drop_duplicates("item")
    assert len(local.recommend(ratings=new, n=3)) == 3
    assert local.score(frame) > 0.3


def test_attributes_have_the_names_of_the_local_ones(fitted):
    model, local, *_ = fitted
    for name in ("ids", "means", "factors"):
        for side in ("user", "item"):
            table = getattr(model, f"{side}_{name}_").toPandas().sort_values("id")
            values = np.stack(table.iloc[:, 1])
            np.testing.assert_array_equal(table["id"], getattr(local, f"{side}_ids_"))
            if name != "ids":
                expected = getattr(local, f"{side}_{name}_")
                np.testing.assert_allclose(values, expected, rtol=1e-6)
    counts = model.item_counts_.toPandas().sort_values("id")["count"]
    np.testing.assert_array_equal(counts, local.item_counts_)


def test_pickling_a_fitted_model_is_an_error(fitted):
    model, *_ = fitted
    with pytest.raises(TypeError, match=r"cannot be pickled. Save `to_local\(\)`"):
        pickle.dumps(model)
    unfitted = SparkCollaborativeFilter(3)
    assert repr(pickle.loads(pickle.dumps(unfitted))) == repr(unfitted)
