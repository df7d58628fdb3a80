"""Recommendations for clusters of users, and the distinctive items of each cluster."""

from dataclasses import replace
from numbers import Integral, Real

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Frame, FrameLike, Ids, Titles
from sklearn_cofi.base._best_items import (
    RankingOptions,
    best_items,
    recommended_frame,
)
from sklearn_cofi.base._query import RecommendationQuery, read_query
from sklearn_cofi.clusters._cluster_estimator import (
    ClusterEstimator,
    Clustering,
    cluster_numbers,
)
from sklearn_cofi.clusters._group_contrast import group_contrast, nearest_means
from sklearn_cofi.data._frame import id_array, native_frame
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.data._matrix import CSRRows, ranges
from sklearn_cofi.inference._exclusions import exclusions
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.inference._recommend import top_items


class ClusterRecommendationsMixin(ClusterEstimator):
    """Recommendations and distinctive items of clusters."""

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
        min_count: int = 0,
        popularity_penalty: float = 0.0,
        diversity: float = 0.0,
        titles: Titles | None = None,
        memory_budget: float | None = None,
    ) -> Frame:
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users : id or array-like of ids, default=None
            Users to recommend items to. None is all users of the fit. An unknown user
            gets the items with the highest mean predictions over all users.
        ratings : frame or array-like, default=None
            Ratings of new users, in place of ``users``, as in the filter's
            `recommend`. The `predict` of the clusterer assigns each new user to a
            cluster. If the clusterer has no `predict`, the cluster with the nearest
            mean factors is taken.
        clusters : int or array-like of ints, default=None
            Labels of the clusters to recommend items to, in place of ``users``.
        n : int, default=10
            Number of items for each user or cluster; fewer if fewer are left.
        exclude_rated : bool, default=True
            Whether to leave out the items that the user has rated. It has no effect
            with ``clusters``: items that members have rated are recommended, too.
        candidates, banned, min_count, popularity_penalty, diversity, titles, \
                memory_budget
            As in the filter's `recommend`. Counts are those of all users.

        Returns
        -------
        frame
            Columns user (absent for a single new user without an id) or cluster, rank
            (from 1), item, title (with ``titles``) and prediction. The frame has the
            kind of ``ratings`` or, without them, of the frame that was passed to `fit`.

        Raises
        ------
        ValueError
            If more than one of ``users``, ``ratings`` and ``clusters`` is passed, if a
            label is not in ``clusters_``, or as in the filter's `recommend`.
        TypeError
            If ids are of another kind than the ids of `fit`.
        """
        check_is_fitted(self)
        if sum(given is not None for given in (users, ratings, clusters)) > 1:
            raise ValueError(
                "Pass one of `users` (ids seen in fit), `ratings` (a frame of new "
                "users' ratings) and `clusters` (labels in `clusters_`)."
            )
        options = RankingOptions(
            n=n,
            exclude_rated=exclude_rated,
            candidates=candidates,
            banned=banned,
            min_count=min_count,
            popularity_penalty=popularity_penalty,
            diversity=diversity,
            memory_budget=memory_budget,
        )
        model, clustering = self.filter_, self._clustering()
        if clusters is None:
            query, id_name = (
                _as_clusters(self, read_query(model, users, ratings)),
                "user",
            )
        else:
            groups = _encode_labels(clustering, clusters)
            query, id_name = _query_of_clusters(self, groups), "cluster"
        best = best_items(model, query, options)
        return recommended_frame(model, query, best, id_name=id_name, titles=titles)

    def distinctive_items(
        self,
        n: int = 10,
        *,
        clusters: ArrayLike | None = None,
        damping: float = 5.0,
        titles: Titles | None = None,
    ) -> Frame:
        """Return the items that members of each cluster rate higher than other users.

        ::

            score = (mean - others) / (s * sqrt(1 / (w + damping) + 1 / (v + damping)))

        with the damped mean ratings of the members and of all other users, the sums w
        and v of the weights of these ratings, and the root mean square s of ratings
        around the item's mean. The score is the difference of the means in standard
        errors: the same difference has a higher score if more members have rated the
        item.

        Parameters
        ----------
        n : int, default=10
            Number of items for each cluster; fewer if fewer items have a positive
            score.
        clusters : int or array-like of ints, default=None
            Labels of clusters. None is all of ``clusters_``.
        damping : float, default=5.0
            Number of ratings, equal to the item's mean, that are added to the ratings
            of the members and to those of all other users.
        titles : mapping, Series or frame, default=None
            Titles of items, as in `recommend`, for a column title next to the items.

        Returns
        -------
        frame
            Columns cluster, rank (from 1), item, title (with ``titles``), mean and
            others (damped mean ratings of the members and of all other users), count
            (number of members who rated the item) and score. Items are sorted by
            falling score, then by id.

        Raises
        ------
        ValueError
            If a label is not in ``clusters_``, or if ``n`` or ``damping`` is out of
            range.

        References
        ----------
        Monroe, Colaresi and Quinn, "Fightin' Words", Political Analysis 16 (2008),
        doi:10.1093/pan/mpn018, who score the words that distinguish groups of speakers.
        """
        check_is_fitted(self)
        check_scalar(n, "n", Integral, min_val=1)
        check_scalar(damping, "damping", Real, min_val=0)
        if not np.isfinite(damping):
            raise ValueError(f"damping == {damping}, must be finite.")
        clustering = self._clustering()
        groups = np.arange(clustering.n_clusters)
        if clusters is not None:
            groups = _encode_labels(clustering, clusters)
        return _distinctive_frame(self, clustering, groups, n, damping, titles)


def _distinctive_frame(
    estimator: ClusterEstimator,
    clustering: Clustering,
    groups: np.ndarray,
    n: int,
    damping: float,
    titles: Titles | None,
) -> Frame:
    """Return the items whose ratings in a group exceed those of all other users."""
    model = estimator.filter_
    n_items = model.item_ids_.size
    found = group_contrast(
        model._rated(), clustering.groups, clustering.n_clusters, n_items, damping
    )
    # An item that other users rate as high, or that no member has rated, is left out.
    better = (found.scores > 0) & (found.counts > 0)
    best = [top_items(found.scores[g], n, np.flatnonzero(~better[g])) for g in groups]
    lengths = [items.size for items in best]
    rows = np.repeat(groups, lengths)
    items = np.concatenate([[], *best]).astype(int)
    columns = {
        "cluster": clustering.labels[rows],
        "rank": np.concatenate([[], *map(np.arange, lengths)]).astype(int) + 1,
        "item": model.item_ids_[items],
    }
    if titles is not None:
        columns["title"] = model._titles_of(titles)[items]
    columns |= {
        "mean": found.inside[rows, items],
        "others": found.outside[rows, items],
        "count": found.counts[rows, items],
        "score": found.scores[rows, items],
    }
    return native_frame(columns, model._frame_kind)


def _query_of_clusters(
    estimator: ClusterEstimator, groups: np.ndarray
) -> RecommendationQuery:
    """Return the query of whole clusters, which exclude no rated items."""
    model, clustering = estimator.filter_._model(), estimator._clustering()
    n_groups = clustering.n_clusters + 1
    no_ratings = CSRRows.without_entries(n_groups, model.rated.ratings.dtype)
    of_clusters = replace(model, users=clustering.users, rated=no_ratings)
    ids, kind = clustering.labels[groups], estimator.filter_._frame_kind
    return RecommendationQuery(of_clusters, groups, ids, kind)


def _as_clusters(
    estimator: ClusterEstimator, query: RecommendationQuery
) -> RecommendationQuery:
    """Return the query with the mean of the user's cluster in place of each user."""
    clustering = estimator._clustering()
    if query.new_ratings is None:
        groups = clustering.groups_of(query.users)
    else:
        placed = _place(estimator, query.model)
        groups = np.where(query.users < 0, clustering.n_clusters, placed[query.users])
    n_rows = groups.size
    starts, stops, items = exclusions(query.users, query.model.rated, None, n_rows)
    lengths = stops - starts
    rated = query.model.rated._replace(
        indptr=np.append(0, np.cumsum(lengths)), indices=items[ranges(starts, lengths)]
    )
    model = replace(
        estimator.filter_._model(), users=clustering.users.take(groups), rated=rated
    )
    return replace(query, model=model, users=np.arange(n_rows), new_ratings=None)


def _place(estimator: ClusterEstimator, new: FittedFactors) -> np.ndarray:
    """Return the group of each new user, the number of clusters for none."""
    clustering, V = estimator._clustering(), estimator.filter_.item_factors_
    factors = new.users.factors
    if new.items.factors is not V:
        # These factors belong to other item factors. They are replaced by the factors
        # whose product with V is nearest to the same product.
        product = new.items.factors @ factors.T
        factors = np.linalg.lstsq(V, product, rcond=None)[0].T
    if not clustering.n_clusters:
        return np.full(len(factors), clustering.n_clusters)
    if not hasattr(estimator.clusterer_, "predict"):
        return nearest_means(factors, clustering.users.factors[:-1])
    labels = estimator.clusterer_.predict(factors.astype(V.dtype, order="C"))
    return cluster_numbers(labels, clustering.labels)


def _encode_labels(clustering: Clustering, clusters: ArrayLike) -> np.ndarray:
    """Return the position of each label in ``clusters_``."""
    labels = id_array(clusters, "clusters")
    if not clustering.n_clusters:
        raise ValueError("There are no clusters: the clusterer put no user in one.")
    groups = IdMap(clustering.labels).encode(labels, "clusters")
    if (groups < 0).any():
        raise ValueError(
            f"clusters holds {np.asarray(labels)[groups < 0][0]}, which is not one of "
            f"the {clustering.n_clusters} labels in `clusters_`."
        )
    return groups
