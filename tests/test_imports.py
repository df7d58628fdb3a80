"""Importing the package does not import large or optional packages."""

import subprocess
import sys

import pytest

SCRIPT = """
import sys
from {module} import *
heavy = {{"numba", "llvmlite", "matplotlib", "pyspark", "polars"}}
print(*sorted(heavy & set(sys.modules)))
"""


@pytest.mark.parametrize(
    "module",
    [
        "sklearn_cofi",
        "sklearn_cofi.datasets",
        "sklearn_cofi.displays",
        "sklearn_cofi.metrics",
        "sklearn_cofi.model_selection",
        "sklearn_cofi.solvers",
    ],
)
def test_heavy_packages_are_not_imported(module):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_the_error_without_pyspark_says_what_to_install():
    script = "import sys; sys.modules['pyspark'] = None; import sklearn_cofi.spark"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "needs pyspark, which is not installed. Install it with" in done.stderr
