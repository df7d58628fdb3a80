"""The ratings and features of a fit together with new ones."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sklearn_cofi.base._feature_estimator import SIDES
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._ids import IdMap, union_ids
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix, pair_keys, rating_matrix
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.inference._fitted_factors import FittedFactors, Side


class NewFeatures(NamedTuple):
    """Features of new or known ids of the side that is folded in."""

    ids: np.ndarray  # (n,), sorted
    rows: FeatureRows  # (n, m)


@dataclass(frozen=True)
class MergedRatings:
    """The ratings of a fit together with new ratings, which replace old ones."""

    ids: np.ndarray  # of the side that is folded in
    before: np.ndarray  # int: row in ``ids`` of each row of the model
    solved: np.ndarray  # int: rows of ``ids`` that have new ratings or features
    ratings: RatingMatrix
    validation: np.ndarray  # bool (n_ratings,): held out; empty without early stopping
    n_conflicts: int  # number of new pairs that have more than one rating


def merge_ratings(
    model: FittedFactors,
    validation: np.ndarray,
    own: int,
    encoded: EncodedRatings,
    more: NewFeatures | None = None,
) -> MergedRatings:
    """Return the ratings of a fit together with new ones, which replace old ones.

    Parameters
    ----------
    model : FittedFactors
    validation : bool array of shape (n_ratings,) or (0,)
        Mask of the ratings of the fit that were held out.
    own : {0, 1}
        Side that is folded in: 0 is users, 1 is items.
    encoded : EncodedRatings
        The new ratings.
    more : NewFeatures, default=None
        New features.

    Raises
    ------
    ValueError
        If an id of the other side is unknown.
    """
    ids = [model.users.ids, model.items.ids]
    new_ids = encoded.user_ids, encoded.item_ids
    known = [
        IdMap(fitted).encode_distinct(new, name)
        for fitted, new, name in zip(ids, new_ids, SIDES, strict=True)
    ]
    _check_other_side(own, known[1 - own])
    fitted_ids = ids[own]
    ids[own] = union_ids(fitted_ids, new_ids[own], SIDES[own])
    if more is not None:
        ids[own] = union_ids(ids[own], more.ids, SIDES[own])
    shape = ids[0].size, ids[1].size
    known[own] = IdMap(ids[own]).encode_distinct(new_ids[own], SIDES[own])
    values = encoded.ratings.astype(model.items.factors.dtype)
    new = rating_matrix(
        known[0][encoded.users],
        known[1][encoded.items],
        values,
        encoded.weights,
        shape,
    )
    before = IdMap(ids[own]).encode_distinct(fitted_ids, "id")
    solved = np.unique(known[own])
    if more is not None:
        with_features = IdMap(ids[own]).encode_distinct(more.ids, SIDES[own])
        solved = np.union1d(solved, with_features)
    pairs = [model.rated.row_of_entry, model.rated.indices]
    pairs[own] = before[pairs[own]]
    ratings, replaced = _united(model.rated, (pairs[0], pairs[1]), new, shape)
    if validation.size:
        # A row that is solved again is solved from all of its ratings.
        held_out = validation & ~replaced & ~np.isin(pairs[own], solved)
        keys = pair_keys(pairs[0], pairs[1], shape[1])[held_out]
        validation = np.isin(ratings.by_user.keys(shape[1]), keys)
    return MergedRatings(ids[own], before, solved, ratings, validation, new.n_conflicts)


def _united(
    old: CSRRows,
    pairs: tuple[np.ndarray, np.ndarray],
    new: RatingMatrix,
    shape: tuple[int, int],
) -> tuple[RatingMatrix, np.ndarray]:
    """Return the matrix of all ratings, and the mask of the old ratings replaced."""
    rows = new.by_user
    old_keys = pair_keys(pairs[0], pairs[1], shape[1])
    replaced = np.isin(old_keys, rows.keys(shape[1]))
    users, items, values = (
        np.concatenate([a[~replaced], b])
        for a, b in zip(
            (*pairs, old.ratings),
            (rows.row_of_entry, rows.indices, rows.ratings),
            strict=True,
        )
    )
    weights = None
    if old.weights.size or rows.weights.size:
        weights = np.concatenate([old.weight_of_entry[~replaced], rows.weight_of_entry])
    return rating_matrix(users, items, values, weights, shape), replaced


def features_of_rows(
    before: Side, merged: MergedRatings, more: NewFeatures | None
) -> FeatureRows | None:
    """Return the features of the merged ids, the new ones in place of old ones."""
    if before.features is None:
        return None
    position = np.full(merged.ids.size, -1)
    position[merged.before] = np.arange(merged.before.size)
    features = before.features.rows.take(position)
    if more is None:
        return features
    return features.replaced(
        IdMap(merged.ids).encode_distinct(more.ids, "id"), more.rows
    )


def no_ratings(
    model: FittedFactors, own: int, more: NewFeatures | None
) -> EncodedRatings:
    """Return no ratings, by the ids that have new features."""
    none, ids = np.empty(0, np.int64), [model.users.ids[:0], model.items.ids[:0]]
    if more is not None:
        ids[own] = more.ids
    ratings = np.empty(0, model.items.factors.dtype)
    return EncodedRatings(none, none, ratings, None, ids[0], ids[1])


def _check_other_side(own: int, others: np.ndarray) -> None:
    """Check that no id of the other side is unknown."""
    n_unknown = int((others < 0).sum())
    if n_unknown:
        side, other = SIDES[own], SIDES[1 - own]
        raise ValueError(
            f"X contains {n_unknown} {other}s that were not seen in fit, so "
            f"{side} factors cannot be computed from their ratings. Leave them out, or "
            f"fold them in first with side={other!r} from ratings of known {side}s, or "
            "fit all ratings."
        )
