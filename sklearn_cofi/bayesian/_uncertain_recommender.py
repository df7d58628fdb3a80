"""Recommendations with standard deviations, from draws of the posterior."""

import numpy as np

from sklearn_cofi._typing import Frame, FrameLike, Ids, Titles
from sklearn_cofi.base._best_items import (
    RankingOptions,
    best_items,
    recommended_frame,
)
from sklearn_cofi.base._query import (
    RecommendationQuery,
    new_user_threads,
    read_query,
)
from sklearn_cofi.base._recommender import RecommenderMixin
from sklearn_cofi.bayesian._posterior_estimator import PosteriorEstimator
from sklearn_cofi.bayesian._uncertain_predictor import standard_deviations
from sklearn_cofi.inference._recommend import Best
from sklearn_cofi.kernels._threads import single_blas_thread


class UncertainRecommenderMixin(RecommenderMixin, PosteriorEstimator):
    """Recommendations with standard deviations."""

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
        return_std: bool = False,
        memory_budget: float | None = None,
    ) -> Frame:
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users, ratings, n, exclude_rated, candidates, banned, min_count, \
                popularity_penalty, diversity, titles, memory_budget
            As in `CollaborativeFilter.recommend`. The prediction for a new user is the
            mean over the kept draws of the posterior mean given the items of a draw.
            Repeats of a rating count relative to the mean number of repeats of the
            user's ratings, as weights do in `fit`. A new user whose id is in
            ``user_features`` has these features.
        return_std : bool, default=False
            Whether to add a column std: the standard deviation of the rating around
            its prediction, as `predict` returns it.

        Returns
        -------
        frame
            Columns user (absent for a single new user without an id), rank (from 1),
            item, title (with ``titles``), prediction and, with ``return_std``, std.

        Raises
        ------
        ValueError, TypeError
            As in `CollaborativeFilter.recommend`.

        Examples
        --------
        >>> from sklearn_cofi import BayesianCollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> model = BayesianCollaborativeFilter(3, random_state=0)
        >>> best = model.fit(load_tutorial().frame).recommend(0, return_std=True)
        >>> list(best)
        ['user', 'rank', 'item', 'prediction', 'std']
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
        std = _std_of_best(self, query, best) if return_std else None
        return recommended_frame(self, query, best, titles=titles, std=std)


def _std_of_best(
    estimator: PosteriorEstimator, query: RecommendationQuery, best: Best
) -> np.ndarray:
    """Return the standard deviations of recommended ratings."""
    draws = estimator._draws()
    if query.new_ratings is not None:
        with new_user_threads(estimator, query.new_ratings), single_blas_thread:
            draws = estimator._draw_new_users(query.new_ratings, query.ids)
    return standard_deviations(estimator, query.users[best.rows], best.items, draws)
