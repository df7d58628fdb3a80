"""scipy's minimisers, which see a pair of factors as one long vector."""

import numpy as np
from scipy import optimize

from sklearn_cofi._types import Callback, Factors, Objective, Solution
from sklearn_cofi.solvers._state import (
    SolverState,
    evaluate,
    has_converged,
    make_solution,
    trace,
)


def minimize_cg(objective, init, *, max_iter, tol, callback=None) -> Solution:
    """Minimise by nonlinear conjugate gradients, ``scipy.optimize.fmin_cg``.

    References
    ----------
    Nocedal and Wright, "Numerical Optimization", 2nd ed., 2006, section 5.2
    (Polak-Ribiere+).
    """
    run = _Run(objective, init, tol, callback)
    x, *_, flag = optimize.fmin_cg(
        run.cost,
        run.start,
        run.gradient,
        gtol=0,
        maxiter=max_iter,
        full_output=True,
        disp=False,
        callback=run.after_iteration,
    )
    return run.solution(x, reached_max_iter=flag == 1)


def minimize_lbfgs(objective, init, *, max_iter, tol, callback=None) -> Solution:
    """Minimise by limited-memory BFGS, ``scipy.optimize.minimize``.

    References
    ----------
    Byrd, Lu, Nocedal and Zhu, "A Limited Memory Algorithm for Bound Constrained
    Optimization", SIAM J. Sci. Comput. 16 (1995), doi:10.1137/0916069.
    """
    run = _Run(objective, init, tol, callback)
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
    """One minimisation: the vector view of an objective, and when to stop it.

    scipy asks for cost and gradient apart; they cost one pass together, so the last
    point is remembered (half the passes, identical iterates).

    scipy's line searches begin with a step of absolute size, so the vector holds the
    factors in units of ``_unit``, and costs are in units of ``_unit**4``. The unit is
    about the root of the ratings' scale, and a power of two, so that no rounding comes
    of it: ratings and penalty times a power of four give the same run, bit for bit.
    """

    def __init__(
        self,
        objective: Objective,
        init: Factors,
        tol: float,
        callback: Callback | None,
    ):
        self._objective = objective
        self._tol = tol
        self._callback = callback
        self._shapes = init.user.shape, init.item.shape
        # The root of one half rounds to the nearest power, and not to the next one.
        _, exponent = np.frexp(np.sqrt(objective.rating_scale / 2))
        self._unit = np.ldexp(1.0, exponent)
        self.start = _vector(init) / self._unit
        self._x = None
        self._path = [trace(self._at(self.start))]
        self._stop_reason = None

    def cost(self, x: np.ndarray) -> float:
        return self._at(x).cost / self._unit**4

    def gradient(self, x: np.ndarray) -> np.ndarray:
        return _vector(self._at(x).gradient) / self._unit**3

    def after_iteration(self, intermediate_result):
        """Note the cost and stop the run where there is reason to.

        scipy passes what it knows only to a parameter of this name, and takes
        StopIteration for an orderly end.
        """
        point = self._at(intermediate_result.x)
        self._path.append(trace(point))
        stopped = self._callback is not None and self._callback(
            point.factors, point.cost
        )
        if has_converged(self._objective, point, self._tol):
            self._stop_reason = "tolerance"
        elif stopped:
            self._stop_reason = "callback"
        if self._stop_reason:
            raise StopIteration

    def solution(self, x, *, reached_max_iter: bool) -> Solution:
        point = self._at(x)
        reason = self._stop_reason
        if reason is None and has_converged(self._objective, point, self._tol):
            reason = "tolerance"
        if reason is None:
            reason = "max_iter" if reached_max_iter else "line_search"
        return make_solution(point, self._path, reason)

    def _at(self, x) -> SolverState:
        """Evaluate the objective, unless x is where it was evaluated last."""
        if self._x is None or not np.array_equal(x, self._x):
            self._x, self._point = x.copy(), evaluate(self._objective, self._factors(x))
        return self._point

    def _factors(self, x) -> Factors:
        user, item = self._shapes
        cut = user[0] * user[1]
        x = (x * self._unit).astype(self._objective.dtype, copy=False)
        return Factors(x[:cut].reshape(user), x[cut:].reshape(item))


def _vector(factors: Factors) -> np.ndarray:
    return np.concatenate([side.ravel() for side in factors]).astype(np.float64)
