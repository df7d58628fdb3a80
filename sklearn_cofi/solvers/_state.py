"""A point on a solver's way, when it is the end of it, and what to report then."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Callback, Factors, Objective, Solution


class SolverState(NamedTuple):
    """A pair of factors and what the objective says of them."""

    factors: Factors
    cost: float
    gradient: Factors
    stationarity: float


def evaluate(objective: Objective, factors: Factors) -> SolverState:
    """Evaluate the objective, in one pass over the ratings each way."""
    cost, gradient = objective.value_and_gradient(factors)
    return SolverState(
        factors, cost, gradient, objective.stationarity(factors, gradient)
    )


def has_converged(objective: Objective, point: SolverState, tol: float) -> bool:
    """Tell a small gradient at a minimum from one beside the saddle at zero.

    The way from the start can lead past zero, where gradient and factors are small
    and nothing has been learned: such a point costs more than zero does.
    """
    beside_zero = point.cost > objective.cost_at_zero and point.stationarity > 0
    return point.stationarity <= tol and not beside_zero


def iterate(
    objective: Objective,
    init: Factors,
    advance: Callable[[SolverState], SolverState | None],
    *,
    max_iter: int,
    tol: float,
    callback: Callback | None,
) -> Solution:
    """Go from point to point until one has converged, and report the last.

    ``advance`` returns the next point, or None where it finds none that is lower.
    """
    point = evaluate(objective, init)
    path = [trace(point)]
    if has_converged(objective, point, tol):
        return make_solution(point, path, "tolerance")
    for _ in range(max_iter):
        lower = advance(point)
        if lower is None:
            return make_solution(point, path, "line_search")
        point = lower
        path.append(trace(point))
        stopped = callback is not None and callback(point.factors, point.cost)
        if has_converged(objective, point, tol):
            return make_solution(point, path, "tolerance")
        if stopped:
            return make_solution(point, path, "callback")
    return make_solution(point, path, "max_iter")


def gradient_norm(point: SolverState) -> float:
    """Return the Euclidean norm of the gradient, summed in float64."""
    square = sum(np.einsum("uk,uk->", g, g, dtype=np.float64) for g in point.gradient)
    return float(np.sqrt(square))


def trace(point: SolverState) -> tuple[float, float]:
    """Return what is kept of each point on the way: cost and norm of the gradient."""
    return point.cost, gradient_norm(point)


def make_solution(
    point: SolverState, path: list[tuple[float, float]], stop_reason: str
) -> Solution:
    """Return the solution that ends at a point, after the `trace` ones."""
    costs, norms = np.array(path, np.float64).T.copy()
    return Solution(
        factors=point.factors,
        cost=point.cost,
        gradient_norm=gradient_norm(point),
        cost_path=costs,
        n_iter=len(path) - 1,
        converged=stop_reason == "tolerance",
        stop_reason=stop_reason,
        gradient_norm_path=norms,
    )
