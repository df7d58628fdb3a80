"""Latent factors along their principal axes, with the same cost."""

import numpy as np

from sklearn_cofi._types import Factors


def along_principal_axes(
    factors: Factors, penalties: tuple[np.ndarray, np.ndarray], fit_bias: bool
) -> Factors:
    """Return factors with the same cost, whose columns are orthogonal.

    Latent factors U and V are multiplied by the eigenvectors of ::

        U.T @ P @ U + V.T @ Q @ V

    with P and Q the penalties of the rows. Products of rows, their norms and biases
    stay as they are, and so does the cost. At a minimum both terms are equal, and the
    columns of each side are orthogonal. Then the second derivatives of the cost by two
    latent factors of a row are small, and the diagonal of the Hessian is a good scale.

    Parameters
    ----------
    factors : Factors
        With columns for biases if ``fit_bias``.
    penalties : (ndarray of shape (n_users, 2), ndarray of shape (n_items, 2))
        The first column is the penalty of the latent factors of each row.
    fit_bias : bool
    """
    k = factors.user.shape[1] - 2 * fit_bias
    gram = np.zeros((k, k))
    for X, penalty in zip(factors, penalties, strict=True):
        latent = X[:, :k].astype(np.float64)
        gram += latent.T @ (penalty[:, :1] * latent)
    axes = np.linalg.eigh(gram)[1]
    turned = [X.copy() for X in factors]
    for X in turned:
        X[:, :k] = X[:, :k] @ axes
    return Factors(*turned)
