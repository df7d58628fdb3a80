"""Work runs on the given number of threads, and the number is restored after it."""

import os
import subprocess
import sys

import numba
import pytest
from threadpoolctl import threadpool_info

from sklearn_cofi.kernels._threads import kernel_threads, n_threads, single_blas_thread

COUNT = """
from sklearn_cofi.kernels._threads import kernel_threads, n_threads
for n_jobs in (None, 1, 2, 3, 9, -1, -2, -9):
    with kernel_threads(n_jobs):
        print(n_jobs, n_threads())
"""


def test_jobs_are_counted_as_joblib_counts_them():
    environment = os.environ | {"NUMBA_NUM_THREADS": "3"}
    done = subprocess.run(
        [sys.executable, "-c", COUNT],
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    found = dict(line.split() for line in done.stdout.splitlines())
    expected = {"None": 3, "1": 1, "2": 2, "3": 3, "9": 3, "-1": 3, "-2": 2, "-9": 1}
    assert {n_jobs: int(n) for n_jobs, n in found.items()} == expected


def work(n_jobs, *, fail):
    with kernel_threads(n_jobs):
        assert n_threads() == n_jobs
        if fail:
            raise InterruptedError


def test_the_number_of_kernel_threads_is_restored():
    before = n_threads()
    for n_jobs in (1, numba.config.NUMBA_NUM_THREADS):
        work(n_jobs, fail=False)
        assert n_threads() == before
        with pytest.raises(InterruptedError):
            work(n_jobs, fail=True)
        assert n_threads() == before


def blas_threads():
    return [x["num_threads"] for x in threadpool_info() if x["user_api"] == "blas"]


def test_concurrent_fits_share_one_limit_on_blas():
    before = blas_threads()
    with single_blas_thread:
        assert set(blas_threads()) == {1}
        with single_blas_thread:
            assert set(blas_threads()) == {1}
        # The fit that ends first must not lift the limit of the other.
        assert set(blas_threads()) == {1}
    assert blas_threads() == before
