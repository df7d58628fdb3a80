"""The state of a solver, its stopping rule, its trace and its solution."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Callback, Factors, Objective, Solution


class SolverState(NamedTuple):
    """A pair of factors, with their cost, gradient and stationarity."""

    factors: Factors
    cost: float
    gradient: Factors
    stationarity: float


def evaluate(objective: Objective, factors: Factors) -> SolverState:
    """Evaluate the objective, in one pass over the ratings of each side."""
    cost, gradient = objective.value_and_gradient(factors)
    return SolverState(
        factors, cost, gradient, objective.stationarity(factors, gradient)
    )


def has_converged(objective: Objective, state: SolverState, tol: float) -> bool:
    """Return whether the gradient is small, and not near the saddle at zero.

    The solver can pass near zero, where gradient and factors are small although the
    factors have not been learned. Such a state costs more than factors of zero.
    """
    near_zero = state.cost > objective.cost_at_zero and state.stationarity > 0
    return state.stationarity <= tol and not near_zero


def iterate(
    objective: Objective,
    start: Factors,
    advance: Callable[[SolverState], SolverState | None],
    *,
    max_iter: int,
    tol: float,
    callback: Callback | None,
) -> Solution:
    """Advance from state to state until one has converged, and return the solution.

    ``advance`` returns the next state, or None if it finds no state of lower cost.
    """
    state = evaluate(objective, start)
    path = [trace(state)]
    if has_converged(objective, state, tol):
        return make_solution(state, path, "tolerance")
    for _ in range(max_iter):
        lower = advance(state)
        if lower is None:
            return make_solution(state, path, "line_search")
        state = lower
        path.append(trace(state))
        stopped = callback is not None and callback(state.factors, state.cost)
        if has_converged(objective, state, tol):
            return make_solution(state, path, "tolerance")
        if stopped:
            return make_solution(state, path, "callback")
    return make_solution(state, path, "max_iter")


def gradient_norm(state: SolverState) -> float:
    """Return the Euclidean norm of the gradient, summed in float64."""
    square = sum(np.einsum("uk,uk->", g, g, dtype=np.float64) for g in state.gradient)
    return float(np.sqrt(square))


def trace(state: SolverState) -> tuple[float, float]:
    """Return the cost and the norm of the gradient, stored for each iteration."""
    return state.cost, gradient_norm(state)


def make_solution(
    state: SolverState, path: list[tuple[float, float]], stop_reason: str
) -> Solution:
    """Return the solution at a state, with the path of `trace` results up to it."""
    costs, norms = np.array(path, np.float64).T.copy()
    return Solution(
        factors=state.factors,
        cost=state.cost,
        gradient_norm=gradient_norm(state),
        cost_path=costs,
        n_iter=len(path) - 1,
        converged=stop_reason == "tolerance",
        stop_reason=stop_reason,
        gradient_norm_path=norms,
    )
