"""The base of the estimator on a cluster: parameters, and a fit as a value."""

from dataclasses import dataclass

import numpy as np
from pyspark.sql import DataFrame
from sklearn.base import BaseEstimator

from sklearn_cofi._typing import Column, Normalization, RandomState, Range, Unknown


@dataclass(frozen=True)
class SparkFit:
    """A fit on a cluster; all tables are in Spark's storage."""

    users: DataFrame  # columns row, id, mean, count and factors
    items: DataFrame  # the same columns
    ratings: DataFrame  # merged ratings, with row numbers of users and items
    examples: tuple[np.ndarray, np.ndarray]  # an id of each side, (1,)
    global_mean: float
    cost: float
    n_ratings: int
    n_iter: int


class SparkEstimator(BaseEstimator):
    """An estimator whose fitted attributes are Spark frames and numbers."""

    num_features: int
    reg_param: float
    max_iter: int
    mean_normalization: Normalization
    mean_damping: float
    user_col: Column
    item_col: Column
    rating_col: Column
    unknown: Unknown
    rating_range: Range
    n_blocks: int
    random_state: RandomState

    n_features_in_: int
    feature_names_in_: np.ndarray

    def _set_fitted_attributes(self, fit: SparkFit) -> None:
        self.users_, self.items_ = fit.users, fit.items
        self.user_ids_ = fit.users.select("id", "row")
        self.item_ids_ = fit.items.select("id", "row")
        self.user_means_ = fit.users.select("id", "mean")
        self.item_means_ = fit.items.select("id", "mean")
        self.user_factors_ = fit.users.select("id", "factors")
        self.item_factors_ = fit.items.select("id", "factors")
        self.item_counts_ = fit.items.select("id", "count")
        self.global_mean_ = fit.global_mean
        self.cost_ = fit.cost
        self.n_ratings_ = fit.n_ratings
        self.n_iter_ = fit.n_iter
        self._ratings, self._examples = fit.ratings, fit.examples
