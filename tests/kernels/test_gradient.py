"""Compiled loops equal their plain twins, on one thread and on two."""

from pathlib import Path

import numba
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import random_factors, ratings

from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.datasets import make_ratings
from sklearn_cofi.kernels._blocks import balanced_blocks
from sklearn_cofi.kernels._gradient import half_gradient
from sklearn_cofi.kernels._pair_predictions import add_pair_scores
from sklearn_cofi.kernels._threads import kernel_threads
from sklearn_cofi.kernels._vectors import padded_columns

DTYPES = pytest.mark.parametrize("dtype", [np.float32, np.float64])


def plain_half_gradient(rows, U, V):
    """Loop over the entries in float64, one row and one entry at a time."""
    grad_U, row_loss = np.zeros(U.shape), np.zeros(U.shape[0])
    for row in range(U.shape[0]):
        for p in range(rows.indptr[row], rows.indptr[row + 1]):
            v = V[rows.indices[p]].astype(float)
            error = U[row].astype(float) @ v - rows.ratings[p]
            weight = rows.weights[p] if rows.weights.size else 1.0
            grad_U[row] += weight * error * v
            row_loss[row] += weight * error**2 / 2
    return grad_U, row_loss


def run(rows, U, V, blocks=None):
    blocks = balanced_blocks(rows) if blocks is None else blocks
    # NaN shows where a result is not overwritten.
    grad_U, row_loss = np.full_like(U, np.nan), np.full(U.shape[0], np.nan)
    unrated = U.dtype.type(0), rows.ratings[:0], rows.ratings[:0]
    half_gradient(blocks, *rows, *unrated, U, padded_columns(V), grad_U, row_loss)
    return grad_U, row_loss


@given(ratings(), st.integers(1, 20))
def test_half_gradient_is_its_plain_twin(drawn, k):
    matrix = rating_matrix(*drawn)
    U, V = random_factors(drawn.shape, k, drawn.ratings.dtype)
    rounding = (k + max(drawn.shape) + 4) * float(np.finfo(drawn.ratings.dtype).eps)
    for rows, own, other in ((matrix.by_user, U, V), (matrix.by_item, V, U)):
        ours, twins = run(rows, own, other), plain_half_gradient(rows, own, other)
        sizes = plain_half_gradient(
            rows._replace(ratings=-np.abs(rows.ratings)), np.abs(own), np.abs(other)
        )
        for x, twin, size in zip(ours, twins, sizes, strict=True):
            assert (np.abs(x - twin) <= 2 * rounding * size).all()


def large_matrix(dtype=np.float64):
    X, y = make_ratings(200_000, 3000, 800, random_state=0, as_frame=False)
    users, items = X.T.astype(np.int64)
    return rating_matrix(users, items, y.astype(dtype), None, (3000, 800))


@DTYPES
def test_threads_and_blocks_change_no_bit(dtype):
    rows = large_matrix(dtype).by_user
    U, V = random_factors((3000, 800), 10, dtype)
    with kernel_threads(1):
        alone = run(rows, U, V)
        in_one_block = run(rows, U, V, np.array([0, 3000]))
    with kernel_threads(2):
        together = run(rows, U, V)
    for one, block, two in zip(alone, in_one_block, together, strict=True):
        np.testing.assert_array_equal(two, one)
        np.testing.assert_array_equal(block, one)


def nanoseconds_by_thread():
    """Return the processor time that each thread of this process has used."""
    times = Path("/proc/self/task").glob("*/schedstat")
    return {time.parent.name: int(time.read_text().split()[0]) for time in times}


@pytest.mark.skipif(
    not Path("/proc/self/schedstat").exists(),
    reason="only Linux reports time by thread",
)
@pytest.mark.skipif(
    numba.config.NUMBA_NUM_THREADS < 2, reason="this process may use one thread only"
)
@pytest.mark.parametrize("n_jobs", [1, 2])
def test_n_jobs_threads_share_the_work(n_jobs):
    rows = large_matrix().by_user
    U, V = random_factors((3000, 800), 10)
    with kernel_threads(n_jobs):
        run(rows, U, V)  # compiles, if nothing is cached yet
        before = nanoseconds_by_thread()
        for _ in range(20):
            run(rows, U, V)
        after = nanoseconds_by_thread()
    spent = sorted(after[task] - before.get(task, 0) for task in after)
    busy = [t for t in spent if t > 0.2 * sum(spent)]
    assert len(busy) == n_jobs, spent


@DTYPES
def test_pair_scores_are_added_if_user_and_item_are_known(dtype):
    U = np.array([[1, 2], [3, 4]], dtype)
    V = np.array([[5, 6], [7, 8], [9, 10]], dtype)
    users, items = np.array([0, 1, -1, 1, -1]), np.array([2, 0, 1, -1, -1])
    scores = np.array([100, 200, 300, 400, 500], dtype)
    add_pair_scores(U, V, users, items, scores)
    expected = [100 + 1 * 9 + 2 * 10, 200 + 3 * 5 + 4 * 6, 300, 400, 500]
    np.testing.assert_array_equal(scores, expected)


@DTYPES
def test_squared_errors_are_summed_in_float64(dtype):
    # The square of each error has a bit more than float32 holds.
    n, error = 8000, 1 + 2.0**-12
    ratings_ = np.full(n, 1 - error, dtype)
    rows = rating_matrix(np.zeros(n, int), np.arange(n), ratings_, None, (1, n)).by_user
    _, row_loss = run(rows, np.ones((1, 1), dtype), np.ones((n, 1), dtype))
    assert row_loss[0] == n / 2 * error**2
