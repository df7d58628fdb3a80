"""Warnings that name the caller's own line."""

import sys
import warnings

# Frames of these packages are passed over: they stand between a user's line and ours.
_PASSED_OVER = ("sklearn_cofi", "sklearn")


def warn_caller(message: str, category: type[Warning] = UserWarning) -> None:
    """Warn at the line outside of this package and scikit-learn that led here.

    Parameters
    ----------
    message : str
    category : type of Warning, default=UserWarning
    """
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and _is_passed_over(frame):
        level, frame = level + 1, frame.f_back
    # warnings.warn counts itself from the line that calls it, which is in this file.
    warnings.warn(message, category, stacklevel=level)


def _is_passed_over(frame) -> bool:
    return frame.f_globals.get("__name__", "").partition(".")[0] in _PASSED_OVER
