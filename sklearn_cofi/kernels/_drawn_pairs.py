"""Compiled variances, quantiles and preferences of pairs, from draws of a posterior."""

import math

import numpy as np

from sklearn_cofi.kernels._compiled import kernel, next_block, part
from sklearn_cofi.kernels._vectors import REORDER

# Number of pairs that a thread takes at a time.
_PAIRS = 256

# Number of pairs whose variances a thread computes at a time, draw by draw: the rows of
# one draw then come from the second cache.
_BATCH = 65536

# Largest number of steps of a search for a quantile. Each step of bisection halves the
# bracket, so 60 steps reach the rounding errors.
_STEPS = 60

# Width of a bracket, relative to the first, at which a search ends: far below the
# cells of the distribution.
_CLOSE = 1e-8


def _n_blocks(*arguments):
    users = arguments[6]
    return -(-users.size // _PAIRS)


@kernel(
    writes=["variance"],
    n_blocks=lambda *arguments: -(-arguments[6].size // _BATCH),
)
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
    last_user, last_item = U.shape[1] - 1, V.shape[1] - 1
    first, total, squares, scores = np.empty((4, _BATCH))
    b = next_block(taken)
    while b * _BATCH < users.size:
        start, stop = b * _BATCH, min(users.size, (b + 1) * _BATCH)
        variance[start:stop] = 0
        for s in range(n_draws):
            for n in range(start, stop):
                u = users[n] if users[n] >= 0 else last_user
                i = items[n] if items[n] >= 0 else last_item
                scores[n - start] = score_of_draw(U, V, s, u, i)
                variance[n] += user_variances[s, u] * item_ratios[s, i]
                if u == last_user or i == last_item:
                    variance[n] += _variance_of_unknown(draws, s, u, i)
            for p in range(stop - start):
                if s == 0:
                    first[p], total[p], squares[p] = scores[p], 0, 0
                delta = scores[p] - first[p]  # around one draw, no digit is lost
                total[p] += delta
                squares[p] += delta * delta
        for n in range(start, stop):
            p = n - start
            between = squares[p] - total[p] * total[p] / n_draws
            between = max(between, 0.0) / max(n_draws - 1, 1)
            variance[n] = between + variance[n] / n_draws
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


@kernel(writes=["probability"], n_blocks=_n_blocks)
def preferences(
    taken,
    U,
    V,
    user_variances,
    item_ratios,
    user_covariances,
    item_covariances,
    users,
    items,
    others,
    means,
    probability,
):
    """Fill the probabilities that users rate items higher than other items.

    ::

        probability = mean over draws s of Phi((d_s - mean of d + means) / sd_s)
        d_s    = (u . i + c_i) - (u . j + c_j) in draw s, for item i and other item j
        sd_s^2 = variances of the noise of both ratings
                 + variances of d_s over unknown rows

    Parameters
    ----------
    U, V, user_variances, item_ratios, user_covariances, item_covariances : arrays
    users, items : int64 arrays
        As in `pair_variances`.
    others : int64 array of shape (n_pairs,)
        Row numbers of the other items.
    means : float64 array of shape (n_pairs,)
        Means of the differences.
    probability : float64 array of shape (n_pairs,)
        Overwritten.
    """
    draws = U, V, user_variances, item_ratios, user_covariances, item_covariances
    n_draws, last_user, last_item = U.shape[0], U.shape[1] - 1, V.shape[1] - 1
    deltas = np.empty(n_draws)
    b = next_block(taken)
    while b * _PAIRS < users.size:
        for n in range(b * _PAIRS, min(users.size, (b + 1) * _PAIRS)):
            u = users[n] if users[n] >= 0 else last_user
            i = items[n] if items[n] >= 0 else last_item
            j = others[n] if others[n] >= 0 else last_item
            if i == j:
                probability[n] = 0.5
                continue
            mean, total = 0.0, 0.0
            for s in range(n_draws):
                delta = score_of_draw(U, V, s, u, i) - score_of_draw(U, V, s, u, j)
                deltas[s] = delta
                mean += delta / n_draws
            for s in range(n_draws):
                ratios = item_ratios[s, i] + item_ratios[s, j]
                variance = user_variances[s, u] * ratios
                if u == last_user:
                    variance += variance_of_difference(user_covariances, V, s, i, j)
                if i == last_item or j == last_item:
                    variance += _variance_of_item(draws, s, u)
                x = (deltas[s] - mean + means[n]) / np.sqrt(variance)
                total += 0.5 * math.erfc(-x * math.sqrt(0.5))
            probability[n] = total / n_draws
        b = next_block(taken)


@part(fastmath=REORDER)
def variance_of_difference(covariances, rows, s, first, second):
    """Return the variance of ``x . (first row - second row)``, without the biases."""
    k, total = rows.shape[2] - 1, 0.0
    for f in range(k):
        partial = 0.0
        for g in range(k):
            delta = rows[s, first, g] - rows[s, second, g]
            partial += covariances[s, f, g] * delta
        total += partial * (rows[s, first, f] - rows[s, second, f])
    return total


@part()
def _variance_of_item(draws, s, user):
    """Return the variance over the population of one unknown item, in a draw."""
    users, _, _, _, user_covariances, item_covariances = draws
    variance = variance_of_row(item_covariances, users, s, user)
    if user == users.shape[1] - 1:
        variance += variance_of_products(user_covariances, item_covariances, s)
    return variance


@part(fastmath=REORDER)
def score_of_draw(users, items, s, user, item):
    """Return ``u . i + b_u + c_i`` of a draw."""
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
        scores[s] = score_of_draw(users, items, s, u, i)
        mean += scores[s] / n_draws
        within[s] = user_variances[s, u] * item_ratios[s, i]
        if u == users.shape[1] - 1 or i == items.shape[1] - 1:
            within[s] += _variance_of_unknown(draws, s, u, i)
    between = 0.0
    for s in range(n_draws):
        between += (scores[s] - mean) ** 2
    return between / max(n_draws - 1, 1)


@part()
def _variance_of_unknown(draws, s, user, item):
    """Return the variance over the population of an unknown user, item or both."""
    users, items, _, _, user_covariances, item_covariances = draws
    variance = 0.0
    if user == users.shape[1] - 1:
        variance += variance_of_row(user_covariances, items, s, item)
        if item == items.shape[1] - 1:
            variance += variance_of_products(user_covariances, item_covariances, s)
    if item == items.shape[1] - 1:
        variance += variance_of_row(item_covariances, users, s, user)
    return variance


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
