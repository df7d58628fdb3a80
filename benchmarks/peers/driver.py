"""The driver's side of the workers, and what every benchmark against peers needs."""

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
# Every library that asks the environment how many threads it may use gets the same.
_THREADED = ("OMP", "OPENBLAS", "MKL", "NUMBA", "RAYON")


class Peer:
    """A worker process in the peer's own environment.

    One that has not answered within `patience` seconds is stopped.
    """

    def __init__(self, name, environments, threads=THREADS, patience=None):
        self.name, self.patience = name, patience
        python = Path(environments).resolve() / name / "bin" / "python"
        limits = {f"{library}_NUM_THREADS": str(threads) for library in _THREADED}
        answers, theirs = os.pipe()
        with open(Path(tempfile.gettempdir()) / f"peer_{name}.log", "w") as log:
            self._process = subprocess.Popen(
                [python, HERE / f"with_{name}.py", str(theirs)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=[theirs],
                env=os.environ | limits,
                text=True,
            )
        os.close(theirs)
        self._answers = os.fdopen(answers)

    def ask(self, do, **request):
        """Return the worker's answer; RuntimeError with its traceback if it fails."""
        self._process.stdin.write(json.dumps({"do": do, **request}) + "\n")
        self._process.stdin.flush()
        if not select.select([self._answers], [], [], self.patience)[0]:
            self._process.kill()
            raise RuntimeError(f"{self.name}: no answer after {self.patience} s")
        line = self._answers.readline()
        answer = json.loads(line or '{"error": "the worker died"}')
        if "error" in answer:
            raise RuntimeError(f"{self.name}: {answer['error']}")
        return answer["answer"]

    def load(self, parts):
        """Give the worker these training and test arrays, instead of what it had."""
        with tempfile.TemporaryDirectory() as folder:
            path = str(Path(folder) / "split.npz")
            np.savez(path, **parts)
            self.ask("load", path=path)

    def fit(self, n_iterations, settings, *, want_factors=False):
        """Return the seconds of a fit, and what it predicts of the test pairs."""
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
    """Return users, items and ratings of "ml-1m", or of "made-N" million ratings."""
    if name == "ml-1m":
        frame = datasets.fetch_movielens("1m", data_home=data_home).frame
        return frame["user"], frame["item"], frame["rating"]
    X, y = datasets.make_ratings(**made(name), random_state=0)
    return X["user"], X["item"], y


def made(name):
    """Return what the made set of so many million ratings is made with.

    Shaped as MovieLens-10M is: its users, items, half stars and spread (1.08 against
    1.06). Biases, factors and noise have about a sixth, a third and a half of the
    variance, so that who fits no factors loses a quarter.
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
    """Split users, items and ratings into what `coded` returns, shuffled.

    Test pairs whose user or item training has not seen are dropped unless
    `keep_unseen`.
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
    """Return training and test arrays, ids coded from 0 as training knows them.

    An id that training has not seen is -1.
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
    """Return the errors on the test pairs, predictions clipped to the rating range.

    Infinite where a prediction is no number: the fit diverged.
    """
    low, high = parts["train_rating"].min(), parts["train_rating"].max()
    found = np.clip(predicted, low, high).astype(np.float64) - parts["test_rating"]
    return np.where(np.isfinite(found), found, np.inf)


def machine():
    """Return the machine and the day, for the head of a table."""
    model = platform.processor() or "unknown CPU"
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.split(":", 1)[1].strip()
            break
    return f"{model}, {os.cpu_count()} cores, {platform.system()}, {date.today()}"
