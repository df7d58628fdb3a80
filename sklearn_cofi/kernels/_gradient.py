"""Compiled cost and gradient of one side of the factors.

Each row writes to its own cells and sums over rows are taken outside, so the number
of threads does not change any bit of the results.
"""

import numpy as np

from sklearn_cofi.kernels._compiled import kernel, next_block, part
from sklearn_cofi.kernels._row_products import (
    ROWS,
    add_row_errors,
    add_rows,
    repeat_last,
    row_products,
)
from sklearn_cofi.kernels._vectors import FUSED


@kernel(writes=["grad_U", "row_loss"], fastmath=FUSED)
def half_gradient(
    taken,
    blocks,
    indptr,
    indices,
    ratings,
    weights,
    unrated,
    row_targets,
    column_targets,
    U,
    V,
    grad_U,
    row_loss,
):
    """Compute the squared error of each row of U and its gradient by U.

    With ``E = mask * (U @ V.T - R)``, fills ``grad_U = (W * E) @ V`` and
    ``row_loss = 1/2 * sum(W * E**2, axis=1)``.

    If unrated pairs have the weight w0, their cost is that of all pairs, minus a term
    for each rating, which is subtracted here: with ``T = mask * (U @ V.T - targets)``,
    the results are ``(W * E - w0 * T) @ V`` and
    ``1/2 * sum(W * E**2 - w0 * T**2, axis=1)``.

    Parameters
    ----------
    blocks : int64 array of shape (n_blocks + 1,)
        Row numbers: one thread computes rows ``blocks[b]:blocks[b + 1]``. Blocks
        with equal numbers of ratings take about equal time.
    indptr, indices, ratings, weights : arrays
        Rows of the rating matrix in compressed form (`CSRRows`). An empty
        ``weights`` means ones.
    unrated : float
        Weight w0 of unrated pairs; 0 if they do not count.
    row_targets, column_targets : float arrays of shape (n_rows,), (n_columns,)
        An unrated pair has the rating ``row_targets[u] + column_targets[i]``. Not
        used if ``unrated`` is 0.
    U : float array of shape (n_rows, k)
    V : float array of shape (n_columns, k), with columns padded (`padded_columns`)
    grad_U : float array of shape (n_rows, k)
        Overwritten.
    row_loss : float64 array of shape (n_rows,)
        Overwritten.
    """
    u, gradient = np.zeros(V.shape[1], V.dtype), np.empty(V.shape[1], V.dtype)
    block_index, errors = np.empty(ROWS, indices.dtype), np.empty(ROWS, V.dtype)
    squares = np.empty(ROWS)
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            rated = (indptr[row], indptr[row + 1], indices, weights, ratings)
            target = row_targets[row] if unrated > 0 else V.dtype.type(0)
            minus = (unrated, target, column_targets)
            for f in range(U.shape[1]):
                u[f] = U[row, f]
            loss = add_errors(
                *rated, *minus, V, u, block_index, errors, squares, gradient
            )
            for f in range(U.shape[1]):
                grad_U[row, f] = gradient[f]
            row_loss[row] = 0.5 * loss
        b = next_block(taken)


@part(fastmath=FUSED)
def add_errors(
    start,
    stop,
    indices,
    weights,
    ratings,
    unrated,
    row_target,
    column_targets,
    V,
    u,
    block_index,
    errors,
    squares,
    out,
):
    """Fill ``out = (w * e - w0 * t) @ V_u`` with e and t the errors of one row.

    Returns ``sum(w * e**2 - w0 * t**2)``. ``block_index``, ``errors`` and ``squares``
    are buffers of `ROWS` elements each.
    """
    out[:] = 0
    squares[:] = 0
    if unrated > 0:
        # A loop of its own keeps those without unrated pairs at their speed.
        for p in range(start, stop, ROWS):
            n = min(ROWS, stop - p)
            repeat_last(indices, p, stop, block_index)
            row_products(V, block_index, 0, u, errors)
            given = (block_index, ratings, weights)
            pairs = (unrated, row_target, column_targets)
            _weigh_all(p, n, *given, *pairs, errors, squares)
            add_rows(V, block_index, 0, errors, out)
        return _sum_of(squares)
    full = stop - (stop - start) % ROWS
    if weights.size == 0:
        for p in range(start, full, ROWS):
            add_row_errors(V, indices, ratings, p, u, out, squares)
    else:
        for p in range(start, full, ROWS):
            row_products(V, indices, p, u, errors)
            _weigh_errors(p, ROWS, ratings, weights, errors, squares)
            add_rows(V, indices, p, errors, out)
    if full < stop:
        repeat_last(indices, full, stop, block_index)
        row_products(V, block_index, 0, u, errors)
        _weigh_errors(full, stop - full, ratings, weights, errors, squares)
        add_rows(V, block_index, 0, errors, out)
    return _sum_of(squares)


@part()
def _sum_of(squares):
    """Return the sum in the order of the elements."""
    total = 0.0
    for square in squares:
        total += square
    return total


@part(fastmath=FUSED)
def _weigh_errors(p, n, ratings, weights, errors, squares):
    """Replace n predictions by ``w * e`` and the rest by zeros.

    Adds ``w * e**2`` to the squares.
    """
    for j in range(n):
        error = errors[j] - ratings[p + j]
        weighted = weights[p + j] * error if weights.size > 0 else error
        squares[j] += weighted * error
        errors[j] = weighted
    for j in range(n, ROWS):
        errors[j] = 0


@part(fastmath=FUSED)
def _weigh_all(
    p,
    n,
    block_index,
    ratings,
    weights,
    unrated,
    row_target,
    column_targets,
    errors,
    squares,
):
    """Replace n predictions by ``w * e - w0 * t`` and the rest by zeros.

    Adds ``w * e**2 - w0 * t**2`` to the squares.
    """
    for j in range(n):
        error = errors[j] - ratings[p + j]
        weighted = weights[p + j] * error if weights.size > 0 else error
        of_unrated = errors[j] - row_target - column_targets[block_index[j]]
        squares[j] += weighted * error - unrated * of_unrated * of_unrated
        errors[j] = weighted - unrated * of_unrated
    for j in range(n, ROWS):
        errors[j] = 0
