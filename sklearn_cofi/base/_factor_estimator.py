"""The base of estimators of factors that minimise a penalised squared error."""

from dataclasses import replace
from typing import Any

import numpy as np

from sklearn_cofi._typing import (
    Floats,
    FrameLike,
    Normalization,
    RegParam,
    RegScaling,
)
from sklearn_cofi.base._factor_fit import FactorFit
from sklearn_cofi.base._feature_estimator import FeatureEstimator
from sklearn_cofi.data._centering import Means, fallbacks_of_sides
from sklearn_cofi.data._matrix import RatingMatrix, transposed
from sklearn_cofi.data._unrated import Unrated
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.inference._fold_in import infer_rows
from sklearn_cofi.objective._penalty import Penalty


class FactorEstimator(FeatureEstimator):
    """An estimator whose factors minimise a penalised squared error.

    Subclasses have the parameters below.
    """

    mean_normalization: Normalization
    mean_damping: float
    fit_bias: bool
    reg_bias: RegParam | None
    reg_scaling: RegScaling
    # A number or a string; in the estimator that chooses one, also several of these.
    unrated_weight: Any
    unrated_rating: float
    reg_features: float
    reg_param_: RegParam

    def predict(self, X: FrameLike) -> Floats:
        """Predict ratings of pairs.

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair of user and item, columns as in `fit`.

        Returns
        -------
        ndarray of shape (n_pairs,)
            ``mean + b_u + c_i + U_u . V_i``, clipped to ``rating_range``. The
            prediction for an unknown user is ``unknown_user_predictions_`` of the item,
            and that of an unknown item is ``unknown_item_predictions_`` of the user. It
            is the mean of all ratings if both are unknown. Users and items that have
            features are known, also without a rating.

        Raises
        ------
        TypeError
            If ids are of another kind than the ids of `fit`.
        ValueError
            If ids are missing, if the two columns look swapped, or if an id is
            unknown and ``unknown="error"``.
        """
        return self._clip(self._predict_encoded(*self._read_pairs(X)))

    def _penalty(self) -> Penalty:
        """Return the penalty of the fitted factors."""
        return Penalty(
            *(self.reg_param_, self.reg_scaling, self.fit_bias, self.reg_bias),
            reg_features=self.reg_features,
        )

    def _mean_dampings(self) -> tuple[float, float]:
        """Return the dampings of the means that predict for unknown rows."""
        penalty = Penalty(1.0, fit_bias=self.fit_bias, reg_bias=self.reg_bias)
        damping = float(self.mean_damping)
        return penalty.fallback_dampings(damping) or (damping, damping)

    def _unrated(self) -> Unrated:
        return Unrated(self.unrated_weight_, float(self.unrated_rating))

    @property
    def _subtracted_means(self) -> Normalization:
        return self.mean_normalization

    def _add_missing_attributes(self) -> None:
        rated = self._rated()
        sides = rated, transposed(rated, self.item_ids_.size)
        means = Means(self.global_mean_, self.user_means_, self.item_means_)
        dampings = self._penalty().fallback_dampings(self.mean_damping)
        fallbacks = fallbacks_of_sides(
            sides, means, self.mean_normalization, dampings, self._unrated()
        )
        self.unknown_item_predictions_, self.unknown_user_predictions_ = fallbacks

    def _infer_new_users(
        self, ratings: RatingMatrix, ids: np.ndarray | None = None
    ) -> FittedFactors:
        model, rows = self._model(), ratings.by_user
        settings = self._penalty(), self.mean_damping
        users = infer_rows(model, 0, rows, *settings, self._features_of("user", ids))
        return replace(model, users=users, rated=rows)

    def _set_fitted_attributes(self, fit: FactorFit) -> None:
        self._set_features(fit.features)
        self._set_model(fit.model, fit.validation)
        self._set_tables(fit.tables)
        self.reg_param_ = fit.reg_param
        self.reg_param_max_ = fit.reg_param_max
        self.validation_scores_ = fit.validation_scores
        self.cost_ = fit.solution.cost
        self.cost_path_ = fit.solution.cost_path
        self.gradient_norm_ = fit.solution.gradient_norm
        self.gradient_norm_path_ = fit.solution.gradient_norm_path
        self.n_iter_ = max(fit.solution.n_iter, 1)
        self.converged_ = fit.solution.converged
        self.stop_reason_ = fit.solution.stop_reason

    def _set_model(self, model: FittedFactors, validation: np.ndarray) -> None:
        super()._set_model(model, validation)
        self.unrated_weight_ = model.unrated.weight
