"""Checks of a solver that a user passes as ``solver=``, and of its solution."""

import inspect
from collections.abc import Callable

import numpy as np

from sklearn_cofi._types import Factors, Objective, Solution

_CONTRACT = (
    "A solver is a function `solver(objective, start, *, max_iter, tol, "
    "callback=None)` that returns a `sklearn_cofi.solvers.Solution`."
)


def check_solver(solver: Callable[..., object]) -> None:
    """Check that a solver accepts the arguments that `fit` calls it with.

    Parameters
    ----------
    solver : callable
        The parameter ``solver`` of an estimator.

    Raises
    ------
    TypeError
        If the solver cannot be called as ``solver(objective, start, max_iter=...,
        tol=..., callback=...)``.
    """
    try:
        signature = inspect.signature(solver)
    except ValueError:
        return  # some functions written in C have no signature
    try:
        signature.bind(None, None, max_iter=1, tol=0.0, callback=None)
    except TypeError as error:
        raise TypeError(
            f"solver={_name(solver)} has the signature {signature}, which does not fit "
            f"({error}). {_CONTRACT}"
        ) from None


def check_solution(
    solution: object,
    solver: Callable[..., object],
    objective: Objective,
    start: Factors,
) -> Solution:
    """Check the result of a solver, and return it.

    Parameters
    ----------
    solution : object
        Result of the solver.
    solver : callable
        The solver, for the message.
    objective : Objective
        The objective that was minimised.
    start : Factors
        The factors that the solver started from.

    Returns
    -------
    Solution

    Raises
    ------
    TypeError
        If the result is not a Solution, or its factors are not a pair of arrays of the
        objective's dtype.
    ValueError
        If the factors do not have the shapes of ``start``.
    """
    if not isinstance(solution, Solution):
        raise TypeError(
            f"solver={_name(solver)} returned {_kind(solution)}, not a Solution. "
            f"{_CONTRACT}"
        )
    factors = solution.factors
    if not isinstance(factors, Factors):
        raise TypeError(
            f"solver={_name(solver)} returned a Solution whose factors are "
            f"{_kind(factors)}, not `sklearn_cofi.solvers.Factors(user, item)`."
        )
    for name, found, given in zip(Factors._fields, factors, start, strict=True):
        if not isinstance(found, np.ndarray) or found.dtype != objective.dtype:
            kind = getattr(found, "dtype", _kind(found))
            raise TypeError(
                f"solver={_name(solver)} returned {name} factors of {kind}, but the "
                f"objective has dtype {objective.dtype}. Return arrays of "
                "`objective.dtype`, as `start` has."
            )
        if found.shape != given.shape:
            raise ValueError(
                f"solver={_name(solver)} returned {name} factors of shape "
                f"{found.shape}, but `start` has shape {given.shape}. Return factors "
                "of the shapes of `start`."
            )
    return solution


def _name(solver: Callable[..., object]) -> str:
    return getattr(solver, "__name__", repr(solver))


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
