"""Rows of the mean over all draws, for users or items that are folded in."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._feature_regression import PredictedRows, centred_draws
from sklearn_cofi.bayesian._posterior_fit import unknown_predictions
from sklearn_cofi.data._centering import FALLBACK_DAMPING, row_means
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side
from sklearn_cofi.inference._fold_in import with_baselines

Regressions = tuple[PredictedRows, PredictedRows] | None


class FittedMean(NamedTuple):
    """The mean over all draws, and what relates it to the kept draws."""

    model: FittedFactors
    draws: PosteriorDraws
    regressions: Regressions  # what features predict in each draw
    scale: float  # unit of the draws
    mean_weight: float


def folded_side(
    fitted: FittedMean,
    side: int,
    means: np.ndarray,
    ratings: CSRRows,
    features: FeatureRows | None,
) -> Side:
    """Return rows of the mean over all draws, with the rows of each draw given.

    Parameters
    ----------
    fitted : FittedMean
    side : {0, 1}
        0 is users, 1 is items.
    means : float64 array of shape (n_draws, n_rows, k + 1)
        Posterior means of the rows in each draw.
    ratings : CSRRows
        The ratings of the rows, not centred.
    features : FeatureRows or None
        Features of the rows.
    """
    model, draws, regressions = fitted.model, fitted.draws, fitted.regressions
    own, other = (model.users, model.items)[:: 1 - 2 * side]
    means = centred_draws(means, side, regressions)
    others = (draws.items, draws.users)[side][:, :-1]
    others = centred_draws(others, 1 - side, regressions)
    entries = (model.rated.indices, model.rated.row_of_entry)[side]
    n_others = len(other.means)
    counts = np.bincount(entries, minlength=n_others)
    factors = fitted.scale * _factors(means, others, other, counts)
    bias = fitted.scale * means[:, :, -1].mean(axis=0)
    weights = np.bincount(entries, model.rated.weight_of_entry, minlength=n_others)
    damping = FALLBACK_DAMPING * fitted.mean_weight
    fallback = unknown_predictions(
        ratings,
        (factors, model.global_mean + bias),
        (other.factors, other.bias),
        weights / weights.sum(),
        damping,
    )
    given = own.features
    if given is not None and features is not None:
        given = given.of_rows(features)
    rows = Side(
        NO_IDS,
        factors,
        bias,
        row_means(ratings, model.global_mean),
        fallback,
        features=given,
    )
    if other.cold is None:
        return rows
    return with_baselines(rows, ratings, other, damping, model)


def _factors(
    rows: np.ndarray, others: np.ndarray, other: Side, counts: np.ndarray
) -> np.ndarray:
    """Return factors whose products with those of the other side are means over draws.

    For users::

        mean over draws s of U_s @ V_s.T = mean of U_s @ C_s.T @ V.T
        C_s = argmin sum over items i of n_i * ||V_s,i - V_i @ C_s||**2

    The factors V of the mean over all draws do not span the items of each draw. The
    rest is mostly noise of the draws.

    Parameters
    ----------
    rows : float64 array of shape (n_draws, n_rows, k + 1)
    others : float array of shape (n_draws, n_others, k + 1)
        Rows of the other side in each draw.
    other : Side
        The other side of the model, with the factors V.
    counts : int array of shape (n_others,)
        The n_i.

    Returns
    -------
    float64 array of shape (n_rows, rank)
    """
    weighted = counts[:, None] * other.factors
    # Columns of singular values near zero do not matter, so a pseudo-inverse.
    inverse = np.linalg.pinv(other.factors.T @ weighted, hermitian=True)
    factors = np.zeros((rows.shape[1], other.factors.shape[1]))
    for of_draw, V in zip(rows, others, strict=True):
        C = inverse @ (weighted.T @ V[:, :-1])
        factors += of_draw[:, :-1] @ C.T
    return factors / len(rows)
