"""`fold_in`: a model with new ratings of users or items, without a fit."""

import copy
from dataclasses import dataclass, replace
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Frame, FrameLike, SideName
from sklearn_cofi.base._factor_estimator import FactorEstimator
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._ids import IdMap, union_ids
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix, pair_keys, rating_matrix
from sklearn_cofi.data._read_features import encode_more
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.inference._cold_rows import overwritten
from sklearn_cofi.inference._fitted_factors import ColdRows, FittedFactors, Side
from sklearn_cofi.inference._fold_in import infer_rows
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread

_SIDES: tuple[SideName, SideName] = ("user", "item")


class FoldInMixin(FactorEstimator):
    """The method `fold_in`."""

    def fold_in(
        self,
        X: FrameLike | None = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        side: SideName = "user",
        features: Frame | None = None,
    ) -> Self:
        """Return a model with new ratings of users, or of items.

        ::

            U_u = argmin 1/2 * sum_i W_ui * (U_u . V_i - R_ui)**2 + p_u/2 * ||U_u||**2

        for each user u of X, with all ratings of the user, old and new. This is the
        exact minimiser of the objective given the items. With ``unrated_weight``, the
        sum also has the unrated items of the user, as in `fit`. With features, the
        penalty is that of ``U_u - F_u @ B``. Items and all other users do not change.
        With ``side="item"`` users and items change places.

        Parameters
        ----------
        X : frame or array-like of shape (n_ratings, n_columns), default=None
            A row for each new rating, columns as in `fit`. A new rating of a pair
            replaces an old one. None has no ratings, but new ``features``.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            Weights of the ratings, as in `fit`.
        side : {"user", "item"}, default="user"
            Side whose factors are computed: "user" for new or known users from their
            ratings of known items, "item" for new or known items from their ratings
            by known users.
        features : frame, default=None
            Features of new or known users (with ``side="item"`` of items), as in
            ``user_features``. They replace features of the fit. An id that has features
            and no rating gets the factors and the bias that its features predict. New
            ids without a row have the mean of each feature.

        Returns
        -------
        model : estimator of the same class
            Fitted model with the new ratings. It shares all other attributes with this
            estimator, which is not changed; ``cost_``, ``gradient_norm_``,
            ``converged_`` and the other results of the solver are those of the fit.

        Raises
        ------
        ValueError
            If an id of the other side is unknown (fold in that side first, or fit
            again), if `fit` would raise it for the same X and y, if there is neither X
            nor ``features``, or if there are ``features`` and the model was fitted
            without features of this side.
        TypeError
            If ids are of another kind than the ids of `fit`.

        Warns
        -----
        UserWarning
            If a pair of X has more than one rating (they are averaged).

        Notes
        -----
        The factors of the other side do not change, so errors grow slowly as ratings
        arrive. From time to time, set ``warm_start=True`` on the returned model and
        `fit` it to all ratings: the fit starts from the folded-in factors.

        References
        ----------
        Sarwar, Karypis, Konstan and Riedl, "Incremental Singular Value Decomposition
        Algorithms for Highly Scalable Recommender Systems", ICCIT 2002.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, 1.0, tol=1e-6, random_state=0).fit(ratings)
        >>> new = pd.DataFrame({"user": 99, "item": [0, 8], "rating": [9.0, 2.0]})
        >>> model.fold_in(new).recommend(99, n=1).round(1)
           user  rank  item  prediction
        0    99     1     1         9.8

        With ``item_features``, a new item needs no rating:

        >>> items = pd.DataFrame({"item": range(10), "genre": list("aabbabbaab")})
        >>> model.set_params(item_features=items).fit(ratings)
        CollaborativeFilter(...)
        >>> new = pd.DataFrame({"item": [10], "genre": ["b"]})
        >>> model = model.fold_in(side="item", features=new)
        >>> model.predict(pd.DataFrame({"user": [0, 5], "item": [10, 10]})).round(1)
        array([6.8, 7.2])
        """
        check_is_fitted(self)
        if side not in _SIDES:
            raise ValueError(f"side must be 'user' or 'item', got {side!r}.")
        if X is None and features is None:
            raise ValueError("Pass X, new ratings, or `features`, or both.")
        own, model = _SIDES.index(side), self._model()
        more = None
        if features is not None:
            more = NewFeatures(*encode_more(self._feature_table(side), features, side))
        if X is None:
            encoded = _no_ratings(model, own, more)
        else:
            encoded = self._read_new_ratings(X, y, sample_weight)
        merged = merge_ratings(model, self._rated_validation, own, encoded, more)
        folded = copy.copy(self)
        folded._set_model(self._solved(merged, own, more), merged.validation)
        warn_of_conflicts(merged.n_conflicts)
        return folded

    def _read_new_ratings(
        self, X: FrameLike, y: ArrayLike | None, sample_weight: ArrayLike | None
    ) -> EncodedRatings:
        read = self._read_ratings(X, y, sample_weight, like_fit=True)
        has_ratings = read.features.has_ratings
        self._check_new_ratings(read.ratings, read.weights, has_ratings=has_ratings)
        return read.encode(self.dtype)

    def _solved(
        self, merged: "MergedRatings", own: int, more: "NewFeatures | None"
    ) -> FittedFactors:
        """Return the model with new factors for all rows that have something new."""
        sides = merged.ratings.by_user, merged.ratings.by_item
        rows = sides[own].take(merged.solved)
        model = self._model()
        before = model.users if own == 0 else model.items
        features = _features_of_rows(before, merged, more)
        given = None if features is None else features.take(merged.solved)
        with kernel_threads(
            self.n_jobs, rows.indices.size * model.items.factors.shape[1]
        ):
            with single_blas_thread:
                settings = self._penalty(), self.mean_damping
                solved = infer_rows(model, own, rows, *settings, given)
        side = with_rows(before, solved, merged, features)
        model = model.with_side(_SIDES[own], side)
        return replace(model, rated=merged.ratings.by_user)


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
        for fitted, new, name in zip(ids, new_ids, _SIDES, strict=True)
    ]
    _check_other_side(own, known[1 - own])
    fitted_ids = ids[own]
    ids[own] = union_ids(fitted_ids, new_ids[own], _SIDES[own])
    if more is not None:
        ids[own] = union_ids(ids[own], more.ids, _SIDES[own])
    shape = ids[0].size, ids[1].size
    known[own] = IdMap(ids[own]).encode_distinct(new_ids[own], _SIDES[own])
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
        with_features = IdMap(ids[own]).encode_distinct(more.ids, _SIDES[own])
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


def _features_of_rows(
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


def with_rows(
    before: Side, solved: Side, merged: MergedRatings, features: FeatureRows | None
) -> Side:
    """Return the rows of a side: old rows, with solved and new rows put in."""
    n = merged.ids.size
    zeros = np.zeros(n, before.bias.dtype)
    factors = np.zeros((n, before.factors.shape[1]), before.factors.dtype)
    empty = Side(merged.ids, factors, zeros, zeros, zeros)
    if before.cold is not None:
        empty = replace(empty, cold=ColdRows(np.zeros(n, bool), zeros))
    if before.features is not None and features is not None:
        empty = replace(empty, features=before.features.of_rows(features))
    return overwritten(overwritten(empty, merged.before, before), merged.solved, solved)


def _no_ratings(
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
        side, other = _SIDES[own], _SIDES[1 - own]
        raise ValueError(
            f"X contains {n_unknown} {other}s that were not seen in fit, so "
            f"{side} factors cannot be computed from their ratings. Leave them out, or "
            f"fold them in first with side={other!r} from ratings of known {side}s, or "
            "fit all ratings."
        )
