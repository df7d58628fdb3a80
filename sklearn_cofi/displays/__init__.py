"""Figures of fits, searches and predictions, by scikit-learn's display convention.

====================  ================================================================
File                  Content
====================  ================================================================
``_calibration``      `CalibrationDisplay`: observed and nominal coverage
``_comparison``       `ComparisonDisplay`: differences between models, with intervals
``_convergence``      `ConvergenceDisplay`: a quantity of a fit after each iteration
``_error_by_count``   `ErrorByCountDisplay`: errors by number of training ratings
``_factor_map``       `FactorMapDisplay`: items by principal components of their factors
``_feature_effects``  `FeatureEffectsDisplay`: effects of features on the ratings
``_grid_search``      `GridSearchDisplay`: mean scores of a search over two parameters
``_long_tail``        `LongTailDisplay`: recommendations of popular and other items
``_ranking_curve``    `RankingCurveDisplay`: a ranking metric of the first k
``_reg_path``         `RegPathDisplay`: errors or factors for each penalty
``_residuals``        `ResidualsDisplay`: predictions or residuals for each rating
``_trace``            `TraceDisplay`: a quantity of the draws of each chain
``_axes``             axes, styles and checks that the displays share
``_edges``            advice if the best value of a grid is at its edge
``_labels``           placing titles without overlaps, for the factor map
``_search_results``   parameters and scores of a search, for the grid display
====================  ================================================================
"""

from sklearn_cofi.displays._calibration import CalibrationDisplay
from sklearn_cofi.displays._comparison import ComparisonDisplay
from sklearn_cofi.displays._convergence import ConvergenceDisplay
from sklearn_cofi.displays._error_by_count import ErrorByCountDisplay
from sklearn_cofi.displays._factor_map import FactorMapDisplay
from sklearn_cofi.displays._feature_effects import FeatureEffectsDisplay
from sklearn_cofi.displays._grid_search import GridSearchDisplay
from sklearn_cofi.displays._long_tail import LongTailDisplay
from sklearn_cofi.displays._ranking_curve import RankingCurveDisplay
from sklearn_cofi.displays._reg_path import RegPathDisplay
from sklearn_cofi.displays._residuals import ResidualsDisplay
from sklearn_cofi.displays._trace import TraceDisplay

__all__ = [
    "CalibrationDisplay",
    "ComparisonDisplay",
    "ConvergenceDisplay",
    "ErrorByCountDisplay",
    "FactorMapDisplay",
    "FeatureEffectsDisplay",
    "GridSearchDisplay",
    "LongTailDisplay",
    "RankingCurveDisplay",
    "RegPathDisplay",
    "ResidualsDisplay",
    "TraceDisplay",
]
