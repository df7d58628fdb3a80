"""Training ratings as they are read from X and y, and checks of them."""

from collections.abc import Sequence
from dataclasses import dataclass
from numbers import Number, Real
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, DTypeLike
from sklearn.base import BaseEstimator
from sklearn.utils.validation import validate_data

from sklearn_cofi._typing import Column, Range
from sklearn_cofi.data._columns import Layout
from sklearn_cofi.data._encoded import EncodedRatings, encode_ratings
from sklearn_cofi.data._frame import ColumnArray, Table, numbers, series_array

# Ratings stay below this power of the largest float: 2e123 in float64, 2.5e15 in
# float32, so that a product of two or three squares is far from overflow.
_SAFE_POWER = 0.4


@dataclass(frozen=True)
class InputFeatures:
    """Attributes that scikit-learn sets for X, and the kind of frame that X is."""

    n_features_in: int
    feature_names_in: np.ndarray | None
    frame_kind: str
    # Names of user, item and rating if X has names; None: no rating column was read.
    column_names: tuple[str | None, ...] = (None, None, None)
    has_ratings: bool = True  # False if X has pairs only, whose ratings are all 1


@dataclass(frozen=True)
class RatingsInput:
    """Training ratings, row by row; rows of weight 0 are left out."""

    users: ColumnArray  # (n_rows,)
    items: ColumnArray  # (n_rows,)
    ratings: np.ndarray  # float (n_rows,)
    weights: np.ndarray | None  # positive floats (n_rows,); None: ones
    id_names: tuple[str, str]  # names of the two id columns
    features: InputFeatures
    callback_arguments: dict[str, Any]  # X, y and metadata, as scikit-learn names them
    positions: np.ndarray | None  # row here of each row of X, or -1; None: the same

    def encode(self, dtype: DTypeLike | None) -> EncodedRatings:
        """Return the ratings with encoded ids; dtype None keeps the dtype of y."""
        ratings = self.ratings.astype(dtype or self.ratings.dtype)
        return encode_ratings(
            self.users, self.items, ratings, self.weights, self.id_names
        )


def columns_like_fit(
    table: Table,
    given: tuple[Column, Column, Column],
    fitted: tuple[str | None, ...],
) -> tuple[Column, Column, Column]:
    """Return given columns, else those with the names of the fit if a table has them.

    The names of both id columns are used, or neither.
    """
    user, item, rating = fitted
    names = table.names or []
    if user not in names or item not in names:
        user = item = None
    known = user, item, rating if rating in names else None
    user_col, item_col, rating_col = (
        name if column is None else column
        for column, name in zip(given, known, strict=True)
    )
    return user_col, item_col, rating_col


def read_rating_column(
    table: Table, layout: Layout, rating_col: Column, estimator: str
) -> np.ndarray:
    """Return the rating column, and check that there is one that holds numbers."""
    if rating_col is not None and layout.rating is None:
        raise ValueError(
            f"rating_col={rating_col!r} is not a column of X, which has "
            f"{table.listed()}. Pass y, or correct "
            "`rating_col`."
        )
    if layout.rating is None:
        raise ValueError(
            f"This {estimator} estimator requires y to be passed, but the target y is "
            "None and X has no rating column. Pass y, or name the column with "
            "`rating_col`. Clicks, plays and purchases have no ratings: fit them with "
            "RankingCollaborativeFilter and unrated_weight above 0, and score its "
            "lists with `metrics.make_ranking_scorer`."
        )
    name = f"rating column {table.label(layout.rating)!r}"
    advice = "" if rating_col else _OTHER_COLUMN
    return numbers(table.take(layout.rating), name, advice)


_OTHER_COLUMN = (
    " If the ratings are in another column, name the columns with `user_col`, "
    "`item_col` and `rating_col`."
)


def input_features(
    table: Table,
    layout: Layout,
    *,
    only_ids: bool,
    with_rating: bool,
    has_ratings: bool = True,
) -> InputFeatures:
    """Return the number and names of features that scikit-learn finds in X."""
    # Validated on a throw-away estimator, because a failed fit changes no attribute.
    recorded = BaseEstimator()
    columns = feature_columns(table, layout, only_ids=only_ids)
    validate_data(recorded, columns, skip_check_array=True)
    names = getattr(recorded, "feature_names_in_", None)
    used = layout.user, layout.item, layout.rating if with_rating else None
    column_names = tuple(
        None if position is None or names is None else table.label(position)
        for position in used
    )
    return InputFeatures(
        recorded.n_features_in_, names, table.kind, column_names, has_ratings
    )


def feature_columns(
    table: Table, layout: Layout | None = None, *, only_ids: bool = False
) -> np.ndarray | pd.DataFrame:
    """Return a frame without rows, or an array, with the names of all features.

    With ``only_ids`` and a layout, the features are the two id columns. Otherwise
    they are all columns of X, as in scikit-learn.
    """
    chosen: Sequence[int] = range(table.n_columns)
    if only_ids and layout is not None:
        chosen = [layout.user, layout.item]
    if table.names is None:
        return np.empty((1, len(chosen)))
    return pd.DataFrame(columns=[table.names[k] for k in chosen])


def check_weights(sample_weight: ArrayLike, ratings: np.ndarray) -> np.ndarray:
    """Return a weight for each rating, at least 0, not all of them 0."""
    if isinstance(sample_weight, Number):
        sample_weight = np.full(ratings.shape, sample_weight)
    weights = numbers(series_array(sample_weight, "sample_weight"), "sample_weight")
    if weights.shape != ratings.shape:
        raise ValueError(
            f"sample_weight holds {weights.size} numbers for {ratings.size} ratings. "
            "Pass one weight for each rating, in the same order."
        )
    if weights.min() < 0:
        raise ValueError(
            "Negative values in data passed to `sample_weight`. Weights are 0 or more."
        )
    if not weights.any():
        raise ValueError(
            "All values of sample_weight are zero. Ratings of weight zero are ignored, "
            "so no rating is left. Pass at least one positive weight."
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
            f"There are ratings from {ratings.min():g} to {ratings.max():g}, outside "
            f"of rating_range={rating_range!r}. Widen the range, or correct the "
            "ratings."
        )


def check_like_fit(
    ratings: np.ndarray, has_ratings: bool, fit_has_ratings: bool
) -> None:
    """Check that there are new ratings if the fit had ratings, and none otherwise."""
    if fit_has_ratings and not has_ratings:
        raise ValueError(
            "X has no ratings, but the model was fitted to ratings. Pass ratings as in "
            "`fit`: as y, or in a column of X."
        )
    if not fit_has_ratings and (ratings != 1).any():
        raise ValueError(
            "The model was fitted to pairs without ratings, which are all 1, but there "
            f"are new ratings from {ratings.min():g} to {ratings.max():g}. Leave them "
            "out, or fit again with ratings."
        )


def check_overflow(
    ratings: np.ndarray, weights: np.ndarray | None, dtype: DTypeLike
) -> None:
    """Check that no product of ratings and weights leaves the range of floats.

    Products of up to four ratings or weights occur, in the square of a curvature.
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
    # The cost is a float64 for any dtype, and proofs of optima compare costs.
    cost, smallest = size * size * weight, np.finfo(np.float64).tiny / limits.eps
    is_tiny = 0 < size < low or (size and cost < smallest)
    if w.min() < limits.tiny or weight < low or is_tiny:
        raise ValueError(
            f"Ratings of up to {size:.3g} with weights from {w.min():.3g} to "
            f"{weight:.3g} are too small for {limits.dtype}: their products vanish. "
            "Scale them up."
        )
