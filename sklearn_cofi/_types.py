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
    # Beside cost_path: norms of the gradient there. None is for solvers of other hands.
    gradient_norm_path: np.ndarray | None = None

    @property
    def gave_up(self) -> bool:
        """Whether the solver stopped by itself, short of its tolerance."""
        return self.stop_reason in ("max_iter", "line_search")


class PosteriorDraws(NamedTuple):
    """Some draws of the Bayesian model, stacked; or one, without the first axis.

    Rows are ``[features, bias]``, and the last of each side is one that nothing is
    known of: the mean of the prior.
    """

    users: np.ndarray  # (n_draws, n_users + 1, k + 1)
    items: np.ndarray  # (n_draws, n_items + 1, k + 1)
    user_variances: np.ndarray  # (n_draws, n_users + 1): of the noise
    item_ratios: np.ndarray  # (n_draws, n_items + 1): what it is multiplied by
    noise: np.ndarray  # (n_draws,): its variance for users and items like others
    degrees: np.ndarray  # (n_draws,): of the distribution of users' precisions
    user_precisions: np.ndarray  # (n_draws, k + 1, k + 1): of the users' prior
    item_precisions: np.ndarray  # (n_draws, k + 1, k + 1)
    links: np.ndarray  # (n_draws, n_items, k + 1), or no items


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
