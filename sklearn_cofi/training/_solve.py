"""From a problem to a solution: the starting point, and the run of the solver."""

from collections.abc import Collection, Iterator
from functools import partial
from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Callback, Factors, Solution, Solver
from sklearn_cofi._typing import SolverName
from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.objective._bias import biases_alone, split_biases, with_biases
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._check import check_solution, check_solver
from sklearn_cofi.solvers._path import solve_path
from sklearn_cofi.solvers._start import random_start, zero_start
from sklearn_cofi.training._problem import CenteredProblem

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
    objective: MaskedSquaredLoss,
    num_features: int,
    rng: np.random.RandomState,
    ids: tuple[np.ndarray, np.ndarray],
    previous: FittedFactors | None,
) -> StartingPoint:
    """Return the factors that a fit starts from: drawn, carried over, or zero.

    Biases start at their optimum without factors, or are carried over.

    Parameters
    ----------
    objective : MaskedSquaredLoss
    num_features : int
    rng : numpy.random.RandomState
    ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
    previous : FittedFactors or None
        An earlier fit, whose factors and biases are carried over by id.
    """
    alone = biases_alone(objective) if objective.fit_bias else None
    largest = reg_param_max(objective, alone)
    biases = None if alone is None else split_biases(alone)[1:]
    shape = objective.ratings.shape
    if objective.reg_param >= largest:
        start = zero_start(objective, shape, num_features)
    else:
        start = random_start(objective, shape, num_features, rng)
        if previous is not None:
            carry_over(start, ids, previous, biases)
    if biases is not None:
        start = with_biases(start, *biases)
    return StartingPoint(start, largest)


def carry_over(
    start: Factors,
    ids: tuple[np.ndarray, np.ndarray],
    previous: FittedFactors,
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
    previous : FittedFactors
    biases : pair of arrays of shape (n_users,) and (n_items,), default=None
        Biases to start from, overwritten likewise.

    Raises
    ------
    TypeError
        If the ids are of another kind than those of the previous fit.
    """
    has_learned = previous.items.factors.any()
    sides = (
        ("user", ids[0], previous.users),
        ("item", ids[1], previous.items),
    )
    for number, (name, own, side) in enumerate(sides):
        if id_kind(own) != id_kind(side.ids):
            raise TypeError(
                f"The {name} ids are of kind {id_kind(own)}, but the previous fit has "
                f"kind {id_kind(side.ids)}, so there is nothing to start from. Convert "
                "them, or set warm_start=False to start without it."
            )
        position = IdMap(own).encode(side.ids, name)
        kept = position >= 0
        k = min(start[number].shape[1], side.factors.shape[1])
        if has_learned:
            start[number][position[kept], :k] = side.factors[kept, :k]
        if biases is not None:
            biases[number][position[kept]] = side.bias[kept]
