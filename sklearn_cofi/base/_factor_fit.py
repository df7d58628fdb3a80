"""What a fit of factors leaves behind, as a value."""

from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Factors, Solution
from sklearn_cofi.base._ratings_input import InputFeatures
from sklearn_cofi.inference._fitted_factors import FittedFactors


@dataclass(frozen=True)
class PenaltyChoice:
    """What cross-validation chose, and the errors that it chose by."""

    reg_param: float
    num_features: int
    rmse: float
    reg_params: np.ndarray  # (n_reg_params,), falling
    rmse_path: np.ndarray  # (n_num_features, n_reg_params, n_folds)


@dataclass(frozen=True)
class FactorFit:
    """A fit of factors: what it learned, from what, and how it ended."""

    model: FittedFactors
    features: InputFeatures
    solution: Solution
    reg_param_max: float
    validation: np.ndarray  # bool (n_ratings,), held out; empty where none are
    validation_scores: np.ndarray | None = None
    choice: PenaltyChoice | None = None


def interrupted(factors: Factors, cost: float) -> Solution:
    """Return the solution of a solver that is stopped at these factors."""
    return Solution(factors, cost, np.nan, np.array([cost]), 1, False, "callback")
