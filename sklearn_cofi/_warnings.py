"""Warnings that name the line of the user's call."""

import sys
import warnings
from types import FrameType

# Stack frames of these packages lie between the user's line and the warning.
_SKIPPED_PACKAGES = ("sklearn_cofi", "sklearn", "joblib")


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the innermost line outside of this package and scikit-learn.

    Parameters
    ----------
    message : str
        Text of the warning.
    category : type of Warning, default=UserWarning
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_skipped(frame):
        level, frame = level + 1, frame.f_back
    # Level 1 of warnings.warn is the line below.
    warnings.warn(message, category, stacklevel=level)


def _is_skipped(frame: FrameType) -> bool:
    name = frame.f_globals.get("__name__") or ""
    return name.partition(".")[0] in _SKIPPED_PACKAGES
