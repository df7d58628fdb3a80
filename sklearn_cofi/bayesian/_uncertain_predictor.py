"""Predictions with standard deviations and intervals, from draws of the posterior."""

from numbers import Real
from typing import Literal, overload

import numpy as np
from scipy.special import ndtri
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Floats, FrameLike
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._posterior_estimator import PosteriorEstimator
from sklearn_cofi.bayesian._predictive_variance import predictive_variance
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
            of the user.
        std : ndarray of shape (n_pairs,)
            Standard deviation of a new rating of weight 1 around its prediction. Its
            square is the sum of three variances: of the predictions over the kept
            draws, of the noise of the user and the item and, if one of them is unknown,
            over the users or items of all ratings. Not clipped.

        Raises
        ------
        TypeError
            If ids are of another type than those seen in fit.
        ValueError
            If ids are missing, the columns look swapped, or a user or item is unknown
            and ``unknown="error"``.
        """
        users, items = self._read_pairs(X)
        predicted = self._clip(self._predict_encoded(users, items))
        if not return_std:
            return predicted
        return predicted, standard_deviations(self, users, items, self._draws())

    def predict_interval(self, X: FrameLike, coverage: float = 0.9) -> Floats:
        """Return intervals that contain ratings with a given probability.

        ::

            predicted -+ ndtri((1 + coverage) / 2) * std

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
        """
        check_scalar(coverage, "coverage", Real)
        if not 0 < coverage < 1:
            raise ValueError(
                f"coverage={coverage} must be between 0 and 1, for example 0.9."
            )
        users, items = self._read_pairs(X)
        half_width = ndtri((1 + coverage) / 2) * standard_deviations(
            self, users, items, self._draws()
        )
        middle = self._predict_encoded(users, items)
        return self._clip(np.column_stack([middle - half_width, middle + half_width]))


def standard_deviations(
    estimator: PosteriorEstimator,
    users: np.ndarray,
    items: np.ndarray,
    draws: PosteriorDraws,
) -> np.ndarray:
    """Return the standard deviations of the ratings of encoded pairs."""
    with kernel_threads(estimator.n_jobs, users.size * draws.users.shape[2]):
        variance = predictive_variance(draws, users, items)
    return estimator.rating_scale_ * np.sqrt(variance)
