"""`SparkCollaborativeFilter`: the estimator, on a cluster."""

from numbers import Integral, Real
from typing import Any, Self

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from sklearn.base import BaseEstimator
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted, validate_data

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._compat import Interval, _fit_context
from sklearn_cofi._typing import Column, Normalization, RandomState, Range, Unknown
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.spark._answers import (
    best_of_means,
    predicted,
    rated_items,
    recommend_blocks,
    with_known,
)
from sklearn_cofi.spark._asking import asking_users, check_kinds, check_known
from sklearn_cofi.spark._input import read_pairs, read_ratings, spark_table
from sklearn_cofi.spark._learning import check_checkpoints, learn
from sklearn_cofi.spark._local import (
    SHARED,
    collected,
    collected_ratings,
    evaluated_fit,
    fitted_filter,
)

_LOCAL = CollaborativeFilter._parameter_constraints


class SparkCollaborativeFilter(BaseEstimator):
    """Collaborative filter for explicit ratings in Spark frames, factored by MLlib.

    It is `sklearn_cofi.CollaborativeFilter` with ``reg_scaling="count"`` (ALS-WR), for
    ratings that do not fit one machine::

        cost = 1/2 * sum over rated (u, i) of w_ui * (U_u . V_i - R_ui)**2
             + reg_param/2 * (sum_u n_u * ||U_u||**2 + sum_i n_i * ||V_i||**2)

        predicted rating of (u, i) = mean + U_u . V_i

    R being ratings with means subtracted, w how often the pair was rated, n the number
    of ratings of a row, repeats included. Frames stay on the cluster: `fit` and
    `predict` collect a few numbers, `recommend` the items, and only `to_local` all.

    Parameters
    ----------
    num_features : int, default=10
        Length k of a row of factors.
    reg_param : float, default=0.1
        Penalty on the squared factors, for each rating. It is that of MLlib's ``ALS``.
    max_iter : int, default=10
        Number of sweeps; all are made. More than 10 need a folder for Spark's
        checkpoints: ``spark.sparkContext.setCheckpointDir(...)``.
    mean_normalization : {"item", "user", "global"} or None, default="item"
        Which means are subtracted before factors are learned, and added back to
        predictions.
    mean_damping : float, default=0.0
        Means of items and users are taken as if each had so many more ratings, all of
        the global mean.
    user_col, item_col, rating_col : str, int or None, default=None
        Names (or positions) of the columns. None takes those named "user", "item" and
        "rating" or, where there are no such names, the first, second and third.
    unknown : {"mean", "error"}, default="mean"
        What to do with users and items that fit has not seen: predict means as
        `CollaborativeFilter` does, or raise an error.
    rating_range : (low, high) or None, default=None
        Clip predictions to this range. Ratings outside it are refused by `fit`.
    n_blocks : int, default=10
        Number of blocks that users, and items, are divided into: of the tasks that
        can run at once.
    random_state : int, RandomState instance or None, default=None
        Seed of the factors to start from. On another number of blocks or partitions,
        sums round otherwise and the same seed gives other bits.

    Attributes
    ----------
    users_, items_ : pyspark.sql.DataFrame
        A row for each id: id, row (its place among the sorted ids), count (ratings),
        weight (repeats included), mean (damped) and factors (array of float). Kept in
        Spark's storage until `unpersist`.
    user_factors_, item_factors_ : pyspark.sql.DataFrame
        Of these, the columns id and factors.
    user_means_, item_means_ : pyspark.sql.DataFrame
        The columns id and mean.
    user_ids_, item_ids_ : pyspark.sql.DataFrame
        The columns id and row.
    item_counts_ : pyspark.sql.DataFrame
        The columns id and count.
    global_mean_ : float
        Mean of all ratings.
    cost_ : float
        The cost of the factors.
    n_ratings_ : int
        Number of rated pairs.
    n_iter_ : int
        Number of sweeps.
    n_features_in_ : int
        2: user and item.
    feature_names_in_ : ndarray of str
        Names of their columns.

    Notes
    -----
    Spark divides each join into 200 tasks unless ``spark.sql.shuffle.partitions`` says
    otherwise. A few for each core are enough: on one machine and a million ratings, 200
    take several times as long.

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

    _parameter_constraints: dict[str, Any] = {
        **{name: _LOCAL[name] for name in SHARED},
        # At zero, MLlib's systems are singular.
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
        """Learn the factors.

        Parameters
        ----------
        X : pyspark.sql.DataFrame
            A row for each rating, with columns for user, item and rating. Ids are
            strings, numbers or booleans. The frame is read twice: persist it where
            making it costs much, or where it may be made otherwise the next time, as
            by ``limit`` or at random.
        y : None
            Ignored; scikit-learn's estimators have it.

        Returns
        -------
        self

        Raises
        ------
        ValueError
            If ids or ratings are missing, infinite or not of their kind, if X is
            empty or its columns cannot be told, if a parameter is out of range, or if
            X has other rows each time it is read.
        TypeError
            If X is no Spark frame, or ids are of a type that has no order.

        Warns
        -----
        UserWarning
            If a pair has more than one rating (they are averaged), or factors learned
            nothing, and the model predicts means only.
        """
        columns = self.user_col, self.item_col, self.rating_col
        given, table, layout = read_ratings(X, *columns, self.rating_range)
        check_checkpoints(self.max_iter, X.sparkSession)
        shadow = BaseEstimator()  # a failed fit must leave this estimator as it was
        names = [table.names[layout.user], table.names[layout.item]]
        validate_data(shadow, pd.DataFrame(columns=names), skip_check_array=True)
        fitted = learn(self, given)
        self.unpersist()
        vars(self).update(vars(shadow) | fitted)
        return self

    def predict(self, X: DataFrame) -> DataFrame:
        """Predict ratings of pairs.

        Parameters
        ----------
        X : pyspark.sql.DataFrame
            A row for each pair, columns as in `fit`. It is read once to check it,
            and again whenever the predictions are asked for.

        Returns
        -------
        pyspark.sql.DataFrame
            X with one more column, prediction (double): ``mean + U_u . V_i``, clipped
            to ``rating_range``. An unknown user gets the item's mean, an unknown item
            what is left without it.

        Raises
        ------
        TypeError
            If ids are of another kind than those seen in fit.
        ValueError
            If ids are missing, the columns look swapped, something is unknown and
            ``unknown="error"``, or X has a column named prediction.
        """
        check_is_fitted(self)
        table = spark_table(X)
        layout = find_columns(table, self.user_col, self.item_col, self.rating_col)
        names = [table.names[layout.user], table.names[layout.item]]
        asked = pd.DataFrame(columns=names)
        validate_data(self, asked, skip_check_array=True, reset=False)
        if "prediction" in X.columns:
            raise ValueError("X has a column named prediction. Rename or drop it.")
        given = read_pairs(X, table, layout)
        check_kinds(self, given, names)
        rows = with_known(given.rows, self.users_, self.items_)
        check_known(self, rows, given, names)
        answer = predicted(
            self.mean_normalization, self.global_mean_, self.rating_range
        )
        columns = [F.col(f"c{k}").alias(name) for k, name in enumerate(X.columns)]
        return rows.select(*columns, answer.alias("prediction"))

    def recommend(
        self,
        users: "DataFrame | None" = None,
        *,
        n: int = 10,
        exclude_rated: bool = True,
    ) -> DataFrame:
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users : pyspark.sql.DataFrame, default=None
            With a column of users (named as in `fit`, else the first); repeats are
            answered once. None is all that fit has seen. Users it has not seen are
            recommended the items with the highest means.
        n : int, default=10
            Number of items for each user; fewer where fewer are left.
        exclude_rated : bool, default=True
            Leave out the items that the user has rated.

        Returns
        -------
        pyspark.sql.DataFrame
            Columns user, rank (from 1), item and prediction, in no order. For each
            user what `recommend` of `to_local` says, computed where the user's row
            lies: each executor holds the factors of all items, and needs this package.

        Raises
        ------
        ValueError
            If ids are missing, or a user is unknown and ``unknown="error"``.
        TypeError
            If the ids are of another kind than those seen in fit.

        Warns
        -----
        UserWarning
            If fit has seen none of the users.
        """
        check_is_fitted(self)
        check_scalar(n, "n", Integral, min_val=1)
        asking, strange = self.users_, None
        if users is not None:
            asking, strange = asking_users(self, users)
        if exclude_rated:
            asking = asking.join(rated_items(self._ratings), "row", "left")
        else:
            asking = asking.withColumn("rated", F.array().cast("array<int>"))
        items = collected(self.items_, "item", self.num_features)
        best = recommend_blocks(
            asking.select("id", "mean", "factors", "rated"),
            items,
            self.global_mean_,
            int(n),
            self._shared(),
        )
        if strange is None:
            return best
        means = best_of_means(self.items_, int(n), self.rating_range)
        return best.unionByName(strange.crossJoin(means))

    def to_local(self) -> CollaborativeFilter:
        """Return the model on this machine, as if `CollaborativeFilter` had fitted it.

        Factors and all ratings are fetched. Where they do not fit, `recommend` and
        `predict` here. ``spark.sql.execution.arrow.pyspark.enabled`` makes it fast.

        Returns
        -------
        CollaborativeFilter
            With ``reg_scaling="count"``, and a ``reg_param_max_`` that is computed
            here; ``converged_`` is False, for MLlib does not look.
        """
        check_is_fitted(self)
        users, items = (
            collected(table, side, self.num_features)
            for table, side in ((self.users_, "user"), (self.items_, "item"))
        )
        shape = users.ids.size, items.ids.size
        ratings = collected_ratings(self._ratings, shape)
        overall = self.global_mean_
        fit = evaluated_fit(self, overall, users, items, ratings)
        return fitted_filter(self._shared(), overall, users, items, ratings, fit)

    def unpersist(self) -> Self:
        """Let Spark forget what is kept of the fit; it is made again when needed.

        Returns
        -------
        self
        """
        for name in ("users_", "items_", "_ratings"):
            if name in vars(self):
                vars(self)[name].unpersist()
        return self

    def __getstate__(self):
        if hasattr(self, "users_"):
            raise TypeError(
                "A fitted SparkCollaborativeFilter holds frames of its Spark session "
                "and cannot be pickled. Save `to_local()`, or write `users_` and "
                "`items_` as Parquet."
            )
        return super().__getstate__()

    def _shared(self) -> dict[str, Any]:
        """Return the parameters of the local filter."""
        return {name: getattr(self, name) for name in SHARED}
