"""Alternating least squares, accelerated by nonlinear conjugate gradients."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import AlternatingObjective, Callback, Factors, Solution
from sklearn_cofi.objective._line import best_step, line_coefficients
from sklearn_cofi.solvers._als import sweep
from sklearn_cofi.solvers._state import SolverState, evaluate, iterate


def minimize_als_ncg(
    objective: AlternatingObjective,
    start: Factors,
    *,
    max_iter: int,
    tol: float,
    callback: Callback | None = None,
) -> Solution:
    """Minimise by conjugate gradients with a sweep of ALS as preconditioner.

    A sweep of ALS solves for all users with fixed items, then for all items with these
    users. The change of the factors in a sweep replaces the gradient::

        moved = factors - sweep(factors)
        beta = max(0, moved . (moved - last_moved) / (last_moved . last_moved))
        direction = -moved + beta * last_direction
        factors += a * direction,   a > 0 minimising cost(factors + a * direction)

    The cost is a quartic in ``a``, minimised exactly after one pass over the ratings.
    If the direction does not descend, ``beta`` is 0. The line then contains the result
    of the sweep, at ``a = 1``, so an iteration lowers the cost at least as much as ALS.

    With a preconditioner, Polak and Ribiere's beta has several forms. This one uses the
    changes of the factors only. It takes 27 iterations on MovieLens-100k (20 latent
    factors, ``reg_param`` 30, ``tol`` 1e-5; median of three starts); forms with
    gradients take 28 and 32, and ALS takes 90.

    An iteration takes a sweep, one pass for the line, and one cost and gradient. With
    many latent factors, as in ``minimize_als``, the sweep takes a few steps towards the
    solution of each row: with 64 on MovieLens-100k, 83 iterations take 2.7 s on one
    core, and 69 iterations with exact solutions take 6.7 s.

    References
    ----------
    Winlaw, Hynes, Caterini and De Sterck, "Algorithmic Acceleration of Parallel ALS
    for Collaborative Filtering: Speeding up Distributed Big Data Recommendation in
    Spark", ICPADS 2015, arXiv:1508.03110; for the forms of beta, De Sterck and Winlaw,
    "A nonlinearly preconditioned conjugate gradient algorithm for rank-R canonical
    tensor approximation", Numer. Linear Algebra Appl. 22 (2015), doi:10.1002/nla.1963.
    """
    search: _Search | None = None

    def advance(state: SolverState) -> SolverState | None:
        nonlocal search
        search = _turn(objective, state, search)
        return _lower(objective, state, search)

    return iterate(
        objective, start, advance, max_iter=max_iter, tol=tol, callback=callback
    )


class _Search(NamedTuple):
    """The result of a sweep, the change of the factors in it, and the direction."""

    swept: Factors
    moved: Factors
    direction: Factors


def _turn(
    objective: AlternatingObjective, state: SolverState, last: _Search | None
) -> _Search:
    """Return a direction conjugate to the last one, or the direction of plain ALS."""
    swept = sweep(objective, state.factors)
    moved = _plus(state.factors, -1, swept)
    direction = _plus(swept, -1, state.factors)
    if last is not None:
        conjugate = _plus(direction, _beta(moved, last.moved), last.direction)
        if _dot(conjugate, state.gradient) < 0:
            direction = conjugate
    return _Search(swept, moved, direction)


def _beta(moved: Factors, last_moved: Factors) -> float:
    """Return Polak and Ribiere's beta, at least 0, with ALS moves as gradients."""
    turned = _dot(moved, _plus(moved, -1, last_moved))
    return max(0.0, turned / _dot(last_moved, last_moved))


def _lower(
    objective: AlternatingObjective, state: SolverState, search: _Search
) -> SolverState | None:
    """Return the minimum on the line, else the result of the sweep, else None.

    A result must have a lower cost than the current state.
    """
    step = best_step(line_coefficients(objective, state.factors, search.direction))
    for factors in (_plus(state.factors, step, search.direction), search.swept):
        new = evaluate(objective, factors)
        if new.cost < state.cost:
            return new
    return None


def _plus(x: Factors, a: float, y: Factors) -> Factors:
    """Return ``x + a * y`` in the dtype of x."""
    pairs = zip(x, y, strict=True)
    return Factors(*(own + own.dtype.type(a) * other for own, other in pairs))


def _dot(x: Factors, y: Factors) -> float:
    return sum(
        float(np.einsum("uk,uk->", own, other, dtype=np.float64))
        for own, other in zip(x, y, strict=True)
    )
