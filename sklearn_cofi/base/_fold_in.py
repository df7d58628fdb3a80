"""`fold_in`: a model with new ratings of users or items, without a fit."""

import copy
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import FrameLike, SideName
from sklearn_cofi.base._factor_estimator import FactorEstimator
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._ids import IdMap, union_ids
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix, pair_keys, rating_matrix
from sklearn_cofi.inference._fitted_factors import FittedFactors, Side
from sklearn_cofi.inference._fold_in import infer_rows
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread

_SIDES: tuple[SideName, SideName] = ("user", "item")


class FoldInMixin(FactorEstimator):
    """The method `fold_in`."""

    def fold_in(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        side: SideName = "user",
    ) -> Self:
        """Return a model with new ratings of users, or of items.

        ::

            U_u = argmin 1/2 * sum_i W_ui * (U_u . V_i - R_ui)**2 + p_u/2 * ||U_u||**2

        for each user u of X, with all ratings of the user, old and new. This is the
        exact minimiser of the objective given the items. With ``unrated_weight``, the
        sum also has the unrated items of the user, as in `fit`. Items and all other
        users do not change. With ``side="item"`` users and items change places.

        Parameters
        ----------
        X : frame or array-like of shape (n_ratings, n_columns)
            A row for each new rating, columns as in `fit`. A new rating of a pair
            replaces an old one.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            Weights of the ratings, as in `fit`.
        side : {"user", "item"}, default="user"
            Side whose factors are computed: "user" for new or known users from their
            ratings of known items, "item" for new or known items from their ratings
            by known users.

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
            again), or if `fit` would raise it for the same X and y.
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
        """
        check_is_fitted(self)
        if side not in _SIDES:
            raise ValueError(f"side must be 'user' or 'item', got {side!r}.")
        read = self._read_ratings(X, y, sample_weight, like_fit=True)
        has_ratings = read.features.has_ratings
        self._check_new_ratings(read.ratings, read.weights, has_ratings=has_ratings)
        own = _SIDES.index(side)
        merged = merge_ratings(
            self._model(), self._rated_validation, own, read.encode(self.dtype)
        )
        folded = copy.copy(self)
        folded._set_model(self._solved(merged, own), merged.validation)
        warn_of_conflicts(merged.n_conflicts)
        return folded

    def _solved(self, merged: "MergedRatings", own: int) -> FittedFactors:
        """Return the model with new factors for all rows that have new ratings."""
        sides = merged.ratings.by_user, merged.ratings.by_item
        rows = sides[own].take(merged.solved)
        model = self._model()
        with kernel_threads(
            self.n_jobs, rows.indices.size * model.items.factors.shape[1]
        ):
            with single_blas_thread:
                solved = infer_rows(
                    model, own, rows, self._penalty(), self.mean_damping
                )
        before = model.users if own == 0 else model.items
        model = model.with_side(_SIDES[own], _with_rows(before, solved, merged))
        return replace(model, rated=merged.ratings.by_user)


@dataclass(frozen=True)
class MergedRatings:
    """The ratings of a fit together with new ratings, which replace old ones."""

    ids: np.ndarray  # of the side that is folded in
    before: np.ndarray  # int: row in ``ids`` of each row of the model
    solved: np.ndarray  # int: rows of ``ids`` that have new ratings
    ratings: RatingMatrix
    validation: np.ndarray  # bool (n_ratings,): held out; empty without early stopping
    n_conflicts: int  # number of new pairs that have more than one rating


def merge_ratings(
    model: FittedFactors, validation: np.ndarray, own: int, encoded: EncodedRatings
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

    Raises
    ------
    ValueError
        If an id of the other side is unknown.
    """
    ids = [model.users.ids, model.items.ids]
    new_ids = encoded.user_ids, encoded.item_ids
    known = [
        IdMap(fitted).encode(new, name)
        for fitted, new, name in zip(ids, new_ids, _SIDES, strict=True)
    ]
    _check_other_side(own, known[1 - own])
    fitted_ids = ids[own]
    ids[own] = union_ids(fitted_ids, new_ids[own], _SIDES[own])
    shape = ids[0].size, ids[1].size
    known[own] = IdMap(ids[own]).encode(new_ids[own], _SIDES[own])
    values = encoded.ratings.astype(model.items.factors.dtype)
    new = rating_matrix(
        known[0][encoded.users],
        known[1][encoded.items],
        values,
        encoded.weights,
        shape,
    )
    before = IdMap(ids[own]).encode(fitted_ids, "id")
    solved = np.unique(known[own])
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


def _with_rows(before: Side, solved: Side, merged: MergedRatings) -> Side:
    """Return the rows of a side: old rows, with solved and new rows put in."""

    def replaced(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        rows = np.zeros((merged.ids.size, *old.shape[1:]), old.dtype)
        rows[merged.before], rows[merged.solved] = old, new
        return rows

    return Side(
        merged.ids,
        replaced(before.factors, solved.factors),
        replaced(before.bias, solved.bias),
        replaced(before.means, solved.means),
        replaced(before.fallback, solved.fallback),
    )


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
