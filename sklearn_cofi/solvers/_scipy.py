"""scipy's minimisers, with a pair of factors as one long vector."""

import numpy as np
from scipy import optimize

from sklearn_cofi._types import Callback, Factors, Objective, Solution
from sklearn_cofi.solvers._scaling import scaled_variables
from sklearn_cofi.solvers._state import (
    SolverState,
    evaluate,
    has_converged,
    make_solution,
    trace,
)

# Numbers of iterations of the first rounds, after which variables are scaled again.
_ROUNDS = (10, 20)


def minimize_cg(
    objective: Objective,
    start: Factors,
    *,
    max_iter: int,
    tol: float,
    callback: Callback | None = None,
) -> Solution:
    """Minimise by nonlinear conjugate gradients, ``scipy.optimize.fmin_cg``.

    Variables are scaled again after the first rounds of iterations, because their
    curvature changes most at first: see `scaled_variables`.

    If the objective has a ``curvature``, the variables are scaled by it: see
    `scaled_variables`.

    References
    ----------
    Nocedal and Wright, "Numerical Optimization", 2nd ed., 2006, section 5.2
    (Polak-Ribiere+).
    """
    run = _Run(objective, start, tol, callback)
    rounds = iter(_ROUNDS if hasattr(objective, "curvature") else ())
    while True:
        left = max_iter - run.n_iter
        x, *_, flag = optimize.fmin_cg(
            run.cost,
            run.start,
            run.gradient,
            gtol=0,
            maxiter=min(next(rounds, left), left),
            full_output=True,
            disp=False,
            callback=run.after_iteration,
        )
        if flag != 1 or run.stopped or run.n_iter == max_iter:
            return run.solution(x, reached_max_iter=flag == 1)
        run.restart(x)


def minimize_lbfgs(
    objective: Objective,
    start: Factors,
    *,
    max_iter: int,
    tol: float,
    callback: Callback | None = None,
) -> Solution:
    """Minimise by limited-memory BFGS, ``scipy.optimize.minimize``.

    References
    ----------
    Byrd, Lu, Nocedal and Zhu, "A Limited Memory Algorithm for Bound Constrained
    Optimization", SIAM J. Sci. Comput. 16 (1995), doi:10.1137/0916069.
    """
    run = _Run(objective, start, tol, callback)
    result = optimize.minimize(
        run.cost,
        run.start,
        jac=run.gradient,
        method="L-BFGS-B",
        callback=run.after_iteration,
        options={"maxiter": max_iter, "maxfun": np.inf, "gtol": 0, "ftol": 0},
    )
    return run.solution(result.x, reached_max_iter=result.status == 1)


class _Run:
    """One minimisation: an objective as a function of a vector, with a stopping rule.

    scipy calls the cost and the gradient separately. Both take one pass together, so
    the last state is stored, which halves the number of passes.

    The vector holds the factors in the variables of `scaled_variables`. Its units are
    powers of two where ratings are multiplied by a power of four, so ratings and
    penalty times a power of four give the same run, bit for bit.
    """

    def __init__(
        self,
        objective: Objective,
        start: Factors,
        tol: float,
        callback: Callback | None,
    ) -> None:
        self._objective = objective
        self._tol = tol
        self._callback = callback
        self._shapes = start.user.shape, start.item.shape
        self._begin(start)
        self._path = [trace(self._state)]
        self._stop_reason: str | None = None

    @property
    def n_iter(self) -> int:
        """Number of iterations until now."""
        return len(self._path) - 1

    @property
    def stopped(self) -> bool:
        """Whether the run has converged, or the callback has stopped it."""
        return self._stop_reason is not None

    def restart(self, x: np.ndarray) -> None:
        """Continue in variables that are scaled at x, along its principal axes."""
        factors = self._at(x).factors
        along_axes = getattr(self._objective, "along_principal_axes", None)
        self._begin(factors if along_axes is None else along_axes(factors))

    def _begin(self, factors: Factors) -> None:
        """Scale the variables at these factors, and start from them."""
        self._state = evaluate(self._objective, factors)
        self._variables = scaled_variables(self._objective, self._state)
        self.start = _vector(factors) / self._variables.unit
        self._x = self.start.copy()

    def cost(self, x: np.ndarray) -> float:
        """Return the cost, in the unit of the run."""
        return self._at(x).cost / self._variables.cost_unit

    def gradient(self, x: np.ndarray) -> np.ndarray:
        """Return the gradient with respect to the vector."""
        return _vector(self._at(x).gradient) * self._variables.slope_unit

    def after_iteration(self, intermediate_result: optimize.OptimizeResult) -> None:
        """Record the cost, and stop the run on convergence or by the callback.

        scipy passes its result only to a parameter of this name, and StopIteration ends
        its run without an error.
        """
        state = self._at(intermediate_result.x)
        self._path.append(trace(state))
        stopped = self._callback is not None and self._callback(
            state.factors, state.cost
        )
        if has_converged(self._objective, state, self._tol):
            self._stop_reason = "tolerance"
        elif stopped:
            self._stop_reason = "callback"
        if self._stop_reason:
            raise StopIteration

    def solution(self, x: np.ndarray, *, reached_max_iter: bool) -> Solution:
        """Return the solution at scipy's result."""
        state = self._at(x)
        reason = self._stop_reason
        if reason is None and has_converged(self._objective, state, self._tol):
            reason = "tolerance"
        if reason is None:
            reason = "max_iter" if reached_max_iter else "line_search"
        return make_solution(state, self._path, reason)

    def _at(self, x: np.ndarray) -> SolverState:
        """Evaluate the objective, unless x equals the last vector."""
        if not np.array_equal(x, self._x):
            self._x, self._state = x.copy(), evaluate(self._objective, self._factors(x))
        return self._state

    def _factors(self, x: np.ndarray) -> Factors:
        user, item = self._shapes
        cut = user[0] * user[1]
        x = (x * self._variables.unit).astype(self._objective.dtype, copy=False)
        return Factors(x[:cut].reshape(user), x[cut:].reshape(item))


def _vector(factors: Factors) -> np.ndarray:
    return np.concatenate([side.ravel() for side in factors]).astype(np.float64)
