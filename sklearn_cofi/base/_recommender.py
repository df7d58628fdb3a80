"""`recommend` and `predict_matrix`, for every estimator that has factors."""

from numbers import Real

import numpy as np
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Floats, Frame, FrameLike, Ids
from sklearn_cofi.base._best_items import (
    RankingOptions,
    best_items,
    recommended_frame,
)
from sklearn_cofi.base._query import read_query
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import id_array
from sklearn_cofi.data._ids import IdMap

# Pairs of a matrix that are predicted at once.
_PAIRS = 1 << 18


class RecommenderMixin(RatingsEstimator):
    """Recommendations and matrices of predictions."""

    def recommend(
        self,
        users: Ids | None = None,
        *,
        ratings: FrameLike | None = None,
        n: int = 10,
        exclude_rated: bool = True,
        candidates: FrameLike | None = None,
        banned: FrameLike | None = None,
        memory_budget: float | None = None,
    ) -> Frame:
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users : id or array-like of ids, default=None
            Users that fit has seen; None is all of them. A user it has not seen is
            recommended the items with the highest predictions for an unknown user:
            the highest (damped) means, or what a prior says.
        ratings : frame or array-like, default=None
            Ratings of new users, given in place of ``users``: a row for each rating,
            with columns for item and rating and, where there is more than one new
            user, for user. Columns are found as in `fit`. Each new user's factors
            are the exact minimisers of the objective (or the posterior means) given
            the items; the model is not changed.
        n : int, default=10
            Number of items for each user; fewer where fewer are left.
        exclude_rated : bool, default=True
            Leave out the items that the user has rated.
        candidates : array-like of item ids, or frame of (user, item), default=None
            Recommend none but these: the same items to all users or, in a frame or an
            array of two columns, to each user their own.
        banned : array-like of item ids, or frame of (user, item), default=None
            Items that are not to be recommended: to anyone, or to each user their
            own.
        memory_budget : float, default=None
            What may be held beside the returned frame, in MiB. None is 64, or
            scikit-learn's ``working_memory`` where that is less.

        Returns
        -------
        frame
            Columns user (absent for a single new user without an id), rank (from 1),
            item and prediction; users in the order given, items best first, by their
            predictions before ``rating_range`` cuts them. Equal ones are ordered by
            item id. A frame of the kind that ``ratings`` or, without them, fit was
            given: pandas, polars, pyarrow.

        Raises
        ------
        ValueError
            If both ``users`` and ``ratings`` are given, if a user is unknown and
            ``unknown="error"``, if no candidate is known, or if the memory does not
            do for one user.
        TypeError
            If the ids are of another kind than those seen in fit.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(ratings)
        >>> model.recommend(0, n=2).round(1)
           user  rank  item  prediction
        0     0     1     3        10.1
        1     0     2     2         7.7
        >>> model.recommend([0, 1], n=1, candidates=[2, 5, 7]).round(1)
           user  rank  item  prediction
        0     0     1     2         7.7
        1     1     1     7         3.5
        """
        options = RankingOptions(n, exclude_rated, candidates, banned, memory_budget)
        query = read_query(self, users, ratings)
        return recommended_frame(self, query, best_items(self, query, options))

    def predict_matrix(
        self,
        users: Ids | None = None,
        items: Ids | None = None,
        *,
        memory_budget: float = 1024,
    ) -> Floats:
        """Predict the ratings of all pairs of users and items.

        Nothing else makes a matrix of users x items: for the best items of each user,
        `recommend` needs none.

        Parameters
        ----------
        users, items : id or array-like of ids, default=None
            Rows and columns. None is all of ``user_ids_``, or of ``item_ids_``.
        memory_budget : float, default=1024
            Largest size of the matrix, in MiB.

        Returns
        -------
        ndarray of shape (n_users, n_items)
            What `predict` says of each pair.

        Raises
        ------
        ValueError
            If the matrix would be larger than that, saying how large; or if something
            is unknown and ``unknown="error"``.
        TypeError
            If ids are of another kind than those seen in fit.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(ratings)
        >>> model.predict_matrix([0, 5], items=[3, 0]).round(2)
        array([[10.08,  6.7 ],
               [ 9.81,  4.34]])
        """
        check_is_fitted(self)
        check_scalar(memory_budget, "memory_budget", Real)
        rows = _queried_rows(self.user_ids_, users, "users")
        columns = _queried_rows(self.item_ids_, items, "items")
        if self.unknown == "error":
            self._check_unknown(rows, columns)
        return predicted_matrix(self, rows, columns, memory_budget)


def predicted_matrix(
    estimator: RatingsEstimator,
    rows: np.ndarray,
    columns: np.ndarray,
    memory_budget: float,
) -> np.ndarray:
    """Predict all pairs of encoded users and items, some rows at a time."""
    dtype = estimator._model().baseline(rows[:1], columns[:1]).dtype
    size = rows.size * columns.size * dtype.itemsize / 2**20
    if not size <= memory_budget:  # nan, too
        raise ValueError(
            f"The matrix of {rows.size} users x {columns.size} items would take "
            f"{size:.3g} MiB, and memory_budget={memory_budget:g}. Pass fewer users or "
            "items, raise memory_budget, or use `recommend` for the best items."
        )
    matrix = np.empty((rows.size, columns.size), dtype)
    height = max(1, _PAIRS // columns.size)
    for begin in range(0, rows.size, height):
        some = rows[begin : begin + height]
        pairs = np.repeat(some, columns.size), np.tile(columns, some.size)
        predicted = estimator._clip(estimator._predict_encoded(*pairs))
        matrix[begin : begin + height] = predicted.reshape(some.size, -1)
    return matrix


def _queried_rows(ids: np.ndarray, queried: Ids | None, name: str) -> np.ndarray:
    """Return the row numbers of ids, -1 where unknown; None is all of them."""
    if queried is None:
        return np.arange(ids.size)
    return IdMap(ids).encode(id_array(queried, name), name)
