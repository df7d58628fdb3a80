"""scipy's minimisers, which see a pair of factors as one long vector."""

import numpy as np
from scipy import optimize

from sklearn_cofi._types import Callback, Factors, Objective, Solution


def minimize_cg(objective, init, *, max_iter, tol, callback=None) -> Solution:
    """Minimise by nonlinear conjugate gradients, ``scipy.optimize.fmin_cg``.

    References
    ----------
    Nocedal and Wright, "Numerical Optimization", 2nd ed., 2006, section 5.2
    (Polak-Ribiere+).
    """
    run = _Run(objective, init, tol, callback)
    x, cost, _, _, flag = optimize.fmin_cg(
        run.cost,
        run.start,
        run.gradient,
        gtol=0,
        maxiter=max_iter,
        full_output=True,
        disp=False,
        callback=run.after_iteration,
    )
    return run.solution(x, cost, reached_max_iter=flag == 1)


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
    return run.solution(result.x, result.fun, reached_max_iter=result.status == 1)


class _Run:
    """One minimisation: the vector view of an objective, and when to stop it.

    scipy asks for cost and gradient apart; they cost one pass together, so the last
    point is remembered (half the passes, identical iterates).

    A run has converged when

        norm(gradient) * norm(factors) <= tol * cost_at_zero

    which depends neither on the scale of the ratings nor on the start: growing or
    shrinking all factors by one percent would then change the cost by at most ``tol``
    percent of what it was before anything was learned.
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
        self.start = np.concatenate([init.user.ravel(), init.item.ravel()]).astype(
            np.float64
        )
        self._point = None
        self._path = [self.cost(self.start)]
        self._stop_reason = None

    def cost(self, x: np.ndarray) -> float:
        self._evaluate(x)
        return self._cost

    def gradient(self, x: np.ndarray) -> np.ndarray:
        self._evaluate(x)
        return self._gradient

    def after_iteration(self, intermediate_result):
        """Note the cost and stop the run where there is reason to.

        scipy passes what it knows only to a parameter of this name, and takes
        StopIteration for an orderly end.
        """
        x, cost = intermediate_result.x, float(intermediate_result.fun)
        self._path.append(cost)
        stopped = self._callback is not None and self._callback(self._factors(x), cost)
        if self._has_converged(x):
            self._stop_reason = "tolerance"
        elif stopped:
            self._stop_reason = "callback"
        if self._stop_reason:
            raise StopIteration

    def solution(self, x, cost, *, reached_max_iter: bool) -> Solution:
        if self._stop_reason is None and self._has_converged(x):
            self._stop_reason = "tolerance"
        if self._stop_reason is None:
            self._stop_reason = "max_iter" if reached_max_iter else "line_search"
        return Solution(
            factors=self._factors(x),
            cost=float(cost),
            gradient_norm=float(np.linalg.norm(self.gradient(x))),
            cost_path=np.array(self._path),
            n_iter=len(self._path) - 1,
            converged=self._stop_reason == "tolerance",
            stop_reason=self._stop_reason,
        )

    def _has_converged(self, x) -> bool:
        slope = np.linalg.norm(self.gradient(x)) * np.linalg.norm(x)
        return bool(slope <= self._tol * self._objective.cost_at_zero)

    def _evaluate(self, x):
        if self._point is not None and np.array_equal(x, self._point):
            return
        cost, gradient = self._objective.value_and_gradient(self._factors(x))
        self._point = x.copy()
        self._cost = cost
        self._gradient = np.concatenate([g.ravel() for g in gradient]).astype(
            np.float64, copy=False
        )

    def _factors(self, x) -> Factors:
        """Cut the vector into factors (copies only where the dtype differs)."""
        user, item = self._shapes
        cut = user[0] * user[1]
        x = np.asarray(x, self._objective.dtype)
        return Factors(x[:cut].reshape(user), x[cut:].reshape(item))
