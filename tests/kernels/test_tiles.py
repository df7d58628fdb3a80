"""Each operation on tiles and rows equals the same operation in numpy."""

import numpy as np
import pytest
from numba import njit

from sklearn_cofi.kernels import _row_products, _tiles
from sklearn_cofi.kernels._row_products import ROWS
from sklearn_cofi.kernels._vectors import VECTOR_BYTES, padded_columns

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


# Intrinsics can only be called from compiled code.
@njit
def add_outer_products(C, row, column, A, n):
    _tiles.add_outer_products(C, row, column, A, n)


@njit
def subtract_outer_products(C, row, column, A, n):
    _tiles.subtract_outer_products(C, row, column, A, n)


@njit
def factor_tile(G, at, limits, inverses):
    return _tiles.factor_tile(G, at, limits, inverses)


@njit
def solve_tile(G, row, column, inverses):
    _tiles.solve_tile(G, row, column, inverses)


@njit
def row_products(V, indices, start, x, out):
    _row_products.row_products(V, indices, start, x, out)


@njit
def add_rows(V, indices, start, y, out):
    _row_products.add_rows(V, indices, start, y, out)


@njit
def add_row_errors(V, indices, ratings, start, x, out, squares):
    _row_products.add_row_errors(V, indices, ratings, start, x, out, squares)


def drawn(*shape, dtype):
    """Return small whole numbers, whose sums and products are exact."""
    return np.random.default_rng(0).integers(-4, 5, shape).astype(dtype)


def lanes(dtype):
    return VECTOR_BYTES // np.dtype(dtype).itemsize


@DTYPES
@pytest.mark.parametrize("n", [0, 1, 5])
@pytest.mark.parametrize(
    ("tile_product", "sign"), [(add_outer_products, 1), (subtract_outer_products, -1)]
)
def test_outer_products_fill_one_tile(tile_product, sign, n, dtype):
    size = lanes(dtype)
    C, A = drawn(3 * size, 3 * size, dtype=dtype), drawn(5, 3 * size, dtype=dtype)
    expected = C.copy()
    rows, columns = slice(size, 2 * size), slice(2 * size, 3 * size)
    expected[rows, columns] += sign * A[:n, rows].T @ A[:n, columns]
    tile_product(C, size, 2 * size, A, n)
    np.testing.assert_array_equal(C, expected)


@DTYPES
def test_a_row_of_tiles_becomes_the_cholesky_factor(dtype):
    size = lanes(dtype)
    A = np.random.default_rng(1).normal(size=(4 * size, 2 * size)).astype(dtype)
    G = A.T @ A
    factor = np.linalg.cholesky(G.astype(np.float64)).T
    limits, inverses = np.zeros(2 * size, dtype), np.full(2 * size, np.nan, dtype)
    assert factor_tile(G, 0, limits, inverses)
    solve_tile(G, 0, size, inverses)
    tolerance = 100 * np.finfo(dtype).eps
    close = {"rtol": 10 * tolerance, "atol": tolerance * np.abs(factor).max()}
    upper = np.triu(np.ones((size, 2 * size), bool))
    np.testing.assert_allclose(G[:size][upper], factor[:size][upper], **close)
    np.testing.assert_allclose(inverses[:size], 1 / np.diag(factor)[:size], **close)
    assert np.isnan(inverses[size:]).all(), "the next tile is left alone"


@DTYPES
@pytest.mark.parametrize("value", [0, -1, np.nan])
def test_a_pivot_that_is_not_above_its_limit_is_reported(value, dtype):
    size = lanes(dtype)
    for at in (0, size - 1):
        G = np.eye(size, dtype=dtype)
        G[at, at] = value
        limits, inverses = np.zeros(size, dtype), np.empty(size, dtype)
        assert not factor_tile(G, 0, limits, inverses)
    limits[:] = 1
    assert not factor_tile(np.eye(size, dtype=dtype), 0, limits, inverses)


@DTYPES
@pytest.mark.parametrize("vectors", [1, 2, 5])
def test_rows_are_multiplied_and_added(vectors, dtype):
    V = drawn(20, vectors * lanes(dtype), dtype=dtype)
    indices = np.array([3, 3, 19, 0, 7, 1, 12, 5, 2, 11, 4, 3], np.int32)
    chosen = V[indices[2 : 2 + ROWS]]
    x, out = drawn(V.shape[1], dtype=dtype), np.full(ROWS, np.nan, dtype)
    row_products(V, indices, 2, x, out)
    np.testing.assert_array_equal(out, chosen @ x)
    total = x.copy()
    add_rows(V, indices, 2, out, total)
    np.testing.assert_array_equal(total, x + chosen.T @ out)


@DTYPES
@pytest.mark.parametrize("vectors", [1, 3])
def test_errors_of_rows_are_added_and_squared(vectors, dtype):
    V = drawn(20, vectors * lanes(dtype), dtype=dtype)
    indices = np.array([3, 3, 19, 0, 7, 1, 12, 5, 2, 11, 4, 3], np.int32)
    ratings, x = drawn(indices.size, dtype=dtype), drawn(V.shape[1], dtype=dtype)
    out, squares = x.copy(), np.arange(ROWS, dtype=np.float64)
    chosen = slice(2, 2 + ROWS)
    errors = V[indices[chosen]] @ x - ratings[chosen]
    add_row_errors(V, indices, ratings, 2, x, out, squares)
    np.testing.assert_array_equal(out, x + V[indices[chosen]].T @ errors)
    np.testing.assert_array_equal(squares, np.arange(ROWS) + errors.astype(float) ** 2)


@DTYPES
def test_columns_are_padded_with_zeros_to_whole_vectors(dtype):
    size = lanes(dtype)
    for k in (1, size - 1, size, size + 1):
        V = drawn(3, k, dtype=dtype)
        wide = padded_columns(V)
        assert wide.shape[1] == (size if k <= size else 2 * size)
        np.testing.assert_array_equal(wide[:, :k], V)
        assert not wide[:, k:].any()
        assert wide.flags.c_contiguous
        assert wide.ctypes.data % VECTOR_BYTES == 0, "vectors lie in one line of cache"
        assert padded_columns(wide) is wide, "no copy if none is needed"
