"""`similar_items` and `similar_users` with standard deviations."""

from collections.abc import Callable

import numpy as np

from sklearn_cofi._typing import Frame, Ids, SideName, Similarity, Titles
from sklearn_cofi.base._similarity import SimilarityMixin, similar_frame
from sklearn_cofi.bayesian._posterior_estimator import PosteriorEstimator
from sklearn_cofi.bayesian._similarity_draws import similarities_of_draws
from sklearn_cofi.kernels._threads import single_blas_thread


class UncertainSimilarityMixin(SimilarityMixin, PosteriorEstimator):
    """Similar items and users, with standard deviations of the scores."""

    def similar_items(
        self,
        items: Ids | None = None,
        n: int = 10,
        *,
        metric: Similarity = "cosine",
        candidates: Ids | None = None,
        titles: Titles | None = None,
        return_std: bool = False,
    ) -> Frame:
        """Return the items whose factors are most similar to those of given items.

        Parameters
        ----------
        items, n, metric, candidates, titles
            As in `CollaborativeFilter.similar_items`.
        return_std : bool, default=False
            Whether to add a column std: the standard deviation of the score over the
            kept draws. In each draw the factors are balanced first, as those of the
            model are, because the draws of factors are defined up to a linear map.

        Returns
        -------
        frame
            Columns item, rank (from 1), similar_item, title (with ``titles``), score
            and, with ``return_std``, std. Scores are those of the factors of the mean
            prediction. Scores in the draws are lower on average, because their factors
            contain noise.

        Raises
        ------
        ValueError, TypeError
            As in `CollaborativeFilter.similar_items`.

        Examples
        --------
        >>> from sklearn_cofi import BayesianCollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> model = BayesianCollaborativeFilter(3, random_state=0)
        >>> similar = model.fit(load_tutorial().frame).similar_items(0, return_std=True)
        >>> list(similar)
        ['item', 'rank', 'similar_item', 'score', 'std']
        """
        std = self._std_of_scores("item", metric) if return_std else None
        return similar_frame(self, "item", items, n, metric, candidates, titles, std)

    def similar_users(
        self,
        users: Ids | None = None,
        n: int = 10,
        *,
        metric: Similarity = "cosine",
        candidates: Ids | None = None,
        return_std: bool = False,
    ) -> Frame:
        """Return the users whose factors are most similar to those of given users.

        Parameters
        ----------
        users, n, metric, candidates
            As in `CollaborativeFilter.similar_users`.
        return_std : bool, default=False
            As in `similar_items`.

        Returns
        -------
        frame
            Columns user, rank (from 1), similar_user, score and, with ``return_std``,
            std.

        Raises
        ------
        ValueError, TypeError
            As in `CollaborativeFilter.similar_items`.
        """
        std = self._std_of_scores("user", metric) if return_std else None
        return similar_frame(self, "user", users, n, metric, candidates, std_of=std)

    def _std_of_scores(
        self, side: SideName, metric: Similarity
    ) -> Callable[[np.ndarray, np.ndarray], np.ndarray]:
        """Return the function of pairs of rows that returns standard deviations."""

        def std_of(first: np.ndarray, second: np.ndarray) -> np.ndarray:
            sides = [
                draws[:, :-1, :-1] for draws in (self.user_draws_, self.item_draws_)
            ]
            own, other = sides if side == "user" else sides[::-1]
            with single_blas_thread:
                drawn = similarities_of_draws(own, other, (first, second), metric)
            unit = self.rating_scale_ if metric == "dot" else 1.0
            return unit * drawn.std(axis=0, ddof=min(1, len(drawn) - 1))

        return std_of
