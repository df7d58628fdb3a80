"""A fitted `CollaborativeFilter` on one machine from the factors on a cluster."""

from typing import Any, NamedTuple

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._types import Factors, Solution
from sklearn_cofi.base._factor_fit import FactorFit, interrupted
from sklearn_cofi.base._ratings_input import InputFeatures
from sklearn_cofi.data._centering import Means, centre, fallbacks_of_sides
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix
from sklearn_cofi.inference._fitted_factors import FittedFactors, Side
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.spark._input import DTYPE
from sklearn_cofi.spark._spark_estimator import SparkEstimator

# Parameters with the same meaning in `CollaborativeFilter`.
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


def shared_parameters(model: SparkEstimator) -> dict[str, Any]:
    """Return the parameters of a `CollaborativeFilter` for the same model."""
    return {name: getattr(model, name) for name in SHARED}


class SparkSide(NamedTuple):
    """Users or items, by row number."""

    ids: np.ndarray  # (n,), sorted
    means: np.ndarray  # (n,), float32
    factors: np.ndarray  # (n, k), float32
    counts: np.ndarray | None = None  # (n,), int64: numbers of ratings


class LocalFit(NamedTuple):
    """Input and result of a fit on the cluster, as those of a local fit."""

    features: InputFeatures
    solution: Solution
    reg_param_max: float


def side_of(
    ids: pd.Series, means: pd.Series, factors: pd.Series, name: str, width: int
) -> SparkSide:
    """Return users or items as arrays; ids get the types that local estimators store.

    Parameters
    ----------
    ids, means, factors : Series of length n
        Sorted by id; factors are arrays of length ``width``.
    name : {"user", "item"}
        For messages.
    width : int
        Number of latent factors.
    """
    stacked = np.empty((len(ids), width), DTYPE)
    for row, values in enumerate(factors):
        stacked[row] = values
    distinct = distinct_ids(np.asarray(ids), name)[0] if len(ids) else np.asarray(ids)
    return SparkSide(distinct, np.asarray(means, DTYPE), stacked)


def collected(table: DataFrame, name: str, width: int) -> SparkSide:
    """Collect users or items from the cluster."""
    columns = "row", "id", "mean", "factors", "count"
    rows = table.select(*columns).toPandas().sort_values("row")
    side = side_of(rows["id"], rows["mean"], rows["factors"], name, width)
    return side._replace(counts=rows["count"].to_numpy(np.int64))


def collected_ratings(ratings: DataFrame, shape: tuple[int, int]) -> RatingMatrix:
    """Collect merged ratings from the cluster."""
    rows = ratings.select("user", "item", "rating", "weight").toPandas()
    weights = rows["weight"].to_numpy(DTYPE)
    return rating_matrix(
        rows["user"].to_numpy(),
        rows["item"].to_numpy(),
        rows["rating"].to_numpy(DTYPE),
        None if (weights == 1).all() else weights,
        shape,
    )


def collected_filter(model: SparkEstimator) -> CollaborativeFilter:
    """Collect factors and ratings, and return the filter with its cost."""
    users = collected(model.users_, "user", model.num_features)
    items = collected(model.items_, "item", model.num_features)
    ratings = collected_ratings(model._ratings, (users.ids.size, items.ids.size))
    mean = model.global_mean_
    fit = evaluated_fit(model, mean, users, items, ratings)
    return fitted_filter(shared_parameters(model), mean, users, items, ratings, fit)


def fitted_filter(
    parameters: dict[str, Any],
    overall: float,
    users: SparkSide,
    items: SparkSide,
    ratings: RatingMatrix,
    fit: LocalFit,
    **more: Any,
) -> CollaborativeFilter:
    """Return a filter with the fitted attributes of a fit on this machine.

    Parameters
    ----------
    parameters : dict
        The values of `SHARED`.
    overall : float
        Mean rating.
    users, items : SparkSide
    ratings : RatingMatrix
        Ratings before means are subtracted, in the rows of ``users`` and ``items``.
    fit : LocalFit
    **more
        Further parameters of the filter.
    """
    model = CollaborativeFilter(
        **parameters,
        fit_bias=False,
        reg_scaling="count",
        solver="als",
        dtype="float32",
        **more,
    )
    normalization = model.mean_normalization
    fallbacks = fallbacks_of_sides(
        (ratings.by_user, ratings.by_item),
        Means(overall, users.means, items.means),
        normalization,
        None,
    )
    user_side, item_side = (
        Side(
            side.ids,
            side.factors,
            np.zeros(len(side.ids), DTYPE),
            side.means,
            fallback,
        )
        for side, fallback in zip((users, items), fallbacks, strict=True)
    )
    fitted = FittedFactors(
        user_side, item_side, overall, normalization, ratings.by_user
    )
    model._replace_fit(
        FactorFit(
            fitted,
            fit.features,
            fit.solution,
            parameters["reg_param"],
            fit.reg_param_max,
            np.empty(0, bool),
        )
    )
    return model


def without_cost(users: SparkSide, items: SparkSide) -> LocalFit:
    """Return a fit without a cost: recommendations do not need it."""
    factors = Factors(users.factors, items.factors)
    features = InputFeatures(2, np.array(["user", "item"], object), "pandas")
    return LocalFit(features, interrupted(factors, np.nan), np.nan)


def evaluated_fit(
    model: SparkEstimator,
    overall: float,
    users: SparkSide,
    items: SparkSide,
    ratings: RatingMatrix,
) -> LocalFit:
    """Return the fit with its cost by the objective that local solvers minimise."""
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
    names = model.feature_names_in_
    features = InputFeatures(model.n_features_in_, names, "pandas", (*names, None))
    return LocalFit(features, solution, threshold)
