"""What a clustered filter answers: a cluster's best items, and its favourites."""

import copy
import warnings
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._asking import LearnedUsers
from sklearn_cofi.data._frame import id_array, native_frame
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.data._matrix import Compressed
from sklearn_cofi.inference._cluster import liking, nearest_means
from sklearn_cofi.inference._recommend import top_items


class ClusterAnswersMixin:
    """Recommendations and favourites from the fitted attributes of clusters."""

    def recommend(
        self, users=None, *, ratings=None, clusters=None, n=10, exclude_rated=True
    ):
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users : id or array-like of ids, default=None
            Users that fit has seen. Others are recommended what all users like.
        ratings : frame or array-like, default=None
            Ratings of new users, as in the filter's `recommend`. They are put into a
            cluster by the clusterer's `predict`; if it has none, into that whose mean
            features are nearest.
        clusters : int or array-like of ints, default=None
            Labels, to recommend to whole clusters.
        n : int, default=10
            Number of items for each; fewer where fewer are left.
        exclude_rated : bool, default=True
            Leave out the items that the user has rated. Of a cluster, none are.

        Returns
        -------
        frame
            Columns user (or cluster; absent for a single new user without an id),
            rank (from 1), item and prediction, of the kind that `fit` was given, else
            pandas.

        Raises
        ------
        ValueError
            If not exactly one of ``users``, ``ratings`` and ``clusters`` is given, if
            a cluster is none of ``clusters_``, or as the filter's `recommend`.
        TypeError
            If ids are of another kind than those seen in fit.
        """
        check_is_fitted(self)
        if sum(asked is not None for asked in (users, ratings, clusters)) != 1:
            raise ValueError(
                "Pass one of `users`, ids that fit has seen, `ratings`, a frame of new "
                "users' ratings, and `clusters`, labels out of `clusters_`."
            )
        check_scalar(n, "n", Integral, min_val=1)
        if users is not None:
            return self._recommend_known(id_array(users), n, exclude_rated)
        if ratings is not None:
            return self._recommend_new(ratings, n, exclude_rated)
        groups = self._numbers_of(clusters)
        columns = self._best(groups, *nothing_rated(groups.size), n, False)
        places = columns.pop("place")
        columns = {"cluster": self.clusters_[groups[places]]} | columns
        return native_frame(columns, self.filter_._frame_kind)

    def favourites(self, n=10, *, clusters=None, damping=5.0):
        """Return what the members of each cluster like more than all others do.

        ::

            score = (mean - others) / (s * sqrt(1 / (w + damping) + 1 / (v + damping)))

        the difference of two means of ratings in its standard errors, so that items
        stand out that enough members have rated to be sure.

        Parameters
        ----------
        n : int, default=10
            Number of items for each cluster; fewer where its members like fewer more.
        clusters : int or array-like of ints, default=None
            Labels; None is all of ``clusters_``.
        damping : float, default=5.0
            So many more ratings, of the item's mean, are added to either side.

        Returns
        -------
        frame
            Columns cluster, rank (from 1), item, mean and others (damped mean ratings
            of the members and of all other users), count (members who rated the item)
            and score. Equal scores are ordered by item id.

        Raises
        ------
        ValueError
            If a cluster is none of ``clusters_``, or ``n`` or ``damping`` is out of
            range.

        References
        ----------
        Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis 16 (2008),
        doi:10.1093/pan/mpn018, who name the words that set groups of speakers apart.
        """
        check_is_fitted(self)
        check_scalar(n, "n", Integral, min_val=1)
        check_scalar(damping, "damping", Real, min_val=0)
        groups = np.arange(self.clusters_.size)
        if clusters is not None:
            groups = self._numbers_of(clusters)
        model = self.filter_
        rated = (model._rated_ratings, model._rated_weights)
        rows = Compressed(model._rated_indptr, model._rated_items, *rated)
        n_items = model.item_ids_.size
        found = liking(rows, self._groups, self.clusters_.size, n_items, damping)
        # No favourite is one that others like as much, or that no member has rated.
        better = (found.scores > 0) & (found.counts > 0)
        best = [
            top_items(found.scores[g], n, np.flatnonzero(~better[g])) for g in groups
        ]
        lengths = [items.size for items in best]
        lines, items = (
            np.repeat(groups, lengths),
            np.concatenate([[], *best]).astype(int),
        )
        columns = {
            "cluster": self.clusters_[lines],
            "rank": np.concatenate([[], *map(np.arange, lengths)]).astype(int) + 1,
            "item": model.item_ids_[items],
            "mean": found.inside[lines, items],
            "others": found.outside[lines, items],
            "count": found.counts[lines, items],
            "score": found.scores[lines, items],
        }
        return native_frame(columns, model._frame_kind)

    def _recommend_known(self, ids, n, exclude_rated):
        model = self.filter_
        users = IdMap(self.user_ids_).encode(ids, "users")
        known = users >= 0
        if model.unknown == "error" and not known.all():
            raise ValueError(
                f"{int((~known).sum())} of the users were not seen in fit. "
                f"{model._unknown_advice}"
            )
        if not known.any():
            warnings.warn(
                f"None of the {users.size} users was seen in fit: they are recommended "
                "what all users like. Compare the ids with `user_ids_`.",
                stacklevel=3,
            )
        groups = np.where(known, self._groups[users], self.clusters_.size)
        starts = np.where(known, model._rated_indptr[users], 0)
        stops = np.where(known, model._rated_indptr[users + 1], 0)
        indptr = np.concatenate([[0], np.cumsum(stops - starts)])
        own = np.arange(indptr[-1]) + np.repeat(starts - indptr[:-1], stops - starts)
        columns = self._best(groups, indptr, model._rated_items[own], n, exclude_rated)
        columns = {"user": np.asarray(ids)[columns.pop("place")]} | columns
        return native_frame(columns, model._frame_kind)

    def _recommend_new(self, ratings, n, exclude_rated):
        ids, matrix, kind = self.filter_._read_new_users(ratings)
        rows = matrix.by_user
        groups = self._place(self.filter_._fold_in(matrix))
        groups[np.diff(rows.indptr) == 0] = self.clusters_.size
        columns = self._best(groups, rows.indptr, rows.indices, n, exclude_rated)
        places = columns.pop("place")
        columns = columns if ids is None else {"user": ids[places]} | columns
        return native_frame(columns, kind)

    def _place(self, new: LearnedUsers) -> np.ndarray:
        """Return the number of the cluster of each new user, the last for none."""
        V = self.filter_.item_factors_
        features = new.factors
        if new.item_factors is not V:
            # Of other factors, but of the same ratings as nearly as can be.
            product = new.item_factors @ features.T
            features = np.linalg.lstsq(V, product, rcond=None)[0].T
        none = self.clusters_.size
        if not none:
            return np.full(len(features), none)
        if not hasattr(self.clusterer_, "predict"):
            return nearest_means(features, self.cluster_factors_)
        labels = self.clusterer_.predict(features.astype(V.dtype, order="C"))
        return cluster_numbers(labels, self.clusters_)

    def _best(self, groups, indptr, rated, n, exclude_rated) -> dict:
        """Return the columns of recommendations, the first for places in groups."""
        model = self._with_users(groups, indptr, rated)
        found = model.recommend(
            np.arange(groups.size), n=n, exclude_rated=exclude_rated
        )
        names = {"place": "user"} | {x: x for x in ("rank", "item", "prediction")}
        return {name: found[column].to_numpy() for name, column in names.items()}

    def _with_users(self, groups, indptr, rated):
        """Return the filter with users who are the means of these groups."""
        model = copy.copy(self.filter_)
        means = self._group_means[groups]
        vars(model).update(
            user_ids_=np.arange(groups.size),
            user_factors_=self._group_factors[groups],
            user_bias_=self._group_bias[groups],
            user_means_=means,
            _rated_indptr=indptr,
            _rated_items=rated,
            _frame_kind="pandas",
        )
        if hasattr(model, "unknown_item_predictions_"):
            model.unknown_item_predictions_ = means
        return model

    def _numbers_of(self, clusters) -> np.ndarray:
        labels = id_array(clusters, "clusters")
        if not self.clusters_.size:
            raise ValueError("There are no clusters: every user was left without one.")
        numbers = IdMap(self.clusters_).encode(labels, "clusters")
        if (numbers < 0).any():
            raise ValueError(
                f"clusters holds {np.asarray(labels)[numbers < 0][0]}, which is none "
                f"of the {self.clusters_.size} labels in `clusters_`."
            )
        return numbers


def cluster_numbers(labels: np.ndarray, clusters: np.ndarray) -> np.ndarray:
    """Return the place of each label in the sorted clusters, their number for none."""
    found = np.isin(labels, clusters)
    return np.where(found, np.searchsorted(clusters, labels), clusters.size)


def nothing_rated(n_rows: int) -> tuple[np.ndarray, np.ndarray]:
    """Return indptr and indices of rows without ratings."""
    return np.zeros(n_rows + 1, np.int64), np.empty(0, np.int32)
