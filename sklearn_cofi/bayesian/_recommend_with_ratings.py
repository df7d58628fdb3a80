"""`recommend_with_ratings`: lists of one model with the ratings of another."""

from typing import Any, NamedTuple

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Estimator, Frame, FrameLike, Ids
from sklearn_cofi.base._query import new_user_threads, read_query
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._posterior_estimator import PosteriorEstimator
from sklearn_cofi.bayesian._uncertain_predictor import standard_deviations
from sklearn_cofi.data._frame import open_table, with_columns
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.kernels._threads import single_blas_thread


def recommend_with_ratings(
    ranker: Estimator,
    rater: Estimator,
    users: Ids | None = None,
    *,
    ratings: FrameLike | None = None,
    n: int = 10,
    **options: Any,
) -> Frame:
    """Return lists ranked by one model, with the ratings that another model predicts.

    The ranker decides which items a user may choose, and the rater how the user would
    rate them. The order of the lists is that of the ranker.

    Parameters
    ----------
    ranker : estimator
        Fitted model whose `recommend` makes the lists, usually a
        `RankingCollaborativeFilter`.
    rater : estimator
        Fitted model of ratings, usually a `BayesianCollaborativeFilter` or a
        `CollaborativeFilter`. Its ids have the kind of the ranker's ids.
    users : id or array-like of ids, default=None
        Users to recommend items to. None is all users of the ranker.
    ratings : frame or array-like, default=None
        Ratings of new users, in place of ``users``. Both models compute factors of the
        new users from them.
    n : int, default=10
        Number of items for each user.
    **options
        Further options of the ranker's `recommend`, such as ``candidates`` and
        ``titles``.

    Returns
    -------
    frame
        The frame of the ranker's `recommend`, whose column prediction is the relevance,
        and two more columns:

        - rating: prediction of the rater, clipped to its ``rating_range``. For users
          and items that the rater has not seen in fit, it is the mean that
          ``rater.predict`` returns.
        - rating_std (if the rater is a `BayesianCollaborativeFilter`): standard
          deviation of the rating around its prediction

    Raises
    ------
    ValueError
        If a listed user or item is unknown to the rater and its ``unknown`` is "error",
        or as in the ranker's `recommend`.
    TypeError
        If the rater does not predict ratings of pairs, the ranker has no `recommend`,
        or the ids of both models are of different kinds.

    See Also
    --------
    RankingCollaborativeFilter : Model of lists.
    BayesianCollaborativeFilter : Model of ratings with standard deviations.

    Examples
    --------
    >>> from sklearn_cofi import (
    ...     BayesianCollaborativeFilter,
    ...     RankingCollaborativeFilter,
    ...     recommend_with_ratings,
    ... )
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> frame = load_tutorial().frame
    >>> ranker = RankingCollaborativeFilter(3, random_state=0).fit(frame)
    >>> rater = BayesianCollaborativeFilter(3, random_state=0).fit(frame)
    >>> list(recommend_with_ratings(ranker, rater, 0, n=2))
    ['user', 'rank', 'item', 'prediction', 'rating', 'rating_std']
    """
    _check_models(ranker, rater)
    best = ranker.recommend(users, ratings=ratings, n=n, **options)
    pairs = _pairs_of(rater, best, ratings)
    if rater.unknown == "error":
        rater._check_unknown(pairs.users, pairs.items)
    rated = rater._clip(pairs.model.predict(pairs.users, pairs.items))
    columns = {"rating": rated}
    if pairs.draws is not None:
        columns["rating_std"] = standard_deviations(
            rater, pairs.users, pairs.items, pairs.draws
        )
    return with_columns(best, columns)


class _Pairs(NamedTuple):
    """The listed pairs, encoded by the rater, and its model of these users."""

    model: FittedFactors
    users: np.ndarray  # int (n_rows,), -1 for unknown users
    items: np.ndarray  # int (n_rows,), -1 for unknown items
    draws: PosteriorDraws | None  # None if the rater has no standard deviations


def _check_models(ranker: Estimator, rater: Estimator) -> None:
    if not hasattr(ranker, "recommend"):
        raise TypeError(
            f"ranker is a {type(ranker).__name__}, which has no method `recommend`. "
            "Pass a fitted model such as a RankingCollaborativeFilter."
        )
    if not isinstance(rater, RatingsEstimator):
        raise TypeError(
            f"rater is a {type(rater).__name__}, which does not predict ratings of "
            "pairs. Pass a fitted BayesianCollaborativeFilter or CollaborativeFilter."
        )
    check_is_fitted(rater)


def _pairs_of(
    rater: RatingsEstimator, best: Frame, ratings: FrameLike | None
) -> _Pairs:
    """Return the users and items of lists as rows of the rater's model."""
    table = open_table(best, "the lists", may_be_empty=True)
    names = list(table.names or [])
    query = read_query(rater, None, ratings)  # without ratings, all users of the rater
    model, ids, rows = query.model, query.ids, query.users
    draws = None
    if isinstance(rater, PosteriorEstimator):
        draws = rater._draws()
        if query.new_ratings is not None:
            with new_user_threads(rater, query.new_ratings), single_blas_thread:
                draws = rater._draw_new_users(query.new_ratings, query.ids)
    if not table.n_rows:
        return _Pairs(model, np.empty(0, np.int64), np.empty(0, np.int64), draws)
    items = IdMap(rater.item_ids_).encode(table.take(names.index("item")), "item")
    if ids is None:  # one new user without an id
        return _Pairs(model, np.full(items.size, rows[0]), items, draws)
    users = IdMap(ids).encode(table.take(names.index("user")), "user")
    return _Pairs(model, np.append(rows, -1)[users], items, draws)
