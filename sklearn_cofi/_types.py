"""Values that pass between objective, solver and estimator, and their protocols."""

from collections.abc import Callable
from typing import NamedTuple, Protocol

import numpy as np


class Factors(NamedTuple):
    """A pair of factor matrices; ``user @ item.T`` predicts centred ratings.

    With biases, two of the k columns hold a bias and ones. A solver treats all columns
    alike.

    Attributes
    ----------
    user : ndarray of shape (n_users, k), float32 or float64
        Factors of users (U), one row for each user.
    item : ndarray of shape (n_items, k), float32 or float64
        Factors of items (V), one row for each item.

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
    """Result of a solver.

    Attributes
    ----------
    factors : Factors
        The best factors found.
    cost : float
        Cost of these factors.
    gradient_norm : float
        Euclidean norm of the gradient at these factors.
    cost_path : ndarray of shape (n_iter + 1,), float64
        Cost at the start and after each iteration.
    n_iter : int
        Number of iterations.
    converged : bool
        Whether the tolerance was reached.
    stop_reason : {"tolerance", "max_iter", "line_search", "callback"}
        Why the solver stopped; "line_search" means that no step lowered the cost.
    gradient_norm_path : ndarray of shape (n_iter + 1,), float64, or None
        Norm of the gradient at the start and after each iteration, or None, the
        default.

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
        """Whether the solver stopped before it reached its tolerance."""
        return self.stop_reason in ("max_iter", "line_search")


Callback = Callable[[Factors, float], bool]
"""Function called with the factors and their cost after each iteration; True stops."""


class Objective(Protocol):
    """A differentiable cost of a pair of factors, which a solver minimises.

    Weights, penalties and biases are part of the cost. The solvers "cg" and "lbfgs"
    use these members only, and a solver of your own can rely on them.

    Attributes
    ----------
    dtype : numpy.dtype
        dtype of the factors and their gradient, float32 or float64.
    cost_at_zero : float
        Cost of factors that are all zero.
    rating_scale : float
        Root mean square of the centred ratings.
    """

    dtype: np.dtype
    cost_at_zero: float
    rating_scale: float

    def value_and_gradient(self, factors: Factors) -> tuple[float, Factors]:
        """Return the cost and its gradient, in one pass over the ratings of each side.

        Parameters
        ----------
        factors : Factors

        Returns
        -------
        cost : float
            The cost, summed in float64.
        gradient : Factors
            Gradient of the cost, with the shapes and dtype of `factors`.
        """

    def stationarity(self, factors: Factors, gradient: Factors) -> float:
        """Return a norm of the gradient without a unit, which solvers compare to `tol`.

        Parameters
        ----------
        factors, gradient : Factors
            A pair of factors, and the gradient of the cost at these factors.

        Returns
        -------
        float
            ``norm(gradient) * norm(factors) / cost_at_zero``, without the columns of
            ones. With biases, the norm of the factors includes one more entry of
            ``rating_scale``.
        """


class AlternatingObjective(Objective, Protocol):
    """An objective with the operations that alternating least squares needs.

    The solvers "als" and "als-ncg" use these members in addition to `Objective`. They
    are written for these two solvers and may change in any release.

    Attributes
    ----------
    fit_bias : bool
        Whether two of the columns of the factors hold a bias and ones: the last two,
        ``[bias, 1]`` for users and ``[1, bias]`` for items.
    """

    fit_bias: bool

    def solve_side(
        self, side: int, X: np.ndarray, V: np.ndarray, n_free: int, steps: int | None
    ) -> None:
        """Minimise the cost over the first ``n_free`` columns of one side, in place.

        Parameters
        ----------
        side : {0, 1}
            0 if X has rows of users, 1 if X has rows of items.
        X : ndarray of shape (n_rows, k)
            Factors of the side. The first ``n_free`` columns are overwritten.
        V : ndarray of shape (n_columns, k)
            Factors of the other side.
        n_free : int
            Number of columns to minimise over.
        steps : int or None
            Number of steps of conjugate gradients for each row. None solves exactly.
        """

    def line_terms(self, factors: Factors, direction: Factors) -> np.ndarray:
        """Return the change of half the squared error along a direction.

        Parameters
        ----------
        factors, direction : Factors

        Returns
        -------
        float64 array of shape (4,)
            Coefficients of ``a``, ``a**2``, ``a**3`` and ``a**4`` for the factors
            ``factors + a * direction``, without the penalty.
        """

    def penalty_product(self, side: int, X: np.ndarray, Y: np.ndarray) -> float:
        """Return ``sum(penalties * X * Y)`` over the free columns of one side.

        Parameters
        ----------
        side : {0, 1}
            0 if X has rows of users, 1 if X has rows of items.
        X, Y : ndarrays of shape (n_rows, k)

        Returns
        -------
        float
            Summed in float64. For ``Y = X``, half of it is the penalty of X.
        """


class Solver(Protocol):
    """A function that minimises an `Objective`, without output or state.

    Parameters
    ----------
    objective : Objective
        The cost to minimise.
    start : Factors
        Factors of the first iteration, which are not modified.
    max_iter : int
        Maximum number of iterations.
    tol : float
        Tolerance: stop when ``objective.stationarity(factors, gradient) <= tol``.
    callback : callable or None, default=None
        Function called as ``callback(factors, cost)`` after each iteration. Stop if it
        returns True.

    Returns
    -------
    Solution
        The best factors found, of the shapes of `start` and the dtype of the objective.
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
