"""Ranges of the parameters that fetchers share."""

import os
from numbers import Integral, Real

from sklearn_cofi._compat import Interval, StrOptions, validate_params

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
