"""Rows of one side, given each draw of the other side."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._draws import PosteriorDraws, PriorDraws
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.kernels._blocks import balanced_blocks


class OtherSide(NamedTuple):
    """Draws of all parameters that the posterior of a new row depends on.

    The rows of one side are new, and the rows of the other side are given.
    """

    rows: np.ndarray  # (n_draws, n_others + 1, k + 1): the other side
    precisions: np.ndarray  # (n_draws, n_others): of the ratings of each other row
    prior: PriorDraws  # of the new rows


class GivenRows(NamedTuple):
    """Rows of one side in each draw, given the other side."""

    rows: np.ndarray  # float64 (n_draws, n_rows, k + 1)
    precisions: np.ndarray  # float64 (n_draws, n_rows): tau, of their ratings
    own: np.ndarray  # float64 (n_draws, n_rows): omega, of their prior


def other_side(draws: PosteriorDraws, side: int) -> OtherSide:
    """Return the items, given which users are new (side 0), or the users (side 1)."""
    if side == 0:
        variances = draws.noise[:, None] * draws.item_ratios[:, :-1]
        return OtherSide(draws.items, 1 / variances, draws.user_prior)
    return OtherSide(draws.users, 1 / draws.user_variances[:, :-1], draws.item_prior)


def rows_given(
    other: OtherSide,
    ratings: CSRRows,
    noise: np.ndarray | None = None,
    features: FeatureRows | None = None,
) -> GivenRows:
    """Return rows of one side, given each draw of the other side, and their precisions.

    For new users, with the blocks of the mask and of the features in ``F_u``::

        precision = omega_u * Lambda + tau_u * sum of p_i * i @ i.T
        [u, b_u] = precision^-1 @ (omega_u * Lambda @ (mu + F_u @ beta)
                                   + tau_u * sum of p_i * i * (R_ui - c_i))

    with ``p_i = alpha * tau_i * W_ui``. The row is computed first with
    ``tau_u = omega_u = 1``, and then again with the tau that follows from the first row
    and the omega that follows from the row before, until it no longer changes. The row
    of an item given the users is the same with users and items exchanged.

    Parameters
    ----------
    other : OtherSide
    ratings : CSRRows
        Centred and scaled ratings of the new rows.
    noise : float array of shape (n_draws, k + 1), default=None
        Standard normal noise, the same for all rows: each row is drawn from its
        posterior. None returns the means of the posteriors.
    features : FeatureRows, default=None
        Features of the new rows. None has the mean of each feature.
    """
    # Imported here because importing numba takes half a second.
    from sklearn_cofi.kernels._rows_of_draws import rows_of_draws

    prior, n_rows = other.prior, ratings.indptr.size - 1
    n_draws, width = prior.means.shape
    X = np.repeat(prior.means[:, None].astype(np.float64), n_rows, axis=1)
    if features is not None:
        for rows, coef in zip(X, prior.coef.astype(np.float64), strict=True):
            rows += features.times(coef)
    noise = np.zeros((n_draws, width)) if noise is None else noise
    (tau, omega), failed = np.empty((2, n_draws, n_rows)), np.zeros(X.shape[:2], bool)
    ratings = ratings._replace(
        ratings=ratings.ratings.astype(np.float64, copy=False),
        weights=ratings.weights.astype(np.float64, copy=False),
    )
    # Rows of a model that was saved before they had a precision of their own.
    own_degrees = (
        prior.own_degrees if prior.own_degrees.size else np.full(n_draws, np.inf)
    )
    priors = prior.precisions, np.linalg.cholesky(prior.precisions)
    given = other.rows, other.precisions, prior.links, *priors
    degrees, out = (prior.degrees, own_degrees), (X, tau, omega, failed)
    rows_of_draws(balanced_blocks(ratings), *ratings, *given, *degrees, noise, *out)
    for s, row in zip(*np.nonzero(failed), strict=True):
        precisions = tau[s, row], omega[s, row]
        X[s, row] = _solved_row(other, ratings, s, row, X[s, row], precisions)
    return GivenRows(X, tau, omega)


def _solved_row(
    other: OtherSide,
    ratings: CSRRows,
    s: int,
    row: int,
    mean: np.ndarray,
    precisions: tuple[float, float],
) -> np.ndarray:
    """Return a row whose system is singular to rounding: the least-squares solution.

    With ``prior = L @ L.T``, the system is least squares with further equations for the
    prior, whose condition is the root of that of the normal equations.
    """
    rated = slice(ratings.indptr[row], ratings.indptr[row + 1])
    items, weights = ratings.indices[rated], ratings.weight_of_entry[rated]
    V = other.rows[s, items].astype(np.float64)
    A, target = V.copy(), ratings.ratings[rated] - V[:, -1]
    A[:, -1] = 1
    tau, omega = precisions
    roots = np.sqrt(tau * weights * other.precisions[s, items])
    L = np.linalg.cholesky(omega * other.prior.precisions[s])
    system = np.vstack([roots[:, None] * A, L.T])
    right = np.append(roots * target, L.T @ mean)
    return np.linalg.lstsq(system, right, rcond=None)[0]
