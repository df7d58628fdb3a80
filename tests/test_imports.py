"""Importing the package imports nothing that is large or optional."""

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
def test_heavy_imports_wait_until_they_are_needed(module):
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(module=module)],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.split() == []


def test_without_pyspark_its_package_says_what_to_install():
    script = "import sys; sys.modules['pyspark'] = None; import sklearn_cofi.spark"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "needs pyspark, which is not installed. Install it with" in done.stderr
