"""Each operation on a panel of items equals the same operation in numpy."""

import numpy as np
import pytest
from numba import njit

from sklearn_cofi.kernels import _panels
from sklearn_cofi.kernels._blocks import HEIGHT, WIDTH
from sklearn_cofi.kernels._panels import PANEL_BYTES, PANEL_ROWS
from sklearn_cofi.kernels._top_k import GROUPS

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


# Intrinsics can only be called from compiled code.
@njit
def fill_scores(W, row, last, panels, at, out, out_row, column):
    _panels.fill_scores(W, row, last, panels, at, out, out_row, column)


@njit
def above(values, start, limit):
    return _panels.above(values, start, limit)


@njit
def count_above(values, row, n, limit):
    return _panels.count_above(values, row, n, limit)


@njit
def first_bit(bits):
    return _panels.first_bit(bits)


def drawn(*shape, dtype):
    """Return small whole numbers, whose sums and products are exact."""
    return np.random.default_rng(0).integers(-4, 5, shape).astype(dtype)


@DTYPES
def test_blocks_consist_of_whole_panels(dtype):
    assert HEIGHT % PANEL_ROWS == 0
    assert WIDTH % GROUPS == 0
    assert GROUPS % (PANEL_BYTES // np.dtype(dtype).itemsize) == 0


@DTYPES
@pytest.mark.parametrize("k", [1, 2, 7])
@pytest.mark.parametrize("n_rows", [1, PANEL_ROWS - 1, PANEL_ROWS, 20])
def test_scores_fill_one_panel_of_rows(n_rows, k, dtype):
    width = PANEL_BYTES // np.dtype(dtype).itemsize
    W, panels = drawn(3 + n_rows, k, dtype=dtype), drawn(3 * k, width, dtype=dtype)
    out = np.full((PANEL_ROWS + 2, 3 * width), np.nan, dtype)
    fill_scores(W, 3, len(W) - 1, panels, k, out, 1, width)
    rows = np.minimum(3 + np.arange(PANEL_ROWS), len(W) - 1)
    expected = np.full_like(out, np.nan)
    filled = slice(1, 2) if n_rows == 1 else slice(1, -1)
    found = W[rows] @ panels[k : 2 * k]
    expected[filled, width : 2 * width] = found[:1] if n_rows == 1 else found
    np.testing.assert_array_equal(out, expected)


@DTYPES
@pytest.mark.parametrize("limit", [-5, 0, 4, np.inf, -np.inf, np.nan])
def test_bits_are_those_of_larger_values(limit, dtype):
    width = PANEL_BYTES // np.dtype(dtype).itemsize
    values = drawn(3 * width, dtype=dtype)
    values[width] = np.nan
    values[2 * width - 1] = np.inf
    expected = values[width : 2 * width] > limit
    bits = int(above(values, width, limit))
    assert [bool(bits >> lane & 1) for lane in range(width)] == expected.tolist()
    assert bits < 1 << width


@DTYPES
@pytest.mark.parametrize("n", [0, 16, 48])
@pytest.mark.parametrize("limit", [-5, 0, 4])
def test_larger_values_are_counted(limit, n, dtype):
    values = drawn(3, 64, dtype=dtype)
    values[1, 3] = np.nan
    assert count_above(values, 1, n, limit) == (values[1, :n] > limit).sum()


@pytest.mark.parametrize("position", [0, 1, 31, 32, 63])
def test_the_first_bit_is_the_lowest(position):
    assert first_bit(np.uint64(1 << position)) == position
    assert first_bit(np.uint64(1 << 63 | 1 << position)) == position
