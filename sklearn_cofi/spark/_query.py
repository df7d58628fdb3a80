"""Check the ids of a query against those seen in fit."""

from collections.abc import Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._factor_model import FactorModel
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import NO_USER_KNOWN, NONE_KNOWN, SWAPPED, IdMap
from sklearn_cofi.spark._input import CheckedRows, read_users
from sklearn_cofi.spark._spark_estimator import SparkEstimator

_SIDES = "user", "item"


def check_kinds(
    model: SparkEstimator, checked: CheckedRows, names: Sequence[str]
) -> None:
    """Check that ids have the types that they had in fit, with one id of each side.

    Parameters
    ----------
    model : SparkCollaborativeFilter
    checked : CheckedRows
    names : sequence of str
        Names of the columns of users and items.

    Raises
    ------
    TypeError
        If the ids of a side have another type.
    ValueError
        If the two columns look swapped.
    """
    sides = zip(model._examples, checked.examples, names, strict=True)
    try:
        for ids, example, name in sides:
            IdMap(ids).encode(example, name)
    except TypeError:
        if _known_when_exchanged(model, checked):
            raise ValueError(SWAPPED.format(*names)) from None
        raise


def _known_when_exchanged(model: SparkEstimator, checked: CheckedRows) -> bool:
    kinds = [id_kind(ids) for ids in model._examples]
    if kinds[::-1] != [id_kind(ids) for ids in checked.examples]:
        return False
    exchanged = checked.rows.select(
        F.col("item").alias("user"), F.col("user").alias("item")
    )
    for side, table in zip(_SIDES, (model.users_, model.items_), strict=True):
        known = table.select(F.col("id").alias(side))
        exchanged = exchanged.join(known, side, "left_semi")
    return not exchanged.isEmpty()


def check_known(
    model: SparkEstimator,
    rows: DataFrame,
    checked: CheckedRows,
    names: Sequence[str],
) -> None:
    """Raise an error for unknown ids with ``unknown="error"``; warn if all are unknown.

    Parameters
    ----------
    model : SparkCollaborativeFilter
    rows : DataFrame
        With columns user_mean and item_mean, null where an id is unknown.
    checked : CheckedRows
    names : sequence of str
        Names of the columns of users and items.
    """
    unknown = rows.agg(
        *(F.count(F.when(F.col(f"{side}_mean").isNull(), 1)) for side in _SIDES)
    ).first()
    if model.unknown == "error" and any(unknown):
        raise ValueError(
            f"{unknown[0]} pairs have a user and {unknown[1]} pairs an item that "
            f"was not seen in fit. {FactorModel._unknown_advice}"
        )
    if unknown[0] == unknown[1] == checked.n_rows:
        swapped = _known_when_exchanged(model, checked)
        advice = "Compare the ids with `users_` and `items_`."
        warn_caller(
            f"{NONE_KNOWN.format(checked.n_rows)} "
            f"{SWAPPED.format(*names) if swapped else advice}"
        )


def split_known(model: SparkEstimator, users: DataFrame) -> tuple[DataFrame, DataFrame]:
    """Return the rows of the known users of a query, and the ids of the unknown ones.

    Raises
    ------
    ValueError
        If a user is unknown and ``unknown="error"``.
    """
    checked, name = read_users(users, model.user_col)
    IdMap(model._examples[0]).encode(checked.examples[0], name)
    ids = checked.rows.select("user").distinct()
    same = ids["user"] == model.users_["id"]
    known = model.users_.join(ids, same, "left_semi")
    unknown = ids.join(model.users_, same, "left_anti")
    if model.unknown == "error" and (n_unknown := unknown.count()):
        raise ValueError(
            f"{n_unknown} of the users were not seen in fit. "
            f"{FactorModel._unknown_advice}"
        )
    if known.isEmpty():
        warn_caller(NO_USER_KNOWN.format(checked.n_rows))
    if isinstance(ids.schema["user"].dataType, T.DoubleType):
        # The result has the type of the query: a cast to integers would cut fractions.
        return known.withColumn("id", F.col("id").cast("double")), unknown
    kind = model.users_.schema["id"].dataType
    return known, unknown.select(F.col("user").cast(kind))
