"""The result of fitting factors, as a value."""

from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Factors, Solution
from sklearn_cofi._typing import RegParam
from sklearn_cofi.base._ratings_input import InputFeatures
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.training._cv_paths import PenaltyChoice
from sklearn_cofi.training._side_tables import NO_TABLES, SideTables


@dataclass(frozen=True)
class FactorFit:
    """The result of a fit: the model, the features of X and the solution."""

    model: FittedFactors
    features: InputFeatures
    solution: Solution
    reg_param: RegParam
    reg_param_max: float
    validation: np.ndarray  # bool (n_ratings,): held out; empty without early stopping
    validation_scores: np.ndarray | None = None
    choice: PenaltyChoice | None = None
    tables: SideTables = NO_TABLES


def interrupted(factors: Factors, cost: float) -> Solution:
    """Return the solution of a solver that a callback stops at these factors."""
    return Solution(factors, cost, np.nan, np.array([cost]), 1, False, "callback")
