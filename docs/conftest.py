"""Pages that use MovieLens 100K: they are slow, and skipped where the data is not."""

import os

import pytest

from sklearn_cofi.datasets import fetch_movielens

REAL_PAGES = {"cold-start.md"}


def pytest_collection_modifyitems(items):
    for item in items:
        if item.path.name in REAL_PAGES:
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True)
def real_ratings(request, monkeypatch):
    """Let `fetch_movielens` of a page find the data in SKLEARN_COFI_DATA."""
    if request.path.name not in REAL_PAGES:
        return
    folder = os.environ.get("SKLEARN_COFI_DATA")
    if not folder:
        pytest.skip("SKLEARN_COFI_DATA is not set to a folder of real ratings")
    try:
        fetch_movielens("100k", data_home=folder, download_if_missing=False)
    except OSError as error:
        pytest.skip(f"MovieLens 100k is not available: {error}")
    monkeypatch.setenv("SCIKIT_LEARN_DATA", folder)
