"""The code of the how-to on clusters, run unchanged, against a serial search."""

import json
import os
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import GridSearchCV

from sklearn_cofi import load_npz
from sklearn_cofi.datasets import make_ratings

pytestmark = pytest.mark.slow

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "scale-out.md"
SECTION = re.compile(r"^##+ (.*)\n((?:(?!^##+ ).*\n)*)", re.MULTILINE)
BLOCK = re.compile(r"^```python\n(.*?)^```", re.MULTILINE | re.DOTALL)

# Scorer that also returns the process and the number of threads. The test inserts it
# between the definition and the fit of the search.
WITNESS = """
import json, os
import numba
from sklearn.metrics import get_scorer

named = get_scorer(search.scoring)

def witness(model, X, y):
    return {
        "rmse": named(model, X, y),
        "process": os.getpid(),
        "threads": numba.get_num_threads(),
    }

search.set_params(scoring=witness, refit="rmse")
"""
REPORT = """
found = {key: list(map(float, found)) for key, found in search.cv_results_.items()
         if "split" in key}
print(json.dumps({"found": found, "here": os.getpid(),
                  "best": [search.best_params_, search.predict(X).tolist()]}))
"""


def code(heading: str) -> str:
    """Return the code blocks of a section of the page."""
    sections = dict(SECTION.findall(PAGE.read_text("utf-8")))
    return "\n".join(BLOCK.findall(sections[heading]))


def needs(*modules: str):
    """Skip the test if a module cannot be found."""
    missing = [name for name in modules if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {missing}")


@pytest.fixture
def two_executors(monkeypatch):
    """Set two executors as the default of Spark sessions."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Java is not installed")
    settings = {
        "spark.executor.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.log.level": "OFF",
        # Jobs wait until both executors are registered; joblibspark does not.
        "spark.scheduler.minRegisteredResourcesRatio": "1.0",
        "spark.scheduler.maxRegisteredResourcesWaitingTime": "300s",
    }
    options = [word for pair in settings.items() for word in ("--conf", "=".join(pair))]
    arguments = ["--master", "local-cluster[2,1,1024]", *options, "pyspark-shell"]
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", " ".join(arguments))
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")  # avoids a name lookup


def run(source: str, folder: Path) -> str:
    """Run code in a new process, as a notebook would, and return its output.

    Workers import the tested package and may use all cores.
    """
    package = str(Path(sys.modules["sklearn_cofi"].__file__).parents[1])
    environment = {**os.environ, "PYTHONPATH": package}
    environment.pop("NUMBA_NUM_THREADS", None)
    done = subprocess.run(
        [sys.executable, "-c", source],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def serial():
    """Return the search of the page, fitted in this process, and its pairs."""
    names = {}
    exec(code("A grid search over a cluster"), names)
    return names["search"].fit(names["X"], names["y"]), names["X"]


def assert_same_search(printed: str, serial: tuple[GridSearchCV, pd.DataFrame]):
    search, X = serial
    report = json.loads(printed.splitlines()[-1])
    for fold in range(search.n_splits_):
        np.testing.assert_array_equal(
            report["found"][f"split{fold}_test_rmse"],
            search.cv_results_[f"split{fold}_test_score"],
        )
    assert report["best"] == [search.best_params_, search.predict(X).tolist()]
    assert witnessed(report, "threads") == {1}
    assert report["here"] not in witnessed(report, "process")


def witnessed(report: dict, name: str) -> set[float]:
    """Return the distinct values of the witness's score of that name."""
    results = report["found"].items()
    return {value for key, values in results if name in key for value in values}


@needs("distributed")
def test_a_search_with_dask_equals_the_serial_search(serial, tmp_path):
    page = code("A grid search over a cluster") + WITNESS + code("With Dask")
    assert_same_search(run(page + REPORT, tmp_path), serial)


@needs("pyspark", "joblibspark")
def test_a_search_with_spark_equals_the_serial_search(serial, two_executors, tmp_path):
    registered = "spark.range(2).count()\nregister_spark()\n"
    with_spark = code("With Spark").replace("register_spark()\n", registered, 1)
    assert registered in with_spark
    page = code("A grid search over a cluster") + WITNESS + with_spark
    assert_same_search(run(page + REPORT, tmp_path), serial)


@needs("pyspark", "pyarrow", "sklearn_cofi.spark")
def test_a_model_fitted_with_spark_is_saved_and_used_without_spark(
    two_executors, tmp_path
):
    X, y = make_ratings(3000, n_users=100, n_items=60, rank=3, random_state=0)
    X.assign(rating=y).to_parquet(tmp_path / "ratings.parquet", index=False)
    keep = 'predicted.write.parquet("predicted.parquet")'
    run(code("`SparkCollaborativeFilter`") + keep, tmp_path)
    model = load_npz(tmp_path / "model.npz")
    predicted = pd.read_parquet(tmp_path / "predicted.parquet")
    assert 0 < len(predicted) < len(X)
    np.testing.assert_allclose(
        predicted["prediction"], model.predict(predicted[["user", "item"]]), rtol=1e-6
    )
    best = pd.read_parquet(tmp_path / "recommendations.parquet")
    best = best.sort_values(["user", "rank"], ignore_index=True)
    without_spark = model.recommend(n=10)
    np.testing.assert_array_equal(
        best[["user", "rank", "item"]], without_spark[["user", "rank", "item"]]
    )
