"""What estimators of factors share: how they learn them, and how they predict."""

import numpy as np
from sklearn.utils import check_random_state

from sklearn_cofi._types import Factors, Solution
from sklearn_cofi._typing import Floats, FrameLike
from sklearn_cofi.base._explanation import ExplanationMixin
from sklearn_cofi.base._factor_frame import FactorFrameMixin
from sklearn_cofi.base._fold_in import FoldInMixin
from sklearn_cofi.base._query import LearnedUsers
from sklearn_cofi.base._ratings_estimator import RatingsEstimator, RatingsInput
from sklearn_cofi.base._recommender import RecommenderMixin
from sklearn_cofi.base._similarity import SimilarityMixin
from sklearn_cofi.data._centering import mean_offsets, row_means
from sklearn_cofi.data._encoded import EncodedRatings, encode_ratings
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.inference._fold_in import fold_in, fold_in_with_bias
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._bias import biases_alone, split_biases, with_biases
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.solvers._start import carry_over, random_start, zero_start
from sklearn_cofi.training._callbacks import IterationHooks
from sklearn_cofi.training._early_stopping import EarlyStopping
from sklearn_cofi.training._fitted_attributes import (
    attributes,
    mean_attributes,
    unfinished,
)
from sklearn_cofi.training._problem import (
    CenteredProblem,
    ValidationSet,
    solve,
    training,
)


class FactorModel(
    RecommenderMixin,
    ExplanationMixin,
    FoldInMixin,
    SimilarityMixin,
    FactorFrameMixin,
    RatingsEstimator,
):
    """An estimator that learns factors of users and items.

    Subclasses have the parameters of `CollaborativeFilter`, but for those that they
    pass to `_learn`.
    """

    def predict(self, X: FrameLike) -> Floats:
        """Predict ratings of pairs.

        Parameters
        ----------
        X : frame or array-like of shape (n_pairs, n_columns)
            A row for each pair, columns as in `fit`.

        Returns
        -------
        ndarray of shape (n_pairs,)
            ``mean + b_u + c_i + U_u . V_i``, clipped to ``rating_range``. An unknown
            user gets the item's mean, an unknown item what is left without it.

        Raises
        ------
        TypeError
            If ids are of another kind than those seen in fit.
        ValueError
            If ids are missing, the columns look swapped, or something is unknown and
            ``unknown="error"``.
        """
        return self._clip(self._predict_encoded(*self._read_pairs(X)))

    _unknown_advice = "Set unknown='mean' to have such pairs get a mean rating."

    @property
    def _normalization(self):
        return self.mean_normalization

    def _fold_in(self, matrix: RatingMatrix) -> LearnedUsers:
        """Learn new users exactly, everything about the items being fixed."""
        learned = self._solve_rows(0, matrix.by_user)
        return LearnedUsers(*learned, self.item_factors_, self.item_bias_)

    def _solve_rows(self, side: int, rows: CSRRows):
        """Return the exact factors, biases and means of rows, given the other side.

        Parameters
        ----------
        side : {0, 1}
            0 has rows of users, 1 of items.
        rows : CSRRows
            Ratings as they were given.
        """
        own = row_means(rows, self.global_mean_, self.mean_damping)
        means = self._means()._replace(**{("user", "item")[side]: own})
        offsets = mean_offsets(means, self._normalization)
        rows = rows.minus(offsets[side], offsets[1 - side])
        penalties = self._penalty(self._fitted_reg_param).of_rows(side, rows)
        penalties = penalties.astype(rows.ratings.dtype)
        V = (self.item_factors_, self.user_factors_)[side]
        if not self.fit_bias:
            return fold_in(rows, V, penalties), np.zeros_like(own), own
        bias = (self.item_bias_, self.user_bias_)[side]
        return *fold_in_with_bias(rows, V, bias, penalties), own

    def _encode(self, read: RatingsInput) -> EncodedRatings:
        values = read.ratings.astype(self.dtype or read.ratings.dtype)
        return encode_ratings(read.users, read.items, values, read.weights, read.names)

    def _training(self, ratings: RatingMatrix) -> CenteredProblem:
        return training(
            ratings,
            self.mean_normalization,
            self.mean_damping,
            self._penalty(1.0),
        )

    def _penalty(self, reg_param) -> Penalty:
        return Penalty(reg_param, self.reg_scaling, self.fit_bias, self.reg_bias)

    def _learn(
        self,
        ratings: RatingMatrix,
        known: dict,
        for_callbacks: dict,
        *,
        num_features: int,
        reg_param,
        previous: dict | None = None,
        held_out: ValidationSet | None = None,
    ) -> tuple[dict, float, Solution]:
        """Fit factors to a matrix; set nothing on the estimator.

        Parameters
        ----------
        ratings : RatingMatrix
        known : dict
            Fitted attributes that do not depend on what is learned.
        for_callbacks : dict
            X, y and metadata of fit.
        num_features : int
        reg_param : float
        previous : dict, default=None
            Attributes of an earlier fit to start from.
        held_out : ValidationSet, default=None
            Ratings to stop early by.

        Returns
        -------
        fitted : dict
            All fitted attributes.
        penalty : float
            To be compared with ``fitted["reg_param_max_"]``.
        solution : Solution
        """
        work = ratings.n_ratings * num_features
        with kernel_threads(self.n_jobs, work), single_blas_thread:
            seen = self._training(ratings)
            objective = seen.objective(reg_param)
            base = biases_alone(objective) if self.fit_bias else None
            known = known | mean_attributes(seen.means)
            known["reg_param_max_"] = reg_param_max(objective, base)
            known["validation_scores_"] = None
            start = self._start(objective, known, num_features, base, previous)
            validation = None
            if held_out is not None:
                validation = EarlyStopping(
                    held_out, seen, self.tol, self.n_iter_no_change
                )
            solution = self._minimise(
                objective, start, known, for_callbacks, validation
            )
        if validation is not None:
            known["validation_scores_"] = validation.scores
        fitted = attributes(known, self.fit_bias, solution)
        return fitted, objective.reg_param, solution

    def _start(self, objective, known, k, base: Factors | None, previous) -> Factors:
        """Return the factors to start from: drawn, carried over, or zero."""
        shape = objective.ratings.shape
        biases = None if base is None else split_biases(base)[1:]
        if objective.reg_param >= known["reg_param_max_"]:
            start = zero_start(objective, shape, k)
        else:
            rng = check_random_state(self.random_state)
            start = random_start(objective, shape, k, rng)
            if previous is not None:
                carry_over(start, known, previous, biases)
        return start if biases is None else with_biases(start, *biases)

    def _minimise(
        self, objective, start, known, for_callbacks, validation: EarlyStopping | None
    ) -> Solution:
        """Run the solver, with the callbacks that are set on this estimator."""
        hooks = IterationHooks(
            self,
            lambda factors, cost: attributes(
                known, self.fit_bias, unfinished(factors, cost)
            ),
            max_iter=self.max_iter,
            **for_callbacks,
        )
        solution = solve(
            self.solver,
            objective,
            start,
            max_iter=self.max_iter,
            tol=self.tol,
            callback=hooks if validation is None else validation.after(hooks),
        )
        if validation is not None:
            solution = validation.best(objective, solution)
        hooks.close(solution.factors, solution.cost)
        return solution
