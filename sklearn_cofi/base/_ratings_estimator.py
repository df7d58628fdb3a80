"""What every estimator of ratings shares: how it reads its input."""

from numbers import Integral, Number, Real
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from sklearn.base import BaseEstimator, RegressorMixin
from sklearn.callback import CallbackSupportMixin
from sklearn.metrics import r2_score
from sklearn.utils.validation import (
    check_consistent_length,
    check_is_fitted,
    validate_data,
)

from sklearn_cofi._compat import Interval, Options, StrOptions
from sklearn_cofi._types import Factors
from sklearn_cofi._typing import FrameLike
from sklearn_cofi.data._centering import Means, baseline_predictions
from sklearn_cofi.data._columns import Layout, find_columns
from sklearn_cofi.data._frame import Table, numbers, open_table, series_array
from sklearn_cofi.data._ids import IdMap, encode_pairs
from sklearn_cofi.inference._predict import predict_pairs
from sklearn_cofi.kernels._threads import kernel_threads

# Ratings stay below this power of the largest float: 2e123 in float64, 2.5e15 in
# float32, so that a product of two or three squares is far from overflow.
_SAFE_POWER = 0.4

_COLUMN = [str, Interval(Integral, 0, None, closed="left"), None]


class RatingsInput(NamedTuple):
    """CenteredProblem ratings as read from the user's data, row by row."""

    users: object  # ndarray or pandas array of ids, (n_rows,)
    items: object  # ndarray or pandas array of ids, (n_rows,)
    ratings: np.ndarray  # float (n_rows,)
    weights: np.ndarray | None  # positive floats (n_rows,)
    names: tuple[str, str]  # of the two id columns
    features: dict  # n_features_in_, feature_names_in_ if any, and the kind of frame
    for_callbacks: dict  # X, y and metadata, as they came
    places: np.ndarray | None  # of each row of X among these, or -1; None: all the same


class RatingsEstimator(CallbackSupportMixin, RegressorMixin, BaseEstimator):
    """A regressor of ratings whose samples are (user, item) pairs.

    Subclasses have the parameters ``user_col``, ``item_col``, ``rating_col``,
    ``unknown``, ``rating_range`` and ``dtype``, an attribute ``_normalization`` that
    says which means are subtracted, one ``_unknown_advice`` for messages, and fitted
    attributes ``user_ids_`` and
    ``item_ids_``.
    """

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

    def score(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> float:
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
        return r2_score(self._given(X, y), predicted, sample_weight=sample_weight)

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

    def _given(self, X, y) -> np.ndarray:
        """Return the ratings y, or those in X."""
        if y is None:
            return self._rating_column(open_table(X))
        return numbers(series_array(y), "y")

    def _rating_column(self, table: Table) -> np.ndarray:
        layout = self._layout(table)
        asked = self.rating_col
        if asked is not None and layout.rating is None:
            raise ValueError(
                f"rating_col={asked!r} is not a column of X, which has "
                f"{table.names or f'{table.n_columns} columns'}. Pass y, or correct it."
            )
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
        weights = places = None
        if sample_weight is not None:
            for_callbacks["metadata"] = {"sample_weight": sample_weight}
            weights = _check_weights(sample_weight, ratings)
            rated = weights > 0
            if not rated.all():
                # A weight of zero is no rating at all, as zero repeats would be.
                places = np.where(rated, np.cumsum(rated) - 1, -1)
                users, items, ratings, weights = (
                    column[rated] for column in (users, items, ratings, weights)
                )
        check_overflow(ratings, weights, self.dtype or ratings.dtype)
        self._check_rating_range(ratings)
        shadow = BaseEstimator()  # a failed fit must leave this estimator as it was
        features = _features(table, layout, only_ids=layout.by_name or y is None)
        validate_data(shadow, features, skip_check_array=True)
        names = table.label(layout.user), table.label(layout.item)
        known = vars(shadow) | {"_frame_kind": table.kind}
        return RatingsInput(
            users, items, ratings, weights, names, known, for_callbacks, places
        )

    def _read_pairs(self, X) -> tuple[np.ndarray, np.ndarray]:
        """Read pairs to predict; return their row numbers, -1 where unknown."""
        check_is_fitted(self)
        table = open_table(X)
        if table.n_columns == 1:
            self._check_features(_features(table))
        layout = self._layout(table)
        only_ids = self.n_features_in_ == 2
        self._check_features(_features(table, layout, only_ids=only_ids))
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

    def _take(self, fitted: dict) -> None:
        """Set all fitted attributes together, and forget what a fit before had more."""
        self.__dict__.pop("feature_names_in_", None)
        vars(self).update(fitted)

    def _predict_encoded(self, users, items) -> np.ndarray:
        """Return the predictions of coded pairs, not clipped."""
        centres = self._centres(users, items)
        factors = Factors(self.user_factors_, self.item_factors_)
        with kernel_threads(self.n_jobs, users.size * factors.user.shape[1]):
            return predict_pairs(factors, centres, users, items)

    def _means(self) -> Means:
        return Means(self.global_mean_, self.user_means_, self.item_means_)

    def _centres(self, users, items) -> np.ndarray:
        """Return the predictions of coded pairs, all but the factors' product."""
        biases = self.user_bias_, self.item_bias_
        return baseline_predictions(
            self._means(), biases, self._normalization, users, items
        )

    def _clip(self, predicted: np.ndarray) -> np.ndarray:
        if self.rating_range is None:
            return predicted
        return np.clip(predicted, *self.rating_range)

    def _check_rating_range(self, ratings):
        check_rating_range(self.rating_range, ratings)

    def _check_since_fit(self, ratings, weights=None):
        """Refuse ratings that what was learned could not be multiplied with."""
        check_overflow(ratings, weights, self.item_factors_.dtype)
        self._check_rating_range(ratings)

    def _check_features(self, features):
        validate_data(self, features, skip_check_array=True, reset=False)

    def _check_unknown(self, users, items):
        n_users, n_items = int((users < 0).sum()), int((items < 0).sum())
        if n_users or n_items:
            raise ValueError(
                f"{n_users} pairs have a user and {n_items} pairs an item that was not "
                f"seen in fit. {self._unknown_advice}"
            )


def _check_weights(sample_weight, ratings) -> np.ndarray:
    """Return a weight, at least 0, for each rating; one is above 0."""
    if isinstance(sample_weight, Number):
        sample_weight = np.full(ratings.shape, sample_weight)
    weights = numbers(series_array(sample_weight, "sample_weight"), "sample_weight")
    if weights.shape != ratings.shape:
        raise ValueError(
            f"sample_weight holds {weights.size} numbers for {ratings.size} ratings. "
            "Give one for each rating, in the same order."
        )
    if weights.min() < 0:
        raise ValueError(
            "Negative values in data passed to `sample_weight`. Weights are 0 or more."
        )
    if not weights.any():
        raise ValueError(
            "All values of sample_weight are zero: a rating of weight zero is no "
            "rating, so none is left. Give some rating a positive weight."
        )
    return weights.astype(np.float64)


def check_rating_range(rating_range, ratings: np.ndarray):
    """Refuse a range that is none, and ratings outside it."""
    if rating_range is None:
        return
    bounds = tuple(rating_range)
    is_pair = len(bounds) == 2 and all(isinstance(x, Real) for x in bounds)
    if not is_pair or not bounds[0] < bounds[1]:
        raise ValueError(
            "The 'rating_range' parameter must be None or a pair of numbers (low, "
            f"high) with low < high. Got {rating_range!r} instead."
        )
    if ratings.min() < bounds[0] or ratings.max() > bounds[1]:
        raise ValueError(
            f"There are ratings from {ratings.min():g} to {ratings.max():g}, "
            f"outside of rating_range={rating_range!r}. Widen it, or correct "
            "the ratings."
        )


def check_overflow(ratings, weights, dtype):
    """Refuse sizes whose products leave the range of floats.

    Products of up to four of them occur: the two sides of a curvature, squared.
    """
    limits = np.finfo(dtype)
    low, high = (float(x) ** _SAFE_POWER for x in (limits.tiny, limits.max))
    w = np.ones(1) if weights is None else weights
    size, weight = float(np.abs(ratings).max()), float(w.max())
    if size * max(1.0, weight) > high:
        raise ValueError(
            f"Ratings of up to {size:.3g} with weights of up to {weight:.3g} are too "
            f"large for {limits.dtype}: their products overflow. Scale them down"
            f"{', or fit in float64' if limits.bits < 64 else ''}."
        )
    if w.min() < limits.tiny or weight < low or 0 < size < low:
        raise ValueError(
            f"Ratings of up to {size:.3g} with weights from {w.min():.3g} to "
            f"{weight:.3g} are too small for {limits.dtype}: their products vanish. "
            "Scale them up."
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
