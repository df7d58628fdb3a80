"""From a cluster's factors to a fitted `CollaborativeFilter` on one machine."""

from typing import NamedTuple

import numpy as np
from pyspark.sql import DataFrame

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._types import Factors, Solution
from sklearn_cofi.data._centering import Means, centre
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.spark._input import DTYPE
from sklearn_cofi.training._fitted_attributes import (
    attributes,
    mean_attributes,
    rated_attributes,
    unfinished,
)

# Parameters that mean the same here and there.
SHARED = (
    "num_features",
    "reg_param",
    "max_iter",
    "mean_normalization",
    "mean_damping",
    "user_col",
    "item_col",
    "rating_col",
    "unknown",
    "rating_range",
    "random_state",
)


class Side(NamedTuple):
    """Users or items on this machine, by row number."""

    ids: np.ndarray
    means: np.ndarray
    factors: np.ndarray


def side_of(ids, means, factors, name: str, width: int) -> Side:
    """Return users or items as arrays; ids are sorted and of the kinds we store."""
    stacked = np.empty((len(ids), width), DTYPE)
    for row, features in enumerate(factors):
        stacked[row] = features
    ids = distinct_ids(np.asarray(ids), name)[0] if len(ids) else np.asarray(ids)
    return Side(ids, np.asarray(means, DTYPE), stacked)


def collected(table: DataFrame, name: str, width: int) -> Side:
    """Fetch users or items from the cluster."""
    rows = table.select("row", "id", "mean", "factors").toPandas().sort_values("row")
    return side_of(rows["id"], rows["mean"], rows["factors"], name, width)


def collected_ratings(ratings: DataFrame, shape) -> RatingMatrix:
    """Fetch merged ratings from the cluster."""
    rows = ratings.select("user", "item", "rating", "weight").toPandas()
    weights = rows["weight"].to_numpy(DTYPE)
    return rating_matrix(
        rows["user"].to_numpy(),
        rows["item"].to_numpy(),
        rows["rating"].to_numpy(DTYPE),
        None if (weights == 1).all() else weights,
        shape,
    )


def fitted_filter(
    parameters: dict,
    overall: float,
    users: Side,
    items: Side,
    ratings: RatingMatrix,
    learned: dict,
    **more,
) -> CollaborativeFilter:
    """Return a filter as if it had been fitted here.

    Parameters
    ----------
    parameters : dict
        The values of `SHARED`.
    overall : float
        Mean rating.
    users, items : Side
    ratings : RatingMatrix
        As given, in the rows of ``users`` and ``items``.
    learned : dict
        Fitted attributes that replace those of factors that cost nothing.
    **more
        Further parameters of the filter.
    """
    model = CollaborativeFilter(
        **parameters, reg_scaling="count", solver="als", dtype="float32", **more
    )
    means = Means(overall, users.means, items.means)
    known = {"user_ids_": users.ids, "item_ids_": items.ids, "_frame_kind": "pandas"}
    known |= rated_attributes(ratings) | mean_attributes(means)
    known |= {"reg_param_max_": np.nan, "validation_scores_": None}
    solution = unfinished(Factors(users.factors, items.factors), np.nan)
    model._take(attributes(known, False, solution) | learned)
    return model


def learned_attributes(
    model, overall: float, users: Side, items: Side, ratings: RatingMatrix
) -> dict:
    """Price the factors by the objective that local solvers minimise.

    Returns
    -------
    dict
        ``cost_``, ``gradient_norm_``, ``reg_param_max_`` and how the fit ended.
    """
    means = Means(overall, users.means, items.means)
    factors = Factors(users.factors, items.factors)
    with kernel_threads(None, ratings.n_ratings * model.num_features):
        with single_blas_thread:
            objective = MaskedSquaredLoss(
                centre(ratings, means, model.mean_normalization),
                Penalty(model.reg_param, reg_scaling="count"),
            )
            cost, gradient = objective.value_and_gradient(factors)
            threshold = reg_param_max(objective, None)
    norm = float(np.sqrt(sum(np.square(side, dtype=float).sum() for side in gradient)))
    path = np.array([objective.cost_at_zero, cost])
    solution = Solution(factors, cost, norm, path, model.n_iter_, False, "max_iter")
    attributes_of_cost = attributes({}, False, solution)
    return attributes_of_cost | {
        "reg_param_max_": threshold,
        "n_features_in_": model.n_features_in_,
        "feature_names_in_": model.feature_names_in_,
    }
