"""The driver of the workers, and functions that all benchmarks with peers use."""

import json
import os
import platform
import select
import subprocess
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd

from sklearn_cofi import datasets

HERE = Path(__file__).resolve().parent
THREADS = 2
# Variables from which libraries read their number of threads; all get the same value.
_THREADED = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")


class Peer:
    """A worker process in the peer's environment.

    It is killed if a request takes more than `patience` seconds. `module` is the
    worker's module if it is not with_NAME of this folder.
    """

    def __init__(self, name, environments, threads=THREADS, patience=None, module=None):
        self.name, self.patience = name, patience
        worker = ["-m", module] if module else [HERE / f"with_{name}.py"]
        python = Path(environments).resolve() / name / "bin" / "python"
        limits = {f"{library}_NUM_THREADS": str(threads) for library in _THREADED}
        answers, theirs = os.pipe()
        with open(Path(tempfile.gettempdir()) / f"peer_{name}.log", "w") as log:
            self._process = subprocess.Popen(
                [python, *worker, str(theirs)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[theirs],
                env=os.environ | limits,
                # `-m` finds the modules of the benchmarks from the root.
                cwd=HERE.parents[1] if module else None,
                text=True,
            )
        os.close(theirs)
        self._answers = os.fdopen(answers)

    def ask(self, do, **request):
        """Send a request and return its result; RuntimeError if the worker fails."""
        self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
        self._process.stdin.flush()
        if not select.select([self._answers], [], [], self.patience)[0]:
            self._process.kill()
            raise RuntimeError(f"{self.name}: no result after {self.patience} s")
        line = self._answers.readline()
        answer = json.loads(line or '{"error": "the worker died"}')
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {answer['error']}")
        return answer["answer"]

    def load(self, parts):
        """Replace the worker's training and test arrays."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "split.npz")
            np.savez(path, **parts)
            self.ask("load", path=path)

    def fit(self, n_iterations, settings, *, want_factors=False):
        """Return the seconds of a fit, and a dict with its test predictions."""
        with tempfile.TemporaryDirectory() as folder:
            save = str(Path(folder) / "fit.npz")
            seconds = self.ask(
                "fit",
                n_iterations=n_iterations,
                settings=settings,
                save=save,
                want_factors=want_factors,
            )
            with np.load(save) as arrays:
                return seconds, dict(arrays)

    def recommend(self, U, V, n):
        """Return the seconds for the n best items of all users, and the items."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "factors.npz")
            np.savez(path, U=U, V=V)
            seconds = self.ask("recommend", path=path, n=n)
            with np.load(path) as arrays:
                return seconds, arrays["items"]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self._process.stdin.close()
        self._process.wait()


def ratings_set(name, data_home):
    """Return users, items and ratings of "ml-1m", or N million of "made-N"."""
    if name == "ml-1m":
        frame = datasets.fetch_movielens("1m", data_home=data_home).frame
        return frame["user"], frame["item"], frame["rating"]
    X, y = datasets.make_ratings(**made(name), random_state=0)
    return X["user"], X["item"], y


def made(name):
    """Return the parameters of `make_ratings` for the simulated set "made-N".

    It is similar to MovieLens-10M in users, items, half stars and standard deviation
    (1.08, MovieLens 1.06). Biases, factors and noise have about a sixth, a third and a
    half of the variance, so a model without factors has an error a quarter higher.
    """
    millions = int(name.removeprefix("made-"))
    return {
        "n_ratings": millions * 1_000_000,
        "n_users": 7_000 * millions,
        "n_items": 10_000,
        "rank": 10,
        "noise": 0.7,
        "rating_range": (0.5, 5),
        "step": 0.5,
    }


def split(columns, test_share, seed=0, *, keep_unseen=False):
    """Shuffle and split users, items and ratings into the arrays of `coded`.

    Test pairs with an unknown user or item are dropped unless `keep_unseen`.
    """
    columns = [np.asarray(column) for column in columns]
    shuffled = np.random.default_rng(seed).permutation(columns[0].size)
    n_test = round(test_share * shuffled.size)
    test, train = shuffled[:n_test], shuffled[n_test:]
    parts = coded([c[train] for c in columns], [c[test] for c in columns])
    if not keep_unseen:
        seen = (parts["test_user"] >= 0) & (parts["test_item"] >= 0)
        parts |= {name: parts[name][seen] for name in parts if "test" in name}
    return parts


def coded(train, test):
    """Return training and test arrays, with the ids of training encoded from 0.

    An id that is not in training is -1.
    """
    parts = {}
    for field, ids, asked in zip(("user", "item"), train, test, strict=False):
        known, codes = np.unique(ids, return_inverse=True)
        parts[f"train_{field}"] = codes.astype(np.int32)
        parts[f"test_{field}"] = pd.Index(known).get_indexer(asked).astype(np.int32)
    for part, columns in (("train", train), ("test", test)):
        parts[f"{part}_rating"] = np.asarray(columns[2], np.float32)
    return parts


def rmse(parts, predicted):
    """Return the root mean squared error on the test pairs; see `errors`."""
    return float(np.sqrt(np.mean(errors(parts, predicted) ** 2)))


def errors(parts, predicted):
    """Return the errors on the test pairs; predictions are clipped to the rating range.

    An error is infinite if its prediction is not finite, because the fit diverged.
    """
    low, high = parts["train_rating"].min(), parts["train_rating"].max()
    found = np.clip(predicted, low, high).astype(np.float64) - parts["test_rating"]
    return np.where(np.isfinite(found), found, np.inf)


def machine():
    """Return the machine and the date, for the head of a table."""
    model = platform.processor() or "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, {date.today()}"
