"""Threads: their number, those that run kernels, and those of BLAS."""

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

# Multiply-adds that are worth waking another thread: they take some tenths of a
# millisecond, and waking takes microseconds, or milliseconds if all cores are busy.
_WORTH_A_THREAD = 1 << 18

# Number of threads that `kernel_threads` chose, in this thread.
_chosen: ContextVar[int | None] = ContextVar("sklearn_cofi_threads", default=None)


@contextmanager
def kernel_threads(n_jobs: int | None, work: int | None = None) -> Iterator[None]:
    """Run kernels on ``n_jobs`` threads. The results do not depend on the number.

    Parameters
    ----------
    n_jobs : int or None
        Number of threads. None keeps numba's setting: all threads that this process
        may use, unless ``numba.set_num_threads`` or joblib's workers lowered it. -1
        means all threads, -2 all but one.
    work : int, default=None
        Number of multiply-adds in one pass. If it is small, None uses fewer threads.
    """
    from numba import config

    available = config.NUMBA_NUM_THREADS
    wanted = n_threads() if n_jobs is None else int(n_jobs)
    if n_jobs is None and work is not None:
        wanted = min(wanted, 1 + work // _WORTH_A_THREAD)
    if wanted < 0:
        wanted += available + 1
    token = _chosen.set(min(max(wanted, 1), available))
    try:
        yield
    finally:
        _chosen.reset(token)


def n_threads() -> int:
    """Return the number of threads that kernels run on."""
    return _chosen.get() or _numba_threads()


def _numba_threads() -> int:
    """Return numba's setting: its maximum, unless `numba.set_num_threads` lowered it.

    Where `numba.set_num_threads` was never called, reading its value would start
    numba's own threads, which forbid `fork`.
    """
    from numba import config, get_num_threads, threading_layer

    try:
        threading_layer()
    except ValueError:
        return config.NUMBA_NUM_THREADS
    return get_num_threads()


def run_on_threads(work: Callable[[], None], n_parts: int) -> None:
    """Call ``work`` in this thread, and at the same time in helping threads.

    ``work`` takes parts of a task until none is left, and releases the GIL while it
    computes. A helper that has not started when this thread finds no part left is not
    waited for, so that a busy machine delays no call. There are at most `n_threads`
    threads.

    Parameters
    ----------
    work : callable
    n_parts : int
        Number of parts of the task.
    """
    n_helpers = min(n_threads(), n_parts) - 1
    if n_helpers < 1:
        work()
        return
    helping = _helpers.start(work, n_helpers)
    try:
        work()
    finally:
        for future in helping:
            if not future.cancel():
                future.result()


class _Helpers:
    """Threads of this process that help to run kernels.

    They end before the process forks, and start again in both processes when they are
    needed, because a forked process has only the thread that forked.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._pool: ThreadPoolExecutor | None = None
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._before_fork,
                after_in_parent=self._lock.release,
                after_in_child=self._lock.release,
            )

    def start(self, work: Callable[[], None], n_helpers: int) -> list[Future[None]]:
        """Let helpers call ``work``; none where the interpreter is about to end."""
        from numba import config

        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(
                    config.NUMBA_NUM_THREADS - 1, "sklearn_cofi"
                )
            try:
                return [self._pool.submit(work) for _ in range(n_helpers)]
            except RuntimeError:  # "cannot schedule new futures after shutdown"
                return []

    def _before_fork(self) -> None:
        self._lock.acquire()
        if self._pool is not None:
            self._pool.shutdown()
            self._pool = None


_helpers = _Helpers()


class _SingleBlasThread:
    """Hold BLAS to one thread while any fit is running.

    The rounding of a dot product that BLAS splits among threads depends on their
    number; on one thread the bits are always the same. The limit holds for the whole
    process, so fits in several threads share it: the first one sets it and the last
    one lifts it.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._users = 0

    def __enter__(self) -> None:
        with self._lock:
            if self._users == 0:
                self._limit = _thread_pools().limit(limits=1, user_api="blas")
            self._users += 1

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            self._users -= 1
            if self._users == 0:
                self._limit.restore_original_limits()


@cache
def _thread_pools() -> ThreadpoolController:
    """Return the thread pools of this process, which take a millisecond to find."""
    # numba's matrix products call the BLAS of scipy, which this import loads.
    import scipy.linalg.cython_blas  # noqa: F401

    return ThreadpoolController()


single_blas_thread = _SingleBlasThread()
