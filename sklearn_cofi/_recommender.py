"""`recommend`, for every estimator that has factors."""

import warnings
from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi.data._centering import (
    centre_of_pairs,
    centre_terms,
)
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import id_array, numbers, open_table
from sklearn_cofi.data._ids import IdMap, distinct_ids
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix
from sklearn_cofi.inference._recommend import Askers, recommend_rows
from sklearn_cofi.objective._threads import kernel_threads, single_blas_thread


class LearnedUsers(NamedTuple):
    """What is known of users, a row for each: from the fit, or folded in."""

    factors: np.ndarray  # (n_users, k)
    bias: np.ndarray  # (n_users,)
    means: np.ndarray  # (n_users,)
    item_factors: np.ndarray  # (n_items, k), that the factors are multiplied by
    item_bias: np.ndarray  # (n_items,)


class RecommenderMixin:
    """Recommendations from the fitted attributes of a collaborative filter.

    Subclasses have a method ``_fold_in`` that learns new users from their matrix.
    """

    def recommend(self, users=None, *, ratings=None, n=10, exclude_rated=True):
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users : id or array-like of ids, default=None
            Users that fit has seen. A user it has not seen is recommended the items
            with the highest predictions for an unknown user: the highest means, or
            what a prior says.
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

        Returns
        -------
        pandas.DataFrame
            Columns user (absent for a single new user without an id), rank (from 1),
            item and prediction; users in the order given, items best first. Equal
            predictions are ordered by item id.

        Raises
        ------
        ValueError
            If both or neither of ``users`` and ``ratings`` are given, or if a user is
            unknown and ``unknown="error"``.
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
        """
        check_is_fitted(self)
        if (users is None) == (ratings is None):
            raise ValueError(
                "Pass either `users`, ids that fit has seen, or `ratings`, a frame of "
                "new users' ratings."
            )
        check_scalar(n, "n", Integral, min_val=1)
        with kernel_threads(self.n_jobs, self.item_factors_.size), single_blas_thread:
            if ratings is None:
                return self._recommend_known(id_array(users), n, exclude_rated)
            return self._recommend_new(ratings, n, exclude_rated)

    def _recommend_known(self, ids, n, exclude_rated):
        users = IdMap(self.user_ids_).encode(ids, "users")
        if self.unknown != "error" and (users < 0).all():
            warnings.warn(
                f"None of the {users.size} users was seen in fit: they are recommended "
                "the items with the highest predictions for a user of whom nothing is "
                "known. Compare the ids with `user_ids_`.",
                stacklevel=3,
            )
        if self.unknown == "error" and (users < 0).any():
            raise ValueError(
                f"{int((users < 0).sum())} of the users were not seen in fit. "
                f"{self._unknown_advice}"
            )
        known = LearnedUsers(
            self.user_factors_,
            self.user_bias_,
            self.user_means_,
            self.item_factors_,
            self.item_bias_,
        )
        rated = self._rated_indptr, self._rated_items
        return self._best(users, known, rated, n, exclude_rated, np.asarray(ids))

    def _recommend_new(self, ratings, n, exclude_rated):
        ids, matrix = self._read_new_users(ratings)
        new = self._fold_in(matrix)
        rows = matrix.by_user
        users = np.where(np.diff(rows.indptr) > 0, np.arange(matrix.shape[0]), -1)
        return self._best(users, new, rows[:2], n, exclude_rated, ids)

    def _best(self, users, learned: "LearnedUsers", rated, n, exclude_rated, ids):
        """Return the frame of recommendations to users, row numbers of ``learned``.

        A row number of -1 is a user of whom nothing is known. ``rated`` is indptr and
        indices of the items that the users of ``learned`` have rated.
        """
        means = self._means()._replace(user=learned.means)
        centring = means, (learned.bias, learned.item_bias), self._normalization
        known = users >= 0
        indptr, rated_items = rated
        begun = np.where(known & exclude_rated, users, 0)
        U = np.where(known[:, None], learned.factors[users], 0)
        row_terms, item_terms = centre_terms(*centring, users)
        askers = Askers(
            np.ascontiguousarray(U, learned.item_factors.dtype),
            lambda rows, items: centre_of_pairs(*centring, users[rows], items),
            row_terms,
            indptr[begun],
            np.where(known & exclude_rated, indptr[begun + 1], indptr[begun]),
            rated_items,
        )
        rows, ranks, best, scores = recommend_rows(
            askers, learned.item_factors, item_terms, n
        )
        columns = {} if ids is None else {"user": ids[rows]}
        columns |= {"rank": ranks, "item": self.item_ids_[best]}
        return pd.DataFrame({**columns, "prediction": self._clip(scores)})

    def _read_new_users(self, ratings) -> tuple[np.ndarray | None, RatingMatrix]:
        table = open_table(ratings, "ratings")
        user, item, rating = find_columns(
            table, self.user_col, self.item_col, self.rating_col, user_optional=True
        )[:3]
        values = numbers(table.take(rating), f"rating column {table.label(rating)!r}")
        item_map = IdMap(self.item_ids_)
        items = item_map.encode(table.take(item), table.label(item))
        if user is None:
            ids, users = None, np.zeros_like(items)
        else:
            ids, users = distinct_ids(table.take(user), table.label(user))
        self._check_rating_range(values)
        known = items >= 0
        if self.unknown == "error":
            self._refuse_unknown(users, items)
        if not known.all():
            warnings.warn(
                f"{int((~known).sum())} of the {known.size} ratings are of items that "
                "fit has not seen: they tell nothing about the user and are ignored.",
                stacklevel=4,
            )
        shape = 1 if ids is None else ids.size, self.item_ids_.size
        values = values[known].astype(self.item_factors_.dtype)
        matrix, n_conflicts = rating_matrix(
            users[known], items[known], values, None, shape
        )
        if n_conflicts:
            warnings.warn(
                f"{n_conflicts} (user, item) pairs were given more than one rating; "
                "each is taken as the mean of its ratings. If there are several new "
                "users, name their column with `user_col`.",
                stacklevel=4,
            )
        return ids, matrix
