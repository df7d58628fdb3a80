"""Variables in which a cost curves about equally in all directions."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Factors, Objective
from sklearn_cofi.solvers._state import SolverState

# Smallest curvature, as a fraction of the mean of its side. Without a penalty, the
# curvature of a row is zero where the other side has zeros.
_FLOOR = 1e-6


class Variables(NamedTuple):
    """Units of the variables z of a run: ``factors = unit * z``.

    Attributes
    ----------
    unit : float or ndarray of shape (n_variables,)
        Unit of each variable.
    cost_unit : float
        The run minimises ``cost / cost_unit``.
    slope_unit : float or ndarray of shape (n_variables,)
        ``unit / cost_unit``, by which the gradient is multiplied.
    """

    unit: float | np.ndarray
    cost_unit: float
    slope_unit: float | np.ndarray


def scaled_variables(objective: Objective, state: SolverState) -> Variables:
    """Return units for the variables of a run that starts from a state.

    ::

        z = sqrt(curvature) * factors / step,   minimise cost / step**2

    with ``curvature`` the diagonal of the Hessian at the start, of an objective that
    has this method, and ``step`` the norm of the gradient in the variables
    ``sqrt(curvature) * factors``, rounded up to a power of two.

    Conjugate gradients take a number of iterations that grows with the root of the
    condition number. A user with a thousand ratings has a curvature a thousand times as
    large as a user with one, and the curvature of a bias is the number of ratings. In
    the variables z all second derivatives are 1 at the start. (At the optimum of
    ml-latest-small with biases, the largest eigenvalue of the Hessian falls from 2,710
    to 5. Blocks of all latent factors of a row give 2, but cost more time than they
    save.)

    scipy's first step has a length of about 1, or is the gradient if that is shorter.
    In units of ``step`` it is the gradient, which is the step of Newton's method with
    the diagonal of the Hessian.

    Without ``curvature`` all variables have one unit, a power of two near the square
    root of the scale of the ratings.

    Parameters
    ----------
    objective : Objective
    state : SolverState
        The state at the start.

    References
    ----------
    Nocedal and Wright, "Numerical Optimization", 2nd ed., 2006, section 5.1
    (preconditioning, as a change of variables).
    """
    curvature = getattr(objective, "curvature", None)
    if curvature is None:
        # Division by 2 makes frexp round to the nearest power of two, not up.
        _, exponent = np.frexp(np.sqrt(objective.rating_scale / 2))
        unit = float(np.ldexp(1.0, exponent))
        return Variables(unit, unit**4, unit**-3)
    root = np.sqrt(_positive(curvature(state.factors)))
    slope = np.concatenate([side.ravel() for side in state.gradient]) / root
    _, exponent = np.frexp(np.linalg.norm(slope))
    step = float(np.ldexp(1.0, exponent))
    unit = step / root
    return Variables(unit, step**2, unit / step**2)


def _positive(curvature: Factors) -> np.ndarray:
    """Return the curvatures of both sides as one vector, without zeros."""
    sides = []
    for side in curvature:
        smallest = _FLOOR * side.mean() if side.size else 0.0
        sides.append(np.maximum(side, smallest or 1.0).ravel())
    return np.concatenate(sides)
