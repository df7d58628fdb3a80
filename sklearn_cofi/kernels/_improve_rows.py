"""Compiled steps of conjugate gradients, for each row of factors on its own."""

import numpy as np

from sklearn_cofi.kernels._compiled import kernel, next_block, part
from sklearn_cofi.kernels._dot import dot
from sklearn_cofi.kernels._gradient import add_errors
from sklearn_cofi.kernels._row_products import (
    ROWS,
    add_rows,
    repeat_last,
    row_products,
)
from sklearn_cofi.kernels._vectors import FUSED


@kernel(writes=["X"], fastmath=FUSED)
def improve_rows(
    taken,
    blocks,
    indptr,
    indices,
    ratings,
    weights,
    unrated,
    row_targets,
    column_targets,
    gram_of_all,
    slope_of_all,
    sum_of_all,
    diagonal_of_all,
    penalties,
    means,
    V,
    X,
    n_free,
    steps,
):
    """Move the rows of X towards the solution of `solve_rows`, by conjugate gradients.

    Takes ``steps`` steps from the current rows. A step costs O(n_ratings * k), the
    exact solve O(n_ratings * k**2). With unrated pairs, a step costs O(k**2) more. No
    step raises the objective.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights, penalties, means, X, n_free
    unrated, row_targets, column_targets, gram_of_all, slope_of_all, sum_of_all
        As in `solve_rows`.
    diagonal_of_all : float array of shape (n_free,), or empty
        The diagonal of ``w0 * V.T @ V`` if the columns of V are orthogonal, in place of
        ``gram_of_all``, which is then empty. A step then costs no more than without
        unrated pairs.
    V : float array of shape (n_columns, n_free or n_free + 1)
        Its columns are padded (`padded_columns`).
    steps : int
        Number of steps for each row.
    """
    work = np.zeros((5, V.shape[1]), V.dtype)
    x, gradient, direction, image = work[0], work[1], work[2], work[3]
    diagonal = work[4]
    block_index, errors = np.empty(ROWS, indices.dtype), np.empty(ROWS, V.dtype)
    squares = np.empty(ROWS)
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            rated = (indptr[row], indptr[row + 1], indices, weights)
            target = row_targets[row] if unrated > 0 else V.dtype.type(0)
            pairs = (ratings, unrated, target, column_targets)
            for f in range(X.shape[1]):
                x[f] = X[row, f]
            diagonal[:] = penalties[row, 0]
            diagonal[n_free - 1] = penalties[row, 1]
            add_errors(*rated, *pairs, V, x, block_index, errors, squares, gradient)
            if unrated > 0:
                for f in range(n_free):
                    gradient[f] -= slope_of_all[f] + target * sum_of_all[f]
                _add_product(gram_of_all, x, gradient)
            if means.shape[0] > 0:
                for f in range(n_free):
                    gradient[f] -= diagonal[f] * means[row, f]
            for f in range(diagonal_of_all.size):
                diagonal[f] += diagonal_of_all[f]
            for f in range(n_free):
                gradient[f] += diagonal[f] * x[f]
                direction[f] = -gradient[f]
            size = dot(gradient, gradient, n_free)
            for _ in range(steps):
                _times_gram(*rated, unrated, V, direction, block_index, errors, image)
                _add_product(gram_of_all, direction, image)
                for f in range(n_free):
                    image[f] += diagonal[f] * direction[f]
                curvature = dot(direction, image, n_free)
                if not curvature > 0:
                    break
                step, last = size / curvature, size
                for f in range(n_free):
                    x[f] += step * direction[f]
                    gradient[f] += step * image[f]
                size = dot(gradient, gradient, n_free)
                for f in range(n_free):
                    direction[f] = size / last * direction[f] - gradient[f]
            for f in range(n_free):
                X[row, f] = x[f]
        b = next_block(taken)


@part(fastmath=FUSED)
def _add_product(gram, x, out):
    """Add ``gram @ x`` to out. The matrix is symmetric."""
    for f in range(gram.shape[0]):
        scale = x[f]
        for g in range(gram.shape[0]):
            out[g] += scale * gram[f, g]


@part(fastmath=FUSED)
def _times_gram(
    start, stop, indices, weights, unrated, V, x, block_index, products, out
):
    """Fill ``out = V_u.T @ ((w_u - w0) * (V_u @ x))``."""
    out[:] = 0
    full = stop - (stop - start) % ROWS
    for p in range(start, full, ROWS):
        row_products(V, indices, p, x, products)
        _weigh(p, ROWS, weights, unrated, products)
        add_rows(V, indices, p, products, out)
    if full < stop:
        repeat_last(indices, full, stop, block_index)
        row_products(V, block_index, 0, x, products)
        _weigh(full, stop - full, weights, unrated, products)
        add_rows(V, block_index, 0, products, out)


@part(fastmath=FUSED)
def _weigh(p, n, weights, unrated, products):
    """Multiply n products by their weights ``w - w0``, and set the rest to zero."""
    if weights.size > 0:
        for j in range(n):
            products[j] *= weights[p + j] - unrated
    elif unrated > 0:
        for j in range(n):
            products[j] *= 1 - unrated
    for j in range(n, ROWS):
        products[j] = 0
