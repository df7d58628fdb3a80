"""One thread where threads are not the matter."""

import pytest

from sklearn_cofi.objective._threads import kernel_threads


# For a module: hypothesis runs many examples within what is one function to pytest.
@pytest.fixture(autouse=True, scope="module")
def one_thread():
    """Spare sets of a few ratings the wait for a second thread."""
    with kernel_threads(1):
        yield
