"""Compiled errors of the ratings: as they are, and along a line of factors.

Each row writes to its own cells and sums over rows are taken outside, so the number
of threads does not change any bit of the results.
"""

import numpy as np

from sklearn_cofi.kernels._compiled import kernel, next_block
from sklearn_cofi.kernels._row_products import ROWS, repeat_last, row_products
from sklearn_cofi.kernels._vectors import REORDER


@kernel(writes=["errors"])
def weighted_errors(
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
    errors,
):
    """Fill ``errors = W * mask * (R - U @ V.T)``, one entry for each rating.

    With unrated pairs, the errors of all pairs to their targets, times their weight,
    are subtracted: see `half_gradient`.

    V has padded columns, and products of eight rows are computed in a fixed order: see
    `REORDER` for the order of a loop that writes.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights, U, V : arrays
    unrated, row_targets, column_targets : float and arrays
        As in `half_gradient`.
    errors : float array of shape (n_ratings,)
        Overwritten.
    """
    u = np.zeros(V.shape[1], V.dtype)
    block_index, predicted = np.empty(ROWS, indices.dtype), np.empty(ROWS, V.dtype)
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            for f in range(U.shape[1]):
                u[f] = U[row, f]
            stop = indptr[row + 1]
            for p in range(indptr[row], stop, ROWS):
                repeat_last(indices, p, stop, block_index)
                row_products(V, block_index, 0, u, predicted)
                for j in range(min(ROWS, stop - p)):
                    error = ratings[p + j] - predicted[j]
                    weighted = weights[p + j] * error if weights.size > 0 else error
                    if unrated > 0:
                        target = row_targets[row] + column_targets[indices[p + j]]
                        weighted -= unrated * (target - predicted[j])
                    errors[p + j] = weighted
        b = next_block(taken)


@kernel(writes=["row_terms"], fastmath=REORDER)
def line_terms(
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
    dU,
    dV,
    row_terms,
):
    """Expand half the squared error of ``U + a * dU``, ``V + a * dV`` in powers of a.

    The errors are ``E + a * F + a**2 * G``, with ``E = U . V - R``,
    ``F = U . dV + dU . V`` and ``G = dU . dV``. All sums are in float64. With unrated
    pairs, the same terms of all pairs, with their weight, are subtracted for each
    rating.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights, U, V : arrays
    unrated, row_targets, column_targets : float and arrays
        As in `half_gradient`, with V not padded.
    dU, dV : float arrays of the shapes of U and V
    row_terms : float64 array of shape (4, n_rows)
        Overwritten with each row's coefficients of a, a**2, a**3 and a**4:
        ``sum(W * (E * F, F**2 / 2 + E * G, F * G, G**2 / 2))``.
    """
    weighted = weights.size > 0
    b = next_block(taken)
    while b < blocks.size - 1:
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
                if unrated > 0:
                    target = row_targets[row] + column_targets[column]
                    E += ratings[p] - target
                    first -= unrated * E * F
                    second -= unrated * (F * F / 2 + E * G)
                    third -= unrated * F * G
                    fourth -= unrated * G * G / 2
            row_terms[0, row], row_terms[1, row] = first, second
            row_terms[2, row], row_terms[3, row] = third, fourth
        b = next_block(taken)
