"""`recommend` with standard deviations, from draws of a posterior."""

import numpy as np

from sklearn_cofi._typing import Frame, FrameLike, Ids
from sklearn_cofi.base._query import Asking, LearnedUsers
from sklearn_cofi.base._recommender import RecommenderMixin
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._new_users import draw_rows, mean_rows
from sklearn_cofi.bayesian._posterior_attributes import DRAW_ATTRIBUTES
from sklearn_cofi.bayesian._predictive_variance import predictive_variance
from sklearn_cofi.data._centering import centre
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.inference._recommend import Best
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread


class UncertainRecommenderMixin(RecommenderMixin):
    """Recommendations from the fitted attributes of a Bayesian collaborative filter."""

    def recommend(
        self,
        users: Ids | None = None,
        *,
        ratings: FrameLike | None = None,
        n: int = 10,
        exclude_rated: bool = True,
        candidates: FrameLike | None = None,
        banned: FrameLike | None = None,
        return_std: bool = False,
        memory_budget: float | None = None,
    ) -> Frame:
        """Return the items with the highest predicted ratings.

        Parameters
        ----------
        users, ratings, n, exclude_rated, candidates, banned, memory_budget
            As in `CollaborativeFilter.recommend`. A new user's prediction is the mean
            of their posterior given each draw's items, over the draws that were kept.
        return_std : bool, default=False
            Add a column std: the standard deviation of the rating around its
            prediction, as `predict` returns it.

        Returns
        -------
        frame
            Columns user (absent for a single new user without an id), rank (from 1),
            item, prediction and, if asked for, std.

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
        asking = self._asking(users, ratings)
        best = self._best(asking, n, exclude_rated, candidates, banned, memory_budget)
        more = {"std": self._std_of_best(asking, best)} if return_std else {}
        return self._answer(asking, best, **more)

    def _std_of_best(self, asking: Asking, best: Best) -> np.ndarray:
        draws = self._draws()
        if asking.new is not None:
            with self._threads(asking.new), single_blas_thread:
                draws = draw_rows(draws, self._scaled(asking.new))
        return self._std(asking.users[best.rows], best.items, draws)

    def _std(self, users, items, draws: PosteriorDraws | None = None):
        draws = self._draws() if draws is None else draws
        with kernel_threads(self.n_jobs, users.size * draws.users.shape[2]):
            variance = predictive_variance(draws, users, items)
        return self.rating_scale_ * np.sqrt(variance)

    def _draws(self) -> PosteriorDraws:
        return PosteriorDraws(*(getattr(self, name) for name in DRAW_ATTRIBUTES))

    def _scaled(self, ratings: RatingMatrix) -> RatingMatrix:
        """Return new users' ratings in the units of the draws."""
        means = self._means()
        nobody = np.full(ratings.shape[0], means.overall)
        centred = centre(ratings, means._replace(user=nobody), self._normalization)
        return centred.over(self.rating_scale_).astype(np.float64)

    def _fold_in(self, matrix: RatingMatrix) -> LearnedUsers:
        """Learn new users from what the kept draws say of the items."""
        found = mean_rows(self._draws(), self._scaled(matrix))
        factors = np.concatenate(found[:, :, :-1], axis=1)
        items = np.concatenate(self.item_draws_[:, :-1, :-1], axis=1)
        share = self.rating_scale_ / len(found)
        biases = (
            self.rating_scale_ * side[:, :, -1].mean(axis=0, dtype=np.float64)
            for side in (found, self.item_draws_[:, :-1])
        )
        nobody = np.full(matrix.shape[0], self.global_mean_)
        items = items.astype(np.float64)
        return LearnedUsers(share * factors, next(biases), nobody, items, next(biases))
