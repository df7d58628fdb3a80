"""The objective along a straight line: a quartic, known after one pass."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.objective._squared import MaskedSquaredLoss


def line_coefficients(
    objective: MaskedSquaredLoss, factors: Factors, direction: Factors
) -> np.ndarray:
    """Return the change of the cost along a direction, a polynomial in the step.

    ::

        cost(factors + a * direction) - cost(factors)
            = c[1] * a + c[2] * a**2 + c[3] * a**3 + c[4] * a**4

    The errors along the line are ``E + a * F + a**2 * G`` with ``F = U . dV + dU . V``
    and ``G = dU . dV``. Half their weighted square, and the penalty's, give ::

        c[1] = sum(W * E * F)              + sum(p * U * dU) + sum(q * V * dV)
        c[2] = sum(W * (F**2 / 2 + E * G)) + sum(p * dU**2 + q * dV**2) / 2
        c[3] = sum(W * F * G)
        c[4] = sum(W * G**2) / 2

    with p and q the penalties of what is learned of users and of items.

    ``c[0]`` is 0: the cost itself, added to its changes, would round them away near a
    minimum. One pass over the ratings by user, O(n_ratings * k).

    Parameters
    ----------
    objective : MaskedSquaredLoss
    factors, direction : Factors
        With biases, the direction is 0 in the columns of ones.

    Returns
    -------
    float64 array of shape (5,)

    References
    ----------
    Winlaw, Hynes, Caterini and De Sterck, "Algorithmic Acceleration of Parallel ALS
    for Collaborative Filtering: Speeding up Distributed Big Data Recommendation in
    Spark", IEEE ICPADS 2015, arXiv:1508.03110, on the line search.
    """
    # numba takes half a second to import: not before the first fit needs it.
    from sklearn_cofi.kernels._errors import line_terms

    row_terms = np.empty((4, factors.user.shape[0]), np.float64)
    line_terms(*objective.blocked_rows(0), *factors, *direction, row_terms)
    coefficients = np.zeros(5)
    coefficients[1:] = row_terms.sum(axis=1)
    for side, (X, dX) in enumerate(zip(factors, direction, strict=True)):
        coefficients[1] += objective.penalty_product(side, X, dX)
        coefficients[2] += objective.penalty_product(side, dX, dX) / 2
    return coefficients


def best_step(coefficients: np.ndarray) -> float:
    """Return the step ``a >= 0`` at which such a polynomial is lowest.

    Returns 0 where no step lowers it, or where it has overflowed.
    """
    if not np.isfinite(coefficients).all():
        return 0.0
    polynomial = np.polynomial.Polynomial(coefficients)
    # The lowest of all candidates is taken: the real part of a complex root is one
    # too many and does no harm, so that nothing need be judged to be almost real.
    steps = np.append(polynomial.deriv().roots().real, 0.0)
    steps = steps[steps >= 0]
    return float(steps[np.argmin(polynomial(steps))])
