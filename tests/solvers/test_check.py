"""A solver and its solution are checked, and the errors say what a solver is."""

from functools import partial, wraps

import numpy as np
import pytest
from strategies import random_factors, random_ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._check import check_solution, check_solver

CONTRACT = r"solver\(objective, start, \*, max_iter, tol, callback=None\).*Solution"


def problem(dtype=np.float64):
    drawn = random_ratings(1, (12, 9), dtype=dtype)
    objective = MaskedSquaredLoss(rating_matrix(*drawn), Penalty(1.0))
    return objective, Factors(*random_factors(drawn.shape, 3, dtype))


def solve(objective, start, *, max_iter, tol, callback=None):
    return SOLVERS["cg"](objective, start, max_iter=max_iter, tol=tol)


def other_names(loss, init, /, max_iter, tol, callback):
    return solve(loss, init, max_iter=max_iter, tol=tol, callback=callback)


class Solver:
    def __call__(self, *arguments, **options):
        return solve(*arguments, **options)


@pytest.mark.parametrize(
    "solver",
    [*SOLVERS.values(), solve, other_names, Solver(), partial(solve, tol=1.0)],
)
def test_solvers_pass(solver):
    check_solver(solver)
    objective, start = problem()
    solution = solver(objective, start, max_iter=3, tol=1e-3, callback=None)
    assert check_solution(solution, solver, objective, start) is solution


def without_start(objective, *, max_iter, tol, callback=None):
    raise AssertionError


def without_callback(objective, start, *, max_iter, tol):
    raise AssertionError


def one_more(objective, start, step, *, max_iter, tol, callback=None):
    raise AssertionError


def other_options(objective, start, *, n_iter, tol, callback=None):
    raise AssertionError


@pytest.mark.parametrize(
    ("solver", "reason"),
    [
        (without_start, "too many positional arguments"),
        (without_callback, "unexpected keyword argument 'callback'"),
        (one_more, "missing a required argument: 'step'"),
        (other_options, "missing a required (keyword-only )?argument: 'n_iter'"),
    ],
)
def test_a_wrong_signature_is_an_error(solver, reason):
    message = rf"solver={solver.__name__} .*\(.*{reason}\)\. A solver is .*{CONTRACT}"
    with pytest.raises(TypeError, match=message):
        check_solver(solver)


@pytest.mark.parametrize(
    ("result", "kind"),
    [
        (None, "None"),
        (Factors(np.ones((12, 3)), np.ones((9, 3))), "an object of type Factors"),
        ((1, 2), "an object of type tuple"),
    ],
)
def test_a_result_that_is_not_a_solution_is_an_error(result, kind):
    message = f"solver=solve returned {kind}, not a Solution.*{CONTRACT}"
    with pytest.raises(TypeError, match=message):
        check_solution(result, solve, *problem())


def changed(**changes):
    """Return the arguments of the check, with other factors in the solution."""
    objective, start = problem(np.float32)
    solution = solve(objective, start, max_iter=2, tol=1e-3)
    factors = solution.factors._replace(**changes)
    return solution._replace(factors=factors), solve, objective, start


@pytest.mark.parametrize(
    ("changes", "error", "message"),
    [
        (
            {"user": np.ones((12, 3), int)},
            TypeError,
            "user factors of int64, not an array of floats",
        ),
        (
            {"item": [[1.0] * 3] * 9},
            TypeError,
            "item factors of an object of type list, not an array",
        ),
        (
            {"user": np.ones((12, 4), np.float32)},
            ValueError,
            "user factors with 4 columns and item factors with 3",
        ),
        (
            {"item": np.ones((3, 9), np.float32)},
            ValueError,
            r"item factors of shape \(3, 9\), but `start` has shape \(9, 3\)",
        ),
    ],
)
def test_factors_of_another_kind_or_shape_are_errors(changes, error, message):
    with pytest.raises(error, match=f"solver=solve returned {message}"):
        check_solution(*changed(**changes))


def test_other_floats_and_fewer_columns_are_accepted():
    solution, *arguments = changed(user=np.ones((12, 2)), item=np.ones((9, 2)))
    assert check_solution(solution, *arguments) is solution


def test_a_wrapper_is_called_as_it_accepts():
    @wraps(without_callback)
    def wrapper(objective, start, *, max_iter, tol, callback=None):
        return solve(objective, start, max_iter=max_iter, tol=tol)

    check_solver(wrapper)


def test_factors_that_are_not_factors_are_an_error():
    objective, start = problem()
    solution = solve(objective, start, max_iter=2, tol=1e-3)
    bare = solution._replace(factors=tuple(solution.factors))
    with pytest.raises(TypeError, match=r"of type tuple, not .*Factors\(user, item\)"):
        check_solution(bare, solve, objective, start)
