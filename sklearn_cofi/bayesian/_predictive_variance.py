"""Variances of ratings around their predictions, from draws of the posterior."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.inference._predict import predict_pairs


def predictive_variance(
    draws: PosteriorDraws, users: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """Return the variance of the ratings of encoded pairs, of shape (n,).

    ::

        var over draws of (u . i + b_u + c_i)
            + mean over draws of the variance of the noise
            + mean over draws of the variance of unknown rows, if a side is unknown

    Parameters
    ----------
    draws : PosteriorDraws
    users, items : int arrays of shape (n,)
        Row numbers. -1 is an unknown user or item, and stands for the last row of the
        draws.
    """
    total, squares, within = np.zeros((3, users.size))
    first = None
    users, items = (
        np.where(rows < 0, side.shape[1] - 1, rows)
        for rows, side in ((users, draws.users), (items, draws.items))
    )
    n = len(draws.users)
    for number, (U, V, variances, ratios) in enumerate(zip(*draws[:4], strict=True)):
        biases = U[users, -1] + V[items, -1]
        drawn = predict_pairs(Factors(U[:, :-1], V[:, :-1]), biases, users, items)
        first = drawn.astype(np.float64) if first is None else first
        delta = drawn - first  # around one draw, squares lose no digits
        total += delta
        squares += delta**2
        within += variances[users] * ratios[items]
        within += _unknown_variance(draws, number, users, items)
    return (squares - total**2 / n) / max(n - 1, 1) + within / n


def _unknown_variance(
    draws: PosteriorDraws, number: int, users: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """Return the variance of ``u . i + b_u + c_i`` over unknown rows, given a draw.

    ::

        [i, 1] @ user_covariance @ [i, 1]   for an unknown user, likewise for an item

    For an unknown user and an unknown item, the variance is the sum of both terms, with
    the mean rows of unknown users and items, and of the trace of the product of both
    covariances (without the biases).
    """
    variance = np.zeros(users.size)
    sides = (users, draws.users), (items, draws.items)
    unknown = [rows == side.shape[1] - 1 for rows, side in sides]
    spreads = draws.user_covariances[number], draws.item_covariances[number]
    for side in (0, 1):
        rows, known = sides[1 - side]
        x = known[number, rows[unknown[side]]].astype(np.float64)
        x[:, -1] = 1
        variance[unknown[side]] += np.einsum("nk,kl,nl->n", x, spreads[side], x)
    across = np.sum(spreads[0][:-1, :-1] * spreads[1][:-1, :-1])
    variance[unknown[0] & unknown[1]] += across
    return variance
