"""The number of threads that a computation uses."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from threading import Lock

from threadpoolctl import ThreadpoolController

# Multiply-adds that are worth waking another thread: they take some tenths of a
# millisecond, and waking takes microseconds, or milliseconds if all cores are busy.
_WORTH_A_THREAD = 1 << 18


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
    from numba import config, get_num_threads, set_num_threads

    before, available = get_num_threads(), config.NUMBA_NUM_THREADS
    wanted = before if n_jobs is None else n_jobs
    if n_jobs is None and work is not None:
        wanted = min(before, 1 + work // _WORTH_A_THREAD)
    if wanted < 0:
        wanted += available + 1
    set_num_threads(min(max(wanted, 1), available))
    try:
        yield
    finally:
        set_num_threads(before)


def n_threads() -> int:
    """Return the number of threads that kernels run on."""
    from numba import get_num_threads

    return get_num_threads()


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
