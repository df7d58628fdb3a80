"""Compiled solves of many small ridge regressions, one for each row of factors."""

import numpy as np
from numba import njit, prange

from sklearn_cofi.objective._kernels import REORDER


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def solve_rows(
    blocks, indptr, indices, ratings, weights, penalties, V, X, n_free, failed
):
    """Fill the rows of X with the minimisers of the objective, V being fixed.

    ::

        X_u = (V_u.T @ diag(w_u) @ V_u + penalties_u * I)^-1 @ V_u.T @ (w_u * r_u)

    over the first ``n_free`` columns. Where V has one more, it is what the columns
    of ones in X multiply, and is subtracted from the ratings.

    Parameters
    ----------
    blocks, indptr, indices, ratings, weights : arrays
        As in `half_gradient`.
    penalties : float array of shape (n_rows,)
    V : float array of shape (n_columns, n_free or n_free + 1)
    X : float array of shape (n_rows, n_free or more)
        The first ``n_free`` columns are overwritten.
    failed : bool array of shape (n_rows,)
        Overwritten: True where the system is singular and X has no solution.
    """
    offset = V.shape[1] > n_free
    weighted = weights.size > 0
    for b in prange(blocks.size - 1):
        gram = np.empty((n_free, n_free), V.dtype)
        eight = np.empty((8, n_free), V.dtype)
        x = np.empty(n_free, V.dtype)
        for row in range(blocks[b], blocks[b + 1]):
            gram[:] = 0
            x[:] = 0
            for f in range(n_free):
                gram[f, f] = penalties[row]
            for p in range(indptr[row], indptr[row + 1], 8):
                n = min(8, indptr[row + 1] - p)
                eight[n:] = 0
                for j in range(n):
                    v, scaled = V[indices[p + j]], eight[j]
                    weight = weights[p + j] if weighted else V.dtype.type(1)
                    target = ratings[p + j]
                    if offset:
                        target -= v[n_free]
                    root, target = np.sqrt(weight), weight * target
                    for f in range(n_free):
                        scaled[f] = root * v[f]
                        x[f] += target * v[f]
                _add_outer_products(eight, gram)
            failed[row] = not _solve_positive(gram, x)
            X[row, :n_free] = x


@njit(cache=True, nogil=True, fastmath=REORDER)
def _add_outer_products(eight, gram):
    """Add ``eight.T @ eight`` to the lower triangle of gram.

    A row of gram is loaded and stored once for eight ratings. Loops end at multiples
    of 16, a vector register of float32, which fills a little of the upper triangle.
    """
    k = gram.shape[0]
    for a in range(k):
        x0, x1, x2, x3 = eight[0, a], eight[1, a], eight[2, a], eight[3, a]
        x4, x5, x6, x7 = eight[4, a], eight[5, a], eight[6, a], eight[7, a]
        for f in range(min(k, (a // 16 + 1) * 16)):
            gram[a, f] += (
                (x0 * eight[0, f] + x1 * eight[1, f])
                + (x2 * eight[2, f] + x3 * eight[3, f])
                + (x4 * eight[4, f] + x5 * eight[5, f])
                + (x6 * eight[6, f] + x7 * eight[7, f])
            )


@njit(cache=True, nogil=True, fastmath=REORDER)
def _solve_positive(gram, x):
    """Replace x by ``gram^-1 @ x``, by Cholesky; False if gram is singular.

    The lower triangle of gram becomes its factor, row by row.
    """
    k = gram.shape[0]
    for a in range(k):
        row = gram[a]
        for c in range(a):
            done = gram[c]
            s = row[c]
            for f in range(c):
                s -= row[f] * done[f]
            row[c] = s / done[c]
        s = row[a]
        for f in range(a):
            s -= row[f] * row[f]
        # What is left of a pivot after cancellation to the last digits is noise.
        if not s > 4 * k * np.finfo(gram.dtype).eps * row[a]:
            return False
        row[a] = np.sqrt(s)
    for a in range(k):
        s = x[a]
        for f in range(a):
            s -= gram[a, f] * x[f]
        x[a] = s / gram[a, a]
    for a in range(k - 1, -1, -1):
        x[a] /= gram[a, a]
        for f in range(a):
            x[f] -= gram[a, f] * x[a]
    return True


@njit(parallel=True, cache=True, nogil=True, fastmath=REORDER)
def improve_rows(
    blocks, indptr, indices, ratings, weights, penalties, V, X, n_free, steps
):
    """Move the rows of X towards what `solve_rows` finds, by conjugate gradients.

    ``steps`` steps from where each row is, O(n_ratings * k) each where the exact solve
    takes O(n_ratings * k**2). No step raises the objective.

    Parameters
    ----------
    As for `solve_rows`, and

    steps : int
    """
    weighted = weights.size > 0
    for b in prange(blocks.size - 1):
        residual, direction, image = np.empty((3, n_free), V.dtype)
        for row in range(blocks[b], blocks[b + 1]):
            x, penalty = X[row], penalties[row]
            start, stop = indptr[row], indptr[row + 1]
            for f in range(n_free):
                residual[f] = -penalty * x[f]
            for p in range(start, stop):
                v = V[indices[p]]
                error = ratings[p]
                for f in range(v.size):
                    error -= x[f] * v[f]
                if weighted:
                    error *= weights[p]
                for f in range(n_free):
                    residual[f] += error * v[f]
            size = _dot(residual, residual)
            direction[:] = residual
            for _ in range(steps):
                for f in range(n_free):
                    image[f] = penalty * direction[f]
                _add_gram_times(indices, weights, start, stop, V, direction, image)
                curvature = _dot(direction, image)
                if not curvature > 0:
                    break
                step, last = size / curvature, size
                for f in range(n_free):
                    x[f] += step * direction[f]
                    residual[f] -= step * image[f]
                size = _dot(residual, residual)
                for f in range(n_free):
                    direction[f] = residual[f] + size / last * direction[f]


@njit(cache=True, nogil=True, fastmath=REORDER)
def _add_gram_times(indices, weights, start, stop, V, x, out):
    """Add ``V_u.T @ (w_u * (V_u @ x))`` to out, four ratings at a time."""
    weighted = weights.size > 0
    fours = stop - (stop - start) % 4
    for p in range(start, fours, 4):
        v0, v1 = V[indices[p]], V[indices[p + 1]]
        v2, v3 = V[indices[p + 2]], V[indices[p + 3]]
        y0 = y1 = y2 = y3 = V.dtype.type(0)
        for f in range(x.size):
            y0 += x[f] * v0[f]
            y1 += x[f] * v1[f]
            y2 += x[f] * v2[f]
            y3 += x[f] * v3[f]
        if weighted:
            y0, y1 = y0 * weights[p], y1 * weights[p + 1]
            y2, y3 = y2 * weights[p + 2], y3 * weights[p + 3]
        for f in range(x.size):
            out[f] += (y0 * v0[f] + y1 * v1[f]) + (y2 * v2[f] + y3 * v3[f])
    for p in range(fours, stop):
        v = V[indices[p]]
        y = _dot(x, v)
        if weighted:
            y *= weights[p]
        for f in range(x.size):
            out[f] += y * v[f]


@njit(cache=True, nogil=True, fastmath=REORDER)
def _dot(x, y):
    total = x.dtype.type(0)
    for f in range(x.size):
        total += x[f] * y[f]
    return total
