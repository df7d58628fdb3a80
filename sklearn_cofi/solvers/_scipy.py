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
        self._point = None
        self._path = [self.cost(self.start) * self._unit**4]
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
        x = intermediate_result.x
        cost = float(intermediate_result.fun * self._unit**4)
        self._path.append(cost)
        stopped = self._callback is not None and self._callback(self._factors(x), cost)
        if self._has_converged(x):
            self._stop_reason = "tolerance"
        elif stopped:
            self._stop_reason = "callback"
        if self._stop_reason:
            raise StopIteration

    def solution(self, x, *, reached_max_iter: bool) -> Solution:
        if self._stop_reason is None and self._has_converged(x):
            self._stop_reason = "tolerance"
        if self._stop_reason is None:
            self._stop_reason = "max_iter" if reached_max_iter else "line_search"
        return Solution(
            factors=self._factors(x),
            cost=float(self.cost(x) * self._unit**4),
            gradient_norm=float(np.linalg.norm(self.gradient(x)) * self._unit**3),
            cost_path=np.array(self._path),
            n_iter=len(self._path) - 1,
            converged=self._stop_reason == "tolerance",
            stop_reason=self._stop_reason,
        )

    def _has_converged(self, x) -> bool:
        """Tell a small gradient at a minimum from one beside the saddle at zero.

        The way from the start can lead past zero, where gradient and factors are
        small and nothing has been learned: such a point costs more than zero does.
        """
        self._evaluate(x)
        at_zero = self._objective.cost_at_zero / self._unit**4
        beside_zero = self._cost > at_zero and self._slope > 0
        return self._slope <= self._tol and not beside_zero

    def _evaluate(self, x):
        if self._point is not None and np.array_equal(x, self._point):
            return
        factors = self._factors(x)
        cost, gradient = self._objective.value_and_gradient(factors)
        self._point = x.copy()
        self._cost = cost / self._unit**4
        self._gradient = _vector(gradient) / self._unit**3
        self._slope = self._objective.stationarity(factors, gradient)

    def _factors(self, x) -> Factors:
        user, item = self._shapes
        cut = user[0] * user[1]
        x = (x * self._unit).astype(self._objective.dtype, copy=False)
        return Factors(x[:cut].reshape(user), x[cut:].reshape(item))


def _vector(factors: Factors) -> np.ndarray:
    return np.concatenate([side.ravel() for side in factors]).astype(np.float64)
