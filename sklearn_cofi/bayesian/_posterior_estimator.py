"""The base of the Bayesian estimator: its fitted attributes, and new users."""

import numpy as np

from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._new_users import draw_rows, mean_rows
from sklearn_cofi.bayesian._posterior_fit import PosteriorFactors, PosteriorFit
from sklearn_cofi.data._centering import Means, centre
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side


class PosteriorEstimator(RatingsEstimator):
    """An estimator whose fitted attributes are means over draws, and kept draws."""

    _unknown_advice = "Set unknown='prior' to predict them from the prior."

    def _model(self) -> PosteriorFactors:
        # Biases include the means of users and items. The fields of the means therefore
        # hold the predictions for an unknown row of the other side.
        return PosteriorFactors(
            Side(
                self.user_ids_,
                self.user_factors_,
                self.user_bias_,
                self.unknown_item_predictions_,
            ),
            Side(
                self.item_ids_,
                self.item_factors_,
                self.item_bias_,
                self.unknown_user_predictions_,
            ),
            self.global_mean_,
            "global",
            self._rated(),
            self.unknown_pair_prediction_,
        )

    def _draws(self) -> PosteriorDraws:
        """Return the kept draws, in units of ``rating_scale_``."""
        return PosteriorDraws(
            users=self.user_draws_,
            items=self.item_draws_,
            user_variances=self._user_variance_draws,
            item_ratios=self._item_ratio_draws,
            noise=self._noise_draws,
            degrees=self._degrees_draws,
            user_precisions=self._user_precision_draws,
            item_precisions=self._item_precision_draws,
            links=self._link_draws,
        )

    def _infer_new_users(self, ratings: RatingMatrix) -> FittedFactors:
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
        users = Side(NO_IDS, (scale * factors).astype(np.float64), bias, means)
        return FittedFactors(users, items, self.global_mean_, "global", ratings.by_user)

    def _items_of_draws(self) -> Side:
        """Return the item factors of all kept draws, side by side."""
        factors = np.concatenate(self.item_draws_[:, :-1, :-1], axis=1)
        bias = self.item_draws_[:, :-1, -1].mean(axis=0, dtype=np.float64)
        return Side(
            self.item_ids_,
            factors.astype(np.float64),
            self.rating_scale_ * bias,
            self.unknown_user_predictions_,
        )

    def _draw_new_users(self, ratings: RatingMatrix) -> PosteriorDraws:
        """Return the kept draws with new users in place of the users of the fit."""
        return draw_rows(self._draws(), self._scaled(ratings))

    def _scaled(self, ratings: RatingMatrix) -> RatingMatrix:
        """Return centred ratings in units of ``rating_scale_``, as the draws are."""
        n_users, n_items = ratings.shape
        means = Means(self.global_mean_, np.zeros(n_users), np.zeros(n_items))
        centred = centre(ratings, means, "global")
        return centred.over(self.rating_scale_).astype(np.float64)

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
        self.unknown_pair_prediction_ = fit.of_unknown_pair
        self.user_draws_, self.item_draws_ = fit.draws.users, fit.draws.items
        self._user_variance_draws = fit.draws.user_variances
        self._item_ratio_draws = fit.draws.item_ratios
        self._noise_draws = fit.draws.noise
        self._degrees_draws = fit.draws.degrees
        self._user_precision_draws = fit.draws.user_precisions
        self._item_precision_draws = fit.draws.item_precisions
        self._link_draws = fit.draws.links
        self.noise_path_ = fit.noise_path
        self.n_iter_ = len(fit.noise_path)
