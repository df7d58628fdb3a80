"""Warnings that a fit raises."""

from collections.abc import Sequence

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.base._factor_fit import FactorFit
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.training._cv_paths import PathScores


def warn_of_conflicts(n_conflicts: int) -> None:
    """Warn that pairs with several ratings were averaged."""
    if n_conflicts:
        warn_caller(
            f"{n_conflicts} (user, item) pairs have more than one rating, and their "
            "ratings differ; each is fitted with the weighted mean of its ratings."
        )


def warn_of_equal_ratings(rating: float) -> None:
    """Warn that a model of equal ratings has learned nothing but the rating."""
    warn_caller(
        f"All ratings are equal to {rating:g}, so there is nothing to learn: the "
        "prediction for every pair is this rating, with a standard deviation of 0. "
        "Pass ratings that differ."
    )


def warn_of_solution(
    fit: FactorFit, *, is_auto: bool, fit_bias: bool, solver: object, tol: float
) -> None:
    """Warn that all factors are zero, or that the solver did not converge.

    Parameters
    ----------
    fit : FactorFit
    is_auto : bool
        Whether the penalty was computed from the ratings.
    fit_bias : bool
    solver : str or callable
    tol : float
    """
    reg_param, largest = Penalty(fit.reg_param).as_one, fit.reg_param_max
    solution = fit.solution
    zero = "all factors are zero and the model predicts means "
    zero += "and biases only" if fit_bias else "only"
    if largest == 0:
        warn_caller(
            "reg_param_max_ is 0: every rating equals its mean, so there is nothing to "
            "learn and the model predicts means only. Pass more ratings, or another "
            "mean_normalization."
        )
    elif reg_param >= largest and is_auto:
        warn_caller(
            f"The ratings do not differ from noise, because the automatic penalty "
            f"reg_param_={reg_param:g} is not below reg_param_max_={largest:g}: {zero}."
            " Pass more ratings, or a lower penalty such as reg_param='0.5*auto'."
        )
    elif reg_param >= largest:
        is_pair = isinstance(fit.reg_param, tuple | list)
        root = "(the square root of the product of both) " if is_pair else ""
        warn_caller(
            f"reg_param={reg_param:g} {root}is not below reg_param_max_={largest:g}: "
            f"{zero}. Lower reg_param."
        )
    elif solution.gave_up:
        warn_caller(
            f"Solver {solver!r} stopped after {solution.n_iter} iterations "
            f"({solution.stop_reason}) before it reached tol={tol:g}. "
            "Increase max_iter, or tol.",
            ConvergenceWarning,
        )


def warn_of_paths(paths: Sequence[PathScores], *, solver: object, tol: float) -> None:
    """Warn that the solver did not converge at some points of the folds' paths."""
    n_unfinished = sum(path.n_unfinished for path in paths)
    if n_unfinished:
        n_points = sum(int((~np.isnan(path.scores)).sum()) for path in paths)
        warn_caller(
            f"At {n_unfinished} of {n_points} points of the folds' paths, solver "
            f"{solver!r} stopped before it reached tol={tol:g}. "
            "Increase max_iter, or tol.",
            ConvergenceWarning,
        )
