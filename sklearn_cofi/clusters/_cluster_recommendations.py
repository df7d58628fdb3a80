"""Recommendations for clusters of users, and the items that set each apart."""

from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Frame, FrameLike, Ids
from sklearn_cofi.base._query import Asking, LearnedUsers
from sklearn_cofi.clusters._group_contrast import group_contrast, nearest_means
from sklearn_cofi.data._frame import id_array, native_frame
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.data._matrix import ranges
from sklearn_cofi.inference._exclusions import exclusions
from sklearn_cofi.inference._recommend import top_items


class ClusterAnswersMixin:
    """Recommendations and distinctive_items from the fitted attributes of clusters."""

    def recommend(
        self,
        users: Ids | None = None,
        *,
        ratings: FrameLike | None = None,
        clusters: ArrayLike | None = None,
        n: int = 10,
        exclude_rated: bool = True,
        candidates: FrameLike | None = None,
        banned: FrameLike | None = None,
        memory_budget: float | None = None,
    ) -> Frame:
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users : id or array-like of ids, default=None
            Users that fit has seen; None is all of them. Others are recommended what
            all users like.
        ratings : frame or array-like, default=None
            Ratings of new users, given in place of ``users``, as in the filter's
            `recommend`. They are put into a cluster by the clusterer's `predict`; if it
            has none, into that whose mean features are nearest.
        clusters : int or array-like of ints, default=None
            Labels, given in place of ``users``, to recommend to whole clusters.
        n : int, default=10
            Number of items for each; fewer where fewer are left.
        exclude_rated : bool, default=True
            Leave out the items that the user has rated. Of a cluster, none are.
        candidates, banned, memory_budget
            As in the filter's `recommend`.

        Returns
        -------
        frame
            Columns user (or cluster; absent for a single new user without an id),
            rank (from 1), item and prediction. Of the kind that ``ratings`` or,
            without them, `fit` was given.

        Raises
        ------
        ValueError
            If more than one of ``users``, ``ratings`` and ``clusters`` is given, if
            a cluster is none of ``clusters_``, or as the filter's `recommend`.
        TypeError
            If ids are of another kind than those seen in fit.
        """
        check_is_fitted(self)
        if sum(asked is not None for asked in (users, ratings, clusters)) > 1:
            raise ValueError(
                "Pass one of `users`, ids that fit has seen, `ratings`, a frame of new "
                "users' ratings, and `clusters`, labels out of `clusters_`."
            )
        model = self.filter_
        if clusters is not None:
            asking = self._asking_for(self._numbers_of(clusters))
        else:
            asking = self._as_clusters(model._asking(users, ratings))
        best = model._best(asking, n, exclude_rated, candidates, banned, memory_budget)
        if clusters is None:
            return model._answer(asking, best)
        columns = {
            "cluster": asking.ids[best.rows],
            "rank": best.ranks,
            "item": model.item_ids_[best.items],
            "prediction": model._clip(best.scores),
        }
        return native_frame(columns, asking.kind)

    def distinctive_items(
        self, n: int = 10, *, clusters: ArrayLike | None = None, damping: float = 5.0
    ) -> Frame:
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
        if not np.isfinite(damping):
            raise ValueError(f"damping == {damping}, must be finite.")
        groups = np.arange(self.clusters_.size)
        if clusters is not None:
            groups = self._numbers_of(clusters)
        model = self.filter_
        n_items = model.item_ids_.size
        found = group_contrast(
            model._rated, self._groups, self.clusters_.size, n_items, damping
        )
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

    def _asking_for(self, groups) -> Asking:
        """Return clusters as users who ask."""
        return Asking(
            self.clusters_[groups],
            groups,
            self._learned(np.arange(self.clusters_.size)),
            (np.zeros(self.clusters_.size + 1, np.int64), np.empty(0, np.int32)),
            self.filter_._frame_kind,
            None,
        )

    def _as_clusters(self, asking: Asking) -> Asking:
        """Return the users who ask as if each were the mean of a cluster."""
        groups = self._groups if asking.new is None else self._place(asking.learned)
        groups = np.where(asking.users < 0, self.clusters_.size, groups[asking.users])
        n_rows = groups.size
        starts, stops, items = exclusions(asking.users, asking.rated, None, n_rows)
        lengths = stops - starts
        rated = np.append(0, np.cumsum(lengths)), items[ranges(starts, lengths)]
        return asking._replace(
            users=np.arange(n_rows), learned=self._learned(groups), rated=rated
        )

    def _learned(self, groups) -> LearnedUsers:
        """Return the means of groups, as of users."""
        return LearnedUsers(
            self._group_factors[groups],
            self._group_bias[groups],
            self._group_means[groups],
            self.filter_.item_factors_,
            self.filter_.item_bias_,
        )

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
