"""Predictions and recommendations on the cluster."""

import warnings

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.spark._input import DTYPE
from sklearn_cofi.spark._local import (
    SparkSide,
    fitted_filter,
    side_of,
    without_cost,
)
from sklearn_cofi.spark._tables import centre, dot


def with_known(rows: DataFrame, users: DataFrame, items: DataFrame) -> DataFrame:
    """Join what is known of users and items; null where an id is unknown.

    Parameters
    ----------
    rows : DataFrame
        With columns user and item: ids.
    users, items : DataFrame
        Columns id, mean and factors.

    Returns
    -------
    DataFrame
        With columns user_mean, user_factors, item_mean and item_factors.
    """
    for side, table in (("user", users), ("item", items)):
        known = table.select(
            F.col("id").alias(f"{side}_id"),
            F.col("mean").alias(f"{side}_mean"),
            F.col("factors").alias(f"{side}_factors"),
        )
        # Whole numbers meet fractions as fractions, which is exact: larger ones than
        # 2**53 are refused.
        rows = rows.join(known, rows[side] == known[f"{side}_id"], "left")
    return rows


def predicted(normalization: str | None, overall: float, rating_range) -> Column:
    """Return the prediction, given the columns of `with_known`.

    As in `baseline_predictions`: an unknown user gets the item's mean, an unknown
    item the user's mean if users were centred, else the mean of all ratings.
    """
    means = {side: F.col(f"{side}_mean") for side in ("user", "item")}
    by_user = means["user"] if normalization == "user" else F.lit(overall)
    both = centre(normalization, overall, means) + dot("user_factors", "item_factors")
    prediction = (
        F.when(means["user"].isNotNull() & means["item"].isNotNull(), both)
        .when(means["item"].isNotNull(), means["item"])
        .when(means["user"].isNotNull(), by_user)
        .otherwise(F.lit(overall))
    )
    return clipped(prediction, rating_range)


def clipped(prediction: Column, rating_range) -> Column:
    """Clip predictions to a range."""
    if rating_range is None:
        return prediction
    low, high = (F.lit(float(bound)) for bound in rating_range)
    return F.least(F.greatest(prediction, low), high)


def best_of_means(items: DataFrame, n: int, rating_range) -> DataFrame:
    """Return what a user is recommended of whom nothing is known: the highest means."""
    order = F.col("mean").desc(), F.col("row")
    best = items.select("id", "mean", "row").orderBy(*order).limit(n)
    return best.select(
        F.row_number().over(Window.orderBy(*order)).alias("rank"),
        F.col("id").alias("item"),
        clipped(F.col("mean"), rating_range).alias("prediction"),
    )


def rated_items(ratings: DataFrame) -> DataFrame:
    """Return the rows of the items that each user has rated: columns row and rated."""
    items = F.array_sort(F.collect_list("item"))
    return ratings.groupBy(F.col("user").alias("row")).agg(items.alias("rated"))


def recommend_blocks(
    users: DataFrame, items: SparkSide, overall: float, n: int, parameters: dict
) -> DataFrame:
    """Return the best items of users, ranked by the local estimator on each executor.

    Every executor holds the factors of all items, and those of a block of users at a
    time: nothing of size users x items is shuffled or stored.

    Parameters
    ----------
    users : DataFrame
        Columns id, mean, factors and rated (rows of items, or null).
    items : Side
    overall : float
    n : int
    parameters : dict
        Of the filter.
    """

    def answer(blocks):
        for block in blocks:
            yield _best_of_block(block, items, overall, n, parameters)

    kind = users.schema["id"].dataType.simpleString()
    item_kind = {"i": "bigint", "f": "double", "b": "boolean"}.get(
        items.ids.dtype.kind, "string"
    )
    schema = f"user {kind}, rank int, item {item_kind}, prediction double"
    return users.mapInPandas(answer, schema)


def _best_of_block(
    block: pd.DataFrame, items: SparkSide, overall: float, n: int, parameters: dict
) -> pd.DataFrame:
    """Rank the items for some users, leaving out what they have rated."""
    block = block.sort_values("id").reset_index(drop=True)
    width = items.factors.shape[1]
    users = side_of(block["id"], block["mean"], block["factors"], "user", width)
    lengths = [0 if rated is None else len(rated) for rated in block["rated"]]
    rated = [rated for rated in block["rated"] if rated is not None and len(rated)]
    entries = np.concatenate(rated) if rated else np.empty(0, np.int32)
    rows = np.repeat(np.arange(len(block)), lengths)
    matrix = rating_matrix(
        rows,
        entries,
        np.zeros(entries.size, DTYPE),
        None,
        (users.ids.size, items.ids.size),
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fit = without_cost(users, items)
        model = fitted_filter(parameters, overall, users, items, matrix, fit, n_jobs=1)
        best = model.recommend(n=n)
    return best.astype({"rank": "int32", "prediction": "float64"})
