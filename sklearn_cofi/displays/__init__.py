"""Pictures of fits, searches and predictions, as scikit-learn's displays draw them."""

from sklearn_cofi.displays._calibration import CalibrationDisplay
from sklearn_cofi.displays._convergence import ConvergenceDisplay
from sklearn_cofi.displays._factor_map import FactorMapDisplay
from sklearn_cofi.displays._grid_search import GridSearchDisplay
from sklearn_cofi.displays._ranking_curve import RankingCurveDisplay
from sklearn_cofi.displays._reg_path import RegPathDisplay
from sklearn_cofi.displays._residuals import ResidualsDisplay

__all__ = [
    "CalibrationDisplay",
    "ConvergenceDisplay",
    "FactorMapDisplay",
    "GridSearchDisplay",
    "RankingCurveDisplay",
    "RegPathDisplay",
    "ResidualsDisplay",
]
