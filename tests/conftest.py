"""Real ratings for the tests that want them, and one thread where none is tested."""

import os
from contextlib import contextmanager
from pathlib import Path

# Two threads can be asked for, so that the tests of thread counts have two to compare;
# set before numba is imported.
os.environ.setdefault("NUMBA_NUM_THREADS", "2")

# SciPy reads it when it is imported; without it, one of scikit-learn's checks skips.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

import numba
import pytest

from sklearn_cofi import datasets

# Tests run in parallel processes already, which would wait for each other's threads.
numba.set_num_threads(1)


@pytest.fixture
def without_rights():
    """Return a context in which this process may not do what only root may."""

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
    """Folder of real rating sets, from the environment."""
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
        pytest.skip(f"MovieLens {name} is not at hand: {error}")
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
    """A small real set for tests that fit often: the busiest 60 users."""
    busiest = ml_100k["user"].value_counts().index[:60]
    return ml_100k[ml_100k["user"].isin(busiest)].reset_index(drop=True)
