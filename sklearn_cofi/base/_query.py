"""Who asks for recommendations: known users, new ones, and among which items."""

from typing import NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import id_array, is_table, numbers, open_table
from sklearn_cofi.data._ids import NO_USER_KNOWN, IdMap, distinct_ids
from sklearn_cofi.data._matrix import (
    CSRRows,
    RatingMatrix,
    ranges,
    rating_matrix,
)
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread


class LearnedUsers(NamedTuple):
    """What is known of users, a row for each: from the fit, or folded in."""

    factors: np.ndarray  # (n_users, k)
    bias: np.ndarray  # (n_users,)
    means: np.ndarray  # (n_users,)
    item_factors: np.ndarray  # (n_items, k), that the factors are multiplied by
    item_bias: np.ndarray  # (n_items,)


class Asking(NamedTuple):
    """Who asks for recommendations, and what is known of them."""

    ids: np.ndarray | None  # (n_rows,), None for one new user without an id
    users: np.ndarray  # int (n_rows,): rows of what is learned; -1 is unknown
    learned: LearnedUsers
    rated: tuple[np.ndarray, np.ndarray]  # indptr and items of the learned
    kind: str  # of frame
    new: RatingMatrix | None  # ratings of new users


class AskingMixin:
    """Reads who asks, by the fitted attributes of a collaborative filter.

    Subclasses have a method ``_fold_in`` that learns new users from their matrix.
    """

    @property
    def _rated(self) -> CSRRows:
        """The ratings of the fit, by user, as they were given."""
        values = self._rated_ratings, self._rated_weights
        return CSRRows(self._rated_indptr, self._rated_items, *values)

    def _asking(self, users, ratings) -> Asking:
        """Read who asks."""
        check_is_fitted(self)
        if users is not None and ratings is not None:
            raise ValueError(
                "Pass either `users`, ids that fit has seen, or `ratings`, a frame of "
                "new users' ratings."
            )
        if ratings is not None:
            return self._asking_new(ratings)
        ids, rows = self.user_ids_, np.arange(self.user_ids_.size)
        if users is not None:
            distinct, codes = distinct_ids(id_array(users), "users")
            rows = IdMap(self.user_ids_).encode(distinct, "users")[codes]
            ids = distinct[codes]  # those of a list too are of the kind they stand for
        if self.unknown == "error" and (rows < 0).any():
            raise ValueError(
                f"{int((rows < 0).sum())} of the users were not seen in fit. "
                f"{self._unknown_advice}"
            )
        if (rows < 0).all():
            warn_caller(NO_USER_KNOWN.format(rows.size))
        known = LearnedUsers(
            self.user_factors_,
            self.user_bias_,
            self.user_means_,
            self.item_factors_,
            self.item_bias_,
        )
        return Asking(ids, rows, known, self._rated[:2], self._frame_kind, None)

    def _asking_new(self, ratings) -> Asking:
        ids, matrix, kind = self._read_new_users(ratings)
        with self._threads(matrix), single_blas_thread:
            new = self._fold_in(matrix)
        rows = matrix.by_user
        users = np.where(np.diff(rows.indptr) > 0, np.arange(matrix.shape[0]), -1)
        return Asking(ids, users, new, rows[:2], kind, matrix)

    def _threads(self, ratings: RatingMatrix):
        work = ratings.n_ratings * self.item_factors_.shape[1]
        return kernel_threads(self.n_jobs, work)

    def _read_new_users(self, ratings) -> tuple[np.ndarray | None, RatingMatrix, str]:
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
        self._check_since_fit(values)
        known = items >= 0
        if self.unknown == "error":
            self._check_unknown(users, items)
        if not known.all():
            warn_caller(
                f"{int((~known).sum())} of the {known.size} ratings are of items that "
                "fit has not seen: they tell nothing about the user and are ignored."
            )
        shape = 1 if ids is None else ids.size, self.item_ids_.size
        values = values[known].astype(self.item_factors_.dtype)
        matrix = rating_matrix(users[known], items[known], values, None, shape)
        if matrix.n_conflicts:
            warn_caller(
                f"{matrix.n_conflicts} (user, item) pairs have more than one rating; "
                "each is taken as the mean of its ratings. If there are several new "
                "users, name their column with `user_col`."
            )
        return ids, matrix, table.kind

    def _read_choice(self, choice, name: str, asking_ids):
        """Read items that are chosen, for all who ask or for each.

        Returns
        -------
        items : int array or None
            Increasing item numbers, for all.
        pairs : (int array, int array) or None
            Places of ``asking_ids``, and an item for each.
        """
        if choice is None or (name == "banned" and _is_empty(choice)):
            return None, None
        if not is_table(choice):
            items = IdMap(self.item_ids_).encode(id_array(choice, name), name)
            self._warn_of_strange(items, name)
            return np.unique(items[items >= 0]), None
        table = open_table(choice, name)
        user, item = find_columns(table, self.user_col, self.item_col, None)[:2]
        if asking_ids is None:
            raise ValueError(
                f"`{name}` names a user for each item, but the one new user has no id. "
                "Pass a list of items, or give `ratings` a column of users."
            )
        items = IdMap(self.item_ids_).encode(table.take(item), table.label(item))
        self._warn_of_strange(items, name)
        distinct, of_row = distinct_ids(asking_ids, "users")
        users = IdMap(distinct).encode(table.take(user), table.label(user))
        mine = (users >= 0) & (items >= 0)
        users, items = users[mine], items[mine]
        # A user may ask more than once.
        order = np.argsort(of_row, kind="stable")
        bounds = np.searchsorted(of_row[order], np.arange(distinct.size + 1))
        times = np.diff(bounds)[users]
        rows = order[ranges(bounds[users], times)]
        return None, (rows, np.repeat(items, times))

    def _warn_of_strange(self, items, name: str):
        """Say that candidates are unknown; what is banned may well be."""
        strange = int((items < 0).sum())
        if name == "banned" or not strange:
            return
        text = (
            f"{strange} of the {items.size} candidates are items that fit has not "
            "seen, which cannot be recommended."
        )
        if self.unknown == "error" or strange == items.size:
            raise ValueError(f"{text} Compare the ids with `item_ids_`.")
        warn_caller(text)


def _is_empty(choice) -> bool:
    return hasattr(choice, "__len__") and len(choice) == 0
