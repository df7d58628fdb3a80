"""Fixtures of real ratings, and settings of threads for all tests."""

import os
from contextlib import contextmanager
from pathlib import Path

# Tests of thread counts compare one thread with two. Set before numba is imported.
os.environ.setdefault("NUMBA_NUM_THREADS", "2")

# SciPy reads this on import; without it, scikit-learn skips one of its checks.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import numba
import pytest
import strategies  # noqa: F401 - loads the settings of hypothesis for all tests

from sklearn_cofi import datasets

# Tests already run in parallel processes, whose threads would compete for the cores.
numba.set_num_threads(1)


@pytest.fixture
def without_rights():
    """A function that returns a context in which the process has no root rights."""

    @contextmanager
    def dropped_rights():
        if os.geteuid() != 0:
            yield
            return
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)

    return dropped_rights


@pytest.fixture(scope="session")
def data_home() -> Path:
    """Folder of real ratings, from the environment variable SKLEARN_COFI_DATA."""
    folder = os.environ.get("SKLEARN_COFI_DATA")
    if not folder:
        pytest.skip("SKLEARN_COFI_DATA is not set to a folder of real ratings")
    return Path(folder)


def _movielens(name: str, data_home: Path):
    try:
        bunch = datasets.fetch_movielens(
            name, data_home=data_home, download_if_missing=False
        )
    except OSError as error:
        pytest.skip(f"MovieLens {name} is not available: {error}")
    return bunch.frame


@pytest.fixture(scope="session")
def ml_100k(data_home):
    """MovieLens 100K: user, item, rating, timestamp."""
    return _movielens("100k", data_home)


@pytest.fixture(scope="session")
def ml_latest_small(data_home):
    """MovieLens latest-small: user, item, rating, timestamp."""
    return _movielens("latest-small", data_home)


@pytest.fixture(scope="session")
def ml_1m(data_home):
    """MovieLens 1M: user, item, rating."""
    return _movielens("1m", data_home)


@pytest.fixture(scope="session")
def few_real_ratings(ml_100k):
    """The 60 users with the most ratings, for tests with many fits."""
    most_active = ml_100k["user"].value_counts().index[:60]
    return ml_100k[ml_100k["user"].isin(most_active)].reset_index(drop=True)
