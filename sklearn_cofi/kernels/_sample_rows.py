"""Compiled draws of many normal rows of factors, from their posteriors."""

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
from sklearn_cofi.kernels._row_products import ROWS, repeat_last, row_products
from sklearn_cofi.kernels._solve_rows import BUFFER_ROWS
from sklearn_cofi.kernels._vectors import FUSED


@kernel(writes=["X", "failed"], fastmath=FUSED)
def sample_rows(
    taken,
    blocks,
    indptr,
    indices,
    ratings,
    weights,
    row_precision,
    column_precision,
    means,
    noise,
    V,
    X,
    failed,
):
    """Draw the rows of X from their posteriors for fixed V.

    ::

        A = sqrt(p_u)[:, None] * V_u,  b = sqrt(p_u) * r_u
        R.T @ R = A.T @ A + I
        X_u = inv(R) @ (inv(R).T @ (A.T @ b + means_u) + noise_u)

    over the columns of X, with ``p_ui = w_ui * row_precision_u * column_precision_i``.
    If ``noise_u`` is standard normal, X_u is normal with covariance ``inv(R.T @ R)``.
    If ``noise_u`` is zero, X_u is the mean of that distribution, a ridge regression.
    The prior of X_u is normal around ``means_u`` with the precision I.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights : arrays
        As in `half_gradient`.
    row_precision, column_precision : float arrays of shape (n_rows,), (n_columns,)
    means, noise : float arrays of shape (n_rows, k)
    V : float array of shape (n_columns, k + 1)
        Its last column is subtracted from the ratings.
    X : float array of shape (n_rows, k)
        Overwritten.
    failed : bool array of shape (n_rows,)
        Overwritten: True where rounding errors make the system singular.
    """
    k = X.shape[1]
    width = padded(k, V)
    gram = np.empty((width, width), V.dtype)
    A = np.zeros((BUFFER_ROWS, width), V.dtype)
    work = np.zeros((3, width), V.dtype)
    x, limits, inverses = work[0], work[1], work[2]
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            rated = (indptr[row], indptr[row + 1], indices, ratings, weights)
            precision = row_precision[row]
            _fill_system(*rated, precision, column_precision, means, row, V, A, gram, x)
            failed[row] = not factor(gram, limits, inverses)
            if failed[row]:
                continue  # solving would leave NaN in x for the next rows
            solve_lower(gram, inverses, x)
            for f in range(k):
                x[f] += noise[row, f]
            solve_upper(gram, inverses, x)
            for f in range(k):
                X[row, f] = x[f]
        b = next_block(taken)


@part(fastmath=FUSED)
def _fill_system(
    start,
    stop,
    indices,
    ratings,
    weights,
    row_precision,
    column_precision,
    means,
    row,
    V,
    A,
    gram,
    rhs,
):
    """Fill ``gram = A.T @ A + I`` and ``rhs = A.T @ b + means[row]`` of one row.

    ``A`` is a buffer for the rows that are added to ``gram`` together.
    """
    k = means.shape[1]
    weighted = weights.size > 0
    set_diagonal(gram, 1, k)
    for f in range(k):
        rhs[f] = means[row, f]
    for begin in range(start, stop, A.shape[0]):
        n = min(A.shape[0], stop - begin)
        for j in range(n):
            p, column = begin + j, indices[begin + j]
            precision = row_precision * column_precision[column]
            root = np.sqrt(precision * weights[p] if weighted else precision)
            target = root * (ratings[p] - V[column, k])
            for f in range(k):
                value = root * V[column, f]
                A[j, f] = value
                rhs[f] += target * value
        add_gram(A, n, gram)


@kernel(writes=["row_loss"], fastmath=FUSED)
def half_squares(
    taken, blocks, indptr, indices, ratings, weights, column_precision, U, V, row_loss
):
    """Fill ``row_loss = 1/2 * sum(W * column_precision * E**2, axis=1)``.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights : arrays
        As in `half_gradient`.
    column_precision : float array of shape (n_columns,)
    U : float array of shape (n_rows, k)
    V : float array of shape (n_columns, k), with columns padded (`padded_columns`)
    row_loss : float64 array of shape (n_rows,)
        Overwritten.
    """
    weighted = weights.size > 0
    u = np.zeros(V.shape[1], V.dtype)
    block_index, predicted = np.empty(ROWS, indices.dtype), np.empty(ROWS, V.dtype)
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            for f in range(U.shape[1]):
                u[f] = U[row, f]
            loss, stop = 0.0, indptr[row + 1]
            for p in range(indptr[row], stop, ROWS):
                repeat_last(indices, p, stop, block_index)
                row_products(V, block_index, 0, u, predicted)
                for j in range(min(ROWS, stop - p)):
                    error = predicted[j] - ratings[p + j]
                    weight = weights[p + j] if weighted else V.dtype.type(1)
                    precision = column_precision[block_index[j]]
                    loss += precision * weight * error * error
            row_loss[row] = 0.5 * loss
        b = next_block(taken)
