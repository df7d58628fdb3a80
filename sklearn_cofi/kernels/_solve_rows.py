"""Compiled solves of many small ridge regressions, one for each row of factors."""

import numpy as np
from numba import njit, prange

from sklearn_cofi.kernels._gradient import REORDER, add_errors, repeat_last
from sklearn_cofi.kernels._row_products import ROWS, add_rows, row_products
from sklearn_cofi.kernels._tiles import (
    add_outer_products,
    factor_tile,
    solve_tile,
    subtract_outer_products,
)
from sklearn_cofi.kernels._vectors import VECTOR_BYTES

# Ratings gathered before their outer products are taken: few enough to stay in the
# first cache, enough to make up for loading and storing each tile.
GATHERED = 32


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def solve_rows(
    blocks, indptr, indices, ratings, weights, penalties, V, X, n_free, failed
):
    """Fill the rows of X with the minimisers of the objective, V being fixed.

    ::

        A = sqrt(w_u)[:, None] * V_u,  b = sqrt(w_u) * r_u
        X_u = (A.T @ A + P_u)^-1 @ A.T @ b                     with many ratings
            = P_u^-1 @ A.T @ (A @ P_u^-1 @ A.T + I)^-1 @ b     with fewer than n_free

    over the first ``n_free`` columns, the diagonal of P_u being the row's first
    penalty and, in the last of these columns, its second. Where V has one more
    column, it is what the columns of ones in X multiply, and is subtracted from the
    ratings.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights : arrays
        As in `half_gradient`.
    penalties : float array of shape (n_rows, 2)
        Of the features, and of the last free column: of a bias, or the same again.
    V : float array of shape (n_columns, n_free or n_free + 1)
    X : float array of shape (n_rows, n_free or more)
        The first ``n_free`` columns are overwritten.
    failed : bool array of shape (n_rows,)
        Overwritten: True where the system is singular and X has no solution.
    """
    width = padded(n_free, V)
    for b in prange(blocks.size - 1):
        gram = np.empty(width * width, V.dtype)
        gathered = np.zeros(max(GATHERED, n_free) * width, V.dtype)
        work = np.empty((4, width), V.dtype)
        for row in range(blocks[b], blocks[b + 1]):
            rated = (indptr[row], indptr[row + 1], indices, ratings, weights)
            size = padded(indptr[row + 1] - indptr[row], V)
            if indptr[row + 1] - indptr[row] < n_free:
                A = gathered[: n_free * size].reshape(n_free, size)
                square = gram[: size * size].reshape(size, size)
                sound = _solve_dual(*rated, penalties[row], V, n_free, A, square, work)
            else:
                A = gathered[: GATHERED * width].reshape(GATHERED, width)
                square = gram.reshape(width, width)
                sound = _solve_primal(
                    *rated, penalties[row], V, n_free, A, square, work
                )
            failed[row] = not sound
            for f in range(n_free):
                X[row, f] = work[0, f]


@njit(cache=True, nogil=True)
def padded(size, like):
    """Return the size of an array that whole tiles cover."""
    lanes = VECTOR_BYTES // like.itemsize
    return (size + lanes - 1) // lanes * lanes


@njit(cache=True, nogil=True, fastmath=REORDER)
def _solve_primal(
    start, stop, indices, ratings, weights, penalties, V, k, A, gram, work
):
    """Solve ``(A.T @ A + P) @ x = A.T @ b`` into the first row of work.

    Returns False if the system is singular.
    """
    x = work[0]
    weighted, offset = weights.size > 0, V.shape[1] > k
    x[:] = 0
    _set_diagonal(gram, penalties[0], k)
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
    return _solve_positive(gram, x, work[1], work[2])


@njit(cache=True, nogil=True, fastmath=REORDER)
def _solve_dual(start, stop, indices, ratings, weights, penalties, V, k, A, gram, work):
    """Solve ``(A.T @ A + penalty * I) @ y = b``, and ``x = A @ y``, A being turned.

    A last column of another penalty is stretched until it has the same, and so is
    then what is found for it. Returns False if the system is singular.
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
    _set_diagonal(gram, penalties[0], n)
    A[:, n:] = 0
    for j in range(n):
        v, p = V[indices[start + j]], start + j
        root = np.sqrt(weights[p]) if weighted else V.dtype.type(1)
        y[j] = root * (ratings[p] - v[k] if offset else ratings[p])
        for f in range(k):
            A[f, j] = root * v[f]
        A[k - 1, j] *= stretch
    add_gram(A, k, gram)
    sound = _solve_positive(gram, y, work[1], work[2])
    x = work[3]
    for f in range(k):
        x[f] = 0
        for j in range(A.shape[1]):
            x[f] += A[f, j] * y[j]
    x[k - 1] *= stretch
    work[0, :k] = x[:k]
    return sound


@njit(cache=True, nogil=True)
def add_gram(A, n, gram):
    """Add ``A[:n].T @ A[:n]`` to the upper triangle of gram."""
    lanes = VECTOR_BYTES // A.itemsize
    for row in range(0, gram.shape[0], lanes):
        for column in range(row, gram.shape[0], lanes):
            add_outer_products(gram, row, column, A, n)


@njit(cache=True, nogil=True)
def _set_diagonal(gram, penalty, size):
    """Fill with the penalty's diagonal, and that of the identity beyond a size."""
    gram[:] = 0
    for f in range(gram.shape[0]):
        gram[f, f] = penalty if f < size else 1


@njit(cache=True, nogil=True, fastmath=REORDER)
def _solve_positive(gram, x, limits, inverses):
    """Replace x by ``gram^-1 @ x``, by Cholesky; False if gram is singular."""
    sound = factor(gram, limits, inverses)
    if sound:
        solve_lower(gram, inverses, x)
        solve_upper(gram, inverses, x)
    return sound


@njit(cache=True, nogil=True, fastmath=REORDER)
def factor(gram, limits, inverses):
    """Replace the upper triangle of gram by its Cholesky factor R, ``R.T @ R``.

    A row of tiles at a time. Fills ``inverses`` with those of R's diagonal; returns
    False if gram is singular.
    """
    k = gram.shape[0]
    lanes = VECTOR_BYTES // gram.itemsize
    noise = gram.dtype.type(4 * k * np.finfo(gram.dtype).eps)
    for f in range(k):
        # What is left of a pivot after cancellation to the last digits is noise.
        limits[f] = noise * gram[f, f]
    for row in range(0, k, lanes):
        for column in range(row, k, lanes):
            subtract_outer_products(gram, row, column, gram, row)
        if not factor_tile(gram, row, limits, inverses):
            return False
        for column in range(row + lanes, k, lanes):
            solve_tile(gram, row, column, inverses)
    return True


@njit(cache=True, nogil=True, fastmath=REORDER)
def solve_lower(R, inverses, x):
    """Replace x by ``inv(R).T @ x``."""
    for a in range(x.size):
        x[a] *= inverses[a]
        _add_scaled(-x[a], R[a, a + 1 :], x[a + 1 :])


@njit(cache=True, nogil=True, fastmath=REORDER)
def solve_upper(R, inverses, x):
    """Replace x by ``inv(R) @ x``."""
    for a in range(x.size - 1, -1, -1):
        x[a] = inverses[a] * (x[a] - _dot(R[a, a + 1 :], x[a + 1 :]))


@njit(cache=True, nogil=True, fastmath=REORDER)
def _add_scaled(scale, x, out):
    for f in range(x.size):
        out[f] += scale * x[f]


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def improve_rows(
    blocks, indptr, indices, ratings, weights, penalties, V, X, n_free, steps
):
    """Move the rows of X towards what `solve_rows` finds, by conjugate gradients.

    ``steps`` steps from where each row is, O(n_ratings * k) each where the exact solve
    takes O(n_ratings * k**2). No step raises the objective.

    Parameters
    ----------
    As for `solve_rows`, but V has padded columns, and

    steps : int
    """
    for b in prange(blocks.size - 1):
        work = np.zeros((5, V.shape[1]), V.dtype)
        x, gradient, direction, image = work[0], work[1], work[2], work[3]
        diagonal = work[4]
        near, errors = np.empty(ROWS, indices.dtype), np.empty(ROWS, V.dtype)
        squares = np.empty(ROWS)
        for row in range(blocks[b], blocks[b + 1]):
            rated = (indptr[row], indptr[row + 1], indices, weights)
            for f in range(X.shape[1]):
                x[f] = X[row, f]
            diagonal[:] = penalties[row, 0]
            diagonal[n_free - 1] = penalties[row, 1]
            add_errors(*rated, ratings, V, x, near, errors, squares, gradient)
            size = V.dtype.type(0)
            for f in range(n_free):
                gradient[f] += diagonal[f] * x[f]
                direction[f] = -gradient[f]
                size += gradient[f] * gradient[f]
            for _ in range(steps):
                _times_gram(*rated, V, direction, near, errors, image)
                curvature = V.dtype.type(0)
                for f in range(n_free):
                    image[f] += diagonal[f] * direction[f]
                    curvature += direction[f] * image[f]
                if not curvature > 0:
                    break
                step, last, size = size / curvature, size, V.dtype.type(0)
                for f in range(n_free):
                    x[f] += step * direction[f]
                    gradient[f] += step * image[f]
                    size += gradient[f] * gradient[f]
                for f in range(n_free):
                    direction[f] = size / last * direction[f] - gradient[f]
            for f in range(n_free):
                X[row, f] = x[f]


@njit(cache=True, nogil=True, fastmath=REORDER)
def _times_gram(start, stop, indices, weights, V, x, near, products, out):
    """``out = V_u.T @ (w_u * (V_u @ x))``."""
    out[:] = 0
    full = stop - (stop - start) % ROWS
    for p in range(start, full, ROWS):
        row_products(V, indices, p, x, products)
        _weigh(p, ROWS, weights, products)
        add_rows(V, indices, p, products, out)
    if full < stop:
        repeat_last(indices, full, stop, near)
        row_products(V, near, 0, x, products)
        _weigh(full, stop - full, weights, products)
        add_rows(V, near, 0, products, out)


@njit(cache=True, nogil=True, fastmath=REORDER)
def _weigh(p, n, weights, products):
    """Multiply n products by their weights, and put zeros after them."""
    if weights.size > 0:
        for j in range(n):
            products[j] *= weights[p + j]
    for j in range(n, ROWS):
        products[j] = 0


@njit(cache=True, nogil=True, fastmath=REORDER)
def _dot(x, y):
    total = x.dtype.type(0)
    for f in range(x.size):
        total += x[f] * y[f]
    return total
