"""scikit-learn's parameter validation, imported in this one place.

``sklearn.utils._param_validation`` is private to scikit-learn: should it move, only
this file changes.
"""

import os
from numbers import Integral, Real

from sklearn.utils._param_validation import Interval, StrOptions, validate_params

DOWNLOAD_PARAMETERS = {
    "data_home": [str, os.PathLike, None],
    "download_if_missing": ["boolean"],
    "n_retries": [Interval(Integral, 1, None, closed="left")],
    "delay": [Interval(Real, 0.0, None, closed="neither")],
}

FETCH_PARAMETERS = DOWNLOAD_PARAMETERS | {
    "return_X_y": ["boolean"],
    "as_frame": ["boolean"],
}

__all__ = [
    "DOWNLOAD_PARAMETERS",
    "FETCH_PARAMETERS",
    "Interval",
    "StrOptions",
    "validate_params",
]
