"""Pairs without ratings are refused: MLlib's cost for them is another one."""

import numpy as np
import pytest
from strategies import random_ratings

pytest.importorskip("pyspark", reason="pyspark is not installed: extra [spark]")
from sklearn_cofi.spark import SparkCollaborativeFilter  # noqa: E402

ALPHA, REG = 3.0, 0.1
DRAWN = random_ratings(0, (30, 20), density=0.3)


def mllib_factors(spark, counts):
    """Return factors of MLlib's implicitPrefs after many sweeps."""
    from pyspark.ml.recommendation import ALS

    frame = DRAWN.frame().assign(rating=counts)
    model = ALS(
        rank=3,
        maxIter=10,
        regParam=REG,
        implicitPrefs=True,
        alpha=ALPHA,
        seed=0,
        userCol="user",
        itemCol="item",
        ratingCol="rating",
    ).fit(spark.createDataFrame(frame))
    sides = (
        side.toPandas().sort_values("id")["features"]
        for side in (model.userFactors, model.itemFactors)
    )
    return [np.stack(side.map(np.asarray).to_list()).astype(float) for side in sides]


def gradients_of_users(U, V, counts, by_weight):
    """Return the gradients by U, which MLlib solves last."""
    W, T = np.ones(DRAWN.shape), np.zeros(DRAWN.shape)
    W[DRAWN.users, DRAWN.items], T[DRAWN.users, DRAWN.items] = 1 + ALPHA * counts, 1
    n = (np.where(T, W, 0) if by_weight else T).sum(axis=1)
    return (W * (U @ V.T - T)) @ V + REG * n[:, None] * U


def test_the_penalty_of_implicit_prefs_counts_pairs_and_not_weights(spark):
    counts = np.random.default_rng(0).integers(1, 9, DRAWN.users.size).astype(float)
    U, V = mllib_factors(spark, counts)
    of_pairs, of_weights = (
        np.linalg.norm(gradients_of_users(U, V, counts, by_weight))
        for by_weight in (False, True)
    )
    assert of_pairs < 1e-3 * np.linalg.norm(U) < of_weights


@pytest.mark.parametrize("rating_col", [None, "stars"])
def test_pairs_without_ratings_are_an_error(spark, rating_col):
    pairs = spark.createDataFrame(DRAWN.frame()[["user", "item"]])
    model = SparkCollaborativeFilter(2, rating_col=rating_col)
    with pytest.raises(ValueError, match="MLlib's `implicitPrefs` minimises another"):
        model.fit(pairs)


def test_there_is_no_weight_of_unrated_pairs():
    with pytest.raises(TypeError, match="unrated_weight"):
        SparkCollaborativeFilter(2, unrated_weight=0.1)
