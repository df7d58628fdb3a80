"""The server of docs/howto/serve.md runs under Gunicorn and under Uvicorn."""

import json
import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from urllib.request import urlopen

import pytest

from sklearn_cofi import CollaborativeFilter, save_npz
from sklearn_cofi.datasets import make_ratings

PAGE = Path(__file__).parents[2] / "docs" / "howto" / "serve.md"
SECTION = "## Gunicorn and Uvicorn"

# A preloaded module that has used several threads before the workers are forked.
FIT = """
from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import make_ratings

X, y = make_ratings(20_000, n_users=1000, n_items=200, rank=3, random_state=0)
CollaborativeFilter(8, reg_param=1, tol=0.5, n_jobs=2).fit(X, y).recommend()
"""


def needs(module):
    return pytest.mark.skipif(
        find_spec(module) is None, reason=f"{module} is not installed"
    )


@pytest.fixture(scope="module")
def model():
    X, y = make_ratings(3000, n_users=100, n_items=60, rank=3, random_state=0)
    return CollaborativeFilter(3, reg_param=1.0, random_state=0).fit(X, y)


@pytest.fixture
def folder(tmp_path, model):
    """A folder with the page's file and a model."""
    code = PAGE.read_text("utf-8").split(SECTION)[1]
    (tmp_path / "app.py").write_text(re.search(r"```python\n(.*?)```", code, re.S)[1])
    (tmp_path / "fitted.py").write_text(FIT + "from app import wsgi\n")
    save_npz(model, tmp_path / "model.npz")
    return tmp_path


@contextmanager
def serving(folder, module, *arguments):
    """Run a server in a folder; yield its address."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    where = {"gunicorn": ["--bind", f"127.0.0.1:{port}"], "uvicorn": ["--port", port]}
    package = Path(sys.modules["sklearn_cofi"].__file__).parents[1]
    environment = os.environ | {
        "PYTHONPATH": os.pathsep.join([str(package), str(folder)]),
        "NUMBA_NUM_THREADS": "2",
        "NUMBA_THREADING_LAYER": "workqueue",
    }
    command = [sys.executable, "-m", module, *map(str, where[module]), *arguments]
    log = folder / "log"
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=folder, env=environment, stdout=output, stderr=output
        )
    try:
        _wait_for(port, server, log)
        yield f"http://127.0.0.1:{port}/"
        assert server.poll() is None, log.read_text()
    finally:
        server.terminate()
        server.wait(60)
    for sign in ("Terminating", "SIGABRT", "SIGSEGV", "Traceback"):
        assert sign not in log.read_text(), log.read_text()


def _wait_for(port, server, log):
    for _ in range(1200):
        assert server.poll() is None, log.read_text()
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    raise TimeoutError(log.read_text())


def query(address, user):
    with urlopen(f"{address}?user={user}&n=5", timeout=120) as response:
        return json.load(response)


def assert_serves(model, address):
    users = model.user_ids_[:40].tolist()
    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(lambda user: query(address, user), users))
    for user, rows in zip(users, found, strict=True):
        best = model.recommend(user, n=5)[["item", "prediction"]]
        assert rows == best.to_dict("records")


@needs("gunicorn")
@pytest.mark.skipif(not hasattr(os, "fork"), reason="Gunicorn needs fork")
@pytest.mark.parametrize("app", ["app:wsgi", "fitted:wsgi"])
@pytest.mark.parametrize("threads", ["1", "2"])
def test_gunicorn_forks_workers_after_a_query_or_a_fit(model, folder, app, threads):
    options = "--preload", "--workers", "2", "--threads", threads
    with serving(folder, "gunicorn", *options, app) as address:
        assert_serves(model, address)


@needs("uvicorn")
def test_uvicorn_workers_query_in_threads(model, folder):
    with serving(folder, "uvicorn", "--workers", "2", "app:asgi") as address:
        assert_serves(model, address)
