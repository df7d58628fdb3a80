"""Compiled solves of many small ridge regressions, one for each row of factors."""

import numpy as np

from sklearn_cofi.kernels._cholesky import (
    add_gram,
    padded,
    set_diagonal,
    solve_positive,
)
from sklearn_cofi.kernels._compiled import as_matrix, kernel, next_block, part
from sklearn_cofi.kernels._dot import dot
from sklearn_cofi.kernels._vectors import FUSED, REORDER

# Number of ratings copied to a buffer before their outer products are added: few enough
# to stay in the first cache, enough to make up for loading and storing each tile.
BUFFER_ROWS = 32


@kernel(writes=["X", "failed"], fastmath=FUSED)
def solve_rows(
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
    penalties,
    means,
    V,
    X,
    n_free,
    failed,
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

    With unrated pairs of weight w0 and targets t, the first form is ::

        X_u = (w0 * V.T @ V + V_u.T @ diag(w_u - w0) @ V_u + P_u)^-1
              @ (w0 * V.T @ t + V_u.T @ (w_u * r_u - w0 * t_u))

    The penalty is that of ``X_u - means_u``: ``P_u @ means_u`` is added to the right
    side of the first form, and the second form solves for the difference.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights : arrays
    unrated, row_targets, column_targets : float and arrays
        As in `half_gradient`.
    gram_of_all : float array of shape (n_free, n_free)
        ``w0 * V.T @ V``; not used without unrated pairs, like the next two.
    slope_of_all, sum_of_all : float arrays of shape (n_free,)
        ``w0 * V.T @ t`` is ``slope_of_all + row_targets[u] * sum_of_all``.
    penalties : float array of shape (n_rows, 2)
        Penalty of the latent factors, and of the last free column: that of the bias,
        or the first one again.
    means : float array of shape (n_rows, n_free) or (0, 0)
        Empty for zeros.
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
    of_all = gram_of_all, slope_of_all, sum_of_all
    b = next_block(taken)
    while b < blocks.size - 1:
        for row in range(blocks[b], blocks[b + 1]):
            rated = (indptr[row], indptr[row + 1], indices, ratings, weights)
            n = indptr[row + 1] - indptr[row]
            size = padded(n, V)
            if n < n_free and not unrated > 0:
                A = as_matrix(buffer, n_free, size)
                square = as_matrix(gram, size, size)
                prior = (penalties[row], means, row)
                ok = _solve_dual(*rated, *prior, V, n_free, A, square, work)
            else:
                A = as_matrix(buffer, BUFFER_ROWS, width)
                target = row_targets[row] if unrated > 0 else V.dtype.type(0)
                pairs, x = (unrated, target, column_targets), work[0]
                begin_system(*of_all, unrated, target, penalties[row], n_free, gram, x)
                if means.shape[0] > 0:
                    for f in range(n_free - 1):
                        x[f] += penalties[row, 0] * means[row, f]
                    x[n_free - 1] += penalties[row, 1] * means[row, n_free - 1]
                add_rated(*rated, *pairs, V, n_free, A, gram, x)
                ok = solve_positive(gram, work[0], work[1], work[2])
            failed[row] = not ok
            for f in range(n_free):
                X[row, f] = work[0, f]
        b = next_block(taken)


@part()
def begin_system(
    gram_of_all, slope_of_all, sum_of_all, unrated, target, penalties, k, gram, x
):
    """Fill the system of a row with its penalties, and with all pairs as unrated."""
    x[:] = 0
    set_diagonal(gram, penalties[0], k)
    gram[k - 1, k - 1] = penalties[1]
    if unrated > 0:
        for f in range(k):
            x[f] = slope_of_all[f] + target * sum_of_all[f]
            for g in range(f, k):
                gram[f, g] += gram_of_all[f, g]


@part(fastmath=FUSED)
def add_rated(
    start,
    stop,
    indices,
    ratings,
    weights,
    unrated,
    row_target,
    column_targets,
    V,
    k,
    A,
    gram,
    x,
):
    """Add the ratings of a row to its system, and subtract their pairs as unrated.

    Outer products have the weights ``w - w0``. Those of negative weight are subtracted
    first, because a root of the weight is in both factors.
    """
    weighted, offset = weights.size > 0, V.shape[1] > k
    A[:, k:] = 0
    if unrated > 0:
        _subtract_outer(start, stop, indices, weights, unrated, V, k, A, gram)
    for begin in range(start, stop, A.shape[0]):
        n = min(A.shape[0], stop - begin)
        for j in range(n):
            v, a, p = V[indices[begin + j]], A[j], begin + j
            weight = weights[p] if weighted else V.dtype.type(1)
            rating = ratings[p] - v[k] if offset else ratings[p]
            if unrated > 0:
                target = row_target + column_targets[indices[p]]
                target = unrated * (target - v[k] if offset else target)
                root = np.sqrt(max(weight - unrated, V.dtype.type(0)))
                for f in range(k):
                    a[f] = root * v[f]
                    x[f] += (weight * rating - target) * v[f]
            else:
                root = np.sqrt(weight) if weighted else weight
                target = root * rating
                for f in range(k):
                    value = root * v[f]
                    a[f] = value
                    x[f] += target * value
        add_gram(A, n, gram)


@part(fastmath=FUSED)
def _subtract_outer(start, stop, indices, weights, unrated, V, k, A, gram):
    """Subtract ``(w0 - w) * v.T @ v`` of the ratings whose weight w is below w0.

    They are added to the negative of the Gram matrix.
    """
    n, is_negated = 0, False
    for p in range(start, stop):
        weight = weights[p] if weights.size > 0 else V.dtype.type(1)
        if not weight < unrated:
            continue
        if not is_negated:
            gram[:] = -gram
            is_negated = True
        root, v, a = np.sqrt(unrated - weight), V[indices[p]], A[n]
        for f in range(k):
            a[f] = root * v[f]
        n += 1
        if n == A.shape[0]:
            add_gram(A, n, gram)
            n = 0
    if n > 0:
        add_gram(A, n, gram)
    if is_negated:
        gram[:] = -gram


@part(fastmath=REORDER)
def _solve_dual(
    start,
    stop,
    indices,
    ratings,
    weights,
    penalties,
    means,
    row,
    V,
    k,
    A,
    gram,
    work,
):
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
        if means.shape[0] > 0:
            y[j] -= root * dot(v, means[row], k)
        A[k - 1, j] *= stretch
    add_gram(A, k, gram)
    ok = solve_positive(gram, y, work[1], work[2])
    x = work[3]
    for f in range(k):
        x[f] = dot(A[f], y, n)
    x[k - 1] *= stretch
    for f in range(k):
        y[f] = x[f] + means[row, f] if means.shape[0] > 0 else x[f]
    return ok
