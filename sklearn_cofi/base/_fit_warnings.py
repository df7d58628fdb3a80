"""Warnings that a fit raises."""

from sklearn.exceptions import ConvergenceWarning

from sklearn_cofi._types import Solution
from sklearn_cofi._warnings import warn_caller


def warn_of_conflicts(n_conflicts: int) -> None:
    """Warn that pairs with several ratings were averaged."""
    if n_conflicts:
        warn_caller(
            f"{n_conflicts} (user, item) pairs have more than one rating; each is "
            "fitted with the weighted mean of its ratings."
        )


def warn_of_solution(
    solution: Solution,
    reg_param_max: float,
    *,
    reg_param: float,
    is_pair: bool,
    fit_bias: bool,
    solver: object,
    tol: float,
) -> None:
    """Warn that all factors are zero, or that the solver did not converge.

    Parameters
    ----------
    solution : Solution
    reg_param_max : float
    reg_param : float
        Single penalty that is equivalent to the parameter: see `Penalty.as_one`.
    is_pair : bool
        Whether the parameter is a pair.
    fit_bias : bool
    solver : str or callable
    tol : float
    """
    if reg_param_max == 0:
        warn_caller(
            "reg_param_max_ is 0: every rating equals its mean, so there is nothing to "
            "learn and the model predicts means only. Pass more ratings, or another "
            "mean_normalization."
        )
    elif reg_param >= reg_param_max:
        root = "(the square root of the product of both) " if is_pair else ""
        biases = "and biases " if fit_bias else ""
        warn_caller(
            f"reg_param={reg_param:g} {root}is not below reg_param_max_="
            f"{reg_param_max:g}: all factors are zero and the model predicts means "
            f"{biases}only. Lower reg_param."
        )
    elif solution.gave_up:
        warn_caller(
            f"Solver {solver!r} stopped after {solution.n_iter} iterations "
            f"({solution.stop_reason}) before it reached tol={tol:g}. "
            "Increase max_iter, or tol.",
            ConvergenceWarning,
        )
