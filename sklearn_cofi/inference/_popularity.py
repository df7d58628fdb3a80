"""Items whose scores are lowered by their numbers of ratings."""

from dataclasses import replace

import numpy as np

from sklearn_cofi.inference._fitted_factors import Side


def penalise_popularity(items: Side, counts: np.ndarray, penalty: float) -> Side:
    """Return the items with all predictions lowered by ``penalty * log(count)``.

    The penalty is part of the bias of an item and of its prediction for an unknown
    user and for a cold user. A ranking of these items is therefore as exact as one by
    predictions.

    Parameters
    ----------
    items : Side
    counts : int array of shape (n_items,)
        Numbers of ratings; 0 counts as 1.
    penalty : float
        In units of the rating. It may be negative.

    Raises
    ------
    ValueError
        If the penalty exceeds the range of the factors' dtype.
    """
    dtype = items.bias.dtype
    # numpy's warning of the overflow would not name the parameter.
    with np.errstate(over="ignore"):
        lowered = (penalty * np.log(np.maximum(counts, 1))).astype(dtype)
        bias, fallback = items.bias - lowered, items.fallback - lowered
        cold = items.cold
        if cold is not None:
            cold = replace(cold, baseline=cold.baseline - lowered)
    if not (np.isfinite(bias).all() and np.isfinite(fallback).all()):
        raise ValueError(
            f"popularity_penalty={penalty:g} times the logarithm of a number of "
            f"ratings is too large for {dtype}. Pass a penalty in units of the rating."
        )
    return replace(items, bias=bias, fallback=fallback, cold=cold)
