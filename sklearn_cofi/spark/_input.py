"""Ratings, pairs and users from Spark frames, with the checks of local estimators.

Spark computes a summary of each column. The functions that check whole columns for the
local estimators check these summaries, so that there is one version of each check.
"""

from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import Column, DataFrame, Row
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sklearn_cofi import _typing
from sklearn_cofi.base._ratings_input import check_overflow, check_rating_range
from sklearn_cofi.data._column_checks import check_single
from sklearn_cofi.data._column_names import usual_positions
from sklearn_cofi.data._columns import Layout, find_columns
from sklearn_cofi.data._frame import Table, numbers, open_table
from sklearn_cofi.data._id_arrays import MISSING_IDS
from sklearn_cofi.data._ids import distinct_ids

# MLlib computes in float32 for ratings of any type.
DTYPE = np.float32

_FRACTIONS = T.FloatType, T.DoubleType


class CheckedRows(NamedTuple):
    """Rows of a frame whose ids (and ratings) are valid."""

    rows: DataFrame  # all columns by position, and user, item (and rating)
    n_rows: int
    examples: tuple[np.ndarray, np.ndarray]  # an id of each side, (1,)
    lowest: float  # lowest rating; nan without ratings


class _RatingColumn(NamedTuple):
    """The column of ratings, with its label and range for the checks."""

    values: Column  # double
    label: str
    rating_range: _typing.Range


def spark_table(X: DataFrame, name: str = "X") -> Table:
    """Return the names of a Spark frame's columns as a table with one row of zeros.

    Raises
    ------
    TypeError
        If X is not a Spark frame.
    ValueError
        If names of columns are repeated.
    """
    if not isinstance(X, DataFrame):
        raise TypeError(
            f"{name} must be a Spark DataFrame, got {type(X).__module__}."
            f"{type(X).__qualname__}. Make one with `spark.createDataFrame`, or use "
            "`sklearn_cofi.CollaborativeFilter`."
        )
    row = [0 if isinstance(f.dataType, T.NumericType) else "" for f in X.schema]
    return open_table(pd.DataFrame([row], columns=X.columns))


def id_names(table: Table, layout: Layout) -> list[str]:
    """Return the names of the columns of users and items."""
    return [table.label(position) for position in (layout.user, layout.item)]


def by_position(X: DataFrame) -> DataFrame:
    """Rename the columns to c0, c1, ..., because names may contain dots or quotes."""
    return X.toDF(*(f"c{k}" for k in range(len(X.columns))))


def read_ratings(
    X: DataFrame,
    user_col: _typing.Column,
    item_col: _typing.Column,
    rating_col: _typing.Column,
    rating_range: _typing.Range,
) -> tuple[CheckedRows, Table, Layout]:
    """Read and check ratings, in one pass over them.

    Raises
    ------
    TypeError
        If X is not a Spark frame, or a column cannot be ids.
    ValueError
        If ids or ratings are missing, infinite or of the wrong type, if X is empty, or
        if its columns cannot be told.
    """
    table = spark_table(X)
    layout = find_columns(table, user_col, item_col, rating_col)
    position, label = _rating_position(table, layout, rating_col)
    _check_numbers(X.schema[position].dataType, label)
    values = F.col(f"c{position}").cast("double")
    rating = _RatingColumn(values, label, rating_range)
    return _read(X, table, layout, rating), table, layout


def read_pairs(X: DataFrame, table: Table, layout: Layout) -> CheckedRows:
    """Read and check pairs of ids, in one pass; errors as in `read_ratings`."""
    return _read(X, table, layout)


def read_users(X: DataFrame, user_col: _typing.Column) -> tuple[CheckedRows, str]:
    """Read and check a column of users: that with this or a usual name, or the first.

    Returns
    -------
    checked : CheckedRows
        The users are both columns, user and item.
    name : str
        Name of the column.
    """
    table = spark_table(X, "users")
    names = [table.label(position) for position in range(table.n_columns)]
    usual = check_single(table, "user", usual_positions(names, "user"))
    position = usual or 0
    if user_col in names:
        position = names.index(user_col)
    elif isinstance(user_col, Integral) and user_col < len(names):
        position = int(user_col)
    elif usual is None and len(names) > 1:
        raise ValueError(
            f"users has the columns {names}, and no name says which of them holds "
            "users. Select one column, or name it with `user_col`."
        )
    same = Layout(position, position, None, True)
    return _read(X, table, same), table.label(position)


def _read(
    X: DataFrame, table: Table, layout: Layout, rating: _RatingColumn | None = None
) -> CheckedRows:
    """Check all columns, and cast ids to the types that are stored."""
    frame = by_position(X)
    sides = {"user": layout.user, "item": layout.item}
    kinds = {}
    facts = {"n_rows": F.count(F.lit(1))} | _rating_facts(rating)
    for side, position in sides.items():
        kinds[side] = X.schema[position].dataType
        _check_some_ids(kinds[side], table.label(position))
        facts |= _id_facts(side, F.col(f"c{position}"), kinds[side])
    found = frame.agg(*(column.alias(name) for name, column in facts.items())).first()
    if not found["n_rows"]:
        open_table(pd.DataFrame(columns=X.columns))  # raises the error of an empty X
    if rating is not None:
        _check_ratings(found, rating)
    columns, examples = {}, {}
    for side, position in sides.items():
        label = table.label(position)
        _check_ids_given(found, side, kinds[side], label)
        whole = not isinstance(kinds[side], _FRACTIONS) or found[f"{side}_whole"]
        columns[side] = _stored(F.col(f"c{position}"), kinds[side], whole)
        examples[side] = _example(found[f"{side}_first"], whole, label)
    if rating is not None:
        columns["rating"] = rating.values
    rows = frame.withColumns(columns)
    lowest = np.nan if rating is None else found["lowest"]
    pair = examples["user"], examples["item"]
    return CheckedRows(rows, found["n_rows"], pair, lowest)


def _rating_position(
    table: Table, layout: Layout, rating_col: _typing.Column
) -> tuple[int, str]:
    """Return position and name of the column of ratings."""
    if layout.rating is None:
        named = ""
        if rating_col is not None:
            named = f" rating_col={rating_col!r} is not among them."
        raise ValueError(
            f"X has no rating column: its columns are {table.names}.{named} Name it "
            "with `rating_col`. Pairs without ratings cannot be fitted on Spark, "
            "because MLlib's `implicitPrefs` minimises another cost: fit "
            "`sklearn_cofi.RankingCollaborativeFilter` on one machine."
        )
    return layout.rating, f"rating column {table.label(layout.rating)!r}"


def _check_numbers(kind: T.DataType, label: str) -> None:
    if not isinstance(kind, (T.NumericType, T.BooleanType, T.NullType)):
        raise ValueError(
            f"Ratings and weights must be numbers, but {label} holds "
            f"{kind.simpleString()}. Convert it first, for example with "
            "`cast('double')`."
        )


def _check_some_ids(kind: T.DataType, label: str) -> None:
    kinds = T.IntegralType, T.StringType, T.BooleanType, T.NullType, *_FRACTIONS
    if not isinstance(kind, kinds):
        raise TypeError(
            f"Column {label!r} holds {kind.simpleString()}: an id argument must be a "
            "string or a number. Convert it, for example with `cast('string')`."
        )


def _rating_facts(rating: _RatingColumn | None) -> dict[str, Column]:
    """Return the columns that summarise ratings for `_check_ratings`."""
    if rating is None:
        return {}
    values = rating.values
    real = F.when(~F.isnan(values), values)
    return {
        "unrated": F.count(F.when(values.isNull() | F.isnan(values), 1)),
        "lowest": F.min(real),
        "highest": F.max(real),
    }


def _check_ratings(found: Row, rating: _RatingColumn) -> None:
    if found["unrated"]:
        numbers(np.array([np.nan]), rating.label)
    ends = numbers(np.array([found["lowest"], found["highest"]]), rating.label)
    check_overflow(ends, None, DTYPE)
    check_rating_range(rating.rating_range, ends)


def _id_facts(side: str, ids: Column, kind: T.DataType) -> dict[str, Column]:
    """Return the columns that summarise ids for `_check_ids_given`."""
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


def _check_ids_given(found: Row, side: str, kind: T.DataType, label: str) -> None:
    if found[f"{side}_missing"]:
        raise ValueError(MISSING_IDS.format(found[f"{side}_missing"], label))
    if isinstance(kind, _FRACTIONS):
        dtype = np.float32 if isinstance(kind, T.FloatType) else np.float64
        distinct_ids(np.array([found[f"{side}_largest"]], dtype), label)


def _stored(ids: Column, kind: T.DataType, whole: bool) -> Column:
    """Cast ids to one of four types, in which an int 5, a short 5 and 5.0 are equal."""
    if isinstance(kind, T.BooleanType):
        return ids
    if isinstance(kind, T.StringType):
        return ids.cast("string")
    return ids.cast("bigint" if whole else "double")


def _example(first: object, whole: bool, label: str) -> np.ndarray:
    """Return one id of the column in the type that local estimators store."""
    first = int(first) if isinstance(first, float) and whole else first
    return distinct_ids(np.array([first], object), label)[0]
