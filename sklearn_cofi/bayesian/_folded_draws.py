"""Draws and factors of users that are folded in."""

import numpy as np

from sklearn_cofi.base._merged_ratings import MergedRatings
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.inference._fitted_factors import Side


def fold_into(
    draws: PosteriorDraws,
    rows: np.ndarray,
    variances: np.ndarray,
    merged: MergedRatings,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the draws and variances of old users, with those of some users put in.

    The last row of each draw still stands for unknown users.

    Parameters
    ----------
    draws : PosteriorDraws
    rows : ndarray of shape (n_draws, n_solved, k + 1)
    variances : ndarray of shape (n_draws, n_solved)
    merged : MergedRatings
    """
    results = []
    for old, new in ((draws.users, rows), (draws.user_variances, variances)):
        shape = len(old), merged.ids.size + 1, *old.shape[2:]
        both = np.empty(shape, old.dtype)
        both[:, merged.before], both[:, -1] = old[:, :-1], old[:, -1]
        both[:, merged.solved] = new
        results.append(both)
    return results[0], results[1]


def factors_of_mean(
    draws: PosteriorDraws, rows: np.ndarray, items: Side, counts: np.ndarray
) -> np.ndarray:
    """Return factors whose products with the items' factors are means over draws.

    ::

        mean over draws s of U_s @ V_s.T = mean of U_s @ C_s.T @ V.T
        C_s = argmin sum over items i of n_i * ||V_s,i - V_i @ C_s||**2

    The factors V of the mean over all draws do not span the items of each draw. The
    rest is mostly noise of the draws.

    Parameters
    ----------
    draws : PosteriorDraws
    rows : float64 array of shape (n_draws, n_rows, k + 1)
    items : Side
        Items of the model, with the factors V.
    counts : int array of shape (n_items,)
        The n_i.

    Returns
    -------
    float64 array of shape (n_rows, rank)
    """
    weighted = counts[:, None] * items.factors
    # Columns of singular values near zero do not matter, so a pseudo-inverse.
    inverse = np.linalg.pinv(items.factors.T @ weighted, hermitian=True)
    factors = np.zeros((rows.shape[1], items.factors.shape[1]))
    for of_draw, V in zip(rows, draws.items, strict=True):
        C = inverse @ (weighted.T @ V[:-1, :-1])
        factors += of_draw[:, :-1] @ C.T
    return factors / len(rows)
