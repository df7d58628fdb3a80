"""Factors by MLlib, and their cost by this package's objective."""

from typing import Any, NamedTuple

from pyspark.ml.recommendation import ALS, ALSModel
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from sklearn_cofi._typing import Normalization
from sklearn_cofi.spark._tables import Merged, dot, subtracted_mean, with_sides

# MLlib's names of the factors in Spark's storage.
_STORED_NAMES = "userFactors", "itemFactors"


class Costs(NamedTuple):
    """Values of the objective."""

    cost: float  # at the factors
    at_zero: float  # at factors that are all zero


def factorise(
    merged: Merged,
    users: DataFrame,
    items: DataFrame,
    normalization: Normalization,
    **settings: Any,
) -> tuple[DataFrame, DataFrame, ALSModel]:
    """Compute factors of the centred ratings by alternating least squares.

    MLlib solves, for each user with n_u ratings (and in the same way for each item) ::

        (sum over rated i of V_i V_i' + reg_param * n_u * I) U_u = sum of R_ui * V_i

    There the gradient of `MaskedSquaredLoss` with ``reg_scaling="count"`` and the same
    ``reg_param`` is zero, so the penalties need no conversion. A pair that occurs w
    times counts w times in both sums and in n_u, as with a weight of w.

    Parameters
    ----------
    merged : Merged
    users, items : DataFrame
        Tables of `with_means`.
    normalization : {"item", "user", "global"} or None
    **settings
        Parameters of MLlib's ``ALS``.

    Returns
    -------
    users, items : DataFrame
        The tables with one more column, factors (array of float).
    model : ALSModel
        MLlib's model, which keeps the factors in Spark's storage: see `release`.
    """
    means = {side: F.col(f"{side}_mean") for side in ("user", "item")}
    offset = subtracted_mean(normalization, merged.global_mean, means)
    residual = F.col("rating") - offset
    rows = with_sides(merged.ratings, users, items)
    if merged.repeats:
        times = F.array_repeat(F.lit(0), F.col("weight").cast("int"))
        rows = rows.withColumn("repeat", F.explode(times))
    centred = rows.select("user", "item", residual.cast("float").alias("rating"))
    model = ALS(userCol="user", itemCol="item", ratingCol="rating", **settings).fit(
        centred
    )
    sides = ((users, model.userFactors), (items, model.itemFactors))
    row, values = F.col("id").alias("row"), F.col("features").alias("factors")
    users, items = (
        table.join(factors.select(row, values), "row") for table, factors in sides
    )
    return users, items, model


def release(model: ALSModel) -> None:
    """Remove the factors from Spark's storage: MLlib never does so itself."""
    for frame in (model.userFactors, model.itemFactors):
        rdd = frame._jdf.queryExecution().toRdd()
        while rdd.name() not in _STORED_NAMES:
            parents = rdd.dependencies()
            if parents.isEmpty():
                break  # another version of MLlib uses other names
            rdd = parents.head().rdd()
        else:
            rdd.unpersist(False)


def costs(
    merged: Merged,
    users: DataFrame,
    items: DataFrame,
    normalization: Normalization,
    reg_param: float,
) -> Costs:
    """Return the objective, in float64.

    ::

        cost = 1/2 * sum over rated (u, i) of w_ui * (U_u . V_i - R_ui)**2
             + reg_param/2 * (sum_u n_u * ||U_u||**2 + sum_i n_i * ||V_i||**2)
    """
    means = {side: F.col(f"{side}_mean") for side in ("user", "item")}
    offset = subtracted_mean(normalization, merged.global_mean, means)
    residual = F.col("rating") - offset
    error = dot("user_factors", "item_factors") - residual
    weight = F.col("weight")
    rows = with_sides(merged.ratings, users, items)
    squares = rows.agg(F.sum(weight * error**2), F.sum(weight * residual**2)).first()
    penalty = sum(
        side.agg(F.sum(weight * dot("factors", "factors"))).first()[0]
        for side in (users, items)
    )
    return Costs((squares[0] + reg_param * penalty) / 2, squares[1] / 2)
