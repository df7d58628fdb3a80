"""The gallery's scripts run without data, network or display, and without a warning."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SCRIPTS = sorted((ROOT / "docs" / "gallery").glob("plot_*.py"))


@pytest.mark.slow
@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.stem)
def test_each_script_runs_on_synthetic_ratings(script, tmp_path):
    settings = {
        "MPLBACKEND": "Agg",
        "NUMBA_NUM_THREADS": "1",
        "SCIKIT_LEARN_DATA": str(tmp_path),
        "PYTHONPATH": os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")]),
    }
    environment = {k: v for k, v in os.environ.items() if k != "SKLEARN_COFI_DATA"}
    done = subprocess.run(
        [sys.executable, "-W", "error", script],
        env=environment | settings,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr


def test_each_display_has_a_picture():
    from sklearn_cofi import displays

    code = "".join(script.read_text() for script in SCRIPTS)
    assert [name for name in displays.__all__ if f"{name}.from_" not in code] == []


def test_the_reference_lists_all_public_names():
    import sklearn_cofi
    from sklearn_cofi import datasets, displays, metrics, model_selection, solvers

    listed = (ROOT / "docs" / "reference" / "index.md").read_text().split()
    subpackages = (datasets, displays, metrics, model_selection, solvers)
    for module in (sklearn_cofi, *subpackages):
        missing = set(module.__all__) - {"__version__"} - set(listed)
        assert not missing, module.__name__
    assert "SparkCollaborativeFilter" in listed  # importing it needs pyspark
