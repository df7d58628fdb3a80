"""The base of the Bayesian estimator: its fitted attributes, and new users."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._new_users import draw_rows, mean_rows
from sklearn_cofi.bayesian._noise_distribution import normal_distribution
from sklearn_cofi.bayesian._posterior import with_unknown
from sklearn_cofi.bayesian._posterior_fit import PosteriorFit, population_predictions
from sklearn_cofi.data._centering import Means, centre
from sklearn_cofi.data._matrix import RatingMatrix, transposed
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side


class PosteriorEstimator(RatingsEstimator):
    """An estimator whose fitted attributes are means over draws, and kept draws."""

    user_draws_: np.ndarray
    item_draws_: np.ndarray
    _item_precision_draws: np.ndarray  # in files of versions 1 and 2 only

    _subtracted_means = "global"
    _unknown_advice = "Set unknown='prior' to predict them from the prior."

    def _draws(self) -> PosteriorDraws:
        """Return the kept draws, in units of ``rating_scale_``."""
        return PosteriorDraws(
            users=self.user_draws_,
            items=self.item_draws_,
            user_variances=self._user_variance_draws,
            item_ratios=self._item_ratio_draws,
            noise=self._noise_draws,
            degrees=self._degrees_draws,
            user_covariances=self._user_covariance_draws,
            item_covariances=self._item_covariance_draws,
            user_prior_means=self._user_prior_mean_draws,
            user_precisions=self._user_precision_draws,
            links=self._link_draws,
        )

    def _noise_distribution_or_normal(self) -> np.ndarray:
        """Return the distribution of the noise, which older files do not have."""
        found = getattr(self, "_noise_distribution", None)
        return normal_distribution() if found is None else found

    def _infer_new_users(
        self, ratings: RatingMatrix, ids: np.ndarray | None = None
    ) -> FittedFactors:
        """Return the posterior means of new users in all kept draws, side by side."""
        rows = mean_rows(self._draws(), self._scaled(ratings))
        made_from = (
            self.item_draws_,
            self.item_ids_,
            self.rating_scale_,
            self.unknown_user_predictions_,
        )
        items = prepared(self, "items of all draws", made_from, self._items_of_draws)
        factors = np.concatenate(rows[:, :, :-1], axis=1)
        scale = self.rating_scale_ / len(rows)
        bias = self.rating_scale_ * rows[:, :, -1].mean(axis=0, dtype=np.float64)
        means = np.full(ratings.shape[0], self.global_mean_)
        users = Side(NO_IDS, (scale * factors).astype(np.float64), bias, means, means)
        return FittedFactors(users, items, self.global_mean_, "global", ratings.by_user)

    def _items_of_draws(self) -> Side:
        """Return the item factors of all kept draws, side by side."""
        factors = np.concatenate(self.item_draws_[:, :-1, :-1], axis=1)
        bias = self.item_draws_[:, :-1, -1].mean(axis=0, dtype=np.float64)
        return Side(
            self.item_ids_,
            factors.astype(np.float64),
            self.rating_scale_ * bias,
            self.item_means_,
            self.unknown_user_predictions_,
        )

    def _draw_new_users(self, ratings: RatingMatrix) -> PosteriorDraws:
        """Return the kept draws with new users in place of the users of the fit."""
        return draw_rows(self._draws(), self._scaled(ratings))

    def _scaled(self, ratings: RatingMatrix) -> RatingMatrix:
        """Return the ratings of new users as the draws are: centred and scaled.

        The weights of each user get the mean weight of the fit, because only relative
        weights matter in a fit. The result for a user does not depend on other users.
        """
        n_users, n_items = ratings.shape
        means = Means(self.global_mean_, np.zeros(n_users), np.zeros(n_items))
        centred = centre(ratings, means, "global")
        scaled = centred.over(self.rating_scale_).astype(np.float64)
        return scaled.with_mean_weight_of_users(self._mean_weight)

    def _add_missing_attributes(self) -> None:
        # In earlier versions, unknown users and items had the mean of the prior.
        del self._item_precision_draws
        self._user_prior_mean_draws = self.user_draws_[:, -1].astype(np.float64)
        self._mean_weight = 1.0
        rated = self._rated()
        sides = rated, transposed(rated, self.item_ids_.size)
        counts = [rows.weight_sums for rows in sides]
        of_users, of_items = (
            [with_unknown(rows, n / n.sum()) for rows in draws[:, :-1]]
            for n, draws in zip(
                counts, (self.user_draws_, self.item_draws_), strict=True
            )
        )
        self.user_draws_, self._user_covariance_draws = map(
            np.stack, zip(*of_users, strict=True)
        )
        self.item_draws_, self._item_covariance_draws = map(
            np.stack, zip(*of_items, strict=True)
        )
        of_unknown_item, by_unknown_user = population_predictions(
            RatingMatrix(*sides, 0).with_mean_weight_one(),
            self.global_mean_,
            Factors(self.user_factors_, self.item_factors_),
            (self.user_bias_, self.item_bias_),
        )
        self.unknown_item_predictions_ = of_unknown_item
        self.unknown_user_predictions_ = by_unknown_user
        self.unknown_pair_prediction_ = self.global_mean_

    def _set_fitted_attributes(self, fit: PosteriorFit) -> None:
        self._set_features(fit.features)
        self.user_ids_, self.item_ids_ = fit.encoded.user_ids, fit.encoded.item_ids
        self._set_rated(fit.rated, np.empty(0, bool))
        self.global_mean_ = fit.means.overall
        self.user_means_, self.item_means_ = fit.means.user, fit.means.item
        self.rating_scale_ = fit.rating_scale
        self.user_factors_, self.item_factors_ = fit.factors
        self.user_bias_, self.item_bias_ = fit.biases
        self.noise_ = fit.noise
        self.user_noise_, self.item_noise_ = fit.row_noise
        self.unknown_user_predictions_ = fit.by_unknown_user
        self.unknown_item_predictions_ = fit.of_unknown_item
        self.unknown_pair_prediction_ = fit.means.overall
        self.user_draws_, self.item_draws_ = fit.draws.users, fit.draws.items
        self._user_variance_draws = fit.draws.user_variances
        self._item_ratio_draws = fit.draws.item_ratios
        self._noise_draws = fit.draws.noise
        self._degrees_draws = fit.draws.degrees
        self._user_precision_draws = fit.draws.user_precisions
        self._user_covariance_draws = fit.draws.user_covariances
        self._item_covariance_draws = fit.draws.item_covariances
        self._user_prior_mean_draws = fit.draws.user_prior_means
        self._link_draws = fit.draws.links
        self._noise_distribution = fit.noise_distribution
        self._mean_weight = fit.rated.mean_weight
        self.noise_path_ = fit.noise_path
        self.n_iter_ = len(fit.noise_path)
