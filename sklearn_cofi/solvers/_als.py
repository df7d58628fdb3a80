"""Alternating least squares: users and items are solved in turn."""

from sklearn_cofi._types import AlternatingObjective, Callback, Factors, Solution
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.solvers._state import SolverState, evaluate, iterate

# From 16 latent factors on, each row takes three steps of conjugate gradients from its
# current factors. The same cost then takes as many sweeps as with exact solves, but
# less time: on ml-1m in float32, to within 1e-3 of the best, 0.59 of the time with 16
# latent factors, 0.65 with 32, 0.43 with 64 and 0.26 with 128.
_INEXACT_FROM = 16
_STEPS = 3


def minimize_als(
    objective: AlternatingObjective,
    start: Factors,
    *,
    max_iter: int,
    tol: float,
    callback: Callback | None = None,
) -> Solution:
    """Minimise by alternating least squares; an iteration is a sweep over both sides.

    With fewer than 16 latent factors each row is solved exactly; with more, each row
    takes a few steps of conjugate gradients from its current factors. Neither raises
    the cost.

    References
    ----------
    Hastie, Mazumder, Lee and Zadeh, "Matrix Completion and Low-Rank SVD via Fast
    Alternating Least Squares", JMLR 16 (2015); for the inexact solves, Takacs,
    Pilaszy and Tikk, "Applications of the Conjugate Gradient Method for Implicit
    Feedback Collaborative Filtering", RecSys 2011, doi:10.1145/2043932.2043987.
    """

    def advance(state: SolverState) -> SolverState:
        return evaluate(objective, sweep(objective, state.factors))

    return iterate(
        objective, start, advance, max_iter=max_iter, tol=tol, callback=callback
    )


def sweep(objective: AlternatingObjective, factors: Factors) -> Factors:
    """Solve the factors of users, then the factors of items for these users."""
    steps = None if factors.user.shape[1] < _INEXACT_FROM else _STEPS
    user = half_step(objective, 0, factors, steps=steps)
    item = half_step(objective, 1, Factors(user, factors.item), steps=steps)
    return Factors(user, item)
