"""What every estimator of ratings shares: how it reads its input."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.callback import CallbackSupportMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from sklearn_cofi._compat import _check_sample_weight
from sklearn_cofi.data._centering import Means
from sklearn_cofi.data._frame import (
    Layout,
    Table,
    find_columns,
    numbers,
    open_table,
    series_array,
)
from sklearn_cofi.data._ids import IdMap, encode_pairs


class RatingsInput(NamedTuple):
    """Training ratings as read from the user's data, row by row."""

    users: object  # ndarray or pandas array of ids, (n_rows,)
    items: object  # ndarray or pandas array of ids, (n_rows,)
    ratings: np.ndarray  # float (n_rows,)
    weights: np.ndarray | None  # positive floats (n_rows,)
    names: tuple[str, str]  # of the two id columns
    features: dict  # n_features_in_ and, where columns have names, feature_names_in_
    for_callbacks: dict  # X, y and metadata, as they came


class RatingsEstimator(CallbackSupportMixin, RegressorMixin, BaseEstimator):
    """A regressor of ratings whose samples are (user, item) pairs.

    Subclasses have the parameters ``user_col``, ``item_col``, ``rating_col`` and
    ``unknown``, and fitted attributes ``user_ids_`` and ``item_ids_``.
    """

    def score(self, X, y=None, sample_weight=None):
        """Return the coefficient of determination R^2 of the predictions.

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            Pairs of user and item, as in `predict`.
        y : array-like of shape (n_pairs,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : array-like of shape (n_pairs,), default=None
            Weights of the pairs.

        Returns
        -------
        float
            ``1 - sum(w * (y - predicted)**2) / sum(w * (y - mean(y))**2)``.
        """
        predicted = self.predict(X)
        if y is None:
            y = self._rating_column(open_table(X))
        return r2_score(y, predicted, sample_weight=sample_weight)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.target_tags.required = False
        # A table of a few repeating ids need not be learnable from itself.
        tags.regressor_tags.poor_score = True
        return tags

    def _layout(self, table: Table) -> Layout:
        return find_columns(table, self.user_col, self.item_col, self.rating_col)

    def _rating_column(self, table: Table) -> np.ndarray:
        layout = self._layout(table)
        if layout.rating is None:
            raise ValueError(
                f"This {type(self).__name__} estimator requires y to be passed, but "
                "the target y is None and X has no rating column. Pass y, or name the "
                "column with `rating_col`."
            )
        name = f"rating column {table.label(layout.rating)!r}"
        return numbers(table.take(layout.rating), name)

    def _read_ratings(self, X, y, sample_weight) -> RatingsInput:
        """Read and check training data; set nothing on the estimator."""
        table = open_table(X)
        layout = self._layout(table)
        if y is None:
            ratings = self._rating_column(table)
        else:
            ratings = numbers(series_array(y), "y")
            check_consistent_length(range(table.n_rows), ratings)
        for_callbacks = {"X": X, "y": ratings if y is None else y}
        users, items = table.take(layout.user), table.take(layout.item)
        weights = None
        if sample_weight is not None:
            for_callbacks["metadata"] = {"sample_weight": sample_weight}
            weights = _check_sample_weight(
                sample_weight, ratings, dtype=np.float64, ensure_non_negative=True
            )
            rated = weights > 0
            if not rated.all():
                # A weight of zero is no rating at all, as zero repeats would be.
                users, items, ratings, weights = (
                    column[rated] for column in (users, items, ratings, weights)
                )
        self._check_rating_range(ratings)
        shadow = BaseEstimator()  # a failed fit must leave this estimator as it was
        features = _features(table, layout, only_ids=layout.by_name or y is None)
        validate_data(shadow, features, skip_check_array=True)
        names = table.label(layout.user), table.label(layout.item)
        return RatingsInput(
            users, items, ratings, weights, names, vars(shadow), for_callbacks
        )

    def _read_pairs(self, X) -> tuple[np.ndarray, np.ndarray]:
        """Read pairs to predict; return their row numbers, -1 where unknown."""
        check_is_fitted(self)
        table = open_table(X)
        if table.n_columns == 1:
            self._check_features(_features(table))
        layout = self._layout(table)
        only_ids = layout.by_name or self.n_features_in_ == 2
        self._check_features(_features(table, layout, only_ids=only_ids))
        users, items = encode_pairs(
            IdMap(self.user_ids_),
            IdMap(self.item_ids_),
            table.take(layout.user),
            table.take(layout.item),
            (table.label(layout.user), table.label(layout.item)),
        )
        if self.unknown == "error":
            self._refuse_unknown(users, items)
        return users, items

    def _means(self) -> Means:
        return Means(self.global_mean_, self.user_means_, self.item_means_)

    def _clip(self, predicted: np.ndarray) -> np.ndarray:
        if self.rating_range is None:
            return predicted
        return np.clip(predicted, *self.rating_range)

    def _check_rating_range(self, ratings):
        if self.rating_range is None:
            return
        try:
            low, high = map(float, self.rating_range)
        except (TypeError, ValueError):
            low, high = 1.0, 0.0
        if not low < high:
            raise ValueError(
                "The 'rating_range' parameter must be None or a pair of numbers (low, "
                f"high) with low < high. Got {self.rating_range!r} instead."
            )
        if ratings.min() < low or ratings.max() > high:
            raise ValueError(
                f"There are ratings from {ratings.min():g} to {ratings.max():g}, "
                f"outside of rating_range={self.rating_range!r}. Widen it, or correct "
                "the ratings."
            )

    def _check_features(self, features):
        validate_data(self, features, skip_check_array=True, reset=False)

    @staticmethod
    def _refuse_unknown(users, items):
        n_users, n_items = int((users < 0).sum()), int((items < 0).sum())
        if n_users or n_items:
            raise ValueError(
                f"{n_users} pairs have a user and {n_items} pairs an item that was not "
                "seen in fit. Set unknown='mean' to have such pairs get a mean rating."
            )


def _features(table: Table, layout: Layout | None = None, *, only_ids=False):
    """Return an empty frame or array that has the features' names and number.

    The features are the two id columns where these were found by name, and else,
    as scikit-learn has it, all columns of X.
    """
    chosen = [layout.user, layout.item] if only_ids else range(table.n_columns)
    if table.names is None:
        return np.empty((1, len(chosen)))
    return pd.DataFrame(columns=[table.names[k] for k in chosen])
