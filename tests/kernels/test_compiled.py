"""Kernels compile once for each dtype, and read arrays of any layout."""

import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.kernels._compiled import as_matrix, kernel, next_block, part
from sklearn_cofi.kernels._improve_rows import improve_rows
from sklearn_cofi.kernels._pair_predictions import add_pair_scores
from sklearn_cofi.kernels._threads import kernel_threads
from sklearn_cofi.kernels._vectors import padded_columns
from sklearn_cofi.objective._unrated import AllPairs

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def n_compiled():
    return len(add_pair_scores._compiled)


def scores_of(U, V):
    users, items = np.array([0, 1, 2]), np.array([1, 0, 1])
    scores = np.zeros(3, U.dtype)
    add_pair_scores(U, V, users, items, scores)
    return scores


@DTYPES
def test_views_and_read_only_arrays_need_no_further_code(dtype):
    U, V = np.arange(6, dtype=dtype).reshape(3, 2), np.ones((2, 2), dtype)
    expected, before = scores_of(U, V), n_compiled()
    np.testing.assert_array_equal(expected, (U @ V.T)[[0, 1, 2], [1, 0, 1]])
    frozen = U.copy()
    frozen.flags.writeable = False
    unaligned = np.zeros(U.nbytes + 1, np.uint8)[1:].view(dtype).reshape(U.shape)
    unaligned[:] = U
    for same in (frozen, np.asfortranarray(U), np.repeat(U, 2, axis=1)[:, ::2]):
        np.testing.assert_array_equal(scores_of(same, V), expected)
    np.testing.assert_array_equal(scores_of(unaligned, V), expected)
    assert n_compiled() == before


def test_an_array_that_is_written_must_be_writeable():
    scores = np.zeros(3)
    scores.flags.writeable = False
    with pytest.raises(TypeError, match="No matching definition"):
        add_pair_scores(
            np.ones((3, 2)), np.ones((2, 2)), *[np.zeros(3, int)] * 2, scores
        )


@kernel(writes=["counts"], n_blocks=lambda counts: counts.size)
def count_visits(taken, counts):
    """Count how often each block is computed."""
    b = next_block(taken)
    while b < counts.size:
        counts[b] += 1
        b = next_block(taken)


@given(st.integers(0, 3000), st.integers(1, 2))
def test_each_block_is_computed_once(n_blocks, n_threads):
    counts = np.zeros(n_blocks, np.int64)
    with kernel_threads(n_threads):
        count_visits(counts)
    assert (counts == 1).all()


@part()
def _corner(matrix):
    return matrix[matrix.shape[0] - 1, matrix.shape[1] - 1]


@kernel(writes=["out"], n_blocks=lambda buffer, n, m, out: 1)
def reshaped(taken, buffer, n, m, out):
    """Copy the start of a buffer as an n x m matrix, and its last element."""
    matrix = as_matrix(buffer, n, m)
    for i in range(n):
        for j in range(m):
            out[i * m + j] = matrix[i, j]
    out[n * m] = _corner(matrix)


@DTYPES
def test_a_matrix_of_another_shape_has_the_same_elements(dtype):
    buffer = np.arange(24, dtype=dtype).reshape(4, 6)
    for n, m in ((4, 6), (6, 4), (3, 8), (2, 5), (1, 1)):
        out = np.empty(n * m + 1, dtype)
        references = sys.getrefcount(buffer)
        reshaped(buffer, n, m, out)
        assert sys.getrefcount(buffer) == references
        np.testing.assert_array_equal(out[:-1], np.arange(n * m))
        assert out[-1] == n * m - 1


def test_a_gradient_whose_square_underflows_stops_the_steps():
    # The square of the gradient is 0 in float32 and its curvature is not.
    one = np.array([0, 1])
    V = padded_columns(np.array([[1e3]], np.float32))
    X = np.zeros((1, 1), np.float32)
    ratings, penalties = np.array([1e-26], np.float32), np.ones((1, 2), np.float32)
    rows = one, np.zeros(1, np.int32), ratings, np.empty(0, np.float32)
    unrated = AllPairs.none(np.float32)
    improve_rows(one, *rows, *unrated, ratings[:0], penalties, V[:0], V, X, 1, 3)
    assert np.isfinite(X).all()


UNUSED = """
import warnings
from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import make_ratings
import numba
X, y = make_ratings(20000, n_users=300, n_items=200, rank=3, random_state=0)
model = CollaborativeFilter(32, reg_param=1, tol=0.5).fit(X, y)
model.predict(X), model.recommend(), model.recommend(3)
try:
    print(numba.threading_layer())
except ValueError:
    print("not started")
"""


def test_threads_of_numba_are_not_started():
    # After a fork they end the process, and two threads that use one kind of them, too.
    run = subprocess.run(
        [sys.executable, "-c", UNUSED], capture_output=True, text=True, check=True
    )
    assert run.stdout == "not started\n"
