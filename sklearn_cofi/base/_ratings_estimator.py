"""The base of all estimators of ratings: parameters, attributes, reading of input."""

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.metrics import r2_score
from sklearn.utils import Tags
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from sklearn_cofi._compat import (
    CallbackSupportMixin,
    DocLinkMixin,
    Interval,
    Options,
    StrOptions,
)
from sklearn_cofi._typing import (
    Column,
    DType,
    FrameLike,
    Normalization,
    Range,
    SideName,
    Titles,
)
from sklearn_cofi.base._prepared import replace_attributes
from sklearn_cofi.base._ratings_input import (
    InputFeatures,
    RatingsInput,
    check_like_fit,
    check_overflow,
    check_rating_range,
    check_weights,
    columns_like_fit,
    feature_columns,
    input_features,
    read_rating_column,
)
from sklearn_cofi.data._column_checks import check_no_ratings_left
from sklearn_cofi.data._columns import Layout, find_columns
from sklearn_cofi.data._frame import Table, numbers, open_table, series_array
from sklearn_cofi.data._ids import IdMap, encode_pairs
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.data._titles import titles_of_items
from sklearn_cofi.data._unrated import UNCOUNTED, Unrated
from sklearn_cofi.inference._fitted_factors import (
    ColdRows,
    FittedFactors,
    FittedFeatures,
    Side,
)
from sklearn_cofi.inference._predict import clip
from sklearn_cofi.kernels._threads import kernel_threads

_COLUMN = [str, Interval(Integral, 0, None, closed="left"), None]


class RatingsEstimator(
    DocLinkMixin, CallbackSupportMixin, RegressorMixin, BaseEstimator
):
    """A regressor of ratings whose samples are (user, item) pairs.

    Other modules may use the private members of an estimator that are declared here,
    or on the other bases that ``tests/test_architecture.py`` lists, and no others.
    """

    # Parameters.
    user_col: Column
    item_col: Column
    rating_col: Column
    unknown: str
    rating_range: Range
    dtype: DType
    n_jobs: int | None
    verbose: int

    # Fitted attributes.
    user_ids_: np.ndarray
    item_ids_: np.ndarray
    item_counts_: np.ndarray
    user_factors_: np.ndarray
    item_factors_: np.ndarray
    user_bias_: np.ndarray
    item_bias_: np.ndarray
    user_means_: np.ndarray
    item_means_: np.ndarray
    global_mean_: float
    unknown_user_predictions_: np.ndarray
    unknown_item_predictions_: np.ndarray
    n_features_in_: int
    feature_names_in_: np.ndarray
    _frame_kind: str
    _column_names: tuple[str | None, ...]  # of user, item and rating in fit
    _has_ratings: bool  # False if the fit read pairs only, whose ratings are all 1
    # The ratings of the fit by user, not centred, and the mask of the ratings that
    # early stopping held out for validation (empty without early stopping).
    _rated_indptr: np.ndarray
    _rated_items: np.ndarray
    _rated_ratings: np.ndarray
    _rated_weights: np.ndarray
    _rated_validation: np.ndarray
    # Rows with features and without ratings: see `ColdRows`. Models without features
    # do not have these attributes.
    _user_is_cold: np.ndarray
    _item_is_cold: np.ndarray
    _user_cold_baseline: np.ndarray
    _item_cold_baseline: np.ndarray

    _unknown_advice = "Set unknown='mean' to predict a mean rating for such pairs."

    _parameter_constraints: dict = {
        "user_col": _COLUMN,
        "item_col": _COLUMN,
        "rating_col": _COLUMN,
        "rating_range": [tuple, list, None],
        "dtype": [
            StrOptions({"float32", "float64"}),
            Options(type, {np.float32, np.float64}),
            None,
        ],
        "n_jobs": [
            Interval(Integral, 1, None, closed="left"),
            Interval(Integral, None, -1, closed="right"),
            None,
        ],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }

    @property
    def _subtracted_means(self) -> Normalization:
        """The means that were subtracted from the ratings."""
        raise NotImplementedError

    @property
    def _ratings_optional(self) -> bool:
        """Whether X without ratings means that all ratings are 1."""
        return False

    @property
    def _fitted_to_pairs(self) -> bool:
        """Whether the fit read pairs without ratings."""
        # Models of earlier versions do not have the attribute.
        return not getattr(self, "_has_ratings", True)

    def _model(self) -> FittedFactors:
        """Return the fitted attributes as a value, without copies."""
        users_cold, items_cold = self._cold_rows()
        users = Side(
            self.user_ids_,
            self.user_factors_,
            self.user_bias_,
            self.user_means_,
            self.unknown_item_predictions_,
            users_cold,
            self._fitted_features("user"),
        )
        items = Side(
            self.item_ids_,
            self.item_factors_,
            self.item_bias_,
            self.item_means_,
            self.unknown_user_predictions_,
            items_cold,
            self._fitted_features("item"),
        )
        means = self.global_mean_, self._subtracted_means
        return FittedFactors(users, items, *means, self._rated(), self._unrated())

    def _cold_rows(self) -> tuple[ColdRows | None, ColdRows | None]:
        """Return the cold users and items, or None in a model without features."""
        if not hasattr(self, "_user_is_cold"):
            return None, None
        return (
            ColdRows(self._user_is_cold, self._user_cold_baseline),
            ColdRows(self._item_is_cold, self._item_cold_baseline),
        )

    def _fitted_features(self, side: SideName) -> FittedFeatures | None:
        """Return the features of a side, or None in a model without."""
        return None

    def _set_cold_rows(self, users: ColdRows | None, items: ColdRows | None) -> None:
        """Set the cold users and items, if the model has features."""
        if users is None or items is None:
            return
        self._user_is_cold, self._user_cold_baseline = users.is_cold, users.baseline
        self._item_is_cold, self._item_cold_baseline = items.is_cold, items.baseline

    def _unrated(self) -> Unrated:
        """Return the weight and the rating of pairs without a rating."""
        return UNCOUNTED

    def _uncertain_columns(self, side: SideName) -> dict[str, np.ndarray]:
        """Return columns of `as_frame` that a model without draws does not have."""
        return {}

    def _add_missing_attributes(self) -> None:
        """Set the attributes that version 3 of the file format added."""
        raise NotImplementedError

    def _infer_new_users(
        self, ratings: RatingMatrix, ids: np.ndarray | None = None
    ) -> FittedFactors:
        """Return the model with new users, one for each row of their ratings.

        If they have ids, they can have features by which they are known.
        """
        raise NotImplementedError

    def _replace_fit(self, fit: Any) -> None:
        """Replace all fitted attributes at once, so that a failed fit changes none."""
        replace_attributes(self, self._attributes_of(fit))

    def _attributes_of(self, fit: Any) -> dict[str, Any]:
        """Return the fitted attributes by name, as scikit-learn's callbacks need."""
        fitted = object.__new__(type(self))
        fitted._set_fitted_attributes(fit)
        return fitted.__dict__

    def _set_fitted_attributes(self, fit: Any) -> None:
        """Set the fitted attributes; `_replace_fit` calls this on a new object."""
        raise NotImplementedError

    def score(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
        """Return the coefficient of determination R^2 of the predictions.

        ::

            R^2 = 1 - sum(w * (y - predicted)**2) / sum(w * (y - mean(y))**2)

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair of user and item, as in `predict`.
        y : array-like of shape (n_pairs,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : array-like of shape (n_pairs,), default=None
            Weights of the pairs.

        Returns
        -------
        float
            R^2: at most 1, higher is better.
        """
        predicted = self.predict(X)
        return r2_score(self._read_target(X, y), predicted, sample_weight=sample_weight)

    def __sklearn_tags__(self) -> Tags:
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.required = False
        # scikit-learn's checks fit random ids, whose ratings cannot be predicted.
        tags.regressor_tags.poor_score = True
        return tags

    def _columns_of(self, table: Table) -> tuple[Column, Column, Column]:
        """Return names or positions of user, item and rating; None is not known."""
        given = self.user_col, self.item_col, self.rating_col
        return columns_like_fit(table, given, self._names_of_fit)

    @property
    def _names_of_fit(self) -> tuple[str | None, ...]:
        """Names of user, item and rating; models of earlier versions have none."""
        return getattr(self, "_column_names", (None, None, None))

    def _titles_of(self, titles: Titles) -> np.ndarray:
        """Return the title of each item of the fit, None for an item without one."""
        return titles_of_items(titles, self.item_ids_, self._names_of_fit[1])

    def _layout(self, table: Table) -> Layout:
        """Find the id columns of pairs; scikit-learn compares their names with fit."""
        columns = self._columns_of(table)
        return find_columns(table, *columns, with_rating=False, warn=False)

    def _read_target(self, X: FrameLike, y: ArrayLike | None) -> np.ndarray:
        """Return y or, without it, the rating column of X."""
        if y is not None:
            return numbers(series_array(y), "y")
        return self._rating_column(open_table(X))

    def _rating_column(self, table: Table, layout: Layout | None = None) -> np.ndarray:
        layout = layout or find_columns(table, *self._columns_of(table))
        return read_rating_column(table, layout, self.rating_col, type(self).__name__)

    def _ratings_of(
        self, table: Table, layout: Layout, y: ArrayLike | None, is_weighted: bool
    ) -> np.ndarray:
        """Return y, else the rating column of X, else ones if X may be without one."""
        if y is not None:
            ratings = numbers(series_array(y), "y")
            check_consistent_length(range(table.n_rows), ratings)
            return ratings
        named = self.rating_col is not None or layout.rating is not None
        if named or not self._ratings_optional:
            return self._rating_column(table, layout)
        check_no_ratings_left(table, layout[:2], is_weighted=is_weighted)
        return np.ones(table.n_rows)

    def _read_ratings(
        self,
        X: FrameLike,
        y: ArrayLike | None,
        sample_weight: ArrayLike | None,
        *,
        like_fit: bool = False,
    ) -> RatingsInput:
        """Read and check training data; set no attribute of the estimator.

        With ``like_fit``, columns with the names of the fit are preferred.
        """
        table = open_table(X)
        columns: tuple[Column, ...] = self.user_col, self.item_col, self.rating_col
        if like_fit:
            columns = self._columns_of(table)
        layout = find_columns(table, *columns, with_rating=y is None)
        ratings = self._ratings_of(table, layout, y, sample_weight is not None)
        arguments: dict[str, Any] = {"X": X, "y": ratings if y is None else y}
        users, items = table.take(layout.user), table.take(layout.item)
        weights = positions = None
        if sample_weight is not None:
            arguments["metadata"] = {"sample_weight": sample_weight}
            weights = check_weights(sample_weight, ratings)
            rated = weights > 0
            if not rated.all():
                # A weight counts repeats, so a weight of zero means no rating.
                positions = np.where(rated, np.cumsum(rated) - 1, -1)
                users, items, ratings, weights = (
                    column[rated] for column in (users, items, ratings, weights)
                )
        check_overflow(ratings, weights, self.dtype or ratings.dtype)
        check_rating_range(self.rating_range, ratings)
        features = input_features(
            table,
            layout,
            only_ids=layout.by_name or y is None,
            with_rating=y is None,
            has_ratings=y is not None or layout.rating is not None,
        )
        names = table.label(layout.user), table.label(layout.item)
        return RatingsInput(
            users, items, ratings, weights, names, features, arguments, positions
        )

    def _read_pairs(self, X: FrameLike) -> tuple[np.ndarray, np.ndarray]:
        """Read pairs to predict; return their row numbers, -1 for unknown ids."""
        check_is_fitted(self)
        table = open_table(X)
        if table.n_columns == 1:
            self._check_features(feature_columns(table))
        layout = self._layout(table)
        only_ids = self.n_features_in_ == 2
        self._check_features(feature_columns(table, layout, only_ids=only_ids))
        users, items = encode_pairs(
            IdMap(self.user_ids_),
            IdMap(self.item_ids_),
            table.take(layout.user),
            table.take(layout.item),
            (table.label(layout.user), table.label(layout.item)),
        )
        if self.unknown == "error":
            self._check_unknown(users, items)
        return users, items

    def _predict_encoded(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the predictions of encoded pairs, not clipped."""
        with kernel_threads(self.n_jobs, users.size * self.item_factors_.shape[1]):
            return self._model().predict(users, items)

    def _clip(self, predicted: np.ndarray) -> np.ndarray:
        return clip(predicted, self.rating_range)

    def _rated(self) -> CSRRows:
        """Return the ratings of the fit by user, not centred."""
        values = self._rated_ratings, self._rated_weights
        return CSRRows(self._rated_indptr, self._rated_items, *values)

    def _counts_of(self, side: SideName) -> np.ndarray:
        """Return the number of training ratings of each user or each item."""
        return self.item_counts_ if side == "item" else np.diff(self._rated_indptr)

    def _set_rated(self, rated: CSRRows, validation: np.ndarray) -> None:
        """Set the ratings of the fit and the mask of the held-out ratings."""
        self._rated_indptr, self._rated_items = rated.indptr, rated.indices
        self._rated_ratings, self._rated_weights = rated.ratings, rated.weights
        self._rated_validation = validation
        self.item_counts_ = np.bincount(rated.indices, minlength=self.item_ids_.size)

    def _set_features(self, features: InputFeatures) -> None:
        self.n_features_in_ = features.n_features_in
        if features.feature_names_in is not None:
            self.feature_names_in_ = features.feature_names_in
        self._frame_kind = features.frame_kind
        self._column_names = features.column_names
        self._has_ratings = features.has_ratings

    def _check_new_ratings(
        self,
        ratings: np.ndarray,
        weights: np.ndarray | None = None,
        *,
        has_ratings: bool = True,
    ) -> None:
        """Check the range of new ratings, and that products with factors are finite."""
        check_overflow(ratings, weights, self.item_factors_.dtype)
        check_rating_range(self.rating_range, ratings)
        check_like_fit(ratings, has_ratings, not self._fitted_to_pairs)

    def _check_features(self, features: np.ndarray | pd.DataFrame) -> None:
        validate_data(self, features, skip_check_array=True, reset=False)

    def _check_unknown(self, users: np.ndarray, items: np.ndarray) -> None:
        n_users, n_items = int((users < 0).sum()), int((items < 0).sum())
        if n_users or n_items:
            raise ValueError(
                f"{n_users} pairs have a user and {n_items} pairs an item that was not "
                f"seen in fit. {self._unknown_advice}"
            )
