"""A prediction as a sum over the ratings that it was made from."""

from typing import NamedTuple

import numpy as np


class RatingTerms(NamedTuple):
    """What each rating of a user adds to one prediction."""

    similarities: np.ndarray  # float64 (n_ratings,)
    contributions: np.ndarray  # float64 (n_ratings,): their products with deviations


def rating_terms(v, V, deviations, weights, penalty: float) -> RatingTerms:
    """Take the part of the factors in a prediction apart, by the user's ratings.

    The factors of a user are linear in the ratings, given the items', and so is every
    prediction::

        U_u . v = v . (V.T @ diag(w) @ V + p * I)^-1 @ V.T @ (w * d)
                = sum over j of s_j * d_j
        s_j     = v . (V.T @ diag(w) @ V + p * I)^-1 @ V_j * w_j

    The system is solved as least squares with the penalty as further equations, and
    once: its transpose takes v to all s_j. Where it is singular (no penalty, fewer
    ratings than features) these are the s_j of the shortest minimiser.

    Parameters
    ----------
    v : float array of shape (k,)
        Factors of the item that is predicted.
    V : float array of shape (n_ratings, k)
        Factors of the items that the user rated.
    deviations : float array of shape (n_ratings,)
        The d_j: ratings less their means and biases.
    weights : float array of shape (n_ratings,)
    penalty : float
        On half the squared length of the user's factors.

    References
    ----------
    Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback Datasets",
    ICDM 2008, doi:10.1109/ICDM.2008.22, section 5.
    """
    V, v = np.asarray(V, np.float64), np.asarray(v, np.float64)
    roots = np.sqrt(np.asarray(weights, np.float64))
    system = np.vstack([roots[:, None] * V, np.sqrt(penalty) * np.eye(v.size)])
    # U_u = pinv(system) @ [roots * d, 0], so v . U_u has the coefficients of
    # pinv(system.T) @ v.
    coefficients = np.linalg.lstsq(system.T, v, rcond=None)[0][: len(V)]
    similarities = roots * coefficients
    return RatingTerms(similarities, similarities * deviations)
