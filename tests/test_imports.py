"""Importing the package does not import large or optional packages."""

import subprocess
import sys

import pytest

import sklearn_cofi

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


def test_dir_has_public_names_and_subpackages_only():
    script = "import sklearn_cofi; print(*dir(sklearn_cofi))"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    listed = {name for name in done.stdout.split() if not name.startswith("__")}
    subpackages = {"datasets", "displays", "metrics", "model_selection", "solvers"}
    assert listed == {*sklearn_cofi.__all__, *subpackages} - {"__version__"}
    assert "__version__" in done.stdout.split()


def test_every_name_of_dir_is_an_attribute():
    # A fresh interpreter, in which no test has imported a subpackage.
    script = (
        "import sklearn_cofi as cofi\n"
        "for name in dir(cofi): getattr(cofi, name)\n"
        "print(cofi.metrics.ndcg_at_k.__name__, hasattr(cofi, 'import_modul'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["ndcg_at_k", "False"]


def test_the_error_without_pyspark_says_what_to_install():
    script = "import sys; sys.modules['pyspark'] = None; import sklearn_cofi.spark"
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True
    )
    assert done.returncode == 1
    assert "needs pyspark, which is not installed. Install it with" in done.stderr
