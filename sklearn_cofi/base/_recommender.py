"""`recommend` and `predict_matrix`, for all estimators that have factors."""

from numbers import Real

import numpy as np
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Floats, Frame, FrameLike, Ids, Titles
from sklearn_cofi.base._best_items import (
    RankingOptions,
    best_items,
    recommended_frame,
)
from sklearn_cofi.base._query import read_query
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import id_array
from sklearn_cofi.data._ids import IdMap

# Number of pairs of a matrix that are predicted at once.
_PAIRS = 1 << 18


class RecommenderMixin(RatingsEstimator):
    """The methods `recommend` and `predict_matrix`."""

    def recommend(
        self,
        users: Ids | None = None,
        *,
        ratings: FrameLike | None = None,
        n: int = 10,
        exclude_rated: bool = True,
        candidates: FrameLike | None = None,
        banned: FrameLike | None = None,
        min_count: int = 0,
        popularity_penalty: float = 0.0,
        diversity: float = 0.0,
        titles: Titles | None = None,
        memory_budget: float | None = None,
    ) -> Frame:
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users : id or array-like of ids, default=None
            Users to recommend items to. None is all users of the fit. An unknown user
            gets the items with the highest ``unknown_user_predictions_``.
        ratings : frame or array-like, default=None
            Ratings of new users, in place of ``users``: a row for each rating, with
            columns for item and rating and, if there is more than one new user, for
            user. A model that was fitted to pairs without ratings takes pairs, or
            items of one new user, all with rating 1. Columns are found as in `fit`.
            The factors of each new user are the exact minimisers of the objective (or
            the posterior means) given the items. A new user whose id is in
            ``user_features`` has these features. The model is not changed.
        n : int, default=10
            Number of items for each user; fewer if fewer are left.
        exclude_rated : bool, default=True
            Whether to leave out the items that the user has rated.
        candidates : array-like of item ids, or frame of (user, item), default=None
            Items that may be recommended: the same items for all users, or pairs of
            user and item in a frame or in an array of two columns. None is all items.
        banned : array-like of item ids, or frame of (user, item), default=None
            Items that are not recommended: to all users, or in pairs of user and item.
        min_count : int, default=0
            Minimum support: the number of ratings in ``item_counts_`` that an item
            needs to be recommended.
        popularity_penalty : float, default=0.0
            Number ``b`` of the correction for popularity. Items are ranked by
            ``prediction - b * log(count)``, with the natural logarithm and the counts
            in ``item_counts_``. It is in units of the rating. A negative number prefers
            items with many ratings. The column prediction is not changed.
        diversity : float, default=0.0
            Number ``d`` in [0, 1]: the weight of differences between the items of a
            list. 0 takes the items with the highest scores. Otherwise, each list is
            chosen from the ``10 * n`` items with the highest scores of the user. The
            best item is first. Each further item has the largest ``(1 - d) * relevance
            - d * similarity``. The relevance is the score, scaled so that the best of
            these items has 1 and the last 0. The similarity is the largest cosine of
            the item's factors with those of an item in the list (maximal marginal
            relevance). Equal values are ordered by score, then by id.
        titles : mapping, Series or frame, default=None
            Titles of items, for a column title next to the items: a mapping of ids to
            titles, a pandas Series of titles with the ids as index, or a frame with
            columns of ids and titles (by their names, as "item" and "title"), such as
            ``item_frame`` of the data sets. The title of an item without one is
            missing. Two different titles of one item are an error.
        memory_budget : float, default=None
            Largest memory in MiB that is held in addition to the returned frame. None
            is 64, or scikit-learn's ``working_memory`` if that is less.

        Returns
        -------
        frame
            Columns user (absent for a single new user without an id), rank (from 1),
            item, title (with ``titles``) and prediction. Users are in the given order.
            Items are sorted by falling prediction before clipping to ``rating_range``
            (less the popularity penalty), then by id; with ``diversity``, in the order
            of the choice. The frame has the kind of ``ratings`` or, without them, of
            the frame that was passed to `fit`: pandas, polars or pyarrow.

        Raises
        ------
        ValueError
            If both ``users`` and ``ratings`` are passed, if a user is unknown and
            ``unknown="error"``, if no candidate is known, if no item has
            ``min_count`` ratings, if an option is out of range, or if the memory is
            less than one user needs.
        TypeError
            If ids are of another kind than the ids of `fit`.

        Notes
        -----
        The items are prepared at the first query and used again. To change a fitted
        attribute, assign a new array: an array that is edited in place is not noticed.

        References
        ----------
        Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for
        Reordering Documents and Producing Summaries", SIGIR 1998,
        doi:10.1145/290941.291025. Steck, "Item Popularity and Recommendation Accuracy",
        RecSys 2011, doi:10.1145/2043932.2043957. The penalty is the logit adjustment
        of Menon et al., "Long-Tail Learning via Logit Adjustment", ICLR 2021,
        doi:10.48550/arXiv.2007.07314.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, 1.0, tol=1e-6, random_state=0).fit(ratings)
        >>> model.recommend(0, n=2).round(1)
           user  rank  item  prediction
        0     0     1     3         8.5
        1     0     2     1         7.8
        >>> model.recommend([0, 1], n=1, candidates=[2, 5, 7]).round(1)
           user  rank  item  prediction
        0     0     1     2         6.9
        1     1     1     7         4.4
        """
        options = RankingOptions(
            n=n,
            exclude_rated=exclude_rated,
            candidates=candidates,
            banned=banned,
            min_count=min_count,
            popularity_penalty=popularity_penalty,
            diversity=diversity,
            memory_budget=memory_budget,
        )
        query = read_query(self, users, ratings)
        best = best_items(self, query, options)
        return recommended_frame(self, query, best, titles=titles)

    def predict_matrix(
        self,
        users: Ids | None = None,
        items: Ids | None = None,
        *,
        memory_budget: float = 1024,
    ) -> Floats:
        """Predict the ratings of all pairs of users and items.

        This is the only method that holds a matrix of users x items. To get the best
        items of each user, use `recommend`, which needs less memory.

        Parameters
        ----------
        users, items : id or array-like of ids, default=None
            Ids of the rows and of the columns. None is all of ``user_ids_``, or all
            of ``item_ids_``.
        memory_budget : float, default=1024
            Largest size of the matrix, in MiB.

        Returns
        -------
        ndarray of shape (n_users, n_items)
            Predictions of all pairs, equal to those of `predict`.

        Raises
        ------
        ValueError
            If the matrix would be larger than ``memory_budget``, or if an id is
            unknown and ``unknown="error"``.
        TypeError
            If ids are of another kind than the ids of `fit`.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, 1.0, tol=1e-6, random_state=0).fit(ratings)
        >>> model.predict_matrix([0, 5], items=[3, 0]).round(2)
        array([[8.47, 6.95],
               [8.85, 4.94]])
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
    """Predict all pairs of encoded users and items, a block of rows at a time."""
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
    """Return the row numbers of ids, -1 for unknown ids; None is all rows."""
    if queried is None:
        return np.arange(ids.size)
    return IdMap(ids).encode(id_array(queried, name), name)
