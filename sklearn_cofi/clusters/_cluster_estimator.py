"""The base of estimators of clusters: their fitted attributes, as a value."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from sklearn.base import BaseEstimator, MetaEstimatorMixin, RegressorMixin

from sklearn_cofi._compat import DocLinkMixin
from sklearn_cofi._typing import Estimator
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.clusters._group_contrast import group_means
from sklearn_cofi.inference._fitted_factors import NO_IDS, ColdRows, Side


@dataclass(frozen=True)
class Clustering:
    """Users in clusters, and each cluster as a user of the filter."""

    labels: np.ndarray  # int (n_clusters,), sorted
    groups: np.ndarray  # int (n_users,): position of the label, n_clusters without one
    users: Side  # the mean of each cluster and, in the last row, of all users

    @property
    def n_clusters(self) -> int:
        """Number of clusters."""
        return self.labels.size

    def groups_of(self, users: np.ndarray) -> np.ndarray:
        """Return the group of each row number; unknown users (-1) are in no cluster."""
        return np.where(users < 0, self.n_clusters, self.groups[users])


class ClusterEstimator(DocLinkMixin, MetaEstimatorMixin, RegressorMixin, BaseEstimator):
    """An estimator that holds a fitted filter and a clustering of its users."""

    filter_: RatingsEstimator
    clusterer_: Estimator
    # The clustering of the users: see `Clustering`.
    _groups: np.ndarray
    _group_factors: np.ndarray
    _group_bias: np.ndarray
    _group_means: np.ndarray
    _group_fallback: np.ndarray
    _group_cold_baseline: np.ndarray  # if the filter has features

    def _clustering(self) -> Clustering:
        """Return the fitted clusters as a value, without copies."""
        users = Side(
            NO_IDS,
            self._group_factors,
            self._group_bias,
            self._group_means,
            self._group_fallback,
            self._cold_rows(),
        )
        return Clustering(self.clusters_, self._groups, users)

    def _cold_rows(self) -> ColdRows | None:
        """Return the baselines of clusters with cold items, if there are any."""
        baseline = getattr(self, "_group_cold_baseline", None)
        if baseline is None:
            return None
        return ColdRows(np.zeros(baseline.size, bool), baseline)

    def _with_fit(
        self, model: RatingsEstimator, clusterer: Estimator, labels: np.ndarray
    ) -> Self:
        """Return an estimator without parameters that has the fitted attributes."""
        fitted = object.__new__(type(self))
        clusters = np.unique(labels[labels >= 0])
        groups = cluster_numbers(labels, clusters)
        users = model._model().users
        counted = _counted(users.cold, groups, clusters.size)
        of_means = groups[counted], clusters.size
        fitted.filter_, fitted.clusterer_ = model, clusterer
        fitted.user_ids_, fitted.item_ids_ = model.user_ids_, model.item_ids_
        fitted.item_counts_ = model.item_counts_
        fitted.n_features_in_ = model.n_features_in_
        if hasattr(model, "feature_names_in_"):
            fitted.feature_names_in_ = model.feature_names_in_
        fitted.labels_, fitted.clusters_ = labels, clusters
        fitted._groups = groups
        fitted._group_factors = group_means(*of_means, users.factors[counted])
        fitted._group_bias = group_means(*of_means, users.bias[counted])
        fitted._group_means = group_means(*of_means, users.means[counted])
        fitted._group_fallback = group_means(*of_means, users.fallback[counted])
        if users.cold is not None:
            baseline = users.cold.baseline[counted]
            fitted._group_cold_baseline = group_means(*of_means, baseline)
        fitted.cluster_factors_ = fitted._group_factors[:-1]
        return fitted


def _counted(cold: ColdRows | None, groups: np.ndarray, n_groups: int) -> np.ndarray:
    """Return which users count in the means: those with ratings, if a group has any."""
    if cold is None:
        return np.ones(groups.size, bool)
    warm = ~cold.is_cold
    lacking = np.setdiff1d(np.arange(n_groups), groups[warm])
    return warm | np.isin(groups, lacking)


def cluster_numbers(labels: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return the position of each label in sorted clusters; if absent, their number."""
    found = np.isin(labels, clusters)
    return np.where(found, np.searchsorted(clusters, labels), clusters.size)
