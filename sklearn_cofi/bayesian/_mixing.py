"""How well chains have mixed: R-hat and effective sample size.

References
----------
Vehtari, Gelman, Simpson, Carpenter and Bürkner, "Rank-Normalization, Folding, and
Localization: An Improved R-hat for Assessing Convergence of MCMC", Bayesian Analysis
2021, doi:10.1214/20-BA1221.
"""

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

# Draws of a chain that both functions need: each half of a chain has a variance and an
# autocorrelation.
MIN_DRAWS = 8


def split_r_hat(draws: np.ndarray) -> np.ndarray:
    """Return the rank-normalised split R-hat of each quantity.

    ::

        R = sqrt(((n - 1) / n * W + B) / W)

    with W the mean variance of the half chains, B the variance of their means and n
    their length. The draws are replaced by normal quantiles of their ranks. The result
    is the larger one of R of the draws, which sees chains at different places, and R
    of their distances from the median, which sees chains of different width. It is 1
    for chains that have mixed.

    Parameters
    ----------
    draws : ndarray of shape (n_quantities, n_chains, n_draws)

    Returns
    -------
    ndarray of shape (n_quantities,)
        NaN for fewer than `MIN_DRAWS` draws, and where all draws are equal.
    """
    if draws.shape[-1] < MIN_DRAWS:
        return np.full(len(draws), np.nan)
    halves = _split(draws)
    distances = np.abs(halves - np.median(halves, axis=(1, 2), keepdims=True))
    return np.maximum(*(_r_hat(_rank_normalized(x)) for x in (halves, distances)))


def bulk_ess(draws: np.ndarray) -> np.ndarray:
    """Return the bulk effective sample size of each quantity.

    ::

        ESS = n_chains * n_draws / (1 + 2 * sum over lags t of rho_t)

    The mean of the draws is as exact as the mean of ESS independent draws. The
    autocorrelations ``rho_t`` are those of the rank-normalised half chains, combined
    such that chains at different places have a high one, and the sum ends by Geyer's
    rule, where the sum of two neighbours is no longer positive.

    Parameters
    ----------
    draws : ndarray of shape (n_quantities, n_chains, n_draws)

    Returns
    -------
    ndarray of shape (n_quantities,)
        NaN for fewer than `MIN_DRAWS` draws, and where all draws are equal.
    """
    if draws.shape[-1] < MIN_DRAWS:
        return np.full(len(draws), np.nan)
    z = _rank_normalized(_split(draws))
    within, total = _variances(z)
    n_halves, n = z.shape[1:]
    with np.errstate(invalid="ignore"):
        rho = 1 - (within[:, None] - _autocovariances(z).mean(axis=1)) / total[:, None]
    rho[:, 0] = 1
    even, odd = rho[:, : n - n % 2 : 2], rho[:, 1::2]
    sums = even + odd
    positive = np.logical_and.accumulate(sums > 0, axis=1)
    falling = np.minimum.accumulate(sums, axis=1)
    time = 2 * np.where(positive, falling, 0).sum(axis=1) - 1
    # The first lag after the end counts once if it is positive.
    end = np.minimum(positive.sum(axis=1), even.shape[1] - 1)
    time += np.maximum(even[np.arange(len(even)), end], 0) * ~positive[:, -1]
    size = n_halves * n
    time = np.maximum(time, 1 / np.log10(size))
    return np.where(total > 0, size / time, np.nan)


def _split(draws: np.ndarray) -> np.ndarray:
    """Return each chain as two chains: its halves, without the middle of an odd one."""
    half = draws.shape[-1] // 2
    return np.concatenate([draws[..., :half], draws[..., -half:]], axis=1)


def _rank_normalized(draws: np.ndarray) -> np.ndarray:
    """Return normal quantiles of the ranks among all draws of each quantity."""
    flat = draws.reshape(len(draws), -1)
    ranks = rankdata(flat, axis=1)
    return ndtri((ranks - 0.375) / (flat.shape[1] + 0.25)).reshape(draws.shape)


def _variances(z: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean variance within chains, and the variance of all draws."""
    n = z.shape[-1]
    within = z.var(axis=2, ddof=1).mean(axis=1)
    return within, (n - 1) / n * within + z.mean(axis=2).var(axis=1, ddof=1)


def _r_hat(z: np.ndarray) -> np.ndarray:
    within, total = _variances(z)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(total > 0, np.sqrt(total / within), np.nan)


def _autocovariances(z: np.ndarray) -> np.ndarray:
    """Return the autocovariances of each chain at all lags, divided by its length."""
    n = z.shape[-1]
    spectrum = np.fft.rfft(z - z.mean(axis=2, keepdims=True), 2 * n, axis=2)
    return np.fft.irfft(np.abs(spectrum) ** 2, 2 * n, axis=2)[..., :n] / n
