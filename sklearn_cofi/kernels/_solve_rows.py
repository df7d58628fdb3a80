"""Compiled solves of many small ridge regressions, one for each row of factors."""

import numpy as np

from sklearn_cofi.kernels._cholesky import (
    add_gram,
    padded,
    set_diagonal,
    solve_positive,
)
from sklearn_cofi.kernels._compiled import as_matrix, kernel, next_block, part
from sklearn_cofi.kernels._vectors import REORDER

# Number of ratings copied to a buffer before their outer products are added: few enough
# to stay in the first cache, enough to make up for loading and storing each tile.
BUFFER_ROWS = 32


@kernel(writes=["X", "failed"], fastmath=REORDER)
def solve_rows(
    taken, blocks, indptr, indices, ratings, weights, penalties, V, X, n_free, failed
):
    """Fill the rows of X with the minimisers of the objective for fixed V.

    ::

        A = sqrt(w_u)[:, None] * V_u,  b = sqrt(w_u) * r_u
        X_u = (A.T @ A + P_u)^-1 @ A.T @ b                     from n_free ratings on
            = P_u^-1 @ A.T @ (A @ P_u^-1 @ A.T + I)^-1 @ b     with fewer ratings

    over the first ``n_free`` columns. P_u is diagonal: it holds the row's first
    penalty and, in the last of these columns, the row's second. If V has one more
    column, the columns of ones in X multiply it, and it is subtracted from the
    ratings.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights : arrays
        As in `half_gradient`.
    penalties : float array of shape (n_rows, 2)
        Penalty of the latent factors, and of the last free column: that of the bias,
        or the first one again.
    V : float array of shape (n_columns, n_free or n_free + 1)
    X : float array of shape (n_rows, n_free or more)
        The first ``n_free`` columns are overwritten.
    n_free : int
    failed : bool array of shape (n_rows,)
        Overwritten: True where the system is singular and the row of X is not a
        solution.
    """
    width = padded(n_free, V)
    gram = np.empty((width, width), V.dtype)
    buffer = np.zeros((max(BUFFER_ROWS, n_free), width), V.dtype)
    work = np.empty((4, width), V.dtype)
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            rated = (indptr[row], indptr[row + 1], indices, ratings, weights)
            size = padded(indptr[row + 1] - indptr[row], V)
            if indptr[row + 1] - indptr[row] < n_free:
                A = as_matrix(buffer, n_free, size)
                square = as_matrix(gram, size, size)
                ok = _solve_dual(*rated, penalties[row], V, n_free, A, square, work)
            else:
                A = as_matrix(buffer, BUFFER_ROWS, width)
                ok = _solve_primal(*rated, penalties[row], V, n_free, A, gram, work)
            failed[row] = not ok
            for f in range(n_free):
                X[row, f] = work[0, f]
        b = next_block(taken)


@part(fastmath=REORDER)
def _solve_primal(
    start, stop, indices, ratings, weights, penalties, V, k, A, gram, work
):
    """Solve ``(A.T @ A + P) @ x = A.T @ b`` into the first row of work.

    Returns False if the system is singular.
    """
    x = work[0]
    weighted, offset = weights.size > 0, V.shape[1] > k
    x[:] = 0
    set_diagonal(gram, penalties[0], k)
    gram[k - 1, k - 1] = penalties[1]
    A[:, k:] = 0
    for begin in range(start, stop, A.shape[0]):
        n = min(A.shape[0], stop - begin)
        for j in range(n):
            v, a, p = V[indices[begin + j]], A[j], begin + j
            root = np.sqrt(weights[p]) if weighted else V.dtype.type(1)
            target = root * (ratings[p] - v[k] if offset else ratings[p])
            for f in range(k):
                value = root * v[f]
                a[f] = value
                x[f] += target * value
        add_gram(A, n, gram)
    return solve_positive(gram, x, work[1], work[2])


@part(fastmath=REORDER)
def _solve_dual(start, stop, indices, ratings, weights, penalties, V, k, A, gram, work):
    """Solve ``(A.T @ A + penalty * I) @ y = b``, then ``x = A @ y``, with A transposed.

    If the last column has another penalty, it is multiplied by a factor that makes the
    penalties equal, and its solution is multiplied by the same factor. Returns False
    if the system is singular.
    """
    stretch = V.dtype.type(1)
    if penalties[0] != penalties[1]:
        if not (penalties[0] > 0 and penalties[1] > 0):
            return False
        stretch = np.sqrt(penalties[0] / penalties[1])
    y = work[0, : A.shape[1]]
    weighted, offset = weights.size > 0, V.shape[1] > k
    n = stop - start
    y[:] = 0
    set_diagonal(gram, penalties[0], n)
    A[:, n:] = 0
    for j in range(n):
        v, p = V[indices[start + j]], start + j
        root = np.sqrt(weights[p]) if weighted else V.dtype.type(1)
        y[j] = root * (ratings[p] - v[k] if offset else ratings[p])
        for f in range(k):
            A[f, j] = root * v[f]
        A[k - 1, j] *= stretch
    add_gram(A, k, gram)
    ok = solve_positive(gram, y, work[1], work[2])
    x = work[3]
    for f in range(k):
        x[f] = 0
        for j in range(A.shape[1]):
            x[f] += A[f, j] * y[j]
    x[k - 1] *= stretch
    for f in range(k):
        y[f] = x[f]
    return ok
