"""Ratings and pairs out of Spark frames, checked as those of the local estimators.

A column is summarised in Spark, and its summary is handed to the checks that read
whole columns elsewhere: what is refused, and how, is written in one place.
"""

from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sklearn_cofi.base._ratings_estimator import check_overflow, check_rating_range
from sklearn_cofi.data._columns import Layout, find_columns
from sklearn_cofi.data._frame import Table, numbers, open_table
from sklearn_cofi.data._id_arrays import MISSING_IDS
from sklearn_cofi.data._ids import distinct_ids

# MLlib computes in float32, whatever the ratings are.
DTYPE = np.float32

_FRACTIONS = T.FloatType, T.DoubleType


class Given(NamedTuple):
    """Columns as asked for, with a few facts about them."""

    rows: DataFrame  # user, item (and rating), ids of the kinds that are stored
    n_rows: int
    examples: tuple[np.ndarray, np.ndarray]  # an id of each side
    lowest: float | None  # rating


def spark_table(X, name: str = "X") -> Table:
    """Return the columns' names of a Spark frame, as a table of one made-up row.

    Raises
    ------
    TypeError
        If X is no Spark frame.
    ValueError
        If names of columns are repeated.
    """
    if not isinstance(X, DataFrame):
        raise TypeError(
            f"{name} must be a Spark DataFrame, got {type(X).__module__}."
            f"{type(X).__qualname__}. Make one with `spark.createDataFrame`, or use "
            "`sklearn_cofi.CollaborativeFilter`."
        )
    return open_table(pd.DataFrame([[0] * len(X.columns)], columns=X.columns))


def by_position(X: DataFrame) -> DataFrame:
    """Name the columns c0, c1, ...: names may hold dots, quotes, anything."""
    return X.toDF(*(f"c{k}" for k in range(len(X.columns))))


def read_ratings(X, user_col, item_col, rating_col, rating_range):
    """Read and check ratings, in one pass over them.

    Returns
    -------
    given : Given
    table : Table
    layout : Layout

    Raises
    ------
    TypeError
        If X is no Spark frame, or a column cannot hold ids.
    ValueError
        If ids or ratings are missing, infinite or not of their kind, if X is empty,
        or if its columns cannot be told.
    """
    table = spark_table(X)
    layout = find_columns(table, user_col, item_col, rating_col)
    label = _rating_label(table, layout, rating_col)
    _check_numbers(X.schema[layout.rating].dataType, label)
    column = F.col(f"c{layout.rating}").cast("double")
    real = F.when(~F.isnan(column), column)
    facts = {
        "unrated": F.count(F.when(column.isNull() | F.isnan(column), 1)),
        "lowest": F.min(real),
        "highest": F.max(real),
    }
    given = _read(X, table, layout, column, facts, label, rating_range)
    return given, table, layout


def read_pairs(X, table: Table, layout: Layout) -> Given:
    """Read and check pairs of ids, in one pass over them; errors as `read_ratings`."""
    return _read(X, table, layout)


def read_users(X, user_col) -> tuple[Given, str]:
    """Read and check a column of users: that of this name, or the first."""
    table = spark_table(X, "users")
    names = list(table.names)
    wanted = "user" if user_col is None else user_col
    position = names.index(wanted) if wanted in names else 0
    if isinstance(user_col, Integral) and user_col < len(names):
        position = int(user_col)
    same = Layout(position, position, None, True)
    return _read(X, table, same), table.label(position)


def _read(X, table, layout, rating=None, facts=None, label=None, rating_range=None):
    """Check what is there; cast ids to the kinds that are stored."""
    frame, facts = by_position(X), dict(facts or {})
    sides = {"user": layout.user, "item": layout.item}
    kinds = {}
    for side, position in sides.items():
        kinds[side] = X.schema[position].dataType
        _check_some_ids(kinds[side], table.label(position))
        facts |= _id_facts(side, F.col(f"c{position}"), kinds[side])
    counted = {"n_rows": F.count(F.lit(1))} | facts
    found = frame.agg(*(column.alias(name) for name, column in counted.items())).first()
    if not found["n_rows"]:
        open_table(pd.DataFrame(columns=X.columns))  # refuses it, saying how
    if rating is not None:
        _check_ratings(found, label, rating_range)
    columns, examples = {}, []
    for side, position in sides.items():
        _check_ids_given(found, side, kinds[side], table.label(position))
        whole = not isinstance(kinds[side], _FRACTIONS) or found[f"{side}_whole"]
        columns[side] = _stored(F.col(f"c{position}"), kinds[side], whole)
        examples.append(_example(found[f"{side}_first"], whole, table.label(position)))
    if rating is not None:
        columns["rating"] = rating
    rows = frame.withColumns(columns)
    lowest = None if rating is None else found["lowest"]
    return Given(rows, found["n_rows"], tuple(examples), lowest)


def _rating_label(table: Table, layout: Layout, asked) -> str:
    if layout.rating is None:
        named = "" if asked is None else f" rating_col={asked!r} is not among them."
        raise ValueError(
            f"X has no rating column: its columns are {table.names}.{named} Name it "
            "with `rating_col`."
        )
    return f"rating column {table.label(layout.rating)!r}"


def _check_numbers(kind: T.DataType, label: str):
    if not isinstance(kind, (T.NumericType, T.BooleanType, T.NullType)):
        raise ValueError(
            f"Ratings and weights must be numbers, but {label} holds "
            f"{kind.simpleString()}. Convert it first, for example with "
            "`cast('double')`."
        )


def _check_some_ids(kind: T.DataType, label: str):
    kinds = T.IntegralType, T.StringType, T.BooleanType, T.NullType, *_FRACTIONS
    if not isinstance(kind, kinds):
        raise TypeError(
            f"Column {label!r} holds {kind.simpleString()}: an id argument must be a "
            "string or a number. Convert it, for example with `cast('string')`."
        )


def _check_ratings(found, label: str, rating_range):
    if found["unrated"]:
        numbers(np.array([np.nan]), label)
    ends = numbers(np.array([found["lowest"], found["highest"]]), label)
    check_overflow(ends, None, DTYPE)
    check_rating_range(rating_range, ends)


def _id_facts(side: str, ids: Column, kind: T.DataType) -> dict[str, Column]:
    """Return what is to be known of a column of ids."""
    if not isinstance(kind, _FRACTIONS):
        return {
            f"{side}_missing": F.count(F.when(ids.isNull(), 1)),
            f"{side}_first": F.min(ids),
        }
    real = F.when(~F.isnan(ids), ids)
    return {
        f"{side}_missing": F.count(F.when(ids.isNull() | F.isnan(ids), 1)),
        f"{side}_first": F.min(real),
        f"{side}_largest": F.max(F.abs(real)),
        f"{side}_whole": F.min(F.rint(real) == real),
    }


def _check_ids_given(found, side: str, kind: T.DataType, label: str):
    if found[f"{side}_missing"]:
        raise ValueError(MISSING_IDS.format(found[f"{side}_missing"], label))
    if isinstance(kind, _FRACTIONS):
        dtype = np.float32 if isinstance(kind, T.FloatType) else np.float64
        distinct_ids(np.array([found[f"{side}_largest"]], dtype), label)


def _stored(ids: Column, kind: T.DataType, whole: bool) -> Column:
    """Bring ids to the few types that are stored: 5, 5.0 and a short 5 are one id."""
    if isinstance(kind, T.BooleanType):
        return ids
    if isinstance(kind, T.StringType):
        return ids.cast("string")
    return ids.cast("bigint" if whole else "double")


def _example(first, whole: bool, label: str) -> np.ndarray:
    """Return one id of the column, as the local estimators would store it."""
    first = int(first) if isinstance(first, float) and whole else first
    return distinct_ids(np.array([first], object), label)[0]
