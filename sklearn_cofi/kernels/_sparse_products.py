"""Compiled products of a sparse matrix, or of the mask, with dense arrays."""

import numpy as np

from sklearn_cofi.kernels._compiled import kernel, next_block
from sklearn_cofi.kernels._row_products import ROWS, add_rows, repeat_last


@kernel(writes=["out"])
def sparse_times(taken, blocks, indptr, indices, values, v, out):
    """Fill ``out = A @ v``, summed in float64, for a sparse matrix A.

    Four sums in a fixed order are faster than an order left to the compiler, which
    would load elements of v into vectors one by one.

    Parameters
    ----------
    blocks, indptr, indices : arrays
        As in `half_gradient`.
    values : float array of shape (n_ratings,)
        The entries of A.
    v : float array of shape (n_columns,)
    out : float64 array of shape (n_rows,)
        Overwritten.
    """
    b = next_block(taken)
    while b < blocks.size - 1:
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
        b = next_block(taken)


@kernel(writes=["out"])
def mask_times(taken, blocks, indptr, indices, X, out):
    """Fill ``out = mask @ X``: for each row, the sum of the rows of X that it rated.

    Parameters
    ----------
    blocks, indptr, indices : arrays
        As in `half_gradient`.
    X : float array of shape (n_columns, k), with columns padded (`padded_columns`)
    out : float array of shape (n_rows, k), padded likewise
        Overwritten.
    """
    block_index, ones = np.empty(ROWS, indices.dtype), np.ones(ROWS, X.dtype)
    is_rated, total = np.empty(ROWS, X.dtype), np.empty(X.shape[1], X.dtype)
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            start, stop = indptr[row], indptr[row + 1]
            full = stop - (stop - start) % ROWS
            total[:] = 0
            for p in range(start, full, ROWS):
                add_rows(X, indices, p, ones, total)
            if full < stop:
                repeat_last(indices, full, stop, block_index)
                for j in range(ROWS):
                    is_rated[j] = full + j < stop
                add_rows(X, block_index, 0, is_rated, total)
            for f in range(total.size):
                out[row, f] = total[f]
        b = next_block(taken)
