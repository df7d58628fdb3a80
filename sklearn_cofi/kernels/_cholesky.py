"""Compiled Gram matrices of one row, and their systems solved by Cholesky."""

import numpy as np

from sklearn_cofi.kernels._compiled import part
from sklearn_cofi.kernels._dot import dot
from sklearn_cofi.kernels._tiles import (
    add_outer_products,
    factor_tile,
    solve_tile,
    subtract_outer_products,
)
from sklearn_cofi.kernels._vectors import FUSED, REORDER, VECTOR_BYTES


@part()
def padded(size, like):
    """Return a size rounded up to whole tiles of the dtype of ``like``."""
    lanes = VECTOR_BYTES // like.itemsize
    return (size + lanes - 1) // lanes * lanes


@part()
def add_gram(A, n, gram):
    """Add ``A[:n].T @ A[:n]`` to the upper triangle of gram."""
    lanes = VECTOR_BYTES // A.itemsize
    for row in range(0, gram.shape[0], lanes):
        for column in range(row, gram.shape[0], lanes):
            add_outer_products(gram, row, column, A, n)


@part()
def set_diagonal(gram, penalty, size):
    """Fill gram with a diagonal: the penalty up to a size, and ones beyond it."""
    gram[:] = 0
    for f in range(gram.shape[0]):
        gram[f, f] = penalty if f < size else 1


@part(fastmath=REORDER)
def solve_positive(gram, x, limits, inverses):
    """Replace x by ``gram^-1 @ x``, by Cholesky. Returns False if gram is singular."""
    ok = factor(gram, limits, inverses)
    if ok:
        solve_lower(gram, inverses, x)
        solve_upper(gram, inverses, x)
    return ok


@part()
def factor(gram, limits, inverses):
    """Replace the upper triangle of gram by its Cholesky factor R, ``R.T @ R``.

    Computes one row of tiles after the other, and fills ``inverses`` with the inverses
    of R's diagonal. Returns False if gram is singular.
    """
    k = gram.shape[0]
    lanes = VECTOR_BYTES // gram.itemsize
    noise = gram.dtype.type(4 * k * np.finfo(gram.dtype).eps)
    for f in range(k):
        # A pivot below this limit consists of rounding errors only.
        limits[f] = noise * gram[f, f]
    for row in range(0, k, lanes):
        for column in range(row, k, lanes):
            subtract_outer_products(gram, row, column, gram, row)
        if not factor_tile(gram, row, limits, inverses):
            return False
        for column in range(row + lanes, k, lanes):
            solve_tile(gram, row, column, inverses)
    return True


@part(fastmath=FUSED)
def solve_lower(R, inverses, x):
    """Replace x by ``inv(R).T @ x``."""
    for a in range(x.size):
        x[a] *= inverses[a]
        _add_scaled(-x[a], R[a, a + 1 :], x[a + 1 :])


@part(fastmath=REORDER)
def solve_upper(R, inverses, x):
    """Replace x by ``inv(R) @ x``."""
    for a in range(x.size - 1, -1, -1):
        rest = dot(R[a, a + 1 :], x[a + 1 :], x.size - a - 1)
        x[a] = inverses[a] * (x[a] - rest)


@part(fastmath=FUSED)
def _add_scaled(scale, x, out):
    for f in range(x.size):
        out[f] += scale * x[f]
