"""Work runs on the given number of threads, and the number is restored after it."""

import os
import subprocess
import sys
from threading import Event, Thread, get_ident

import numba
import pytest
from threadpoolctl import threadpool_info

from sklearn_cofi.kernels._threads import (
    kernel_threads,
    n_threads,
    run_on_threads,
    single_blas_thread,
)

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


needs_two = pytest.mark.skipif(
    numba.config.NUMBA_NUM_THREADS < 2, reason="this process may use one thread only"
)


@needs_two
def test_work_runs_in_this_thread_and_in_a_helper():
    threads, both = set(), Event()

    def work():
        threads.add(get_ident())
        if len(threads) == 2:
            both.set()
        assert both.wait(60)

    with kernel_threads(2):
        run_on_threads(work, 2)
    assert get_ident() in threads
    assert len(threads) == 2


@pytest.mark.parametrize(("n_jobs", "n_parts"), [(1, 9), (2, 1), (2, 0)])
def test_one_thread_or_one_part_needs_no_helper(n_jobs, n_parts):
    threads = []
    with kernel_threads(n_jobs):
        run_on_threads(lambda: threads.append(get_ident()), n_parts)
    assert threads == [get_ident()]


@needs_two
def test_a_helper_that_is_busy_is_not_waited_for():
    end, started, threads = Event(), Event(), []

    def long():
        started.set()
        end.wait(60)

    def occupy():
        with kernel_threads(2):
            run_on_threads(long, 2)

    other = Thread(target=occupy)
    other.start()
    try:
        assert started.wait(60)
        for _ in range(3):
            with kernel_threads(2):
                run_on_threads(lambda: threads.append(get_ident()), 2)
        assert get_ident() in threads
        assert other.is_alive()
    finally:
        end.set()
        other.join()


@needs_two
def test_an_error_in_a_helper_is_raised():
    here, failed = get_ident(), Event()

    def work():
        if get_ident() != here:
            failed.set()
            raise InterruptedError
        assert failed.wait(60)

    with kernel_threads(2), pytest.raises(InterruptedError):
        run_on_threads(work, 2)


FIT = """
import atexit, os, sys
import numpy as np
from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import make_ratings

X, y = make_ratings(20_000, n_users=1000, n_items=200, rank=3, random_state=0)

def fit():
    model = CollaborativeFilter(8, reg_param=1, tol=0.5, n_jobs=2, random_state=0)
    return model.fit(X, y)

model = fit()

def is_same():
    same = (fit().item_factors_ == model.item_factors_).all()
    return bool(same and model.recommend().equals(everything))

everything = model.recommend()
"""
FORK = """
from threading import Barrier
from sklearn_cofi.kernels._threads import kernel_threads, run_on_threads

def on_two_threads():
    with kernel_threads(2):
        run_on_threads(Barrier(2, timeout=60).wait, 2)

for _ in range(2):  # the second fork comes after threads have started again
    child = os.fork()
    if child == 0:
        on_two_threads()
        os._exit(0 if is_same() else 1)
    print(os.waitpid(child, 0)[1], is_same())
"""


def run(code):
    environment = os.environ | {"NUMBA_NUM_THREADS": "2"}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", code],
        env=environment,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")
def test_a_forked_process_computes_on_threads_of_its_own():
    assert run(FIT + FORK) == ["0", "True"] * 2


def test_a_fit_at_the_end_of_the_interpreter_needs_no_helper():
    assert run(FIT + "atexit.register(lambda: print(is_same()))") == ["True"]
