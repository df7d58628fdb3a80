"""The distribution of the noise, from the errors of the training ratings."""

import numpy as np
from scipy.special import ndtr

from sklearn_cofi._types import Factors
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._predict import predict_pairs

# The distribution is known from -LIMIT to LIMIT standard deviations, at POINTS points.
# A hundredth of a standard deviation is far below the spacing of most ratings.
LIMIT = 8.0
POINTS = 1601


def noise_distribution(draws: PosteriorDraws, rows: CSRRows) -> np.ndarray:
    """Return the distribution function of errors in units of their standard deviation.

    ::

        e_ui = sqrt(W_ui / (variance_u * ratio_i)) * (R_ui - u . i - b_u - c_i)

    over all ratings and all kept draws, moved and scaled to mean 0 and variance 1. The
    errors of a draw, unlike those of the mean over draws, have the variance of the
    noise, because a draw of the rows does not fit the ratings more closely than the
    true rows do on average (Chaloner and Brant).

    Parameters
    ----------
    draws : PosteriorDraws
    rows : CSRRows
        Centred and scaled ratings by user, with a mean weight of one.

    Returns
    -------
    float64 array of shape (POINTS,)
        Values of the distribution function at equidistant points from -LIMIT to LIMIT,
        from 0 to 1. If all errors are equal, it is that of the normal distribution.

    References
    ----------
    Chaloner and Brant, "A Bayesian Approach to Outlier Detection and Residual
    Analysis", Biometrika 75, 1988, doi:10.1093/biomet/75.4.651.
    """
    pairs = rows.row_of_entry.astype(np.int64), rows.indices.astype(np.int64)
    weights = rows.weight_of_entry.astype(np.float64)
    counts, moments = np.zeros(POINTS - 1), np.zeros(3)
    edges = np.linspace(-LIMIT, LIMIT, POINTS)
    for U, V, variances, ratios in zip(*draws[:4], strict=True):
        biases = U[pairs[0], -1] + V[pairs[1], -1]
        drawn = predict_pairs(Factors(U[:, :-1], V[:, :-1]), biases, *pairs)
        precision = weights / (variances[pairs[0]] * ratios[pairs[1]])
        errors = np.sqrt(precision) * (rows.ratings - drawn)
        # Errors beyond the limit are counted in the outermost cells.
        errors = np.clip(errors, -LIMIT, LIMIT)
        counts += np.histogram(errors, edges)[0]
        moments += errors.size, errors.sum(), errors @ errors
    n, mean = moments[0], moments[1] / moments[0]
    scale = np.sqrt(max(moments[2] / n - mean**2, 0))
    if not scale > 0 or not np.isfinite(scale):
        return normal_distribution()
    cumulative = np.append(0, counts.cumsum() / n)
    found = np.interp(mean + scale * edges, edges, cumulative)
    found[0], found[-1] = 0, 1
    return found


def normal_distribution() -> np.ndarray:
    """Return the distribution function of the standard normal distribution."""
    found = ndtr(np.linspace(-LIMIT, LIMIT, POINTS))
    found[0], found[-1] = 0, 1
    return found
