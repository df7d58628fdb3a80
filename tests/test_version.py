"""The installed version equals the version in the package."""

from importlib import metadata

import pytest

import sklearn_cofi


def test_the_version_of_the_metadata_equals_that_of_the_package():
    try:
        installed = metadata.version("sklearn-cofi")
    except metadata.PackageNotFoundError:
        pytest.skip("the package is imported without being installed")
    assert installed == sklearn_cofi.__version__
