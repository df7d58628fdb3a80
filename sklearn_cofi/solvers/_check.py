"""Checks of a solver that a user passes as ``solver=``, and of its solution."""

import inspect
from collections.abc import Callable
from typing import cast

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
        # What a wrapper accepts counts, not what the function inside accepts.
        signature = inspect.signature(solver, follow_wrapped=False)
    except (TypeError, ValueError):
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
        If the result has not the fields of a Solution, or its factors are not a pair of
        arrays of floats.
    ValueError
        If the factors do not have a row for each row of ``start``, or the two sides
        differ in their number of columns.
    """
    fields = *Solution._fields, "gave_up"
    if not all(hasattr(solution, field) for field in fields):
        raise TypeError(
            f"solver={_name(solver)} returned {_kind(solution)}, not a Solution. "
            f"{_CONTRACT}"
        )
    found = cast(Solution, solution)
    if not isinstance(found.factors, Factors):
        raise TypeError(
            f"solver={_name(solver)} returned a Solution whose factors are "
            f"{_kind(found.factors)}, not `sklearn_cofi.solvers.Factors(user, item)`."
        )
    for name, side, given in zip(Factors._fields, found.factors, start, strict=True):
        if not isinstance(side, np.ndarray) or side.dtype.kind != "f":
            kind = getattr(side, "dtype", _kind(side))
            raise TypeError(
                f"solver={_name(solver)} returned {name} factors of {kind}, not an "
                "array of floats. Return arrays of `objective.dtype`, as `start` has."
            )
        if side.ndim != 2 or len(side) != len(given):
            raise ValueError(
                f"solver={_name(solver)} returned {name} factors of shape "
                f"{side.shape}, but `start` has shape {given.shape}. Return factors "
                "with the rows of `start`."
            )
    widths = [side.shape[1] for side in found.factors]
    if widths[0] != widths[1]:
        raise ValueError(
            f"solver={_name(solver)} returned user factors with {widths[0]} columns "
            f"and item factors with {widths[1]}. Return equally many."
        )
    return found


def _name(solver: Callable[..., object]) -> str:
    return getattr(solver, "__name__", repr(solver))


def _kind(value: object) -> str:
    return "None" if value is None else f"an object of type {type(value).__name__}"
