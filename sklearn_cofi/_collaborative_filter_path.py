"""`collaborative_filter_path`: fitted filters for many penalties."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import ArrayLike
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from sklearn_cofi._collaborative_filter import CollaborativeFilter
from sklearn_cofi._compat import validate_parameter_constraints
from sklearn_cofi._types import Solver
from sklearn_cofi._typing import FrameLike, SolverName
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._factor_fit import FactorFit
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._bias import biases_alone
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.solvers._path import rank
from sklearn_cofi.training._penalty_grid import GRID, penalty_grid
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._solve import solve_along

# Parameters of the filter that a path sets itself, or cannot use.
_NOT_ALLOWED = ("reg_param", "warm_start", "early_stopping")


class RegularizationPath(NamedTuple):
    """Fitted filters over falling penalties, with their costs and ranks."""

    reg_params: np.ndarray  # (n_reg_params,), falling
    costs: np.ndarray  # (n_reg_params,)
    ranks: np.ndarray  # (n_reg_params,): numbers of latent factors that are not zero
    n_iters: np.ndarray  # (n_reg_params,): iterations from the penalty before
    models: list[CollaborativeFilter]  # fitted, one for each penalty


def collaborative_filter_path(
    X: FrameLike,
    y: ArrayLike | None = None,
    sample_weight: ArrayLike | None = None,
    *,
    reg_params: ArrayLike | None = None,
    n_reg_params: int = 20,
    eps: float = 1e-2,
    num_features: int = 20,
    solver: SolverName | Solver = "als-ncg",
    **parameters: Any,
) -> RegularizationPath:
    """Fit collaborative filters for many penalties, each from the one before.

    Penalties fall from the smallest one at which all factors are zero. The factors for
    each penalty are the start for the next one. Latent factors that are still zero
    would stay zero, so they start in the direction in which the errors are largest. A
    path over MovieLens 1M takes a third of the time of the same number of single fits.

    The path draws no random numbers: it is the same for any ``random_state``.

    Parameters
    ----------
    X, y, sample_weight
        As in `CollaborativeFilter.fit`.
    reg_params : array-like of float or str, default=None
        Penalties: numbers, or multiples of the automatic penalty such as "0.5*auto".
        None is a geometric grid that falls from ``reg_param_max_``. With unrated pairs
        it is around the automatic penalty.
    n_reg_params : int, default=20
        Number of penalties of the grid.
    eps : float, default=1e-2
        Smallest penalty of the grid, divided by the largest.
    num_features : int, default=20
        Number of latent factors of all filters.
    solver : str or callable, default="als-ncg"
        Solver, as in `CollaborativeFilter`. The default is another one because
        "als-ncg" needs the fewest iterations from a good start.
    **parameters
        Further parameters of `CollaborativeFilter`.

    Returns
    -------
    RegularizationPath
        Named tuple of ``reg_params`` (falling), ``costs``, ``ranks`` (numbers of latent
        factors that are not zero), ``n_iters`` and ``models`` (the fitted filters).

    Raises
    ------
    ValueError, TypeError
        As in `CollaborativeFilter.fit`, or if a penalty is negative or not finite, or
        if a parameter is passed that a path sets itself.

    Warns
    -----
    ConvergenceWarning
        If ``tol`` was not reached for a penalty.

    See Also
    --------
    CollaborativeFilterCV : Choose a penalty by cross-validation along such paths.

    Examples
    --------
    >>> from sklearn_cofi import collaborative_filter_path
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> ratings = load_tutorial().frame
    >>> path = collaborative_filter_path(ratings, num_features=3, n_reg_params=4)
    >>> path.reg_params.round(2)
    array([3.19, 0.69, 0.15, 0.03])
    >>> path.ranks
    array([0, 3, 3, 3])
    >>> path.costs.round(2)
    array([61.52, 33.15,  9.02,  2.08])
    """
    template = _template(num_features, solver, parameters)
    settings = {"reg_params": reg_params, "n_reg_params": n_reg_params, "eps": eps}
    validate_parameter_constraints(GRID, settings, "collaborative_filter_path")
    read = template._read_ratings(X, y, sample_weight)
    encoded = read.encode(template.dtype)
    ratings = encoded.matrix()
    models, ranks, stopped = [], [], []
    with (
        kernel_threads(template.n_jobs, ratings.n_ratings * int(num_features)),
        single_blas_thread,
    ):
        tables = template._read_tables(read, encoded)
        given = ratings, template.unrated_weight, encoded.ids, tables
        problem = template._problem(*given)
        grid = penalty_grid(problem, reg_params, n_reg_params, eps)
        fits = _fits(template, problem, grid, encoded, ratings, read)
        for reg_param, (fit, n_used) in zip(grid.tolist(), fits, strict=True):
            model = clone(template).set_params(reg_param=reg_param)
            model._replace_fit(fit)
            ranks.append(n_used)
            models.append(model)
            stopped += [model] if fit.solution.gave_up else []
    warn_of_conflicts(ratings.n_conflicts)
    _warn_of_unfinished(stopped, len(models))
    return RegularizationPath(
        grid,
        np.array([model.cost_ for model in models]),
        np.array(ranks),
        np.array([model.cost_path_.size - 1 for model in models]),
        models,
    )


def _fits(
    template: CollaborativeFilter,
    problem: CenteredProblem,
    grid: np.ndarray,
    encoded: EncodedRatings,
    ratings: RatingMatrix,
    read: RatingsInput,
) -> Iterator[tuple[FactorFit, int]]:
    """Yield the fits along a grid, and the number of latent factors that each uses."""
    steps = solve_along(
        problem,
        grid,
        [int(template.num_features)],
        solver=template.solver,
        max_iter=int(template.max_iter),
        tol=template.tol,
    )
    largest = None
    for reg_param, found in zip(grid.tolist(), steps, strict=True):
        objective, solution = problem.objective(reg_param), found[0]
        # With biases, which depend on the penalty, so does the largest penalty.
        if template.fit_bias or largest is None:
            biases = biases_alone(objective) if template.fit_bias else None
            largest = reg_param_max(objective, biases) * problem.penalty.reg_unit
        model = problem.complete(solution.factors, encoded.ids, ratings.by_user)
        n_used, no_mask = rank(objective, solution.factors), np.empty(0, bool)
        solution = problem.in_rating_units(solution)
        penalties = reg_param, largest
        fit = FactorFit(model, read.features, solution, *penalties, no_mask)
        yield replace(fit, tables=problem.tables), n_used


def _template(
    num_features: int, solver: SolverName | Solver, parameters: dict[str, Any]
) -> CollaborativeFilter:
    """Return the filter of which the filters of the path are clones."""
    for name in _NOT_ALLOWED:
        if name in parameters:
            raise TypeError(
                f"collaborative_filter_path takes no {name!r}: it fits all ratings for "
                "each of `reg_params`, and starts from the fit before."
            )
    template = CollaborativeFilter(num_features, solver=solver, **parameters)
    template._validate_params()
    return template


def _warn_of_unfinished(stopped: list[CollaborativeFilter], n_models: int) -> None:
    if stopped:
        warn_caller(
            f"At {len(stopped)} of {n_models} penalties, the first of them "
            f"{stopped[0].reg_param:g}, the solver stopped before it reached tol="
            f"{stopped[0].tol:g}. Increase max_iter, or tol.",
            ConvergenceWarning,
        )
