"""Compiled inner loops over pairs of factors: cost, gradient, line, prediction.

Each row writes its own cells and sums are taken outside, so that the number of
threads cannot change a bit of any result.
"""

import numpy as np
from numba import njit, prange

from sklearn_cofi.kernels._row_products import (
    ROWS,
    add_row_errors,
    add_rows,
    row_products,
)

# Sums over features may be reordered to fill vector registers: the order is fixed
# when the loop is compiled, not when it runs, so results stay reproducible. NaN and
# infinity keep their meaning.
REORDER = {"reassoc", "contract", "nsz"}


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def half_gradient(blocks, indptr, indices, ratings, weights, U, V, grad_U, row_loss):
    """Price the rows of U and fill their half of the gradient.

    ``E = mask * (U @ V.T - R)``; fills ``grad_U = (W * E) @ V`` and
    ``row_loss = 1/2 * sum(W * E**2, axis=1)``.

    Parameters
    ----------
    blocks : int64 array of shape (n_blocks + 1,)
        Rows ``blocks[b]:blocks[b + 1]`` are done by one thread: cut them so that
        each block holds about as many ratings.
    indptr, indices, ratings, weights : arrays
        Rows of the rating matrix in compressed form; empty ``weights`` means ones.
    U : float array of shape (n_rows, k)
    V : float array of shape (n_columns, k) and padded columns
    grad_U, row_loss : float arrays of shape (n_rows, k), float64 (n_rows,)
        Overwritten.
    """
    for b in prange(blocks.size - 1):
        u, gradient = np.zeros(V.shape[1], V.dtype), np.empty(V.shape[1], V.dtype)
        near, errors = np.empty(ROWS, indices.dtype), np.empty(ROWS, V.dtype)
        squares = np.empty(ROWS)
        for row in range(blocks[b], blocks[b + 1]):
            rated = (indptr[row], indptr[row + 1], indices, weights)
            for f in range(U.shape[1]):
                u[f] = U[row, f]
            loss = add_errors(*rated, ratings, V, u, near, errors, squares, gradient)
            for f in range(U.shape[1]):
                grad_U[row, f] = gradient[f]
            row_loss[row] = 0.5 * loss


@njit(cache=True, nogil=True, fastmath=REORDER)
def add_errors(
    start, stop, indices, weights, ratings, V, u, near, errors, squares, out
):
    """``out = (w * e) @ V_u`` for the errors e of one row.

    Returns ``sum(w * e**2)``. ``near`` and ``errors`` are room for `ROWS` each.
    """
    out[:] = 0
    squares[:] = 0
    loss = 0.0
    full = stop - (stop - start) % ROWS
    if weights.size == 0:
        for p in range(start, full, ROWS):
            add_row_errors(V, indices, ratings, p, u, out, squares)
    else:
        for p in range(start, full, ROWS):
            row_products(V, indices, p, u, errors)
            loss += _weigh_errors(p, ROWS, ratings, weights, errors)
            add_rows(V, indices, p, errors, out)
    for j in range(ROWS):
        loss += squares[j]
    if full < stop:
        repeat_last(indices, full, stop, near)
        row_products(V, near, 0, u, errors)
        loss += _weigh_errors(full, stop - full, ratings, weights, errors)
        add_rows(V, near, 0, errors, out)
    return loss


@njit(cache=True, nogil=True, fastmath=REORDER)
def _weigh_errors(p, n, ratings, weights, errors):
    """Turn n predictions into ``w * e`` with zeros after; returns ``sum(w * e**2)``."""
    loss = errors.dtype.type(0)
    for j in range(n):
        error = errors[j] - ratings[p + j]
        pull = weights[p + j] * error if weights.size > 0 else error
        loss += pull * error
        errors[j] = pull
    for j in range(n, ROWS):
        errors[j] = 0
    return loss


@njit(cache=True, nogil=True)
def repeat_last(indices, start, stop, near):
    """Copy what is left of the indices to near, and fill it with the last of them."""
    for j in range(ROWS):
        near[j] = indices[min(start + j, stop - 1)]


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def add_pair_scores(U, V, users, items, scores):
    """Add ``U[users] . V[items]`` to the scores of the pairs where both are known.

    Parameters
    ----------
    U, V : float arrays of shape (n_users, k) and (n_items, k)
    users, items : int64 arrays of shape (n_pairs,)
        Row numbers; -1 is unknown, and leaves the score alone.
    scores : float array of shape (n_pairs,)
        Added to in place.
    """
    for n in prange(users.size):
        u, i = users[n], items[n]
        if u >= 0 and i >= 0:
            score = scores[n]
            for f in range(U.shape[1]):
                score += U[u, f] * V[i, f]
            scores[n] = score


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def line_terms(blocks, indptr, indices, ratings, weights, U, V, dU, dV, row_terms):
    """Expand half the squared error of ``U + a * dU``, ``V + a * dV`` in powers of a.

    The errors are ``E + a * F + a**2 * G``, with ``E = U . V - R``,
    ``F = U . dV + dU . V`` and ``G = dU . dV``; all is summed in float64.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights, U, V : arrays
        As for ``half_gradient``.
    dU, dV : float arrays of the shapes of U and V
    row_terms : float64 array of shape (4, n_rows)
        Overwritten with the row's coefficients of a, a**2, a**3 and a**4:
        ``sum(W * (E * F, F**2 / 2 + E * G, F * G, G**2 / 2))``.
    """
    weighted = weights.size > 0
    for b in prange(blocks.size - 1):
        for row in range(blocks[b], blocks[b + 1]):
            first = second = third = fourth = 0.0
            for p in range(indptr[row], indptr[row + 1]):
                column = indices[p]
                E, F, G = 0.0 - ratings[p], 0.0, 0.0
                for f in range(U.shape[1]):
                    u, v, du, dv = U[row, f], V[column, f], dU[row, f], dV[column, f]
                    E += u * v
                    F += u * dv + du * v
                    G += du * dv
                weight = weights[p] if weighted else 1.0
                first += weight * E * F
                second += weight * (F * F / 2 + E * G)
                third += weight * F * G
                fourth += weight * G * G / 2
            row_terms[0, row], row_terms[1, row] = first, second
            row_terms[2, row], row_terms[3, row] = third, fourth


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def weighted_errors(blocks, indptr, indices, ratings, weights, U, V, errors):
    """``W * mask * (R - U @ V.T)``, an entry for each rating.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights, U, V : arrays
        As for ``half_gradient``, V without padding.
    errors : float array of shape (n_ratings,)
        Overwritten.
    """
    for b in prange(blocks.size - 1):
        for row in range(blocks[b], blocks[b + 1]):
            for p in range(indptr[row], indptr[row + 1]):
                error = ratings[p]
                for f in range(U.shape[1]):
                    error -= U[row, f] * V[indices[p], f]
                errors[p] = weights[p] * error if weights.size > 0 else error


@njit(parallel=True, cache=True, nogil=True)
def sparse_times(blocks, indptr, indices, values, v, out):
    """``out = A @ v`` for the sparse matrix of these rows, summed in float64.

    By four sums, in an order of its own: a compiler that may reorder them takes
    vectors of gathered elements, which is slower.
    """
    for b in prange(blocks.size - 1):
        for row in range(blocks[b], blocks[b + 1]):
            start, stop = indptr[row], indptr[row + 1]
            fours = stop - (stop - start) % 4
            s0 = s1 = s2 = s3 = 0.0
            for p in range(start, fours, 4):
                s0 += values[p] * v[indices[p]]
                s1 += values[p + 1] * v[indices[p + 1]]
                s2 += values[p + 2] * v[indices[p + 2]]
                s3 += values[p + 3] * v[indices[p + 3]]
            for p in range(fours, stop):
                s0 += values[p] * v[indices[p]]
            out[row] = (s0 + s1) + (s2 + s3)


@njit(parallel=True, cache=True, nogil=True)
def mask_times(blocks, indptr, indices, X, out):
    """``out = mask @ X``: the sum of the rows of X that each row has rated.

    Parameters
    ----------
    blocks, indptr, indices : arrays
        As for ``half_gradient``.
    X : float array of shape (n_columns, k) and padded columns
    out : float array of shape (n_rows, k) and padded columns
        Overwritten.
    """
    for b in prange(blocks.size - 1):
        near, ones = np.empty(ROWS, indices.dtype), np.ones(ROWS, X.dtype)
        some, total = np.empty(ROWS, X.dtype), np.empty(X.shape[1], X.dtype)
        for row in range(blocks[b], blocks[b + 1]):
            start, stop = indptr[row], indptr[row + 1]
            full = stop - (stop - start) % ROWS
            total[:] = 0
            for p in range(start, full, ROWS):
                add_rows(X, indices, p, ones, total)
            if full < stop:
                repeat_last(indices, full, stop, near)
                for j in range(ROWS):
                    some[j] = full + j < stop
                add_rows(X, near, 0, some, total)
            for f in range(total.size):
                out[row, f] = total[f]
