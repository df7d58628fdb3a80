"""Compiled rows of new users or items, given each draw of the other side."""

import numpy as np

from sklearn_cofi.kernels._cholesky import (
    add_gram,
    factor,
    padded,
    set_diagonal,
    solve_lower,
    solve_upper,
)
from sklearn_cofi.kernels._compiled import kernel, next_block, part
from sklearn_cofi.kernels._solve_rows import BUFFER_ROWS
from sklearn_cofi.kernels._vectors import FUSED, REORDER

# Omega is computed again from the new row until it changes by less than this share,
# but not more often than this.
_CHANGE, _MAX_UPDATES = 0.02, 10


def _n_blocks(*arguments):
    blocks, V = arguments[0], arguments[5]
    return (blocks.size - 1) * V.shape[0]


@kernel(
    writes=["X", "row_precision", "own", "failed"], n_blocks=_n_blocks, fastmath=FUSED
)
def rows_of_draws(
    taken,
    blocks,
    indptr,
    indices,
    ratings,
    weights,
    V,
    column_precision,
    links,
    priors,
    roots,
    degrees,
    own_degrees,
    noise,
    X,
    row_precision,
    own,
    failed,
):
    """Fill the rows of X with their posteriors given each draw of the other side.

    For each draw, with ``p_i = w_i * column_precision_i`` and the other side's rows
    without their bias, ``A_i = [v_i, 1]`` ::

        mean = X + sum of links over rated i / sqrt(n)
        X    = inv(R) @ (inv(R).T @ (omega * prior @ mean
                                     + tau * A.T @ diag(p) @ (r - c)) + noise)
        R.T @ R = omega * prior + tau * A.T @ diag(p) @ A

    The row is computed first with ``tau = omega = 1``, and then again with values that
    follow from the posterior mean x before, until these no longer change::

        tau   = (degrees + n) / (degrees + sum of p_i * error_i**2)
        omega = (own_degrees + k) / (own_degrees + (x - mean) @ prior @ (x - mean)
                                     + trace(prior @ inv(R.T @ R)))

    The trace is what x varies around its mean. Without it, the omega of a row with few
    ratings would be far above one. Tau follows from the first row alone: where ratings
    are far from the prior, a low tau makes errors larger, and a further tau lower.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights : arrays
        As in `half_gradient`.
    V : float array of shape (n_draws, n_columns or more, k)
        Rows ``[latent factors, bias]`` of the other side.
    column_precision : float64 array of shape (n_draws, n_columns)
    links : float array of shape (n_draws, n_columns or 0, k)
    priors : float64 array of shape (n_draws, k, k)
        Precisions of the prior.
    roots : float64 array of shape (n_draws, k, k)
        Lower triangular L, with ``prior = L @ L.T``.
    degrees : float64 array of shape (n_draws,)
        If they are infinite, tau is 1.
    own_degrees : float64 array of shape (n_draws,)
        If they are infinite, omega is 1.
    noise : float64 array of shape (n_draws, k)
        Standard normal noise of all rows of a draw. Zeros give posterior means.
    X : float64 array of shape (n_draws, n_rows, k)
        Overwritten. Before the call it holds the mean of the prior without links.
    row_precision : float64 array of shape (n_draws, n_rows)
        Overwritten with tau.
    own : float64 array of shape (n_draws, n_rows)
        Overwritten with omega.
    failed : bool array of shape (n_draws, n_rows)
        Overwritten: True where rounding errors make the system singular. That row of X
        holds the mean of the prior.
    """
    k, n_blocks = X.shape[2], blocks.size - 1
    work = np.zeros((4, padded(k, X)), np.float64)
    x, rhs, limits, inverses = work[0], work[1], work[2], work[3]
    gram = np.empty((x.size, x.size), np.float64)
    R, Y = np.empty_like(gram), np.empty_like(gram)
    A = np.zeros((BUFFER_ROWS, x.size), np.float64)
    b = next_block(taken)
    while b < n_blocks * V.shape[0]:
        s, block = b // n_blocks, b % n_blocks
        for row in range(blocks[block], blocks[block + 1]):
            rated = (indptr[row], indptr[row + 1], indices, ratings, weights)
            n = rated[1] - rated[0]
            _add_links(rated[0], rated[1], indices, links, s, row, X)
            _fill_gram(*rated, V, column_precision, s, A, gram, rhs)
            of_row = (gram, rhs, priors, s, row, X)
            tau, omega = 1.0, 1.0
            ok = _factor(*of_row, tau, omega, R, x, limits, inverses)
            for update in range(_MAX_UPDATES):
                if not ok:
                    break
                solve_lower(R, inverses, x)
                solve_upper(R, inverses, x)
                last = omega
                if update == 0 and np.isfinite(degrees[s]):
                    squares = _squares(*rated, V, column_precision, s, x)
                    tau = (degrees[s] + n) / (degrees[s] + squares)
                if np.isfinite(own_degrees[s]):
                    squares = _own_squares(priors, roots, s, row, X, x, R, inverses, Y)
                    omega = (own_degrees[s] + k) / (own_degrees[s] + squares)
                ok = _factor(*of_row, tau, omega, R, x, limits, inverses)
                if abs(omega / last - 1) < _CHANGE:
                    break
            row_precision[s, row], own[s, row], failed[s, row] = tau, omega, not ok
            if ok:
                solve_lower(R, inverses, x)
                for f in range(k):
                    x[f] += noise[s, f]
                solve_upper(R, inverses, x)
                for f in range(k):
                    X[s, row, f] = x[f]
        b = next_block(taken)


@part(fastmath=FUSED)
def _add_links(start, stop, indices, links, s, row, X):
    """Add the links of the rated columns, divided by the root of their number."""
    if links.shape[1] == 0 or stop == start:
        return
    scale = 1 / np.sqrt(np.float64(stop - start))
    for p in range(start, stop):
        column = indices[p]
        for f in range(X.shape[2]):
            X[s, row, f] += scale * links[s, column, f]


@part(fastmath=FUSED)
def _fill_gram(
    start, stop, indices, ratings, weights, V, column_precision, s, A, gram, rhs
):
    """Fill ``gram = A.T @ diag(p) @ A`` and ``rhs = A.T @ diag(p) @ (r - c)``."""
    k = V.shape[2]
    set_diagonal(gram, 0, k)
    rhs[:] = 0
    for begin in range(start, stop, A.shape[0]):
        n = min(A.shape[0], stop - begin)
        for j in range(n):
            p, column = begin + j, indices[begin + j]
            precision = column_precision[s, column]
            root = np.sqrt(precision * weights[p] if weights.size > 0 else precision)
            target = root * (ratings[p] - V[s, column, k - 1])
            for f in range(k - 1):
                value = root * V[s, column, f]
                A[j, f] = value
                rhs[f] += target * value
            A[j, k - 1] = root
            rhs[k - 1] += target * root
        add_gram(A, n, gram)


@part(fastmath=FUSED)
def _factor(gram, rhs, priors, s, row, X, tau, omega, R, x, limits, inverses):
    """Fill R with the Cholesky factor and x with the right side, given tau and omega.

    Returns False if the system is singular.
    """
    k = X.shape[2]
    for f in range(R.shape[0]):
        for g in range(f, R.shape[0]):
            R[f, g] = gram[f, g]
        x[f] = 0
    for f in range(k):
        x[f] = tau * rhs[f]
        for g in range(k):
            x[f] += omega * priors[s, f, g] * X[s, row, g]
        for g in range(f, k):
            R[f, g] = omega * priors[s, f, g] + tau * gram[f, g]
    return factor(R, limits, inverses)


@part(fastmath=REORDER)
def _squares(start, stop, indices, ratings, weights, V, column_precision, s, x):
    """Return ``sum of p_i * ([v_i, 1] . x + c_i - r_i)**2``."""
    k, total = V.shape[2], 0.0
    for p in range(start, stop):
        column = indices[p]
        error = x[k - 1] + V[s, column, k - 1] - ratings[p]
        for f in range(k - 1):
            error += x[f] * V[s, column, f]
        precision = column_precision[s, column]
        if weights.size > 0:
            precision *= weights[p]
        total += precision * error * error
    return total


@part(fastmath=FUSED)
def _own_squares(priors, roots, s, row, X, x, R, inverses, Y):
    """Return the mean of ``(x - mean) @ prior @ (x - mean)`` over the posterior of x.

    The posterior has the precision ``R.T @ R``, and ``prior = L @ L.T``. So the trace
    of ``prior @ inv(R.T @ R)`` is the sum of squares of ``Y = inv(R).T @ L``, which is
    lower triangular, as L is. Y is overwritten.
    """
    k, total = X.shape[2], 0.0
    for f in range(k):
        for g in range(k):
            total += (x[f] - X[s, row, f]) * priors[s, f, g] * (x[g] - X[s, row, g])
        for g in range(f + 1):
            Y[f, g] = roots[s, f, g]
    for f in range(k):
        for g in range(f + 1):
            Y[f, g] *= inverses[f]
        for h in range(f + 1, k):
            scale = R[f, h]
            for g in range(f + 1):
                Y[h, g] -= scale * Y[f, g]
    for f in range(k):
        for g in range(f + 1):
            total += Y[f, g] * Y[f, g]
    return total
