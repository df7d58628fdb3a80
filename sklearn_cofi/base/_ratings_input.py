"""Training ratings as they are read from the user's data, and their checks."""

from dataclasses import dataclass
from numbers import Number, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from sklearn_cofi._typing import Range
from sklearn_cofi.data._columns import Layout
from sklearn_cofi.data._encoded import EncodedRatings, encode_ratings
from sklearn_cofi.data._frame import Table, numbers, series_array

# Ratings stay below this power of the largest float: 2e123 in float64, 2.5e15 in
# float32, so that a product of two or three squares is far from overflow.
_SAFE_POWER = 0.4


@dataclass(frozen=True)
class InputFeatures:
    """What scikit-learn records of X, and the kind of frame that X is."""

    n_features_in: int
    feature_names_in: np.ndarray | None
    frame_kind: str


@dataclass(frozen=True)
class RatingsInput:
    """Training ratings, row by row."""

    users: Any  # ndarray or pandas array of ids, (n_rows,)
    items: Any  # ndarray or pandas array of ids, (n_rows,)
    ratings: np.ndarray  # float (n_rows,)
    weights: np.ndarray | None  # positive floats (n_rows,)
    id_names: tuple[str, str]  # of the two id columns
    features: InputFeatures
    callback_arguments: dict[str, Any]  # X, y and metadata, as scikit-learn names them
    positions: np.ndarray | None  # of each row of X in these, or -1; None: the same

    def encode(self, dtype: DTypeLike | None) -> EncodedRatings:
        """Return the ratings with ids as row numbers; dtype None keeps that of y."""
        ratings = self.ratings.astype(dtype or self.ratings.dtype)
        return encode_ratings(
            self.users, self.items, ratings, self.weights, self.id_names
        )


def read_features(table: Table, layout: Layout, *, only_ids: bool) -> InputFeatures:
    """Return what scikit-learn records of X: number and names of its features."""
    shadow = BaseEstimator()  # a failed fit must leave the estimator as it was
    columns = feature_columns(table, layout, only_ids=only_ids)
    validate_data(shadow, columns, skip_check_array=True)
    names = getattr(shadow, "feature_names_in_", None)
    return InputFeatures(shadow.n_features_in_, names, table.kind)


def feature_columns(
    table: Table, layout: Layout | None = None, *, only_ids: bool = False
) -> np.ndarray | pd.DataFrame:
    """Return an empty frame or array that has the features' names and number.

    The features are the two id columns where these were found by name; otherwise, as
    in scikit-learn, all columns of X.
    """
    chosen = range(table.n_columns)
    if only_ids and layout is not None:
        chosen = [layout.user, layout.item]
    if table.names is None:
        return np.empty((1, len(chosen)))
    return pd.DataFrame(columns=[table.names[k] for k in chosen])


def check_weights(sample_weight: ArrayLike, ratings: np.ndarray) -> np.ndarray:
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


def check_rating_range(rating_range: Range, ratings: np.ndarray) -> None:
    """Check that a range is a pair of numbers and that no rating lies outside it."""
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


def check_overflow(
    ratings: np.ndarray, weights: np.ndarray | None, dtype: DTypeLike
) -> None:
    """Check that no product of ratings and weights leaves the range of floats.

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
