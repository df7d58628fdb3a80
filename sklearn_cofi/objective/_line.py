"""The objective along a straight line: a quartic, computed in one pass."""

import numpy as np

from sklearn_cofi._types import AlternatingObjective, Factors


def line_coefficients(
    objective: AlternatingObjective, factors: Factors, direction: Factors
) -> np.ndarray:
    """Return the change of the cost along a direction, a polynomial in the step.

    ::

        cost(factors + a * direction) - cost(factors)
            = c[1] * a + c[2] * a**2 + c[3] * a**3 + c[4] * a**4

    The errors along the line are ``E + a * F + a**2 * G`` with ``F = U . dV + dU . V``
    and ``G = dU . dV``. Half their weighted square and the penalty give ::

        c[1] = sum(W * E * F)              + sum(p * U * dU) + sum(q * V * dV)
        c[2] = sum(W * (F**2 / 2 + E * G)) + sum(p * dU**2 + q * dV**2) / 2
        c[3] = sum(W * F * G)
        c[4] = sum(W * G**2) / 2

    with p and q the penalties of the free columns of users and of items.

    ``c[0]`` is 0, because near a minimum the changes are smaller than the rounding
    errors of the cost. Takes one pass over the ratings by user, O(n_ratings * k).

    Parameters
    ----------
    objective : AlternatingObjective
    factors, direction : Factors
        With biases, the direction must be 0 in the columns of ones.

    Returns
    -------
    float64 array of shape (5,)

    References
    ----------
    Winlaw, Hynes, Caterini and De Sterck, "Algorithmic Acceleration of Parallel ALS
    for Collaborative Filtering: Speeding up Distributed Big Data Recommendation in
    Spark", IEEE ICPADS 2015, arXiv:1508.03110, on the line search.
    """
    coefficients = np.zeros(5)
    coefficients[1:] = objective.line_terms(factors, direction)
    for side, (X, dX) in enumerate(zip(factors, direction, strict=True)):
        coefficients[1] += objective.penalty_product(side, X, dX)
        coefficients[2] += objective.penalty_product(side, dX, dX) / 2
    return coefficients


def best_step(coefficients: np.ndarray) -> float:
    """Return the step ``a >= 0`` that minimises the result of `line_coefficients`.

    Returns 0 if no step lowers it, or if a coefficient is not finite.
    """
    if not np.isfinite(coefficients).all():
        return 0.0
    polynomial = np.polynomial.Polynomial(coefficients)
    # The real parts of complex roots are also candidates. They do no harm, because the
    # lowest candidate is returned, and no tolerance for nearly real roots is needed.
    steps = np.append(polynomial.deriv().roots().real, 0.0)
    steps = steps[steps >= 0]
    return float(steps[np.argmin(polynomial(steps))])
