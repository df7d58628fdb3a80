"""Ratings as numbered rows and merged pairs, and their means, in Spark SQL."""

from typing import NamedTuple

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F


class Merged(NamedTuple):
    """Ratings of numbered users and items, each pair once."""

    ratings: DataFrame  # user, item (int numbers), rating, weight: how many repeats
    n_ratings: int
    n_conflicts: int  # pairs that were given more than one rating
    repeats: bool
    overall: float  # mean rating


def numbered(rows: DataFrame, side: str) -> DataFrame:
    """Number the ids of a column in their order, from 0.

    The window sorts all distinct ids in one task: a number must not depend on how
    rows lie on the cluster, for a lost executor's share is made once more.

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
    """Give each pair one entry: its mean rating, and how often it was rated.

    Parameters
    ----------
    rows : DataFrame
        Columns user, item and rating.
    users, items : DataFrame
        Of `numbered`.
    n_rows : int
        How many there were when they were read before.
    lowest : float
        Rating. The mean of all is taken around it, so that equal ratings have exactly
        that mean.

    Raises
    ------
    ValueError
        If there are more or fewer rows than before, or they have ids of their own each
        time that they are made.
    """
    for side, ids in (("user", users), ("item", items)):
        number = ids.select(F.col("id").alias(side), F.col("row").alias(f"{side}_row"))
        rows = rows.join(number, side)
    rating = F.col("rating")
    conflict = F.max(rating) > F.min(rating)
    ratings = (
        rows.groupBy(F.col("user_row").alias("user"), F.col("item_row").alias("item"))
        .agg(
            # A single rating, and equal ones, stay what they are, to the bit.
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
                f"X had {n_rows} rows when it was read first, and {total or 0} whose "
                "ids were the same when it was read again: it is made at random, or "
                "changes. Write it to a file, or persist it, and fit that."
            )
    except BaseException:
        ratings.unpersist()
        raise
    return Merged(ratings, n, conflicts, total > n, float(lowest + above))


def described(ids: DataFrame, merged: Merged, side: str, damping: float) -> DataFrame:
    """Return ids with their numbers of ratings and (damped) means.

    ::

        mean = (sum(w * r) + damping * overall) / (sum(w) + damping)

    Returns
    -------
    DataFrame
        Columns id, row, count (ratings), weight (repeats included) and mean.
    """
    weight, away = F.col("weight"), F.col("rating") - merged.overall
    pull = F.sum(weight * away) / (F.sum(weight) + F.lit(float(damping)))
    facts = merged.ratings.groupBy(F.col(side).alias("row")).agg(
        F.count("*").alias("count"),
        F.sum(weight).alias("weight"),
        (merged.overall + pull).alias("mean"),
    )
    return ids.join(facts, "row").select("id", "row", "count", "weight", "mean")


def centre(normalization: str | None, overall: float, means: dict) -> Column:
    """Return what is subtracted from a rating, given columns of both means."""
    if normalization in means:
        return means[normalization]
    return F.lit(overall if normalization == "global" else 0.0)


def with_sides(ratings: DataFrame, users: DataFrame, items: DataFrame) -> DataFrame:
    """Join what is known of users and items: columns user_mean, item_mean, ..."""
    for side, table in (("user", users), ("item", items)):
        facts = [name for name in table.columns if name not in ("id", "row", "count")]
        renamed = [F.col(name).alias(f"{side}_{name}") for name in facts]
        known = table.select(F.col("row").alias(side), *renamed)
        ratings = ratings.join(known, side)
    return ratings


def dot(left: str, right: str) -> Column:
    """Return the product of two columns of float arrays, summed in float64."""
    products = F.zip_with(left, right, lambda x, y: x.cast("double") * y)
    return F.aggregate(products, F.lit(0.0), lambda total, x: total + x)
