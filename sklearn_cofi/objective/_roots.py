"""Variables in which the penalty of the latent factors is the same for all rows.

Without features they are ``S**(1/2) @ X``, with S the scales of the rows. With features
there is a further row for each feature: see `FeaturePenalty`.
"""

from collections.abc import Callable

import numpy as np

from sklearn_cofi.objective._squared import MaskedSquaredLoss


def root_shape(objective: MaskedSquaredLoss) -> tuple[int, int]:
    """Return the shape of a matrix of users x items between the roots of both sides."""
    n_users, n_items = objective.ratings.shape
    features = objective.features
    return n_users + features.n_roots(0), n_items + features.n_roots(1)


def root_times(objective: MaskedSquaredLoss, side: int, X: np.ndarray) -> np.ndarray:
    """Return latent factors X in the variables of this module.

    Parameters
    ----------
    objective : MaskedSquaredLoss
    side : {0, 1}
    X : array of shape (n_rows, k) or (n_rows,)
        A vector only without features.
    """
    latent = objective.features.latent(side)
    if latent is None:
        return _columns(_roots(objective, side), X) * X
    return latent.root_times(X)


def inverse_root_times(
    objective: MaskedSquaredLoss, side: int, Y: np.ndarray
) -> np.ndarray:
    """Return the latent factors that `root_times` turns into Y."""
    latent = objective.features.latent(side)
    if latent is None:
        return Y / _columns(_roots(objective, side), Y)
    return _as_columns(latent.inverse_root_times, Y)


def inverse_root_transposed_times(
    objective: MaskedSquaredLoss, side: int, E: np.ndarray
) -> np.ndarray:
    """Return the transposed matrix of `inverse_root_times`, times E."""
    latent = objective.features.latent(side)
    if latent is None:
        return E / _columns(_roots(objective, side), E)
    return _as_columns(latent.inverse_root_transposed_times, E)


def _roots(objective: MaskedSquaredLoss, side: int) -> np.ndarray:
    """Return the root of each row's scale, with 1 for a scale of 0."""
    scales = objective.scales[side]
    return np.sqrt(np.where(scales > 0, scales, 1))


def _columns(x: np.ndarray, X: np.ndarray) -> np.ndarray:
    """Return a vector as a column where X is a matrix."""
    return x[:, None] if X.ndim == 2 else x


def _as_columns(
    product: Callable[[np.ndarray], np.ndarray], X: np.ndarray
) -> np.ndarray:
    """Return the product with a matrix, or with a vector."""
    return product(X) if X.ndim == 2 else product(X[:, None])[:, 0]
