"""Variances, quantiles and preferences of ratings, from draws."""

import numpy as np

from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._noise_distribution import LIMIT


def predictive_variance(
    draws: PosteriorDraws, users: np.ndarray, items: np.ndarray
) -> np.ndarray:
    """Return the variance of the ratings of encoded pairs, of shape (n,).

    ::

        var over draws of (u . i + b_u + c_i)
            + mean over draws of the variance of the noise
            + mean over draws of the variance of unknown rows, if a side is unknown

    The variance of ``u . i + b_u + c_i`` over unknown rows, given a draw, is ::

        [i, 1] @ user_covariance @ [i, 1]   for an unknown user, likewise for an item

    For an unknown user and an unknown item, it is the sum of both terms, with the mean
    rows of unknown users and items, and of the trace of the product of both
    covariances (without the biases).

    Parameters
    ----------
    draws : PosteriorDraws
    users, items : int arrays of shape (n,)
        Row numbers. -1 is an unknown user or item, and stands for the last row of the
        draws.
    """
    # Imported here because importing numba takes half a second.
    from sklearn_cofi.kernels._drawn_pairs import pair_variances

    variance = np.empty(users.size)
    pair_variances(*_of_pairs(draws), *_rows(users, items), variance)
    return variance


def predictive_quantiles(
    draws: PosteriorDraws,
    users: np.ndarray,
    items: np.ndarray,
    levels: np.ndarray,
    noise_distribution: np.ndarray,
) -> np.ndarray:
    """Return quantiles of the ratings of encoded pairs around their predictions.

    ::

        level = mean over draws s of G(quantile / sd_s)

    where ``sd_s**2`` is the variance of draw s: the sum of the three variances of
    `predictive_variance`, the last two without their means over the draws. G is the
    distribution of the errors of the training ratings in units of their standard
    deviation.

    Parameters
    ----------
    draws, users, items
        As in `predictive_variance`.
    levels : float array of shape (n_levels,)
        Numbers between 0 and 1.
    noise_distribution : float array
        As `noise_distribution` returns it.

    Returns
    -------
    float64 array of shape (n, n_levels)

    References
    ----------
    Duan, "Smearing Estimate: A Nonparametric Retransformation Method", Journal of the
    American Statistical Association 78, 1983, doi:10.1080/01621459.1983.10478017.
    """
    from sklearn_cofi.kernels._drawn_pairs import pair_quantiles

    quantiles = np.empty((users.size, levels.size))
    given = levels.astype(np.float64), noise_distribution, LIMIT, quantiles
    pair_quantiles(*_of_pairs(draws), *_rows(users, items), *given)
    return quantiles


def preference_probabilities(
    draws: PosteriorDraws,
    users: np.ndarray,
    items: tuple[np.ndarray, np.ndarray],
    means: np.ndarray,
) -> np.ndarray:
    """Return the probabilities that users rate first items higher than second items.

    See `UncertainPredictorMixin.predict_preference` for the formula.

    Parameters
    ----------
    draws : PosteriorDraws
    users : int array of shape (n,)
    items : (int array of shape (n,), int array of shape (n,))
        The first and the second items; -1 is unknown.
    means : float64 array of shape (n,)
        Differences between the predictions of the first and the second items.
    """
    from sklearn_cofi.kernels._drawn_pairs import preferences

    probability = np.empty(users.size)
    others = items[1].astype(np.int64, copy=False)
    rows = _rows(users, items[0])
    preferences(*_of_pairs(draws), *rows, others, means, probability)
    return probability


def _of_pairs(draws: PosteriorDraws) -> tuple[np.ndarray, ...]:
    """Return the draws that the variance of a pair depends on."""
    return (
        draws.users,
        draws.items,
        draws.user_variances,
        draws.item_ratios,
        draws.user_covariances,
        draws.item_covariances,
    )


def _rows(users: np.ndarray, items: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    return users.astype(np.int64, copy=False), items.astype(np.int64, copy=False)
