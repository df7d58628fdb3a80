"""The base of estimators that learn factors from a matrix of ratings."""

import numpy as np
from sklearn.utils import check_random_state

from sklearn_cofi._types import Factors, Solution, Solver
from sklearn_cofi._typing import RandomState, RegParamOrAuto, SolverName
from sklearn_cofi.base._explanation import ExplanationMixin
from sklearn_cofi.base._factor_estimator import FactorEstimator
from sklearn_cofi.base._factor_fit import FactorFit, interrupted
from sklearn_cofi.base._factor_frame import FactorFrameMixin
from sklearn_cofi.base._fit_warnings import warn_of_solution
from sklearn_cofi.base._fold_in import FoldInMixin
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.base._recommender import RecommenderMixin
from sklearn_cofi.base._similarity import SimilarityMixin
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.kernels._announce import announcing
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.training._auto_penalty import resolve_reg_param
from sklearn_cofi.training._callbacks import IterationHooks
from sklearn_cofi.training._cv_paths import PenaltyChoice
from sklearn_cofi.training._early_stopping import EarlyStopping
from sklearn_cofi.training._previous_fit import PreviousFit
from sklearn_cofi.training._problem import CenteredProblem, make_problem
from sklearn_cofi.training._side_tables import NO_TABLES, SideTables
from sklearn_cofi.training._solve import solve, starting_point
from sklearn_cofi.training._unrated_weight import unrated_of
from sklearn_cofi.training._validation import ValidationSplit


class FactorModel(
    RecommenderMixin,
    ExplanationMixin,
    FoldInMixin,
    SimilarityMixin,
    FactorFrameMixin,
    FactorEstimator,
):
    """An estimator that learns factors of users and items.

    Subclasses have the parameters of `CollaborativeFilter`, except for the parameters
    that they pass to `_fit_factors`.
    """

    solver: SolverName | Solver
    max_iter: int
    tol: float
    random_state: RandomState

    def _problem(
        self,
        ratings: RatingMatrix,
        unrated_weight: float | str,
        ids: tuple[np.ndarray, np.ndarray],
        tables: SideTables = NO_TABLES,
    ) -> CenteredProblem:
        """Return the problem that a fit to this matrix solves."""
        # `CenteredProblem.objective` replaces the reg_param of 1.
        penalty = Penalty(
            *(1.0, self.reg_scaling, self.fit_bias, self.reg_bias),
            reg_features=float(self.reg_features),
        )
        return make_problem(
            ratings,
            self.mean_normalization,
            self.mean_damping,
            penalty,
            unrated_of(ratings, unrated_weight, float(self.unrated_rating)),
            tables.rows_of(ids),
            tables,
        )

    def _fit_factors(
        self,
        read: RatingsInput,
        encoded: EncodedRatings,
        ratings: RatingMatrix,
        *,
        num_features: int,
        reg_param: RegParamOrAuto,
        split: ValidationSplit | None = None,
        n_iter_no_change: int = 1,
        previous: PreviousFit | None = None,
        choice: PenaltyChoice | None = None,
        tables: SideTables = NO_TABLES,
    ) -> FactorFit:
        """Fit factors to a matrix; set nothing on the estimator.

        Parameters
        ----------
        read : RatingsInput
            Training data as they were read.
        encoded : EncodedRatings
            The same ratings, with the ids of the matrix.
        ratings : RatingMatrix
            All ratings, including held-out ratings.
        num_features : int
            Number of latent factors.
        reg_param : float, (users, items) or str
            Penalty on the squared factors, or a multiple of the automatic penalty.
        split : ValidationSplit, default=None
            Training ratings and validation ratings of early stopping. None trains on
            all ratings.
        n_iter_no_change : int, default=1
            Number of iterations without improvement after which training stops early.
        previous : PreviousFit, default=None
            Earlier fit to start from.
        choice : PenaltyChoice, default=None
            Result of the cross-validation that chose these two values and the weight
            of unrated pairs.
        tables : SideTables, default=NO_TABLES
            Features of users and of items.
        """
        train = ratings if split is None else split.train
        mask = np.empty(0, bool) if split is None else split.mask
        with (
            kernel_threads(self.n_jobs, train.n_ratings * num_features),
            single_blas_thread,
            announcing(self.verbose),
        ):
            weight = self.unrated_weight if choice is None else choice.unrated_weight
            problem = self._problem(train, weight, encoded.ids, tables)
            reg_param = resolve_reg_param(problem, reg_param)
            rng = check_random_state(self.random_state)
            start = starting_point(
                problem, reg_param, num_features, rng, encoded.ids, previous
            )

            def fit_of(
                solution: Solution, scores: np.ndarray | None = None
            ) -> FactorFit:
                model = problem.complete(solution.factors, encoded.ids, ratings.by_user)
                penalties = reg_param, start.reg_param_max
                found = solution, *penalties, mask, scores, choice, tables
                return FactorFit(model, read.features, *found)

            hooks = IterationHooks(
                self,
                lambda *at: self._attributes_of(fit_of(interrupted(*at))),
                max_iter=int(self.max_iter),
                **read.callback_arguments,
            )
            stopping = None
            if split is not None:
                stopping = EarlyStopping(
                    split.validation, problem, self.tol, n_iter_no_change
                )
            objective = problem.objective(reg_param)
            solution = self._minimise(
                problem, objective, start.factors, hooks, stopping
            )
        return fit_of(solution, None if stopping is None else stopping.scores)

    def _minimise(
        self,
        problem: CenteredProblem,
        objective: MaskedSquaredLoss,
        start: Factors,
        hooks: IterationHooks,
        stopping: EarlyStopping | None,
    ) -> Solution:
        """Run the solver with the callbacks of this estimator."""

        def after(factors: Factors, cost: float) -> bool:
            return hooks(factors, cost * problem.units.cost)

        solution = solve(
            self.solver,
            objective,
            start,
            max_iter=int(self.max_iter),
            tol=self.tol,
            callback=after if stopping is None else stopping.after(after),
        )
        if stopping is not None:
            solution = stopping.best(objective, solution)
        solution = problem.in_rating_units(solution)
        hooks.close(solution.factors, solution.cost)
        return solution

    def _warn_of_fit(self, fit: FactorFit) -> None:
        warn_of_solution(
            fit,
            is_auto=isinstance(self.get_params(deep=False).get("reg_param"), str),
            fit_bias=self.fit_bias,
            solver=self.solver,
            tol=self.tol,
        )
