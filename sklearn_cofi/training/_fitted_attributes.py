"""What a fit leaves behind: fitted attributes, and warnings where they are due."""

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_cofi._types import Factors, Solution
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._centering import Means
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.objective._bias import split_biases


def known_of(coded: EncodedRatings, ratings: RatingMatrix) -> dict:
    """Return the attributes that say who has rated what, and how.

    The ratings are kept for explanations, and for users that have rated more since.
    """
    ids = {"user_ids_": coded.user_ids, "item_ids_": coded.item_ids}
    return ids | rated_attributes(ratings)


def rated_attributes(ratings: RatingMatrix, apart=()) -> dict:
    """Return the attributes that hold the ratings.

    Parameters
    ----------
    ratings : RatingMatrix
        As they were given.
    apart : bool array of shape (n_ratings,), default=()
        Marks those, by user, that early stopping kept from being learned; empty where
        all were learned.
    """
    indptr, items, values, weights = ratings.by_user
    return {
        "item_counts_": np.diff(ratings.by_item.indptr),
        "_rated_indptr": indptr,
        "_rated_items": items,
        "_rated_ratings": values,
        "_rated_weights": weights,
        "_rated_apart": np.asarray(apart, bool),
    }


def mean_attributes(means: Means) -> dict:
    """Return the attributes that hold means."""
    return {
        "global_mean_": means.overall,
        "user_means_": means.user,
        "item_means_": means.item,
    }


def attributes(known: dict, fit_bias: bool, solution: Solution) -> dict:
    """Return all fitted attributes, to be set together.

    Parameters
    ----------
    known : dict
        Those that do not depend on the solution.
    fit_bias : bool
        Whether the factors have columns of biases.
    solution : Solution
    """
    factors = solution.factors
    user_bias, item_bias = (np.zeros(len(side), side.dtype) for side in factors)
    if fit_bias:
        factors, user_bias, item_bias = split_biases(factors)
    return known | {
        "user_factors_": factors.user,
        "item_factors_": factors.item,
        "user_bias_": user_bias,
        "item_bias_": item_bias,
        "cost_": solution.cost,
        "cost_path_": solution.cost_path,
        "gradient_norm_": solution.gradient_norm,
        "gradient_norm_path_": solution.gradient_norm_path,
        "n_iter_": max(solution.n_iter, 1),
        "converged_": solution.converged,
        "stop_reason_": solution.stop_reason,
    }


def unfinished(factors: Factors, cost: float) -> Solution:
    """Return the solution as if the solver had been stopped here."""
    return Solution(factors, cost, np.nan, np.array([cost]), 1, False, "callback")


def warn_of_conflicts(n_conflicts: int) -> None:
    """Warn that ratings were averaged."""
    if n_conflicts:
        warn_caller(
            f"{n_conflicts} (user, item) pairs were given more than one rating; "
            "each was fitted with the weighted mean of its ratings."
        )


def warn_of_solution(
    model, penalty: float, threshold: float, solution: Solution
) -> None:
    """Warn that nothing can be learned, or that the solver did not converge.

    The penalty is ``reg_param`` as one: see `MaskedSquaredLoss`.
    """
    if threshold == 0:
        warn_caller(
            "reg_param_max_ is 0: no rating differs from its mean, so there is "
            "nothing to learn and the model predicts means only. Give more "
            "ratings, or another mean_normalization."
        )
    elif penalty >= threshold:
        pair = isinstance(getattr(model, "reg_param", None), tuple | list)
        warn_caller(
            f"reg_param={penalty:g} {'(the root of both multiplied) ' if pair else ''}"
            f"is not below reg_param_max_={threshold:g}: all factors are zero and the "
            f"model predicts means {'and biases ' if model.fit_bias else ''}only. "
            "Lower reg_param."
        )
    elif solution.gave_up:
        warn_caller(
            f"Solver {model.solver!r} stopped after {solution.n_iter} iterations "
            f"({solution.stop_reason}) before it reached tol={model.tol:g}. "
            "Increase max_iter, or tol.",
            ConvergenceWarning,
        )
