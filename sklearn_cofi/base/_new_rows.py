"""The arguments of `fold_in`, read and merged with the ratings of the fit."""

from typing import NamedTuple

from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import DType, Frame, FrameLike, SideName
from sklearn_cofi.base._feature_estimator import SIDES, FeatureEstimator
from sklearn_cofi.base._merged_ratings import (
    MergedRatings,
    NewFeatures,
    features_of_rows,
    merge_ratings,
    no_ratings,
)
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._read_features import encode_more
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.inference._cold_rows import side_of_rows
from sklearn_cofi.inference._fitted_factors import Side


class NewRows(NamedTuple):
    """Rows of one side that have new ratings or features."""

    side: int  # 0 is users, 1 is items
    merged: MergedRatings  # of all rows
    features: FeatureRows | None  # of all rows
    ratings: CSRRows  # of these rows, old and new ones, not centred

    @property
    def own_features(self) -> FeatureRows | None:
        """Features of the rows, or None in a model without features of this side."""
        return None if self.features is None else self.features.take(self.merged.solved)

    def put_into(self, before: Side, solved: Side) -> Side:
        """Return the rows of a side: old rows, with solved and new rows put in."""
        merged, fitted = self.merged, before.features
        if fitted is not None and self.features is not None:
            fitted = fitted.of_rows(self.features)
        parts = (merged.before, before), (merged.solved, solved)
        return side_of_rows(merged.ids.size, *parts, ids=merged.ids, features=fitted)


def read_new_rows(
    estimator: FeatureEstimator,
    ratings: tuple[FrameLike | None, ArrayLike | None, ArrayLike | None],
    side: SideName,
    features: Frame | None,
    dtype: DType,
) -> NewRows:
    """Read and check the arguments of `fold_in`.

    Parameters
    ----------
    estimator : estimator
    ratings : (X, y, sample_weight)
        As in `fold_in`.
    side : {"user", "item"}
    features : frame or None
    dtype : dtype or None
        Dtype of the ratings.
    """
    check_is_fitted(estimator)
    if side not in SIDES:
        raise ValueError(f"side must be 'user' or 'item', got {side!r}.")
    X, y, sample_weight = ratings
    if X is None and features is None:
        raise ValueError("Pass X, new ratings, or `features`, or both.")
    own, model, more = SIDES.index(side), estimator._model(), None
    if features is not None:
        more = NewFeatures(*encode_more(estimator._feature_table(side), features, side))
    if X is None:
        encoded = no_ratings(model, own, more)
    else:
        encoded = _read_ratings(estimator, X, y, sample_weight, dtype)
    validation = estimator._rated_validation
    merged = merge_ratings(model, validation, own, encoded, more)
    before = model.users if own == 0 else model.items
    of_rows = (merged.ratings.by_user, merged.ratings.by_item)[own].take(merged.solved)
    return NewRows(own, merged, features_of_rows(before, merged, more), of_rows)


def _read_ratings(
    estimator: FeatureEstimator,
    X: FrameLike,
    y: ArrayLike | None,
    sample_weight: ArrayLike | None,
    dtype: DType,
) -> EncodedRatings:
    read = estimator._read_ratings(X, y, sample_weight, like_fit=True)
    has_ratings = read.features.has_ratings
    estimator._check_new_ratings(read.ratings, read.weights, has_ratings=has_ratings)
    return read.encode(dtype)
