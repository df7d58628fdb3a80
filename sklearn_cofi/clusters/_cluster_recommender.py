"""`ClusterRecommender`: the same recommendations for all users of a cluster."""

from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.cluster import KMeans
from sklearn.frozen import FrozenEstimator
from sklearn.metrics import r2_score
from sklearn.utils import Tags, check_random_state
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._compat import HasMethods, _fit_context
from sklearn_cofi._typing import Estimator, Floats, FrameLike, RandomState
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._prepared import replace_attributes
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.clusters._cluster_recommendations import ClusterRecommendationsMixin
from sklearn_cofi.kernels._threads import kernel_threads

# The default of scikit-learn's KMeans.
_DEFAULT_CLUSTERS = 8


class ClusterRecommender(ClusterRecommendationsMixin):
    """Recommend the same items to all users of a cluster.

    A collaborative filter learns factors of users, and a clusterer groups the users::

        predicted rating of (u, i) = mean over all v in the cluster of u of the
                                     filter's prediction for (v, i)

    This equals one prediction from the mean factors and the mean bias of the cluster.
    Users in no cluster (DBSCAN and HDBSCAN call them noise), and users that were not
    seen in fit, get the mean prediction over all users.

    Parameters
    ----------
    filter : estimator of this package, default=None
        `CollaborativeFilter`, `CollaborativeFilterCV` or
        `BayesianCollaborativeFilter`, or a fitted one in scikit-learn's
        `FrozenEstimator`. None is a `CollaborativeFilter` with its defaults.
    clusterer : estimator with fit_predict, default=None
        Any clusterer of scikit-learn, or a pipeline that ends in one; its labels are
        0, 1, ... and -1 for noise. None is `KMeans` with 8 clusters, or
        one for each user if there are fewer users.
    random_state : int, RandomState instance or None, default=None
        Seed of the filter and of the clusterer, if they have a ``random_state`` that
        is None.

    Attributes
    ----------
    filter_ : estimator
        The fitted filter.
    clusterer_ : estimator
        The fitted clusterer.
    user_ids_, item_ids_ : ndarray of shape (n_users,), (n_items,)
        Sorted distinct ids.
    item_counts_ : ndarray of shape (n_items,)
        Number of users who rated each item.
    labels_ : int ndarray of shape (n_users,)
        The cluster of each of ``user_ids_``, -1 for none.
    clusters_ : int ndarray of shape (n_clusters,)
        The labels of the clusters, sorted.
    cluster_factors_ : ndarray of shape (n_clusters, num_features)
        Mean factors of each cluster.
    n_features_in_ : int
        Number of columns of X, as the filter counts them.
    feature_names_in_ : ndarray of str
        Names of these columns, if all names of X are strings.

    See Also
    --------
    CollaborativeFilter : The default of `filter`.
    sklearn.cluster.KMeans : A clusterer of the factors.

    Notes
    -----
    Users are clustered by ``user_factors_``, which the filter's penalty determines up
    to a rotation: see `CollaborativeFilter.similar_items`. Distances and angles
    therefore depend on the data only. To cluster by angles, which ignores the strength
    of a taste, pass ``make_pipeline(Normalizer(), KMeans())``.

    Predictions are means of predictions, not damped means of the members' ratings,
    because few members have rated any one item. On a fifth of ml-100k, with factors of
    error 0.909, means of predictions in 8, 32 and 64 clusters have errors of 1.008,
    0.991 and 0.982; the best damped means of ratings have 1.014, 1.020 and 1.020, and
    item means 1.027 (``benchmarks/quality/clusters.py``).

    The result is as deterministic as the clusterer, and does not depend on the order
    of the rows.

    References
    ----------
    Masthoff, "Group Recommender Systems: Combining Individual Models", Recommender
    Systems Handbook (2011), doi:10.1007/978-0-387-85820-3_21: the average strategy.

    Examples
    --------
    >>> from sklearn.cluster import KMeans
    >>> from sklearn_cofi import ClusterRecommender, CollaborativeFilter
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> model = ClusterRecommender(
    ...     CollaborativeFilter(3, reg_param=1.0), KMeans(2), random_state=0
    ... ).fit(ratings)
    >>> model.labels_.size
    6
    >>> model.recommend([0, 1], n=1).columns.tolist()
    ['user', 'rank', 'item', 'prediction']
    """

    _parameter_constraints: dict = {
        "filter": [RatingsEstimator, FrozenEstimator, None],
        "clusterer": [HasMethods(["fit_predict"]), None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        filter: Estimator | None = None,
        clusterer: Estimator | None = None,
        *,
        random_state: RandomState = None,
    ) -> None:
        self.filter = filter
        self.clusterer = clusterer
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=False)
    def fit(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Fit the filter, and cluster its users.

        Parameters
        ----------
        X, y, sample_weight
            As in the filter's `fit`. Weights count in the filter and in
            `distinctive_items`; clusters count each user once.

        Returns
        -------
        self

        Raises
        ------
        ValueError, TypeError
            If `fit` of the filter or of the clusterer raises it.

        Warns
        -----
        UserWarning
            If no user is in a cluster.
        """
        rng = None
        if self.random_state is not None:
            rng = check_random_state(self.random_state)
        model = CollaborativeFilter() if self.filter is None else clone(self.filter)
        model = _seeded(model, rng).fit(X, y, sample_weight)
        model = model.estimator if isinstance(model, FrozenEstimator) else model
        if not isinstance(model, RatingsEstimator):
            raise TypeError(
                f"filter is a frozen {type(model).__name__}: freeze a fitted "
                "collaborative filter of this package."
            )
        clusterer = self.clusterer
        if clusterer is None:
            clusterer = KMeans(min(_DEFAULT_CLUSTERS, model.user_ids_.size))
        clusterer = _seeded(clone(clusterer), rng)
        labels = clusterer.fit_predict(model.user_factors_).astype(np.int64)
        if (labels < 0).all():
            warn_caller(
                f"{clusterer!r} left every user without a cluster: every prediction "
                "is the mean over all users. Loosen its parameters, or scale the "
                "factors."
            )
        replace_attributes(self, vars(self._with_fit(model, clusterer, labels)))
        return self

    def predict(self, X: FrameLike) -> Floats:
        """Predict ratings of pairs by the cluster of the user.

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair, columns as in `fit`.

        Returns
        -------
        ndarray of shape (n_pairs,)
            Predictions, clipped to the filter's ``rating_range``.

        Raises
        ------
        TypeError, ValueError
            If the filter's `predict` raises it. With the filter's ``unknown="error"``
            this includes unknown ids.
        """
        check_is_fitted(self)
        users, items = self.filter_._read_pairs(X)
        clustering = self._clustering()
        model = self.filter_._model().with_side("user", clustering.users)
        work = users.size * model.items.factors.shape[1]
        with kernel_threads(self.filter_.n_jobs, work):
            predicted = model.predict(clustering.groups_of(users), items)
        return self.filter_._clip(predicted)

    def score(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the coefficient of determination R^2 of the predictions.

        Parameters
        ----------
        X, y, sample_weight
            As in the filter's `score`.

        Returns
        -------
        float
        """
        predicted = self.predict(X)
        truth = self.filter_._read_target(X, y)
        return r2_score(truth, predicted, sample_weight=sample_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.required = False
        # Clusters predict less accurately than the filter, which has this tag too.
        tags.regressor_tags.poor_score = True
        return tags


def _seeded(estimator: Estimator, rng: np.random.RandomState | None) -> Estimator:
    """Set each random_state that is None, also of nested estimators, to a number."""
    if rng is not None and not isinstance(estimator, FrozenEstimator):
        for name, value in sorted(estimator.get_params(deep=True).items()):
            if name.split("__")[-1] == "random_state" and value is None:
                estimator.set_params(**{name: rng.randint(np.iinfo(np.int32).max)})
    return estimator
