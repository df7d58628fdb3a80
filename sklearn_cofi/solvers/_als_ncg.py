"""Alternating least squares, accelerated by nonlinear conjugate gradients."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Factors, Solution
from sklearn_cofi.objective._line import best_step, line_coefficients
from sklearn_cofi.solvers._als import sweep
from sklearn_cofi.solvers._state import SolverState, evaluate, iterate


def minimize_als_ncg(objective, init, *, max_iter, tol, callback=None) -> Solution:
    """Minimise by conjugate gradients that a sweep of ALS preconditions.

    A sweep of ALS solves for all users given the items, then for all items given these
    users. What it moves the factors by takes the place of the gradient::

        moved = factors - sweep(factors)
        beta = max(0, moved . (moved - last_moved) / (last_moved . last_moved))
        direction = -moved + beta * last_direction
        factors += a * direction,   a > 0 minimising cost(factors + a * direction)

    The cost is a quartic in ``a``, minimised exactly after one pass over the ratings.
    Where the direction does not descend, ``beta`` is 0: then the sweep's end is on the
    line, at ``a = 1``, and the iteration lowers the cost at least as much as ALS.

    Polak and Ribiere's beta admits several forms under a preconditioner. This one, of
    the moves alone, takes 27 iterations on MovieLens-100k (20 features, ``reg_param``
    30, ``tol`` 1e-5; median of three starts), those with gradients 28 and 32, ALS 90.

    An iteration is a sweep, that pass, and a cost and gradient. With many features, as
    in ``minimize_als``, the sweep takes few steps towards each row's solution: with 64
    on MovieLens-100k, 83 iterations in 2.7 s on one core instead of 69 in 6.7 s.

    References
    ----------
    Winlaw, Hynes, Caterini and De Sterck, "Algorithmic Acceleration of Parallel ALS
    for Collaborative Filtering: Speeding up Distributed Big Data Recommendation in
    Spark", ICPADS 2015, arXiv:1508.03110; for the forms of beta, De Sterck and Winlaw,
    "A nonlinearly preconditioned conjugate gradient algorithm for rank-R canonical
    tensor approximation", Numer. Linear Algebra Appl. 22 (2015), doi:10.1002/nla.1963.
    """
    search = None

    def advance(point):
        nonlocal search
        search = _turn(objective, point, search)
        return _lower(objective, point, search)

    return iterate(
        objective, init, advance, max_iter=max_iter, tol=tol, callback=callback
    )


class _Search(NamedTuple):
    """Where to go from a point, and where a sweep of ALS ends."""

    swept: Factors
    moved: Factors
    direction: Factors


def _turn(objective, point: SolverState, last: _Search | None) -> _Search:
    """Return the direction conjugate to the last one, or that of plain ALS."""
    swept = sweep(objective, point.factors)
    moved = _plus(point.factors, -1, swept)
    direction = _plus(swept, -1, point.factors)
    if last is not None:
        conjugate = _plus(direction, _beta(moved, last.moved), last.direction)
        if _dot(conjugate, point.gradient) < 0:
            direction = conjugate
    return _Search(swept, moved, direction)


def _beta(moved: Factors, last_moved: Factors) -> float:
    """Return Polak and Ribiere's beta, at least 0, with ALS for the gradient."""
    turned = _dot(moved, _plus(moved, -1, last_moved))
    return max(0.0, turned / _dot(last_moved, last_moved))


def _lower(objective, point: SolverState, search: _Search) -> SolverState | None:
    """Return the lowest point on the line, else the sweep's end, else None."""
    step = best_step(line_coefficients(objective, point.factors, search.direction))
    for factors in (_plus(point.factors, step, search.direction), search.swept):
        new = evaluate(objective, factors)
        if new.cost < point.cost:
            return new
    return None


def _plus(x: Factors, a: float, y: Factors) -> Factors:
    """Return ``x + a * y``, of the dtype of x."""
    pairs = zip(x, y, strict=True)
    return Factors(*(own + own.dtype.type(a) * other for own, other in pairs))


def _dot(x: Factors, y: Factors) -> float:
    return sum(
        float(np.einsum("uk,uk->", own, other, dtype=np.float64))
        for own, other in zip(x, y, strict=True)
    )
