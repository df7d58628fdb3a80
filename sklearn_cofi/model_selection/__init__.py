"""Splitters of ratings without leaks, and comparisons of models over the same folds.

===================  =================================================================
File                 Content
===================  =================================================================
``_folds_of_pairs``  `PairKFold` and `WarmKFold`: folds of randomly assigned pairs
``_per_user``        `LeaveNOutPerUser` and `UserFractionSplit`: tests of every user
``_temporal``        `TemporalSplit`: training before a date, tests after it
``_compare``         `compare_models`, with the corrected resampled t-test
``_splitter``        the base class of the splitters
``_pairs``           reading and numbering the rated pairs, and reading their times
===================  =================================================================
"""

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
