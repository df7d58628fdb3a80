"""Predictions with standard deviations and intervals, from draws of the posterior."""

from numbers import Real
from typing import Literal, overload

import numpy as np
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Floats, FrameLike, Ids
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._posterior_estimator import PosteriorEstimator
from sklearn_cofi.bayesian._predictive_variance import (
    predictive_quantiles,
    predictive_variance,
    preference_probabilities,
)
from sklearn_cofi.data._frame import id_array
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.kernels._threads import kernel_threads


class UncertainPredictorMixin(PosteriorEstimator):
    """Predictions with standard deviations and intervals."""

    @overload
    def predict(self, X: FrameLike, return_std: Literal[False] = False) -> Floats: ...

    @overload
    def predict(
        self, X: FrameLike, return_std: Literal[True]
    ) -> tuple[Floats, Floats]: ...

    @overload
    def predict(
        self, X: FrameLike, return_std: bool
    ) -> Floats | tuple[Floats, Floats]: ...

    def predict(
        self, X: FrameLike, return_std: bool = False
    ) -> Floats | tuple[Floats, Floats]:
        """Predict ratings of pairs.

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair, with columns as in `fit`.
        return_std : bool, default=False
            Whether to return the standard deviation of each rating around its
            prediction, too.

        Returns
        -------
        predicted : ndarray of shape (n_pairs,)
            Mean over all draws of ``mean + b_u + c_i + U_u . V_i``, clipped to
            ``rating_range``. For an unknown user or item it is
            ``unknown_user_predictions_`` of the item or ``unknown_item_predictions_``
            of the user. Users and items that have features and no rating are predicted
            from them, as in the notes of the class. With ``time_col``, the effects of
            the time on the biases of the user and the item are added.
        std : ndarray of shape (n_pairs,)
            Standard deviation of a new rating of weight 1 around its prediction. Its
            square is the sum of these variances: of the predictions over the kept
            draws, of the noise of the user and the item and, if one of them is unknown,
            over the users or items of all ratings. With ``time_col`` it is multiplied
            by ``(noise + v) / (noise + v_0)``, with the variance of the noise around
            the effects of time, and the variances v of the effects at this time and v_0
            far from all ratings. Not clipped.

        Raises
        ------
        TypeError
            If ids are of another type than those seen in fit.
        ValueError
            If ids are missing, the columns look swapped, the column of times is absent,
            or a user or item is unknown and ``unknown="error"``.
        """
        users, items = self._read_pairs(X)
        effects, ratios = self._effects_of_times(X, users, items)
        predicted = self._clip(self._predict_encoded(users, items) + effects)
        if not return_std:
            return predicted
        stds = standard_deviations(self, users, items, self._draws())
        return predicted, stds * np.sqrt(ratios)

    def predict_interval(self, X: FrameLike, coverage: float = 0.9) -> Floats:
        """Return intervals that contain ratings with a given probability.

        Both ends are quantiles x of the predictive distribution, which leaves out
        ``(1 - coverage) / 2`` at each end::

            level  = mean over the kept draws s of G((x - predicted) / sd_s)
            sd_s^2 = variance of the predictions over the kept draws
                     + variance of the noise of the user and the item in draw s
                     + variance over unknown users or items in draw s

        G is the distribution of the errors of the training ratings in the kept draws,
        in units of their standard deviation. The tails of an interval are thus as
        heavy as those of the ratings, and heavier for users and items with few
        ratings, whose noise differs between draws. The mean of ``sd_s^2`` is the square
        of the standard deviation that `predict` returns. With ``time_col``, quantiles
        and standard deviations are multiplied by the same number, at most 1: see
        `predict`.

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair, with columns as in `fit`.
        coverage : float, default=0.9
            Probability that a rating is in its interval, between 0 and 1 (exclusive).

        Returns
        -------
        ndarray of shape (n_pairs, 2)
            Lower and upper ends, clipped to ``rating_range``.

        Raises
        ------
        TypeError, ValueError
            As `predict`, and if ``coverage`` is not a number between 0 and 1.

        References
        ----------
        Duan, "Smearing Estimate: A Nonparametric Retransformation Method", Journal of
        the American Statistical Association 78, 1983,
        doi:10.1080/01621459.1983.10478017; Chaloner and Brant, "A Bayesian Approach to
        Outlier Detection and Residual Analysis", Biometrika 75, 1988,
        doi:10.1093/biomet/75.4.651.
        """
        check_scalar(coverage, "coverage", Real)
        if not 0 < coverage < 1:
            raise ValueError(
                f"coverage={coverage} must be between 0 and 1, for example 0.9."
            )
        users, items = self._read_pairs(X)
        levels = np.array([(1 - coverage) / 2, (1 + coverage) / 2])
        distribution = self._noise_distribution_or_normal()
        with kernel_threads(self.n_jobs, 8 * users.size * self.user_draws_.shape[2]):
            around = predictive_quantiles(
                self._draws(), users, items, levels, distribution
            )
        effects, ratios = self._effects_of_times(X, users, items)
        around *= np.sqrt(ratios)[:, None]
        middle = (self._predict_encoded(users, items) + effects)[:, None]
        return self._clip(middle + self.rating_scale_ * around)

    def predict_preference(self, X: FrameLike, other_items: Ids) -> Floats:
        """Return the probability that a user rates an item higher than another item.

        ::

            probability = mean over the kept draws s of Phi(d_s / sd_s)
            d_s    = predicted difference + difference in draw s - its mean over draws
            sd_s^2 = variance of the noise of both ratings in draw s
                     + variance over unknown users or items

        The probability is that of two new ratings, with their noise, not that of the
        expected ratings. In each draw both items have the same row of the user, so what
        is not known about the user does not count twice. Ratings are continuous here:
        for ratings on a scale, half of the equal ratings count as higher.

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair of user and item, with columns as in `fit`.
        other_items : id or array-like of n_pairs ids
            The other item of each row, or one item for all rows.

        Returns
        -------
        ndarray of shape (n_pairs,)
            Between 0 and 1. It is 0.5 for an item and itself, and for two unknown
            items. The probabilities for (A, B) and (B, A) sum to 1.

        Raises
        ------
        TypeError, ValueError
            As `predict`, and if ``other_items`` has not one id for each row.

        Examples
        --------
        >>> from sklearn_cofi import BayesianCollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = BayesianCollaborativeFilter(3, random_state=0).fit(ratings)
        >>> model.predict_preference(ratings[:2], other_items=ratings["item"][0])[0]
        np.float64(0.5)
        """
        users, items = self._read_pairs(X)
        ids = id_array(other_items, "other_items")
        if len(ids) not in (1, users.size):
            raise ValueError(
                f"other_items has {len(ids)} ids, but X has {users.size} rows. Pass "
                "one item for each row, or one for all."
            )
        others = IdMap(self.item_ids_).encode(ids, "other_items")
        others = np.broadcast_to(others, users.shape)
        if self.unknown == "error":
            self._check_unknown(users, others)
        means = self._predict_encoded(users, items) - self._predict_encoded(
            users, others
        )
        with kernel_threads(self.n_jobs, 4 * users.size * self.user_draws_.shape[2]):
            return preference_probabilities(
                self._draws(), users, (items, others), means / self.rating_scale_
            )


def standard_deviations(
    estimator: PosteriorEstimator,
    users: np.ndarray,
    items: np.ndarray,
    draws: PosteriorDraws,
) -> np.ndarray:
    """Return the standard deviations of the ratings of encoded pairs, at no time."""
    with kernel_threads(estimator.n_jobs, users.size * draws.users.shape[2]):
        variance = predictive_variance(draws, users, items)
    return estimator.rating_scale_ * np.sqrt(variance)
