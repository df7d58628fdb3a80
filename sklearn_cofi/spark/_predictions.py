"""Predictions and recommendations on the cluster."""

import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F
from sklearn.utils.validation import validate_data

from sklearn_cofi._typing import Normalization, Range
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.spark._input import DTYPE, id_names, read_pairs, spark_table
from sklearn_cofi.spark._local import (
    SparkSide,
    collected,
    fitted_filter,
    shared_parameters,
    side_of,
    without_cost,
)
from sklearn_cofi.spark._query import check_kinds, check_known, split_known
from sklearn_cofi.spark._spark_estimator import SparkEstimator
from sklearn_cofi.spark._tables import dot, subtracted_mean


def predict_pairs(model: SparkEstimator, X: DataFrame) -> DataFrame:
    """Return the rows of X with a column of predictions."""
    table = spark_table(X)
    user, item = model.user_col, model.item_col
    fitted = model.feature_names_in_.tolist()
    if set(fitted) <= set(table.names or []):
        user, item = (
            fit if x is None else x for x, fit in zip((user, item), fitted, strict=True)
        )
    # `validate_data` below compares the names with those of the fit.
    layout = find_columns(
        table, user, item, model.rating_col, with_rating=False, warn=False
    )
    names = id_names(table, layout)
    features = pd.DataFrame(columns=names)
    validate_data(model, features, skip_check_array=True, reset=False)
    if "prediction" in X.columns:
        raise ValueError("X has a column named prediction. Rename or drop it.")
    checked = read_pairs(X, table, layout)
    check_kinds(model, checked, names)
    rows = with_factors(checked.rows, model.users_, model.items_)
    check_known(model, rows, checked, names)
    values = prediction(
        model.mean_normalization, model.global_mean_, model.rating_range
    )
    columns = [F.col(f"c{k}").alias(name) for k, name in enumerate(X.columns)]
    return rows.select(*columns, values.alias("prediction"))


def recommend_items(
    model: SparkEstimator,
    users: "DataFrame | None",
    n: int,
    exclude_rated: bool,
) -> DataFrame:
    """Return the best items of known users, and the highest means for unknown ones."""
    known, unknown = model.users_, None
    if users is not None:
        known, unknown = split_known(model, users)
    if exclude_rated:
        known = known.join(rated_items(model._ratings), "row", "left")
    else:
        known = known.withColumn("rated", F.array().cast("array<int>"))
    best = recommend_blocks(
        known.select("id", "mean", "factors", "rated"),
        collected(model.items_, "item", model.num_features),
        model.global_mean_,
        n,
        shared_parameters(model),
    )
    if unknown is None:
        return best
    means = highest_means(model.items_, n, model.rating_range)
    return best.unionByName(unknown.crossJoin(means))


def with_factors(rows: DataFrame, users: DataFrame, items: DataFrame) -> DataFrame:
    """Join means and factors of users and items: null where an id is unknown.

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
        # Spark compares integers with fractions as fractions. This is exact, because
        # fractions beyond 2**53 are refused.
        rows = rows.join(known, rows[side] == known[f"{side}_id"], "left")
    return rows


def prediction(
    normalization: Normalization, global_mean: float, rating_range: Range
) -> Column:
    """Return the prediction from the columns of `with_factors`.

    As in `baseline_predictions`, an unknown user gets the item's mean. An unknown item
    gets the user's mean if users were centred, else the global mean.
    """
    means = {side: F.col(f"{side}_mean") for side in ("user", "item")}
    by_user = means["user"] if normalization == "user" else F.lit(global_mean)
    offset = subtracted_mean(normalization, global_mean, means)
    both = offset + dot("user_factors", "item_factors")
    unclipped = (
        F.when(means["user"].isNotNull() & means["item"].isNotNull(), both)
        .when(means["item"].isNotNull(), means["item"])
        .when(means["user"].isNotNull(), by_user)
        .otherwise(F.lit(global_mean))
    )
    return clipped(unclipped, rating_range)


def clipped(values: Column, rating_range: Range) -> Column:
    """Clip predictions to a range."""
    if rating_range is None:
        return values
    low, high = (F.lit(float(bound)) for bound in rating_range)
    return F.least(F.greatest(values, low), high)


def highest_means(items: DataFrame, n: int, rating_range: Range) -> DataFrame:
    """Return the recommendations for an unknown user: the items with highest means."""
    order = F.col("mean").desc(), F.col("row")
    best = items.select("id", "mean", "row").orderBy(*order).limit(n)
    return best.select(
        F.row_number().over(Window.orderBy(*order)).alias("rank"),
        F.col("id").alias("item"),
        clipped(F.col("mean"), rating_range).alias("prediction"),
    )


def rated_items(ratings: DataFrame) -> DataFrame:
    """Return the row numbers of the items that each user has rated, in column rated."""
    items = F.array_sort(F.collect_list("item"))
    return ratings.groupBy(F.col("user").alias("row")).agg(items.alias("rated"))


def recommend_blocks(
    users: DataFrame,
    items: SparkSide,
    global_mean: float,
    n: int,
    parameters: dict[str, Any],
) -> DataFrame:
    """Return the best items of users: the local estimator ranks them on each executor.

    An executor has the factors of all items and those of one block of users at a time.
    Nothing of size users x items is shuffled or stored.

    Parameters
    ----------
    users : DataFrame
        Columns id, mean, factors and rated (row numbers of items, or null).
    items : SparkSide
    global_mean : float
    n : int
    parameters : dict
        Parameters of the filter.
    """

    def recommend(blocks: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for block in blocks:
            yield _best_of_block(block, items, global_mean, n, parameters)

    kind = users.schema["id"].dataType.simpleString()
    item_kind = {"i": "bigint", "f": "double", "b": "boolean"}.get(
        items.ids.dtype.kind, "string"
    )
    schema = f"user {kind}, rank int, item {item_kind}, prediction double"
    return users.mapInPandas(recommend, schema)


def _best_of_block(
    block: pd.DataFrame,
    items: SparkSide,
    global_mean: float,
    n: int,
    parameters: dict[str, Any],
) -> pd.DataFrame:
    """Return the best items of a block of users without the items in column rated."""
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
        model = fitted_filter(
            parameters, global_mean, users, items, matrix, fit, n_jobs=1
        )
        best = model.recommend(n=n)
    return best.astype({"rank": "int32", "prediction": "float64"})
