"""From a problem to a solution: the starting point, and the run of the solver."""

from collections.abc import Collection, Iterator
from dataclasses import replace
from functools import partial
from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Callback, Factors, Solution, Solver
from sklearn_cofi._typing import RegParam, SolverName
from sklearn_cofi.objective._bias import biases_alone, split_biases, with_biases
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._penalty import LARGEST_PENALTY
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._check import check_solution, check_solver
from sklearn_cofi.solvers._path import solve_path
from sklearn_cofi.solvers._start import random_start, zero_start
from sklearn_cofi.training._previous_fit import PreviousFit
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._singular_start import singular_start

Biases = tuple[np.ndarray, np.ndarray]


def solve(
    solver: SolverName | Solver,
    objective: MaskedSquaredLoss,
    start: Factors,
    *,
    max_iter: int,
    tol: float,
    callback: Callback | None = None,
) -> Solution:
    """Run a solver, which is a name of `SOLVERS` or a function of the user.

    Raises
    ------
    TypeError, ValueError
        If a solver of the user has another signature or result than `Solver` states.
    ValueError
        If the cost leaves the range of floats.
    """
    if isinstance(solver, str):
        run = partial(SOLVERS[solver], objective, start)
        solution = run(max_iter=max_iter, tol=tol, callback=callback)
    else:
        check_solver(solver)
        run = partial(solver, objective, start)
        found = run(max_iter=max_iter, tol=tol, callback=callback)
        solution = check_solution(found, solver, objective, start)
    if not np.isfinite(solution.cost):
        raise ValueError(
            f"The cost reached {solution.cost}: the ratings or weights are too "
            f"large for {objective.dtype}. Scale them down, or fit in float64."
        )
    return solution


def solve_along(
    problem: CenteredProblem,
    reg_params: np.ndarray,
    num_features_grid: list[int],
    finished: Collection[int] = (),
    *,
    solver: SolverName | Solver,
    max_iter: int,
    tol: float,
) -> Iterator[dict[int, Solution]]:
    """Yield the solutions at each penalty, by position in ``num_features_grid``.

    The penalties fall. See `solve_path`.
    """
    return solve_path(
        (problem.objective(reg_param) for reg_param in reg_params),
        num_features_grid,
        lambda objective, start: solve(
            solver, objective, start, max_iter=max_iter, tol=tol
        ),
        finished,
    )


class StartingPoint(NamedTuple):
    """Where a fit starts, and the smallest penalty at which all factors are zero."""

    factors: Factors
    reg_param_max: float


def starting_point(
    problem: CenteredProblem,
    reg_param: RegParam,
    num_features: int,
    rng: np.random.RandomState,
    ids: tuple[np.ndarray, np.ndarray],
    previous: PreviousFit | None,
) -> StartingPoint:
    """Return the factors that a fit starts from: drawn, carried over, or zero.

    Biases start at their optimum without factors, or are carried over.

    Parameters
    ----------
    problem : CenteredProblem
    reg_param : float or (users, items)
    num_features : int
    rng : numpy.random.RandomState
    ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
    previous : PreviousFit or None
        An earlier fit, whose factors and biases are carried over by id.

    Returns
    -------
    StartingPoint
        Its factors are in the units of the problem; its penalty is not.

    Raises
    ------
    ValueError
        If the penalties of users and of items differ by so much that the dtype cannot
        hold both.
    """
    objective = problem.objective(reg_param)
    alone = biases_alone(objective) if objective.fit_bias else None
    largest = reg_param_max(objective, alone)
    biases = None if alone is None else split_biases(alone)[1:]
    shape = objective.ratings.shape
    if objective.reg_param >= largest:
        start = zero_start(objective, shape, num_features)
    else:
        _check_pair(objective, reg_param)
        start = random_start(objective, shape, num_features, rng)
        if previous is None and objective.unrated:
            start = singular_start(objective, start, alone)
        if previous is not None:
            model = problem.in_solver_units(previous.model)
            carry_over(start, ids, replace(previous, model=model), biases)
    if biases is not None:
        start = with_biases(start, *biases)
    return StartingPoint(start, largest * problem.penalty.reg_unit)


def _check_pair(objective: MaskedSquaredLoss, reg_param: RegParam) -> None:
    """Check that the dtype holds the penalties of both sides, if they differ."""
    if not isinstance(reg_param, tuple | list) or reg_param[0] == reg_param[1]:
        return
    smallest = float(np.finfo(objective.dtype).tiny)
    penalties = [side[:, 0] for side in objective.penalties]
    if any(p.min() < smallest or p.max() >= LARGEST_PENALTY for p in penalties):
        raise ValueError(
            f"reg_param={reg_param!r} has two values that differ too much for "
            f"{objective.dtype}. For the factors only their product matters: pass "
            f"{np.sqrt(reg_param[0]) * np.sqrt(reg_param[1]):g}, and penalties of the "
            "biases as reg_bias."
        )


def carry_over(
    start: Factors,
    ids: tuple[np.ndarray, np.ndarray],
    previous: PreviousFit,
    biases: Biases | None = None,
) -> None:
    """Overwrite the rows of ``start`` whose ids are in the previous fit.

    New ids keep their drawn rows, and new latent factors their drawn columns. Factors
    that are all zero are not carried over, because zero is a saddle: its gradient is
    zero.

    Parameters
    ----------
    start : Factors
        Overwritten.
    ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        Ids of the rows of ``start``.
    previous : PreviousFit
    biases : pair of arrays of shape (n_users,) and (n_items,), default=None
        Biases to start from, overwritten likewise.

    Raises
    ------
    TypeError
        If the ids are of another kind than those of the previous fit.
    """
    users, items = previous.model.users, previous.model.items
    has_learned = items.factors.any()
    positions = previous.positions(ids)
    for number, (position, side) in enumerate(
        zip(positions, (users, items), strict=True)
    ):
        kept = position >= 0
        k = min(start[number].shape[1], side.factors.shape[1])
        if has_learned:
            start[number][position[kept], :k] = side.factors[kept, :k]
        if biases is not None:
            biases[number][position[kept]] = side.bias[kept]
