"""Predicted ratings of coded pairs."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Range


def predict_pairs(factors: Factors, centre, users, items) -> np.ndarray:
    """Return ``centre + U[users] . V[items]``, and the centre alone where unknown.

    Each prediction is a function of its own pair only: the order of the pairs, and
    what is asked for beside them, does not change a bit of it.

    Parameters
    ----------
    factors : Factors
    centre : float array of shape (n,)
    users, items : int64 arrays of shape (n,)
        Row numbers; -1 is unknown.

    Returns
    -------
    ndarray of shape (n,)
    """
    # numba takes half a second to import: not before the first prediction needs it.
    from sklearn_cofi.kernels._pair_predictions import add_pair_scores

    predicted = centre.copy()
    U, V = (np.ascontiguousarray(side) for side in factors)
    add_pair_scores(U, V, users, items, predicted)
    return predicted


def clip(predicted: np.ndarray, rating_range: Range) -> np.ndarray:
    """Return predictions cut to a range; None cuts nothing."""
    if rating_range is None:
        return predicted
    low, high = rating_range
    return np.clip(predicted, low, high)
