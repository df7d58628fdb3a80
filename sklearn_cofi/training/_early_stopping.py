"""Stop a solver by the error on held-out ratings."""

import numpy as np

from sklearn_cofi._types import Callback, Factors, Solution
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._state import evaluate, gradient_norm
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._validation import ValidationSet


class EarlyStopping:
    """A callback of a solver that computes the error on held-out ratings.

    It stops the solver when the last ``n_iter_no_change`` iterations together have not
    lowered the error by more than the fraction ``tol``, and keeps the factors with the
    lowest error.

    Parameters
    ----------
    validation : ValidationSet
    problem : CenteredProblem
    tol : float
    n_iter_no_change : int

    Attributes
    ----------
    scores : ndarray
        Root mean squared error after each iteration so far.
    """

    def __init__(
        self,
        validation: ValidationSet,
        problem: CenteredProblem,
        tol: float,
        n_iter_no_change: int,
    ) -> None:
        self._validation, self._problem = validation, problem
        self._tol, self._patience = tol, n_iter_no_change
        self._scores: list[float] = []
        self._reference, self._n_since = np.inf, 0
        self._lowest = np.inf
        self._best_factors: Factors | None = None
        self._has_stopped = False

    @property
    def scores(self) -> np.ndarray:
        return np.array(self._scores)

    def after(self, callback: Callback) -> Callback:
        """Return a callback that calls ``callback`` first and stops if either stops."""

        def both(factors: Factors, cost: float) -> bool:
            stopped = callback(factors, cost)
            self._has_stopped = self._has_plateaued(factors) and not stopped
            return stopped or self._has_stopped

        return both

    def best(self, objective: MaskedSquaredLoss, solution: Solution) -> Solution:
        """Return the solution with the factors of the lowest error.

        Its ``stop_reason`` is "early_stopping" if this callback stopped the solver.
        """
        if self._has_stopped and solution.stop_reason == "callback":
            solution = solution._replace(stop_reason="early_stopping")
        if self._best_factors is None:
            return solution
        state = evaluate(objective, self._best_factors)
        return solution._replace(
            factors=self._best_factors,
            cost=state.cost,
            gradient_norm=gradient_norm(state),
        )

    def _has_plateaued(self, factors: Factors) -> bool:
        error = self._validation.rmse(self._problem, factors)
        self._scores.append(error)
        if error < self._lowest:
            # A solver may overwrite these arrays in its next iteration.
            self._lowest = error
            self._best_factors = Factors(*(side.copy() for side in factors))
        self._n_since += 1
        if error < self._reference * (1 - self._tol) or len(self._scores) == 1:
            self._reference, self._n_since = error, 0
        return self._n_since >= self._patience
