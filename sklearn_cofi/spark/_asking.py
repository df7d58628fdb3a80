"""Pairs and users that are asked about, held against those that fit has seen."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql import types as T

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._factor_model import FactorModel
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import NO_USER_KNOWN, NONE_KNOWN, SWAPPED, IdMap
from sklearn_cofi.spark._input import Given, read_users

_SIDES = "user", "item"


def check_kinds(model, given: Given, names):
    """Refuse ids of another kind than those seen in fit, by one id of each side."""
    try:
        for ids, one, name in zip(model._examples, given.examples, names, strict=True):
            IdMap(ids).encode(one, name)
    except TypeError:
        if _known_when_exchanged(model, given):
            raise ValueError(SWAPPED.format(*names)) from None
        raise


def _known_when_exchanged(model, given: Given) -> bool:
    kinds = [id_kind(ids) for ids in model._examples]
    if kinds[::-1] != [id_kind(ids) for ids in given.examples]:
        return False
    exchanged = given.rows.select(
        F.col("item").alias("user"), F.col("user").alias("item")
    )
    for side, table in zip(_SIDES, (model.users_, model.items_), strict=True):
        known = table.select(F.col("id").alias(side))
        exchanged = exchanged.join(known, side, "left_semi")
    return not exchanged.isEmpty()


def check_known(model, rows: DataFrame, given: Given, names):
    """Refuse unknown ids if the model says so; warn where none is known.

    Parameters
    ----------
    model : SparkCollaborativeFilter
    rows : DataFrame
        With columns user_mean and item_mean, null where an id is unknown.
    given : Given
    names : sequence of str
        Of the two columns.
    """
    unknown = rows.agg(
        *(F.count(F.when(F.col(f"{side}_mean").isNull(), 1)) for side in _SIDES)
    ).first()
    if model.unknown == "error" and any(unknown):
        raise ValueError(
            f"{unknown[0]} pairs have a user and {unknown[1]} pairs an item that "
            f"was not seen in fit. {FactorModel._unknown_advice}"
        )
    if unknown[0] == unknown[1] == given.n_rows:
        swapped = _known_when_exchanged(model, given)
        advice = "Compare the ids with `users_` and `items_`."
        warn_caller(
            f"{NONE_KNOWN.format(given.n_rows)} "
            f"{SWAPPED.format(*names) if swapped else advice}"
        )


def asking_users(model, users) -> tuple[DataFrame, DataFrame]:
    """Return those who ask that are known, and the ids of the others."""
    given, name = read_users(users, model.user_col)
    IdMap(model._examples[0]).encode(given.examples[0], name)
    ids = given.rows.select("user").distinct()
    same = ids["user"] == model.users_["id"]
    known = model.users_.join(ids, same, "left_semi")
    strange = ids.join(model.users_, same, "left_anti")
    if model.unknown == "error" and (n_strange := strange.count()):
        raise ValueError(
            f"{n_strange} of the users were not seen in fit. "
            f"{FactorModel._unknown_advice}"
        )
    if known.isEmpty():
        # Of the caller of recommend.
        warn_caller(NO_USER_KNOWN.format(given.n_rows))
    if isinstance(ids.schema["user"].dataType, T.DoubleType):
        # Fractions among them would be cut: the answer has ids as they were asked for.
        return known.withColumn("id", F.col("id").cast("double")), strange
    return known, strange.select(F.col("user").cast(model.users_.schema["id"].dataType))
