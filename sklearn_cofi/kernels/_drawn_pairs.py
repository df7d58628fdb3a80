"""Compiled variances, quantiles and preferences of pairs, from draws of a posterior."""

import numpy as np

from sklearn_cofi.kernels._compiled import kernel, next_block, part
from sklearn_cofi.kernels._vectors import REORDER

# Number of pairs that a thread takes at a time.
_PAIRS = 256

# Largest number of steps of a search for a quantile. Each step of bisection halves the
# bracket, so 60 steps reach the rounding errors.
_STEPS = 60

# Width of a bracket, relative to the first, at which a search ends: far below the
# cells of the distribution.
_CLOSE = 1e-8


def _n_blocks(*arguments):
    users = arguments[6]
    return -(-users.size // _PAIRS)


@kernel(writes=["variance"], n_blocks=_n_blocks)
def pair_variances(
    taken,
    U,
    V,
    user_variances,
    item_ratios,
    user_covariances,
    item_covariances,
    users,
    items,
    variance,
):
    """Fill the variances of the ratings of pairs.

    ::

        var over draws of (u . i + b_u + c_i)
            + mean over draws of the variances of the noise and of unknown rows

    Parameters
    ----------
    U, V, user_variances, item_ratios, user_covariances, item_covariances : arrays
        As in `PosteriorDraws`.
    users, items : int64 arrays of shape (n_pairs,)
        Row numbers. -1 is an unknown user or item.
    variance : float64 array of shape (n_pairs,)
        Overwritten.
    """
    draws = U, V, user_variances, item_ratios, user_covariances, item_covariances
    n_draws = U.shape[0]
    scores, within = np.empty(n_draws), np.empty(n_draws)
    b = next_block(taken)
    while b * _PAIRS < users.size:
        for n in range(b * _PAIRS, min(users.size, (b + 1) * _PAIRS)):
            variance[n] = _fill_pair(draws, users[n], items[n], scores, within)
            for s in range(n_draws):
                variance[n] += within[s] / n_draws
        b = next_block(taken)


@kernel(writes=["quantiles"], n_blocks=_n_blocks)
def pair_quantiles(
    taken,
    U,
    V,
    user_variances,
    item_ratios,
    user_covariances,
    item_covariances,
    users,
    items,
    levels,
    distribution,
    limit,
    quantiles,
):
    """Fill quantiles of the ratings of pairs around their predictions.

    ::

        level = mean over draws s of G(quantile / sd_s)
        sd_s^2 = var over draws of (u . i + b_u + c_i)
                 + variances of the noise and of unknown rows in draw s

    Parameters
    ----------
    U, V, user_variances, item_ratios, user_covariances, item_covariances : arrays
    users, items : int64 arrays
        As in `pair_variances`.
    levels : float64 array of shape (n_levels,)
    distribution : float64 array of shape (n_points,)
        The distribution function G at equidistant points from ``-limit`` to ``limit``.
        It increases from 0 to 1.
    limit : float
    quantiles : float64 array of shape (n_pairs, n_levels)
        Overwritten.
    """
    draws = U, V, user_variances, item_ratios, user_covariances, item_covariances
    n_draws = U.shape[0]
    scores, cells = np.empty(n_draws), np.empty(n_draws)
    b = next_block(taken)
    while b * _PAIRS < users.size:
        for n in range(b * _PAIRS, min(users.size, (b + 1) * _PAIRS)):
            between, largest = _fill_pair(draws, users[n], items[n], scores, cells), 0.0
            for s in range(n_draws):
                scale = np.sqrt(cells[s] + between)
                largest = max(largest, scale)
                cells[s] = (distribution.size - 1) / (2 * limit * scale)
            for column in range(levels.size):
                level = levels[column]
                quantiles[n, column] = _quantile(
                    level, cells, distribution, limit * largest
                )
        b = next_block(taken)


@part(fastmath=REORDER)
def score_of_draw(draws, s, user, item):
    """Return ``u . i + b_u + c_i`` of a draw."""
    users, items = draws[0], draws[1]
    k = users.shape[2] - 1
    total = users.dtype.type(0)
    for f in range(k):
        total += users[s, user, f] * items[s, item, f]
    return np.float64(total) + users[s, user, k] + items[s, item, k]


@part(fastmath=REORDER)
def variance_of_row(covariances, rows, s, row):
    """Return the variance of ``x . [row's factors, 1]``, where x has a covariance."""
    k, total = rows.shape[2] - 1, 0.0
    for f in range(k):
        partial = 2 * covariances[s, f, k]
        for g in range(k):
            partial += covariances[s, f, g] * rows[s, row, g]
        total += partial * rows[s, row, f]
    return total + covariances[s, k, k]


@part(fastmath=REORDER)
def variance_of_products(user_covariances, item_covariances, s):
    """Return the trace of the product of two covariances, without the biases."""
    k, total = user_covariances.shape[2] - 1, 0.0
    for f in range(k):
        for g in range(k):
            total += user_covariances[s, f, g] * item_covariances[s, f, g]
    return total


@part()
def _fill_pair(draws, user, item, scores, within):
    """Fill the scores of a pair and its other variances; return the scores' variance.

    The other variances are those of the noise and, if the user or the item is unknown,
    of the rows of the population.
    """
    users, items, user_variances, item_ratios = draws[0], draws[1], draws[2], draws[3]
    u = user if user >= 0 else users.shape[1] - 1
    i = item if item >= 0 else items.shape[1] - 1
    n_draws, mean = users.shape[0], 0.0
    for s in range(n_draws):
        scores[s] = score_of_draw(draws, s, u, i)
        mean += scores[s] / n_draws
        within[s] = user_variances[s, u] * item_ratios[s, i]
        if u == users.shape[1] - 1:
            within[s] += variance_of_row(draws[4], items, s, i)
            if i == items.shape[1] - 1:
                within[s] += variance_of_products(draws[4], draws[5], s)
        if i == items.shape[1] - 1:
            within[s] += variance_of_row(draws[5], users, s, u)
    between = 0.0
    for s in range(n_draws):
        between += (scores[s] - mean) ** 2
    return between / max(n_draws - 1, 1)


@part()
def _quantile(level, cells, distribution, limit):
    """Return the quantile of a mixture of G with several scales, by regula falsi.

    ``cells`` has the number of cells of G in a unit of the quantile, for each draw.
    Where an end of the bracket does not move, its value is halved (the Illinois rule),
    and every third step is a bisection, so that flat parts of G do not slow it down.
    """
    low, high = -limit, limit
    below, above, last = -level, 1 - level, 0
    for step in range(_STEPS):
        x = (low + high) / 2
        if step % 3 < 2 and above > below:
            x = high - above * (high - low) / (above - below)
        value = -level
        for s in range(cells.size):
            value += _distribution_at(x * cells[s], distribution) / cells.size
        if value < 0:
            low, below = x, value
            above = above / 2 if last == -1 else above
            last = -1
        else:
            high, above = x, value
            below = below / 2 if last == 1 else below
            last = 1
        if high - low <= _CLOSE * limit:
            break
    return (low + high) / 2


@part()
def _distribution_at(cell, distribution):
    """Return a distribution function, a number of cells away from its middle."""
    last = distribution.size - 1
    position = cell + last / 2
    if not position > 0:
        return 0.0
    if position >= last:
        return 1.0
    left = int(position)
    share = position - left
    return distribution[left] * (1 - share) + distribution[left + 1] * share
