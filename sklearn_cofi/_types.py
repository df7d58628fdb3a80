"""The values that travel down the road, and the two contracts between its parts."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np


class Factors(NamedTuple):
    """A pair of factor matrices; ``user @ item.T`` predicts centred ratings.

    With biases, two of the k columns hold these and ones beside them: solvers need not
    know which.

    Attributes
    ----------
    user : ndarray of shape (n_users, k), float32 or float64
        U, a row for each user.
    item : ndarray of shape (n_items, k), of the same dtype
        V, a row for each item.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_cofi.solvers import Factors
    >>> factors = Factors(np.ones((2, 3)), np.full((4, 3), 0.5))
    >>> (factors.user @ factors.item.T).shape
    (2, 4)
    """

    user: np.ndarray
    item: np.ndarray


class Solution(NamedTuple):
    """What a solver found, and how far it can be trusted.

    Attributes
    ----------
    factors : Factors
        The best pair found.
    cost : float
        Its cost.
    gradient_norm : float
        Euclidean norm of its gradient.
    cost_path : ndarray of shape (n_iter + 1,), float64
        Cost at the start and after each iteration.
    n_iter : int
        Number of iterations.
    converged : bool
        Whether the tolerance was reached.
    stop_reason : {"tolerance", "max_iter", "line_search", "callback"}
        What ended the search; "line_search" where no step lowered the cost.
    gradient_norm_path : ndarray of shape (n_iter + 1,), float64, or None
        Norms of the gradient beside `cost_path`. None, the default, leaves them out.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_cofi.solvers import Factors, Solution
    >>> zero = Factors(np.zeros((2, 3)), np.zeros((4, 3)))
    >>> Solution(zero, 8.0, 0.0, np.array([8.0]), 0, True, "tolerance").gave_up
    False
    """

    factors: Factors
    cost: float
    gradient_norm: float
    cost_path: np.ndarray
    n_iter: int
    converged: bool
    stop_reason: str
    gradient_norm_path: np.ndarray | None = None

    @property
    def gave_up(self) -> bool:
        """Whether the solver stopped by itself, short of its tolerance."""
        return self.stop_reason in ("max_iter", "line_search")


Callback = Callable[[Factors, float], bool]
"""Called with the factors and their cost after each iteration; True stops."""


class Objective(Protocol):
    """A differentiable cost of a pair of factors: what a solver is given.

    Weights, penalties and biases are all inside.

    Attributes
    ----------
    dtype : numpy.dtype
        float32 or float64: that of the factors and their gradient.
    cost_at_zero : float
        Cost of factors that are all zero.
    rating_scale : float
        Root mean square of the centred ratings.
    """

    dtype: np.dtype
    cost_at_zero: float
    rating_scale: float

    def value_and_gradient(self, factors: Factors) -> tuple[float, Factors]:
        """Return the cost and its gradient, in one pass over the ratings each way.

        Parameters
        ----------
        factors : Factors

        Returns
        -------
        cost : float
            Summed in float64.
        gradient : Factors
            Of the shapes and dtype of `factors`.
        """

    def stationarity(self, factors: Factors, gradient: Factors) -> float:
        """Return a norm of the gradient that has no unit; solvers hold it to `tol`.

        Parameters
        ----------
        factors, gradient : Factors
            A pair, and the gradient of the cost there.

        Returns
        -------
        float
            ``norm(gradient) * norm(factors) / cost_at_zero``, the columns of ones
            left out, and factors with biases taken for longer by one of the ratings'
            scale.
        """


class Solver(Protocol):
    """A function that minimises an `Objective`; it prints nothing and keeps nothing.

    Parameters
    ----------
    objective : Objective
    start : Factors
        Where to start. Not written to.
    max_iter : int
        Largest number of iterations.
    tol : float
        Stop where ``objective.stationarity(factors, gradient) <= tol``.
    callback : callable or None, default=None
        Called as ``callback(factors, cost)`` after each iteration; stop if it returns
        True.

    Returns
    -------
    Solution
        With the best factors found.
    """

    def __call__(
        self,
        objective: Objective,
        start: Factors,
        /,
        *,
        max_iter: int,
        tol: float,
        callback: Callback | None = None,
    ) -> Solution:
        """Return the best factors found."""
