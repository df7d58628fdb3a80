"""Compiled draws of effects that drift in time, one path for each row."""

import numpy as np

from sklearn_cofi.kernels._compiled import kernel, next_block, part
from sklearn_cofi.kernels._vectors import FUSED

# Number of pairs that a thread takes at a time.
_PAIRS = 2048

_TINY = 1e-300
_LARGE = 1e100


@kernel(writes=["row_likelihood"], fastmath=FUSED)
def path_likelihoods(
    taken, blocks, indptr, decays, errors, precisions, variances, row_likelihood
):
    """Fill the log likelihood of the errors of each row, for several variances.

    ::

        e_p ~ Normal(x_p, precision_p),  x_p the path of `draw_paths`

    without the terms that do not depend on the variance of the path. The path is
    integrated out by a Kalman filter.

    Parameters
    ----------
    blocks, indptr, decays, errors, precisions : arrays
        As in `draw_paths`.
    variances : float64 array of shape (n_variances,)
    row_likelihood : float64 array of shape (n_rows, n_variances)
        Overwritten.
    """
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            for j in range(variances.size):
                mean, variance, squares = 0.0, variances[j], 0.0
                logs, product = 0.0, 1.0
                for p in range(indptr[row], indptr[row + 1]):
                    mean, variance = _moved(mean, variance, decays[p], variances[j])
                    scale = variance * precisions[p] + 1
                    inverse = 1 / scale
                    share = precisions[p] * inverse
                    error = errors[p] - mean
                    squares += error * error * share
                    variance *= inverse
                    mean += variance * precisions[p] * error
                    product *= scale  # one logarithm of many scales
                    if product > _LARGE:
                        logs, product = logs + np.log(product), 1.0
                row_likelihood[row, j] = -(logs + np.log(product) + squares) / 2
        b = next_block(taken)


@kernel(writes=["paths"], fastmath=FUSED)
def draw_paths(
    taken, blocks, indptr, decays, errors, precisions, variance, noise, paths
):
    """Draw the path of each row from its posterior.

    ::

        x_p = decay_p * x_{p-1} + Normal(0, variance * (1 - decay_p**2))
        e_p ~ Normal(x_p, precision_p)

    The path is stationary: each x_p has the variance ``variance``. A Kalman filter runs
    forwards, and the path is drawn backwards.

    Parameters
    ----------
    blocks : int64 array
        Row numbers at which blocks begin and end.
    indptr : int64 array of shape (n_rows + 1,)
        The entries of row r are those from ``indptr[r]`` to ``indptr[r + 1]``, in the
        order of their times.
    decays : float64 array of shape (n_entries,)
        ``exp(-(t_p - t_{p-1}) / scale)``, 0 for the first entry of a row.
    errors, precisions : float64 arrays of shape (n_entries,)
    variance : float64 array of shape (1,)
    noise : float64 array of shape (n_entries,)
        Standard normal.
    paths : float64 array of shape (n_entries,)
        Overwritten.

    References
    ----------
    Fruehwirth-Schnatter, "Data Augmentation and Dynamic Linear Models", Journal of Time
    Series Analysis 15, 1994, doi:10.1111/j.1467-9892.1994.tb00184.x.
    """
    longest = 0
    for row in range(indptr.size - 1):
        longest = max(longest, indptr[row + 1] - indptr[row])
    means, variances = np.empty(longest), np.empty(longest)
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            start, stop = indptr[row], indptr[row + 1]
            mean, own = 0.0, variance[0]
            for p in range(start, stop):
                mean, own = _moved(mean, own, decays[p], variance[0])
                inverse = 1 / (own * precisions[p] + 1)
                own *= inverse
                mean += own * precisions[p] * (errors[p] - mean)
                means[p - start], variances[p - start] = mean, own
            for p in range(stop - 1, start - 1, -1):
                mean, own = means[p - start], variances[p - start]
                if p < stop - 1:
                    decay = decays[p + 1]
                    moved, later = _moved(mean, own, decay, variance[0])
                    later = max(later, _TINY)  # after an exact entry it can be 0
                    gain = decay * own / later
                    mean += gain * (paths[p + 1] - moved)
                    own *= max(0.0, variance[0] * (1 - decay * decay) / later)
                paths[p] = mean + np.sqrt(own) * noise[p]
        b = next_block(taken)


@kernel(
    writes=["mean", "variance"],
    n_blocks=lambda indptr, times, effects, stds, scales, variances, rows, *_: (
        -(-rows.size // _PAIRS)
    ),
)
def effects_at(
    taken,
    indptr,
    times,
    effects,
    stds,
    scales,
    variances,
    rows,
    at,
    mean,
    variance,
):
    """Fill the mean and the variance of the effects of rows at given times.

    Between two entries, a path is a bridge between them; before the first and after the
    last entry it decays to zero::

        l, r     = exp(-(time since the entry before) / scale), likewise to that after
        a, z     = l * (1 - r**2) / (1 - (l * r)**2), r * (1 - l**2) / (1 - (l * r)**2)
        mean     = a * effect before + z * effect after
        variance = (a * std before + z * std after)**2
                   + variance of the path * (1 - l**2) * (1 - r**2) / (1 - (l * r)**2)

    The errors of the two effects are taken to be fully correlated, which they nearly
    are if the entries are near each other. The sum over all paths is filled.

    Parameters
    ----------
    indptr : int64 array of shape (n_rows + 1,)
    times : float64 array of shape (n_entries,)
        Increasing for each row.
    effects, stds : float64 arrays of shape (n_paths, n_entries)
        Means and standard deviations of the paths at the entries.
    scales, variances : float64 arrays of shape (n_paths,)
    rows : int64 array of shape (n_pairs,)
        -1 is an unknown row. Its mean effect is zero, and its variance that of the
        paths.
    at : float64 array of shape (n_pairs,)
        Times. NaN is no particular time, which is as a time long after all entries.
    mean, variance : float64 arrays of shape (n_pairs,)
        Overwritten.
    """
    b = next_block(taken)
    while b * _PAIRS < rows.size:
        for n in range(b * _PAIRS, min(rows.size, (b + 1) * _PAIRS)):
            row, mean[n], variance[n] = rows[n], 0.0, 0.0
            has_time = row >= 0 and not np.isnan(at[n])
            if has_time:
                start, stop = indptr[row], indptr[row + 1]
                after = _first_after(times, start, stop, at[n])
            for c in range(scales.size):
                # The decays to the entries before and after; 0 where there is none.
                left = right = value = spread = 0.0
                if has_time and after > start:
                    left = np.exp((times[after - 1] - at[n]) / scales[c])
                if has_time and after < stop:
                    right = np.exp((at[n] - times[after]) / scales[c])
                across = 1 - (left * right) ** 2
                if across <= 0:  # at the time of an entry
                    value, spread, rest = effects[c, after], stds[c, after], 0.0
                else:
                    a, z = (
                        left * (1 - right**2) / across,
                        right * (1 - left**2) / across,
                    )
                    rest = (1 - left**2) * (1 - right**2) / across
                    if a > 0:
                        value += a * effects[c, after - 1]
                        spread += a * stds[c, after - 1]
                    if z > 0:
                        value += z * effects[c, after]
                        spread += z * stds[c, after]
                mean[n] += value
                variance[n] += spread**2 + rest * variances[c]
        b = next_block(taken)


@part(fastmath=FUSED)
def _moved(mean, variance, decay, stationary):
    """Return the mean and the variance of a path one entry later."""
    square = decay * decay
    return decay * mean, square * variance + stationary * (1 - square)


@part()
def _first_after(times, start, stop, time):
    """Return the first position whose time is not before ``time``, or ``stop``."""
    while start < stop:
        middle = (start + stop) // 2
        if times[middle] < time:
            start = middle + 1
        else:
            stop = middle
    return start
