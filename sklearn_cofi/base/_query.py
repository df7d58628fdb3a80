"""Queries: users to predict for, either known users or new users with ratings."""

from contextlib import AbstractContextManager
from dataclasses import dataclass

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import FrameLike, Ids
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._column_checks import check_no_ratings_left
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import id_array, numbers, open_table
from sklearn_cofi.data._ids import NO_USER_KNOWN, IdMap, distinct_ids
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread


@dataclass(frozen=True)
class RecommendationQuery:
    """Users of a query, a row each, and the model that has their factors."""

    model: FittedFactors
    users: np.ndarray  # int (n_rows,): rows of model.users; -1 is unknown
    ids: np.ndarray | None  # (n_rows,); None for one new user without an id
    kind: str  # kind of the frame to return
    new_ratings: RatingMatrix | None = None


def read_query(
    estimator: RatingsEstimator, users: Ids | None, ratings: FrameLike | None
) -> RecommendationQuery:
    """Return the query for known users or, with ``ratings``, for new users.

    Raises
    ------
    ValueError
        If both are passed, or a user is unknown and ``unknown="error"``.
    TypeError
        If ids are of another kind than the ids of the fit.
    """
    check_is_fitted(estimator)
    if users is not None and ratings is not None:
        raise ValueError(
            "Pass either `users`, ids seen in fit, or `ratings`, a frame of new "
            "users' ratings."
        )
    if ratings is not None:
        return _query_of_new_users(estimator, ratings)
    ids, rows = estimator.user_ids_, np.arange(estimator.user_ids_.size)
    if users is not None:
        distinct, codes = distinct_ids(id_array(users), "users")
        rows = IdMap(estimator.user_ids_).encode_distinct(distinct, "users")[codes]
        ids = distinct[codes]  # an array with the dtype of the ids, also for a list
    if estimator.unknown == "error" and (rows < 0).any():
        raise ValueError(
            f"{int((rows < 0).sum())} of the users were not seen in fit. "
            f"{estimator._unknown_advice}"
        )
    if (rows < 0).all():
        warn_caller(NO_USER_KNOWN.format(rows.size))
    return RecommendationQuery(estimator._model(), rows, ids, estimator._frame_kind)


def _query_of_new_users(
    estimator: RatingsEstimator, ratings: FrameLike
) -> RecommendationQuery:
    ids, matrix, kind = read_new_users(estimator, ratings)
    with new_user_threads(estimator, matrix), single_blas_thread:
        model = estimator._infer_new_users(matrix, ids)
    n_rated = np.diff(matrix.by_user.indptr)
    is_known = n_rated > 0
    if model.users.cold is not None:
        is_known |= model.users.cold.is_cold
    users = np.where(is_known, np.arange(n_rated.size), -1)
    return RecommendationQuery(model, users, ids, kind, matrix)


def new_user_threads(
    estimator: RatingsEstimator, ratings: RatingMatrix
) -> AbstractContextManager[None]:
    """Return a context in which kernels use as many threads as the ratings justify."""
    work = ratings.n_ratings * estimator.item_factors_.shape[1]
    return kernel_threads(estimator.n_jobs, work)


def read_new_users(
    estimator: RatingsEstimator, ratings: FrameLike
) -> tuple[np.ndarray | None, RatingMatrix, str]:
    """Read ratings of new users; return their ids if any, a matrix and a kind of frame.

    Warns
    -----
    UserWarning
        If an item is unknown, or a pair has more than one rating.
    """
    table = open_table(ratings, "ratings")
    columns = estimator._columns_of(table)
    user, item, rating = find_columns(
        table,
        *columns,
        user_optional=True,
        rating_optional=estimator._fitted_to_pairs,
    )
    if rating is None:
        check_no_ratings_left(table, (user, item), is_new=True)
        values = np.ones(table.n_rows)
    else:
        values = numbers(table.take(rating), f"rating column {table.label(rating)!r}")
    item_map = IdMap(estimator.item_ids_)
    items = item_map.encode(table.take(item), table.label(item))
    if user is None:
        ids, users = None, np.zeros_like(items)
    else:
        ids, users = distinct_ids(table.take(user), table.label(user))
    estimator._check_new_ratings(values)
    known = items >= 0
    if estimator.unknown == "error":
        estimator._check_unknown(users, items)
    if not known.all():
        warn_caller(
            f"{int((~known).sum())} of the {known.size} ratings are of items that were "
            "not seen in fit; these ratings are ignored."
        )
    shape = 1 if ids is None else ids.size, estimator.item_ids_.size
    values = values[known].astype(estimator.item_factors_.dtype)
    matrix = rating_matrix(users[known], items[known], values, None, shape)
    if matrix.n_conflicts:
        warn_caller(
            f"{matrix.n_conflicts} (user, item) pairs have more than one rating; "
            "the mean of its ratings is used. If there are several new users, name "
            "their column with `user_col`."
        )
    return ids, matrix, table.kind
