"""Predictions and recommendations on the cluster."""

from collections.abc import Iterable, Iterator, Mapping

import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from sklearn.utils.validation import validate_data

from sklearn_cofi._typing import Normalization, Range
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.spark._input import id_names, read_pairs, spark_table
from sklearn_cofi.spark._lists import LocalLists
from sklearn_cofi.spark._local import collected, shared_parameters
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
    options: Mapping[str, float],
) -> DataFrame:
    """Return the best items of known users, and the highest means for unknown ones.

    ``options`` are further arguments of the local `recommend`.
    """
    known, unknown = model.users_, None
    if users is not None:
        known, unknown = split_known(model, users)
    if exclude_rated:
        known = known.join(rated_items(model._ratings), "row", "left")
    else:
        known = known.withColumn("rated", F.array().cast("array<int>"))
    lists = LocalLists(
        collected(model.items_, "item", model.num_features),
        model.global_mean_,
        shared_parameters(model),
        {"n": n, **options},
    )
    if any(value != 0 for value in options.values()):
        # Errors of options are raised by this call, not later on the executors.
        lists.of_unknown_user()
    best = recommend_blocks(known.select("id", "mean", "factors", "rated"), lists)
    if unknown is None:
        return best
    means = unknown.sparkSession.createDataFrame(lists.of_unknown_user())
    kinds = best.schema.fields[1:]
    means = means.select(*(F.col(kind.name).cast(kind.dataType) for kind in kinds))
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


def rated_items(ratings: DataFrame) -> DataFrame:
    """Return the row numbers of the items that each user has rated, in column rated."""
    items = F.array_sort(F.collect_list("item"))
    return ratings.groupBy(F.col("user").alias("row")).agg(items.alias("rated"))


def recommend_blocks(users: DataFrame, lists: LocalLists) -> DataFrame:
    """Return the best items of users: the local estimator ranks them on each executor.

    An executor has the factors of all items and those of one block of users at a time.
    Nothing of size users x items is shuffled or stored.

    Parameters
    ----------
    users : DataFrame
        Columns id, mean, factors and rated (row numbers of items, or null).
    lists : LocalLists
    """

    def recommend(blocks: Iterable[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for block in blocks:
            yield lists.of_block(block)

    kind = users.schema["id"].dataType.simpleString()
    item_kind = {"i": "bigint", "f": "double", "b": "boolean"}.get(
        lists.items.ids.dtype.kind, "string"
    )
    schema = f"user {kind}, rank int, item {item_kind}, prediction double"
    return users.mapInPandas(recommend, schema)
