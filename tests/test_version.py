"""The version is written in one place, and what is installed says the same."""

from importlib import metadata

import pytest

import sklearn_cofi


def test_version_of_the_metadata_is_that_of_the_package():
    try:
        installed = metadata.version("sklearn-cofi")
    except metadata.PackageNotFoundError:
        pytest.skip("the package is imported without being installed")
    assert installed == sklearn_cofi.__version__
