"""Splits of ratings without leaks, and comparisons of models over them."""

from sklearn_cofi.model_selection._compare import compare_models
from sklearn_cofi.model_selection._folds_of_pairs import PairKFold, WarmKFold
from sklearn_cofi.model_selection._per_user import LeaveNOutPerUser, UserFractionSplit
from sklearn_cofi.model_selection._temporal import TemporalSplit

__all__ = [
    "LeaveNOutPerUser",
    "PairKFold",
    "TemporalSplit",
    "UserFractionSplit",
    "WarmKFold",
    "compare_models",
]
