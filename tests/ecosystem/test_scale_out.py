"""The code of the how-to on clusters, run as it stands, against a serial search."""

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

# Scores that tell also where they were made: they go into the search between its
# definition and its fit.
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
    """Return the blocks of code of one section of the page."""
    sections = dict(SECTION.findall(PAGE.read_text("utf-8")))
    return "\n".join(BLOCK.findall(sections[heading]))


def needs(*modules: str):
    """Skip where a module cannot be found."""
    missing = [name for name in modules if find_spec(name) is None]
    return pytest.mark.skipif(bool(missing), reason=f"not installed: {missing}")


@pytest.fixture
def two_executors(monkeypatch):
    """Let sessions of Spark that are made by default be of two executors."""
    if shutil.which("java") is None and "JAVA_HOME" not in os.environ:
        pytest.skip("Java is not installed")
    settings = {
        "spark.executor.memory": "1g",
        "spark.ui.enabled": "false",
        "spark.log.level": "OFF",
    }
    given = [word for pair in settings.items() for word in ("--conf", "=".join(pair))]
    arguments = ["--master", "local-cluster[2,1,1024]", *given, "pyspark-shell"]
    monkeypatch.setenv("PYSPARK_SUBMIT_ARGS", " ".join(arguments))
    monkeypatch.setenv("PYSPARK_PYTHON", sys.executable)
    monkeypatch.setenv("SPARK_LOCAL_IP", "127.0.0.1")  # no name is looked up


def run(source: str, folder: Path) -> str:
    """Run code as a notebook would, in a process of its own; return what it printed.

    Workers import the package that is tested here, and have all cores to take.
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
    """Return the page's search, fitted here, and its pairs."""
    names = {}
    exec(code("A grid search over a cluster"), names)
    return names["search"].fit(names["X"], names["y"]), names["X"]


def assert_same_search(printed: str, serial: tuple[GridSearchCV, pd.DataFrame]):
    search, X = serial
    there = json.loads(printed.splitlines()[-1])
    for fold in range(search.n_splits_):
        np.testing.assert_array_equal(
            there["found"][f"split{fold}_test_rmse"],
            search.cv_results_[f"split{fold}_test_score"],
        )
    assert there["best"] == [search.best_params_, search.predict(X).tolist()]
    assert witnessed(there, "threads") == {1}
    assert there["here"] not in witnessed(there, "process")


def witnessed(there: dict, what: str) -> set[float]:
    return {n for key, found in there["found"].items() if what in key for n in found}


@needs("distributed")
def test_dask_searches_as_one_process_does(serial, tmp_path):
    page = code("A grid search over a cluster") + WITNESS + code("With Dask")
    assert_same_search(run(page + REPORT, tmp_path), serial)


@needs("pyspark", "joblibspark")
def test_spark_searches_as_one_process_does(serial, two_executors, tmp_path):
    page = code("A grid search over a cluster") + WITNESS + code("With Spark")
    assert_same_search(run(page + REPORT, tmp_path), serial)


@needs("pyspark", "pyarrow", "sklearn_cofi.spark")
def test_the_model_of_spark_is_saved_and_recommends_alike_without_it(
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
    here = model.recommend(n=10)
    np.testing.assert_array_equal(
        best[["user", "rank", "item"]], here[["user", "rank", "item"]]
    )
