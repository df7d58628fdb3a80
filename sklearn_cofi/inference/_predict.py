"""Predicted ratings of encoded pairs."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Range


def predict_pairs(
    factors: Factors, baseline: np.ndarray, users: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """Return ``baseline + U[users] . V[items]``, or the baseline of unknown pairs.

    Each prediction is a function of its own pair only: neither the order of the pairs
    nor the other pairs change a bit of it.

    Parameters
    ----------
    factors : Factors
    baseline : float array of shape (n,)
    users, items : int64 arrays of shape (n,)
        Row numbers; -1 is unknown. A pair with an unknown row gets its baseline.

    Returns
    -------
    ndarray of shape (n,)
    """
    # Imported here because importing numba takes half a second.
    from sklearn_cofi.kernels._pair_predictions import add_pair_scores

    predicted = baseline.copy()
    U, V = (np.ascontiguousarray(side) for side in factors)
    add_pair_scores(U, V, users, items, predicted)
    return predicted


def clip(predicted: np.ndarray, rating_range: Range) -> np.ndarray:
    """Return predictions clipped to a range; None returns them unchanged."""
    if rating_range is None:
        return predicted
    low, high = rating_range
    return np.clip(predicted, low, high)
