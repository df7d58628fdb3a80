"""The terms of a prediction, as means over draws."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._side_draws import OtherSide
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._side_features import FeatureRows


class DrawTerms(NamedTuple):
    """The terms of ``u . v + b_u`` of a user and an item, in units of the draws."""

    prior: float  # of the mean of the prior
    choice: float  # of the link from the rated items
    features: float  # of the features of the user
    similarities: np.ndarray  # (n_ratings,)
    contributions: np.ndarray  # (n_ratings,)


def draw_terms(
    other: OtherSide,
    item: int,
    rows: CSRRows,
    precisions: np.ndarray,
    own: np.ndarray,
    features: FeatureRows | None = None,
) -> DrawTerms:
    """Return the terms of the posterior mean of a user, given the items of each draw.

    Given the items, the mean of the user's row is linear in the ratings and in the mean
    of the prior, so means over the draws s are, too::

        [u, b_u] . [v, 1] = omega_u * g . Lambda @ mu
                            + omega_u * g . Lambda @ (F_u @ beta)  for each block
                            + sum over rated j of s_j * (r_j - c_j)
        g   = (omega_u * Lambda + sum of p_j * a_j @ a_j.T)^-1 @ [v, 1]
        a_j = [v_j, 1]
        s_j = p_j * g . a_j,  p_j = W_uj * precision_u * precision_j

    Parameters
    ----------
    other : OtherSide
        The items.
    item : int
    rows : CSRRows
        One row: the centred and scaled ratings of the user.
    precisions : float array of shape (n_draws,)
        The user's factor of the precision of a rating, in each draw.
    own : float array of shape (n_draws,)
        The user's factor of the precision of the prior, in each draw.
    features : FeatureRows, default=None
        One row: the features of the user. None has the mean of each feature.
    """
    n_draws, rated = len(other.rows), rows.indices
    weights = rows.weight_of_entry.astype(np.float64)
    prior, choice, of_features = np.zeros((3, n_draws))
    terms = np.zeros((2, n_draws, rated.size))
    for s in range(n_draws):
        V = other.rows[s].astype(np.float64)
        A, v = _with_one(V[rated]), _with_one(V[item])
        p = weights * precisions[s] * other.precisions[s, rated]
        Lambda = own[s] * other.prior.precisions[s]
        g = np.linalg.solve(Lambda + A.T @ (p[:, None] * A), v)
        prior[s] = g @ Lambda @ other.prior.means[s]
        if other.prior.links.size and rated.size:
            link = other.prior.links[s, rated].sum(axis=0, dtype=np.float64)
            choice[s] = g @ Lambda @ link / np.sqrt(rated.size)
        if features is not None:
            shift = features.times(other.prior.coef[s].astype(np.float64))[0]
            of_features[s] = g @ Lambda @ shift
        terms[0, s] = p * (A @ g)
        terms[1, s] = terms[0, s] * (rows.ratings - V[rated, -1])
    means = float(prior.mean()), float(choice.mean()), float(of_features.mean())
    return DrawTerms(*means, *terms.mean(axis=1))


def _with_one(rows: np.ndarray) -> np.ndarray:
    """Return the rows with 1 in place of the bias."""
    rows = rows.copy()
    rows[..., -1] = 1
    return rows
