"""Factors by MLlib, and what they cost by this package's objective."""

from typing import NamedTuple

from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sklearn_cofi.spark._tables import Merged, centre, dot, with_sides

# What MLlib calls the factors in Spark's storage.
_KEPT = "userFactors", "itemFactors"


class Costs(NamedTuple):
    """The objective at some factors, and at none."""

    cost: float
    at_zero: float


def factorise(
    merged: Merged, users: DataFrame, items: DataFrame, normalization, **settings
) -> tuple[DataFrame, DataFrame, ALSModel]:
    """Learn factors of the centred ratings by alternating least squares.

    MLlib solves, for each user of n_u ratings (and alike for each item) ::

        (sum over rated i of V_i V_i' + reg_param * n_u * I) U_u = sum of R_ui * V_i

    where the gradient of `MaskedSquaredLoss` with ``reg_scaling="count"`` and the same
    ``reg_param`` is zero: the penalties need no conversion. A pair that comes w times
    counts w times in both sums and in n_u, as a weight of w does.

    Parameters
    ----------
    merged : Merged
    users, items : DataFrame
        Of `described`.
    normalization : {"item", "user", "global"} or None
    **settings
        Of MLlib's ``ALS``.

    Returns
    -------
    users, items : DataFrame
        With one more column, factors (array of float).
    model : ALSModel
        MLlib's, which holds the factors in Spark's storage: see `release`.
    """
    means = {side: F.col(f"{side}_mean") for side in ("user", "item")}
    away = F.col("rating") - centre(normalization, merged.overall, means)
    rows = with_sides(merged.ratings, users, items)
    if merged.repeats:
        times = F.array_repeat(F.lit(0), F.col("weight").cast("int"))
        rows = rows.withColumn("repeat", F.explode(times))
    centred = rows.select("user", "item", away.cast("float").alias("rating"))
    model = ALS(userCol="user", itemCol="item", ratingCol="rating", **settings).fit(
        centred
    )
    sides = ((users, model.userFactors), (items, model.itemFactors))
    row, learned = F.col("id").alias("row"), F.col("features").alias("factors")
    users, items = (
        table.join(factors.select(row, learned), "row") for table, factors in sides
    )
    return users, items, model


def release(model: ALSModel):
    """Let Spark forget the factors that MLlib keeps, which never does so by itself."""
    for frame in (model.userFactors, model.itemFactors):
        rdd = frame._jdf.queryExecution().toRdd()
        while rdd.name() not in _KEPT:
            parents = rdd.dependencies()
            if parents.isEmpty():
                break  # another version keeps them under other names
            rdd = parents.head().rdd()
        else:
            rdd.unpersist(False)


def costs(
    merged: Merged, users: DataFrame, items: DataFrame, normalization, reg_param: float
) -> Costs:
    """Return the objective, in float64.

    ::

        cost = 1/2 * sum over rated (u, i) of w_ui * (U_u . V_i - R_ui)**2
             + reg_param/2 * (sum_u n_u * ||U_u||**2 + sum_i n_i * ||V_i||**2)
    """
    means = {side: F.col(f"{side}_mean") for side in ("user", "item")}
    away = F.col("rating") - centre(normalization, merged.overall, means)
    error = dot("user_factors", "item_factors") - away
    weight = F.col("weight")
    rows = with_sides(merged.ratings, users, items)
    squares = rows.agg(F.sum(weight * error**2), F.sum(weight * away**2)).first()
    penalty = sum(
        side.agg(F.sum(weight * dot("factors", "factors"))).first()[0]
        for side in (users, items)
    )
    return Costs((squares[0] + reg_param * penalty) / 2, squares[1] / 2)
