"""`fold_in`: a model that knows more ratings, without a fit."""

import copy
from typing import NamedTuple, Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import FrameLike, Side
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._ids import IdMap, union_ids
from sklearn_cofi.data._matrix import RatingMatrix, pair_keys, rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.training._fitted_attributes import rated_attributes, warn_of_conflicts

_SIDES = ("user", "item")


class _Merged(NamedTuple):
    """What was rated before, and since."""

    ids: np.ndarray  # of the side that is folded in
    before: np.ndarray  # int: rows of ``ids`` that the model knows, in its order
    solved: np.ndarray  # int: rows of ``ids`` that have been rated since
    ratings: RatingMatrix
    apart: np.ndarray  # bool (n_ratings,): not learned; empty where all are
    n_conflicts: int  # pairs of X that have more than one rating


class FoldInMixin:
    """Folding in, by the fitted attributes of a collaborative filter.

    Subclasses have a method ``_solve_rows``, the exact half of a sweep.
    """

    def fold_in(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        side: Side = "user",
    ) -> Self:
        """Return a model that has learned more ratings of users, or of items.

        ::

            U_u = argmin 1/2 * sum_i W_ui * (U_u . V_i - R_ui)**2 + p_u/2 * ||U_u||**2

        for each user of X, over all ratings that the user has given, before and now.
        That is the exact minimiser of the objective given the items, which stay as
        they are; users that have not rated since stay too. With ``side="item"`` users
        and items change places.

        Parameters
        ----------
        X : frame or array-like of shape (n_ratings, n_columns)
            A row for each new rating, columns as in `fit`. A pair that has been rated
            before takes the new rating in the old one's place.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            Weights of the ratings, as in `fit`.
        side : {"user", "item"}, default="user"
            Which side learns: new or known users, by their ratings of known items; or
            new or known items, by ratings that known users gave them.

        Returns
        -------
        model : estimator of the same class
            Fitted. ``cost_``, ``gradient_norm_``, ``converged_`` and the like are
            those of the fit; what was fitted is shared, and this estimator is as it
            was.

        Raises
        ------
        ValueError
            If a rating is of something unknown on the other side: fold that side in
            first, or fit again. If X or y is as `fit` would refuse it.
        TypeError
            If ids are of another kind than those seen in fit.

        Warns
        -----
        UserWarning
            If a pair of X has more than one rating (they are averaged).

        Notes
        -----
        The other side is not moved, so that errors grow slowly as ratings arrive. Now
        and then, set ``warm_start=True`` on the returned model and `fit` it to all
        ratings: it starts from what was folded in.

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
        >>> model = CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(ratings)
        >>> new = pd.DataFrame({"user": 99, "item": [0, 8], "rating": [9.0, 2.0]})
        >>> model.fold_in(new).recommend(99, n=1).round(1)
           user  rank  item  prediction
        0    99     1     1        10.8
        """
        check_is_fitted(self)
        if side not in _SIDES:
            raise ValueError(f"side must be 'user' or 'item', got {side!r}.")
        own = _SIDES.index(side)
        read = self._read_ratings(X, y, sample_weight)
        self._check_since_fit(read.ratings, read.weights)
        coded = self._encode(read)
        merged = self._merge(own, coded)
        sides = merged.ratings.by_user, merged.ratings.by_item
        rows = sides[own].take(merged.solved)
        work = rows.indices.size * self.item_factors_.shape[1]
        with kernel_threads(self.n_jobs, work), single_blas_thread:
            solved = self._solve_rows(own, rows)
        warn_of_conflicts(merged.n_conflicts)
        model = copy.copy(self)
        vars(model).update(rated_attributes(merged.ratings, merged.apart))
        setattr(model, f"{side}_ids_", merged.ids)
        for name, values in zip(("factors", "bias", "means"), solved, strict=True):
            name = f"{side}_{name}_"
            old = getattr(self, name)
            new = np.zeros((merged.ids.size, *old.shape[1:]), old.dtype)
            new[merged.before], new[merged.solved] = old, values
            setattr(model, name, new)
        return model

    def _merge(self, own: int, coded: EncodedRatings) -> _Merged:
        """Return the ratings before and now."""
        fitted = [self.user_ids_, self.item_ids_]
        new_ids = coded.user_ids, coded.item_ids
        known = [
            IdMap(ids).encode(new, name)
            for ids, new, name in zip(fitted, new_ids, _SIDES, strict=True)
        ]
        _check_other_side(own, known[1 - own])
        fitted[own] = union_ids(fitted[own], new_ids[own], _SIDES[own])
        shape = fitted[0].size, fitted[1].size
        places = IdMap(fitted[own]).encode(new_ids[own], _SIDES[own])
        codes = [ids[rows] for ids, rows in zip(known, coded[:2], strict=True)]
        codes[own] = places[coded[own]]
        values = coded.ratings.astype(self.item_factors_.dtype)
        new = rating_matrix(*codes, values, coded.weights, shape)
        before = IdMap(fitted[own]).encode((self.user_ids_, self.item_ids_)[own], "id")
        solved = np.unique(places)
        ratings, apart = self._united(own, before, solved, new, shape)
        return _Merged(fitted[own], before, solved, ratings, apart, new.n_conflicts)

    def _united(self, own: int, before, solved, new: RatingMatrix, shape):
        """Return the ratings of the fit and new ones, and which were not learned."""
        old = self._rated
        pairs = [old.row_of_entry, old.indices]
        pairs[own] = before[pairs[own]]
        keys = pair_keys(*pairs, shape[1])
        rows = new.by_user
        left = ~np.isin(keys, rows.keys(shape[1]))
        users, items, values = (
            np.concatenate([a[left], b])
            for a, b in zip(
                (*pairs, old.ratings),
                (rows.row_of_entry, rows.indices, rows.ratings),
                strict=True,
            )
        )
        weights = None
        if old.weights.size or rows.weights.size:
            weights = np.concatenate([old.weight_of_entry[left], rows.weight_of_entry])
        ratings = rating_matrix(users, items, values, weights, shape)
        apart = self._rated_apart
        if apart.size:
            still = left & apart & ~np.isin(pairs[own], solved)
            apart = np.isin(ratings.by_user.keys(shape[1]), keys[still])
        return ratings, apart


def _check_other_side(own: int, others):
    """Refuse ratings of what is not known on the other side."""
    strange = int((others < 0).sum())
    if strange:
        side, other = _SIDES[own], _SIDES[1 - own]
        raise ValueError(
            f"{strange} {other}s of X were not seen in fit, so that nothing is known "
            f"of them to learn {side}s by. Leave them out, or fold them in first with "
            f"side={other!r} from ratings of known {side}s, or fit all ratings."
        )
