"""The penalties and the numbers of latent factors of a path."""

from collections.abc import Iterable
from numbers import Integral, Real
from typing import cast

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils import check_scalar

from sklearn_cofi._compat import Interval
from sklearn_cofi.objective._certificate import penalty_without_factors
from sklearn_cofi.training._auto_penalty import resolve_reg_param
from sklearn_cofi.training._problem import CenteredProblem

# Constraints of the parameters that all paths have.
GRID = {
    "reg_params": ["array-like", None],
    "n_reg_params": [Interval(Integral, 1, None, closed="left")],
    "eps": [Interval(Real, 0, 1, closed="neither")],
}


def penalty_grid(
    problem: CenteredProblem,
    reg_params: ArrayLike | None,
    n_reg_params: int,
    eps: float,
) -> np.ndarray:
    """Return falling penalties: ``reg_params`` sorted, or a geometric grid.

    Multiples of "auto" are multiples of the `noise_penalty` of this problem.

    The grid falls from the smallest penalty at which all factors are zero to ``eps``
    times this penalty. If unrated pairs count, that penalty is far above the useful
    ones, and the grid falls from ``auto / sqrt(eps)`` to ``auto * sqrt(eps)``.

    Raises
    ------
    ValueError
        If ``reg_params`` is empty, or one of them is negative or not finite.
    """
    if reg_params is not None:
        return check_penalties(reg_params, problem)
    if problem.unrated:
        largest = problem.auto_reg_param / np.sqrt(eps)
    else:
        largest = penalty_without_factors(
            problem.ratings, problem.penalty, problem.feature_term
        )
    # scikit-learn's linear paths use this value where there is nothing to learn.
    largest = largest or float(np.finfo(np.float64).resolution)
    return np.geomspace(largest, largest * eps, int(n_reg_params))


def check_penalties(reg_params: ArrayLike, problem: CenteredProblem) -> np.ndarray:
    """Return penalties in falling order, each once."""
    given = list(cast(Iterable[float | str], reg_params))
    if not given:
        raise ValueError("reg_params is empty. Give at least one penalty, or None.")
    penalties = []
    for position, reg_param in enumerate(given):
        value = resolve_reg_param(problem, reg_param)
        check_scalar(value, f"reg_params[{position}]", Real, min_val=0)
        if not np.isfinite(value):
            raise ValueError(f"reg_params[{position}] == {value}, must be finite.")
        penalties.append(value)
    return np.unique(np.array(penalties, np.float64))[::-1]


def check_num_features(num_features: int | ArrayLike) -> list[int]:
    """Return numbers of latent factors in rising order, each once."""
    is_one = np.ndim(num_features) == 0
    given = list(cast(Iterable[int], [num_features] if is_one else num_features))
    if not given:
        raise ValueError("num_features is empty. Give at least one number.")
    for position, k in enumerate(given):
        check_scalar(k, f"num_features[{position}]", Integral, min_val=1)
    return sorted({int(k) for k in given})
