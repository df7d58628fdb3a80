"""The base of the Bayesian estimator: its fitted attributes, and new users."""

from dataclasses import replace

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import SideName
from sklearn_cofi.base._feature_estimator import SIDES
from sklearn_cofi.base._prepared import prepared
from sklearn_cofi.bayesian._draws import (
    NO_DRAWS,
    PRIOR_ATTRIBUTES,
    PosteriorDraws,
    PriorDraws,
)
from sklearn_cofi.bayesian._feature_regression import PredictedRows
from sklearn_cofi.bayesian._kept_draw import with_unknown
from sklearn_cofi.bayesian._new_users import draw_rows, mean_rows
from sklearn_cofi.bayesian._noise_distribution import normal_distribution
from sklearn_cofi.bayesian._posterior_fit import PosteriorFit, population_predictions
from sklearn_cofi.bayesian._time_estimator import TimeEstimator
from sklearn_cofi.data._centering import FALLBACK_DAMPING, Means, centre, row_means
from sklearn_cofi.data._matrix import RatingMatrix, transposed
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.data._unrated import UNCOUNTED
from sklearn_cofi.inference._cold_rows import cold_baseline
from sklearn_cofi.inference._fitted_factors import (
    NO_IDS,
    ColdRows,
    FittedFactors,
    FittedFeatures,
    Side,
)


class PosteriorEstimator(TimeEstimator):
    """An estimator whose fitted attributes are means over draws, and kept draws."""

    user_draws_: np.ndarray
    item_draws_: np.ndarray
    # Absent without features.
    _user_regression_draws: np.ndarray  # (n_draws, m + 1, k + 1)
    _item_regression_draws: np.ndarray  # (n_draws, m + 1, k + 1)
    _user_rest_draws: np.ndarray  # (n_draws, k + 1, k + 1)
    _item_rest_draws: np.ndarray  # (n_draws, k + 1, k + 1)
    # The fields of `PriorDraws`, by side. Earlier versions of the package have neither
    # the items' (except for the precisions of versions 1 and 2), nor the coefficients.
    _link_draws: np.ndarray  # of users
    _degrees_draws: np.ndarray  # of users
    _item_precision_draws: np.ndarray

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
            user_covariances=self._user_covariance_draws,
            item_covariances=self._item_covariance_draws,
            user_prior=self._prior_draws("user"),
            item_prior=self._prior_draws("item"),
        )

    def _prior_draws(self, side: SideName) -> PriorDraws:
        """Return the prior of a side; an attribute that is absent has no draws."""
        names = PRIOR_ATTRIBUTES[side]
        return PriorDraws(*(getattr(self, name, NO_DRAWS) for name in names))

    def _set_draws(self, draws: PosteriorDraws) -> None:
        """Set the attributes of `_draws`."""
        self.user_draws_, self.item_draws_ = draws.users, draws.items
        self._user_variance_draws = draws.user_variances
        self._item_ratio_draws = draws.item_ratios
        self._noise_draws = draws.noise
        self._user_covariance_draws = draws.user_covariances
        self._item_covariance_draws = draws.item_covariances
        for side, prior in zip(
            SIDES, (draws.user_prior, draws.item_prior), strict=True
        ):
            for name, values in zip(PRIOR_ATTRIBUTES[side], prior, strict=True):
                if values is not NO_DRAWS:
                    setattr(self, name, values)

    def _predicted_rows(self) -> tuple[PredictedRows, PredictedRows] | None:
        """Return what features predict in each draw, or None without features."""
        if not hasattr(self, "_user_regression_draws"):
            return None
        user, item = (
            PredictedRows(regressions[:, 0], regressions[:, 1:], rest)
            for regressions, rest in (
                (self._user_regression_draws, self._user_rest_draws),
                (self._item_regression_draws, self._item_rest_draws),
            )
        )
        return user, item

    def _noise_distribution_or_normal(self) -> np.ndarray:
        """Return the distribution of the noise, which older files do not have."""
        found = getattr(self, "_noise_distribution", None)
        return normal_distribution() if found is None else found

    def _infer_new_users(
        self, ratings: RatingMatrix, ids: np.ndarray | None = None
    ) -> FittedFactors:
        """Return the posterior means of new users in all kept draws, side by side."""
        features = self._features_of_new_users(ids)
        rows = mean_rows(self._draws(), self._scaled(ratings), features)
        made_from = (
            self.item_draws_,
            self.item_ids_,
            self.rating_scale_,
            self.unknown_user_predictions_,
        )
        items = prepared(self, "items of all draws", made_from, self._items_of_draws)
        factors, bias = _side_by_side(rows)
        scale = self.rating_scale_
        means = np.full(ratings.shape[0], self.global_mean_)
        users = Side(NO_IDS, scale / len(rows) * factors, scale * bias, means, means)
        model = FittedFactors(
            users, items, self.global_mean_, "global", ratings.by_user
        )
        if items.cold is None:
            return model
        # Only relative weights matter, as in `_scaled`.
        weighted = ratings.with_mean_weight_of_users(1.0).by_user
        return self._with_cold_items(replace(model, rated=weighted))

    def _with_cold_items(self, model: FittedFactors) -> FittedFactors:
        """Return a model of new users that predicts items without ratings."""
        users, items, rows = model.users, model.items, model.rated
        unknown = np.concatenate(self.item_draws_[:, -1, :-1])
        typical = self.rating_scale_ * self.item_draws_[:, -1, -1].mean(dtype=float)
        typical = users.means + users.bias + typical + users.factors @ unknown
        pairs = rows.row_of_entry.astype(np.int64), rows.indices.astype(np.int64)
        rated = rows._replace(ratings=model.predict(*pairs))
        fallback = row_means(rated, typical, FALLBACK_DAMPING)
        users = replace(users, fallback=fallback)
        damping = FALLBACK_DAMPING
        baseline = cold_baseline(users, items, rows, damping, UNCOUNTED)
        # The rows of cold items have the intercept, and so has the fallback.
        factors, bias = _side_by_side(self._item_regression_draws[:, :1])
        baseline -= users.factors @ factors[0] + self.rating_scale_ * bias[0]
        cold = ColdRows(np.zeros(baseline.size, bool), baseline)
        return replace(model, users=replace(users, cold=cold))

    def _items_of_draws(self) -> Side:
        """Return the item factors of all kept draws, side by side."""
        rows, features = self.item_draws_[:, :-1], None
        fitted, (_, cold) = self._fitted_features("item"), self._cold_rows()
        if fitted is not None and cold is not None:
            # Predictions for cold items are the mean of what features predict.
            regressions, rows = self._item_regression_draws, rows.copy()
            of_cold = fitted.rows.take(np.flatnonzero(cold.is_cold))
            for draw, (intercept, *coef) in zip(rows, regressions, strict=True):
                draw[cold.is_cold] = intercept + of_cold.times(np.array(coef))
            coef, effects = _side_by_side(regressions[:, 1:])
            features = FittedFeatures(fitted.rows, coef, self.rating_scale_ * effects)
        factors, bias = _side_by_side(rows)
        return Side(
            self.item_ids_,
            factors,
            self.rating_scale_ * bias,
            self.item_means_,
            self.unknown_user_predictions_,
            cold,
            features,
        )

    def _effect_stds(self, side: SideName) -> np.ndarray | None:
        own, other = self._user_regression_draws, self._item_regression_draws
        if side == "item":
            own, other = other, own
        # The effect on an average row of the other side, as in the fit.
        effects = own[:, 1:, -1] + np.einsum(
            "smk,sk->sm", own[:, 1:, :-1], other[:, 0, :-1]
        )
        return self.rating_scale_ * effects.std(axis=0, ddof=1)

    def _uncertain_columns(self, side: SideName) -> dict[str, np.ndarray]:
        sides = self.user_draws_, self.item_draws_
        own, other = sides if side == "user" else sides[::-1]
        own, typical = own[:, :-1].astype(np.float64), other[:, -1, :-1]
        bias = self.rating_scale_ * own[:, :, -1]
        effect = bias + self.rating_scale_ * np.einsum(
            "snk,sk->sn", own[:, :, :-1], typical.astype(np.float64)
        )
        ddof = min(1, len(own) - 1)
        return {
            "bias_std": bias.std(axis=0, ddof=ddof),
            "effect": effect.mean(axis=0),
            "effect_std": effect.std(axis=0, ddof=ddof),
        }

    def _draw_new_users(
        self, ratings: RatingMatrix, ids: np.ndarray | None
    ) -> PosteriorDraws:
        """Return the kept draws with new users in place of the users of the fit."""
        features = self._features_of_new_users(ids)
        return draw_rows(self._draws(), self._scaled(ratings), features)

    def _features_of_new_users(self, ids: np.ndarray | None) -> FeatureRows | None:
        """Return the features of new users whose ids the model has with features."""
        if not self._prior_draws("user").coef.size:
            return None
        return self._features_of("user", ids)

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
        self._set_model(fit.model, np.empty(0, bool))
        self._set_tables(fit.tables)
        self._set_regressions(fit)
        self._set_times(fit.times, fit.noise_at_times)
        self.rating_scale_ = fit.rating_scale
        self.noise_ = fit.noise
        self.user_noise_, self.item_noise_ = fit.row_noise
        self.unknown_pair_prediction_ = fit.model.global_mean
        self._set_draws(fit.draws)
        self._noise_distribution = fit.noise_distribution
        self._mean_weight = fit.mean_weight
        self.noise_path_ = fit.noise_path
        self.trace_names_, self.traces_ = fit.traces.names, fit.traces.values
        self.r_hat_, self.ess_ = fit.traces.r_hat, fit.traces.ess
        self.n_iter_ = len(fit.noise_path)

    def _set_regressions(self, fit: PosteriorFit) -> None:
        """Set what features predict in each kept draw, if the model has features.

        The first row of each draw is the intercept.
        """
        if fit.predicted is None:
            return
        self._user_regression_draws, self._item_regression_draws = (
            np.concatenate([of_side.intercept[:, None], of_side.coef], axis=1)
            for of_side in fit.predicted
        )
        self._user_rest_draws, self._item_rest_draws = (
            of_side.covariance for of_side in fit.predicted
        )


def _side_by_side(rows: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors of all draws side by side, and the mean biases."""
    factors = np.concatenate(rows[:, :, :-1], axis=1).astype(np.float64)
    return factors, rows[:, :, -1].mean(axis=0, dtype=np.float64)
