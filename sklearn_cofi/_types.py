"""The values that travel down the road, and the two contracts between its parts."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np


class Factors(NamedTuple):
    """A pair of factor matrices; ``user @ item.T`` predicts centred ratings."""

    user: np.ndarray  # (n_users, k): U, the tutorial's Theta
    item: np.ndarray  # (n_items, k): V, the tutorial's X


class Solution(NamedTuple):
    """What a solver found, and how far it can be trusted."""

    factors: Factors
    cost: float
    gradient_norm: float
    cost_path: np.ndarray  # (n_iter + 1,): cost at the start and after each iteration
    n_iter: int
    converged: bool
    stop_reason: str


Callback = Callable[[Factors, float], bool]
"""Called with the factors and their cost after each iteration; True stops."""


class Objective(Protocol):
    """A differentiable cost of a pair of factors."""

    dtype: np.dtype
    cost_at_zero: float  # cost of factors that are all zero
    rating_scale: float  # root mean square of the centred ratings

    def value_and_gradient(self, factors: Factors) -> tuple[float, Factors]:
        """Return the cost and its gradient, shaped as the factors."""

    def stationarity(self, factors: Factors, gradient: Factors) -> float:
        """Return a norm of the gradient that has no units; solvers hold it to tol."""


class Solver(Protocol):
    """Minimise an objective from a start; print nothing, keep nothing."""

    def __call__(
        self,
        objective: Objective,
        init: Factors,
        *,
        max_iter: int,
        tol: float,
        callback: Callback | None = None,
    ) -> Solution:
        """Return the best factors found."""
