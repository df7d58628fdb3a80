"""Biases as two more columns of the factors, so that no solver need know of them."""

import numpy as np

from sklearn_cofi._types import Factors


def with_biases(factors: Factors, user_bias=0, item_bias=0) -> Factors:
    """Return ``U = [features, bias, 1]`` and ``V = [features, 1, bias]``."""
    U, V = factors
    return Factors(
        _append(U, user_bias, 1),
        _append(V, 1, item_bias),
    )


def split_biases(factors: Factors) -> tuple[Factors, np.ndarray, np.ndarray]:
    """Return features, user biases and item biases out of such factors."""
    U, V = (np.ascontiguousarray(side[:, :-2]) for side in factors)
    return Factors(U, V), factors.user[:, -2].copy(), factors.item[:, -1].copy()


def _append(X, *columns):
    wide = np.empty((X.shape[0], X.shape[1] + len(columns)), X.dtype)
    wide[:, : X.shape[1]] = X
    for f, column in enumerate(columns, X.shape[1]):
        wide[:, f] = column
    return wide
