"""A point on a solver's way, when it is the end of it, and what to report then."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Factors, Objective, Solution


class Point(NamedTuple):
    """A pair of factors and what the objective says of them."""

    factors: Factors
    cost: float
    gradient: Factors
    stationarity: float


def priced(objective: Objective, factors: Factors) -> Point:
    """Evaluate the objective, in one pass over the ratings each way."""
    cost, gradient = objective.value_and_gradient(factors)
    return Point(factors, cost, gradient, objective.stationarity(factors, gradient))


def has_converged(objective: Objective, point: Point, tol: float) -> bool:
    """Tell a small gradient at a minimum from one beside the saddle at zero.

    The way from the start can lead past zero, where gradient and factors are small
    and nothing has been learned: such a point costs more than zero does.
    """
    beside_zero = point.cost > objective.cost_at_zero and point.stationarity > 0
    return point.stationarity <= tol and not beside_zero


def reported(point: Point, path: list[float], stop_reason: str) -> Solution:
    """Return the solution that ends at a point."""
    square = sum(np.einsum("uk,uk->", g, g, dtype=np.float64) for g in point.gradient)
    return Solution(
        factors=point.factors,
        cost=point.cost,
        gradient_norm=float(np.sqrt(square)),
        cost_path=np.array(path),
        n_iter=len(path) - 1,
        converged=stop_reason == "tolerance",
        stop_reason=stop_reason,
    )
