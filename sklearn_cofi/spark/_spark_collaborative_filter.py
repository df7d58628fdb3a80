"""`SparkCollaborativeFilter`: the estimator on a cluster."""

from numbers import Integral, Real
from typing import Any, Self

import pandas as pd
from pyspark.sql import DataFrame
from sklearn.base import BaseEstimator
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._compat import Interval, _fit_context
from sklearn_cofi._typing import Column, Normalization, RandomState, Range, Unknown
from sklearn_cofi.spark._fit import check_checkpoints, fit_on_cluster
from sklearn_cofi.spark._input import id_names, read_ratings
from sklearn_cofi.spark._local import SHARED, collected_filter
from sklearn_cofi.spark._predictions import predict_pairs, recommend_items
from sklearn_cofi.spark._spark_estimator import SparkEstimator


class SparkCollaborativeFilter(SparkEstimator):
    """Collaborative filter for explicit ratings in Spark frames, factored by MLlib.

    It is `sklearn_cofi.CollaborativeFilter` with ``reg_scaling="count"`` (ALS-WR), for
    ratings that do not fit one machine::

        cost = 1/2 * sum over rated (u, i) of w_ui * (U_u . V_i - R_ui)**2
             + reg_param/2 * (sum_u n_u * ||U_u||**2 + sum_i n_i * ||V_i||**2)

        predicted rating of (u, i) = mean + U_u . V_i

    R are the ratings minus means, w is the number of ratings of a pair, and n is the
    number of ratings of a user or item, repeats included. Frames stay on the cluster:
    `fit` and `predict` collect a few numbers, `recommend` collects the items, and only
    `to_local` collects everything.

    Parameters
    ----------
    num_features : int, default=10
        Number of latent factors k: the length of a row of factors.
    reg_param : float, default=0.1
        Penalty on the squared factors per rating, as in MLlib's ``ALS``.
    max_iter : int, default=10
        Number of sweeps, all of which are made. More than 10 need a folder for Spark's
        checkpoints: ``spark.sparkContext.setCheckpointDir(...)``.
    mean_normalization : {"item", "user", "global"} or None, default="item"
        Means that are subtracted before the factors are fitted, and added to
        predictions.
    mean_damping : float, default=0.0
        Number of ratings, equal to the global mean, that are added to the ratings of
        each user and item when their means are computed.
    user_col, item_col, rating_col : str, int or None, default=None
        Names (or positions) of the columns. None finds them by usual names, as in
        `CollaborativeFilter`.
    unknown : {"mean", "error"}, default="mean"
        How to predict for users and items that were not seen in fit: by means, as
        in `CollaborativeFilter`, or by an error.
    rating_range : (low, high) or None, default=None
        Range to which predictions are clipped. `fit` raises an error for ratings
        outside it.
    n_blocks : int, default=10
        Number of blocks of users, and of items: the number of parallel tasks.
    random_state : int, RandomState instance or None, default=None
        Seed of the initial factors. With another number of blocks or partitions, sums
        are rounded differently, and the same seed gives other bits.

    Attributes
    ----------
    users_, items_ : pyspark.sql.DataFrame
        A row per id: id, row (position among the sorted ids), count (ratings), weight
        (repeats included), mean (damped) and factors (array of float). They are in
        Spark's storage until `unpersist`.
    user_factors_, item_factors_ : pyspark.sql.DataFrame
        Columns id and factors of these tables.
    user_means_, item_means_ : pyspark.sql.DataFrame
        Columns id and mean.
    user_ids_, item_ids_ : pyspark.sql.DataFrame
        Columns id and row.
    item_counts_ : pyspark.sql.DataFrame
        Columns id and count.
    global_mean_ : float
        Mean of all ratings.
    cost_ : float
        Cost of the factors.
    n_ratings_ : int
        Number of rated pairs.
    n_iter_ : int
        Number of sweeps.
    n_features_in_ : int
        2: user and item.
    feature_names_in_ : ndarray of str
        Names of the columns of users and items.

    See Also
    --------
    sklearn_cofi.CollaborativeFilter : The same model on one machine.
    sklearn_cofi.load_npz : Read a model on a machine without Spark.

    Notes
    -----
    There is no ``unrated_weight``. MLlib's ``ALS(implicitPrefs=True)`` minimises ::

        1/2 * sum over rated (u, i) of (1 + alpha * R_ui) * (U_u . V_i - 1)**2
            + 1/2 * sum over unrated (u, i) of (U_u . V_i)**2
            + reg_param/2 * (sum_u n_u * ||U_u||**2 + sum_i n_i * ||V_i||**2)

    for positive R, where n is the number of rated pairs of the row. The weight of
    unrated pairs is always 1, and the weights of rated pairs are not in n as they are
    in `CollaborativeFilter`. The costs are the same only if all R are equal, so pairs
    without ratings raise an error. `RankingCollaborativeFilter` fits them on one
    machine.

    References
    ----------
    Zhou, Wilkinson, Schreiber and Pan, "Large-Scale Parallel Collaborative Filtering
    for the Netflix Prize", AAIM 2008, doi:10.1007/978-3-540-68880-8_32.

    Examples
    --------
    >>> from pyspark.sql import SparkSession
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.spark import SparkCollaborativeFilter
    >>> spark = SparkSession.builder.getOrCreate()
    >>> ratings = spark.createDataFrame(load_tutorial().frame)
    >>> model = SparkCollaborativeFilter(3, random_state=0).fit(ratings)
    >>> model.predict(ratings.limit(5)).columns
    ['user', 'item', 'rating', 'prediction']
    >>> model.to_local()
    CollaborativeFilter(dtype='float32', max_iter=10, num_features=3,
                        random_state=0, reg_param=0.1, reg_scaling='count',
                        solver='als')
    """

    # Fitted attributes that other files of `spark` use.

    _parameter_constraints: dict[str, Any] = {
        **{name: CollaborativeFilter._parameter_constraints[name] for name in SHARED},
        # MLlib's linear systems are singular without a penalty.
        "reg_param": [Interval(Real, 0, None, closed="neither")],
        "n_blocks": [Interval(Integral, 1, None, closed="left")],
    }

    def __init__(
        self,
        num_features: int = 10,
        reg_param: float = 0.1,
        *,
        max_iter: int = 10,
        mean_normalization: Normalization = "item",
        mean_damping: float = 0.0,
        user_col: Column = None,
        item_col: Column = None,
        rating_col: Column = None,
        unknown: Unknown = "mean",
        rating_range: Range = None,
        n_blocks: int = 10,
        random_state: RandomState = None,
    ) -> None:
        self.num_features = num_features
        self.reg_param = reg_param
        self.max_iter = max_iter
        self.mean_normalization = mean_normalization
        self.mean_damping = mean_damping
        self.user_col = user_col
        self.item_col = item_col
        self.rating_col = rating_col
        self.unknown = unknown
        self.rating_range = rating_range
        self.n_blocks = n_blocks
        self.random_state = random_state

    @_fit_context(prefer_skip_nested_validation=True)
    def fit(self, X: DataFrame, y: None = None) -> Self:
        """Fit the factors to ratings.

        Parameters
        ----------
        X : pyspark.sql.DataFrame
            A row per rating, with columns of user, item and rating. Ids are strings,
            numbers or booleans. The frame is read twice: persist it if computing it is
            slow or may give other rows (``limit``, random numbers).
        y : None
            Ignored; for compatibility with scikit-learn.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If ids or ratings are missing, infinite or of the wrong type, if X is empty
            or its columns cannot be found, if a parameter is out of range, or if the
            rows of X differ when they are read again.
        TypeError
            If X is not a Spark frame, or the type of the ids has no order.

        Warns
        -----
        UserWarning
            If pairs have more than one rating (which are averaged), or if all factors
            are about zero, so that the model predicts means only.
        """
        columns = self.user_col, self.item_col, self.rating_col
        checked, table, layout = read_ratings(X, *columns, self.rating_range)
        check_checkpoints(self.max_iter, X.sparkSession)
        shadow = BaseEstimator()  # a failed fit must leave this estimator unchanged
        features = pd.DataFrame(columns=id_names(table, layout))
        validate_data(shadow, features, skip_check_array=True)
        fit = fit_on_cluster(self, checked)
        self.unpersist()
        fitted = object.__new__(type(self))
        fitted._set_fitted_attributes(fit)
        self.__dict__.update(vars(shadow) | fitted.__dict__)
        return self

    def predict(self, X: DataFrame) -> DataFrame:
        """Predict ratings of pairs.

        Parameters
        ----------
        X : pyspark.sql.DataFrame
            A row per pair, with columns as in `fit`. It is read once for the checks,
            and again each time the predictions are computed.

        Returns
        -------
        pyspark.sql.DataFrame
            X with one more column, prediction (double): ``mean + U_u . V_i``, clipped
            to ``rating_range``. An unknown user gets the item's mean. An unknown item
            gets the user's mean with ``mean_normalization="user"``, else the global
            mean.

        Raises
        ------
        TypeError
            If ids have another type than in fit.
        ValueError
            If ids are missing, the columns look swapped, X has a column named
            prediction, or an id is unknown and ``unknown="error"``.
        """
        check_is_fitted(self)
        return predict_pairs(self, X)

    def recommend(
        self,
        users: "DataFrame | None" = None,
        *,
        n: int = 10,
        exclude_rated: bool = True,
        min_count: int = 0,
        popularity_penalty: float = 0.0,
        diversity: float = 0.0,
    ) -> DataFrame:
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users : pyspark.sql.DataFrame, default=None
            A frame with a column of users (named as in `fit`, else the first); repeats
            are ignored. None is all users seen in fit. Other users are recommended
            the items with the highest means.
        n : int, default=10
            Number of items per user; fewer if fewer items are left.
        exclude_rated : bool, default=True
            Whether to leave out the items that the user has rated.
        min_count, popularity_penalty, diversity
            As in `CollaborativeFilter.recommend`. To choose candidates or to add
            titles, join or filter the result, or use `to_local`.

        Returns
        -------
        pyspark.sql.DataFrame
            Columns user, rank (from 1), item and prediction; the order of the rows is
            arbitrary. The recommendations equal those of `to_local`. They are computed
            on the executors: each has the factors of all items, and needs this package.

        Raises
        ------
        ValueError
            If ids are missing, a user is unknown and ``unknown="error"``, or an option
            is out of range.
        TypeError
            If ids have another type than in fit.

        Warns
        -----
        UserWarning
            If none of the users was seen in fit.
        """
        check_is_fitted(self)
        check_scalar(n, "n", Integral, min_val=1)
        options = {
            "min_count": min_count,
            "popularity_penalty": popularity_penalty,
            "diversity": diversity,
        }
        return recommend_items(self, users, int(n), exclude_rated, options)

    def to_local(self) -> CollaborativeFilter:
        """Return the model on this machine, as a fitted `CollaborativeFilter`.

        Factors and all ratings are collected. If they do not fit one machine, use
        `recommend` and `predict`. ``spark.sql.execution.arrow.pyspark.enabled`` makes
        the transfer fast.

        Returns
        -------
        CollaborativeFilter
            The model, with ``reg_scaling="count"``. ``reg_param_max_`` is computed on
            this machine; ``converged_`` is False, because MLlib does not test it.
        """
        check_is_fitted(self)
        return collected_filter(self)

    def unpersist(self) -> Self:
        """Remove the fit from Spark's storage; Spark recomputes it when it is needed.

        Returns
        -------
        self
        """
        if hasattr(self, "users_"):
            for table in (self.users_, self.items_, self._ratings):
                table.unpersist()
        return self

    def __getstate__(self) -> dict[str, Any]:
        if hasattr(self, "users_"):
            raise TypeError(
                "A fitted SparkCollaborativeFilter contains frames of its Spark "
                "session and cannot be pickled. Save `to_local()`, or write `users_` "
                "and `items_` as Parquet."
            )
        return super().__getstate__()
