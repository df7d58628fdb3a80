"""Row numbers of ids, merged ratings and means, in Spark SQL."""

from collections.abc import Mapping
from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F

from sklearn_cofi._typing import Normalization


class Merged(NamedTuple):
    """Ratings of numbered users and items, with one row per pair."""

    ratings: DataFrame  # user, item (int row numbers), rating, weight (repeats)
    n_ratings: int
    n_conflicts: int  # pairs with different ratings
    repeats: bool  # whether a pair has more than one rating
    global_mean: float


def numbered(rows: DataFrame, side: str) -> DataFrame:
    """Number the sorted distinct ids of a column from 0.

    The window sorts all distinct ids in one task, because a row number must not depend
    on the distribution of rows: Spark recomputes the part of a lost executor.

    Returns
    -------
    DataFrame
        Columns id and row (int).
    """
    ids = rows.select(F.col(side).alias("id")).distinct()
    row = F.row_number().over(Window.orderBy("id")) - 1
    return ids.select("id", row.cast("int").alias("row"))


def merge(
    rows: DataFrame, users: DataFrame, items: DataFrame, n_rows: int, lowest: float
) -> Merged:
    """Merge the ratings of each pair into their mean, weighted by their number.

    Parameters
    ----------
    rows : DataFrame
        Columns user, item and rating.
    users, items : DataFrame
        Tables of `numbered`.
    n_rows : int
        Number of rows when they were first read.
    lowest : float
        Lowest rating. The global mean is computed relative to it, so that equal ratings
        have exactly their value as mean.

    Raises
    ------
    ValueError
        If the number of rows with the same ids differs from ``n_rows``.
    """
    for side, ids in (("user", users), ("item", items)):
        number = ids.select(F.col("id").alias(side), F.col("row").alias(f"{side}_row"))
        rows = rows.join(number, side)
    rating = F.col("rating")
    conflict = F.max(rating) > F.min(rating)
    ratings = (
        rows.groupBy(F.col("user_row").alias("user"), F.col("item_row").alias("item"))
        .agg(
            # The mean of one rating, or of equal ratings, is exact to the bit.
            F.when(conflict, F.avg(rating)).otherwise(F.min(rating)).alias("rating"),
            F.count(rating).alias("weight"),
            conflict.alias("conflict"),
        )
        .persist()
    )
    weight = F.sum("weight")
    try:
        n, total, conflicts, above = ratings.agg(
            F.count("*").alias("n"),
            weight.alias("weight"),
            F.count(F.when(F.col("conflict"), 1)).alias("conflicts"),
            (F.sum(F.col("weight") * (rating - lowest)) / weight).alias("above"),
        ).first()
        if total != n_rows:
            raise ValueError(
                f"X had {n_rows} rows when it was first read, but {total or 0} rows "
                "with the same ids when it was read again: it is random, or it "
                "changes. Write it to a file, or persist it, and fit that."
            )
    except BaseException:
        ratings.unpersist()
        raise
    return Merged(ratings, n, conflicts, total > n, float(lowest + above))


def with_means(ids: DataFrame, merged: Merged, side: str, damping: float) -> DataFrame:
    """Return ids with their numbers of ratings and (damped) means.

    ::

        mean = (sum(w * r) + damping * global_mean) / (sum(w) + damping)

    Returns
    -------
    DataFrame
        Columns id, row, count (ratings), weight (repeats included) and mean.
    """
    weight, deviation = F.col("weight"), F.col("rating") - merged.global_mean
    damped = F.sum(weight * deviation) / (F.sum(weight) + F.lit(float(damping)))
    facts = merged.ratings.groupBy(F.col(side).alias("row")).agg(
        F.count("*").alias("count"),
        F.sum(weight).alias("weight"),
        (merged.global_mean + damped).alias("mean"),
    )
    return ids.join(facts, "row").select("id", "row", "count", "weight", "mean")


def subtracted_mean(
    normalization: Normalization, global_mean: float, means: Mapping[str, Column]
) -> Column:
    """Return the mean that is subtracted from a rating.

    Parameters
    ----------
    normalization : {"item", "user", "global"} or None
    global_mean : float
    means : mapping of str to Column
        The columns of means of "user" and "item".
    """
    if normalization is None or normalization == "global":
        return F.lit(0.0 if normalization is None else global_mean)
    return means[normalization]


def with_sides(ratings: DataFrame, users: DataFrame, items: DataFrame) -> DataFrame:
    """Join the tables of users and items: adds columns user_mean, item_mean, ..."""
    for side, table in (("user", users), ("item", items)):
        facts = [name for name in table.columns if name not in ("id", "row", "count")]
        renamed = [F.col(name).alias(f"{side}_{name}") for name in facts]
        known = table.select(F.col("row").alias(side), *renamed)
        ratings = ratings.join(known, side)
    return ratings


def dot(left: str, right: str) -> Column:
    """Return the dot products of two columns of float arrays, summed in float64."""
    products = F.zip_with(left, right, lambda x, y: x.cast("double") * y)
    return F.aggregate(products, F.lit(0.0), lambda total, x: total + x)
