"""Which penalties and numbers of features a path goes through."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar

from sklearn_cofi._compat import Interval
from sklearn_cofi.objective._certificate import penalty_without_features
from sklearn_cofi.training._problem import CenteredProblem

# Constraints of the parameters that every path has.
GRID = {
    "reg_params": ["array-like", None],
    "n_reg_params": [Interval(Integral, 1, None, closed="left")],
    "eps": [Interval(Real, 0, 1, closed="neither")],
}


def penalty_grid(problem: CenteredProblem, reg_params, n_reg_params: int, eps: float):
    """Return falling penalties: those given, or a geometric grid.

    The grid falls from where all factors are zero to ``eps`` times that.

    Raises
    ------
    ValueError
        If none is given, or one is negative or not finite.
    """
    if reg_params is not None:
        return check_penalties(reg_params)
    largest = penalty_without_features(problem.ratings, problem.penalty)
    # As scikit-learn's linear paths do where there is nothing to learn.
    largest = max(largest, np.finfo(np.float64).resolution)
    return np.geomspace(largest, largest * eps, n_reg_params)


def check_penalties(reg_params) -> np.ndarray:
    """Return penalties in falling order, each once."""
    given = list(reg_params)
    if not given:
        raise ValueError("reg_params is empty. Give at least one penalty, or None.")
    for place, reg_param in enumerate(given):
        check_scalar(reg_param, f"reg_params[{place}]", Real, min_val=0)
        if not np.isfinite(reg_param):
            raise ValueError(f"reg_params[{place}] == {reg_param}, must be finite.")
    return np.unique(np.array(given, np.float64))[::-1]


def check_num_features(num_features) -> list[int]:
    """Return numbers of features in rising order, each once."""
    given = [num_features] if np.ndim(num_features) == 0 else list(num_features)
    if not given:
        raise ValueError("num_features is empty. Give at least one number.")
    for place, k in enumerate(given):
        check_scalar(k, f"num_features[{place}]", Integral, min_val=1)
    return sorted({int(k) for k in given})
