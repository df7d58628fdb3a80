"""Run the same job in two libraries, and print what comes out as tables.

Each library runs in its own environment (`session.py`). All of them get the same
training and test rows of ml-100k, for each of three seeds.
"""

import functools
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pandas as pd
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import ShuffleSplit

from benchmarks.migration.cases.common import TITLES
from sklearn_cofi.datasets import fetch_movielens
from sklearn_cofi.metrics import ndcg_at_k
from sklearn_cofi.model_selection import UserFractionSplit

ROOT = Path(__file__).resolve().parents[2]
SEEDS = (0, 1, 2)
LIKED = 4  # a rating of at least this is a click
TITLE_OF = {
    "surprise": "Surprise",
    "lenskit": "LensKit",
    "lightfm": "LightFM",
    "rectools": "RecTools",
}
OURS = {"lists": "ours_lists", "ratings": "ours_ratings"}


@functools.cache
def splits(job, data_home):
    """Return training and test rows: ratings, or pairs of user and item for lists."""
    frame = fetch_movielens("100k", data_home=data_home).frame
    ratings = frame[["user", "item", "rating"]]
    if job == "ratings":
        rows, splitter = ratings, ShuffleSplit(1, test_size=0.2)
    else:
        rows = ratings.loc[ratings["rating"] >= LIKED, ["user", "item"]]
        splitter = UserFractionSplit(0.2)
    found = []
    for seed in SEEDS:
        splitter.random_state = seed
        (parts,) = splitter.split(rows)
        found.append([rows.iloc[part].reset_index(drop=True) for part in parts])
    return found


class Library:
    """A library in its environment; ours runs with the current interpreter."""

    def __init__(self, name, environments):
        ours = name in OURS.values()
        folder = Path(environments).resolve() / name / "bin" / "python"
        self.name, self.python = name, sys.executable if ours else str(folder)

    def ask(self, tasks, train, test):
        """Return the results of tasks: "lines" or cases. A crash is a result, too."""
        with tempfile.TemporaryDirectory() as folder:
            answers = Path(folder) / "answers.json"
            answers.write_text("{}")
            train.to_csv(Path(folder) / "train.csv", index=False)
            test.to_csv(Path(folder) / "test.csv", index=False)
            found = {}
            while left := [task for task in tasks if task not in found]:
                ran = self._run(folder, left)
                found |= json.loads(answers.read_text())
                if ran.returncode:
                    self._add_crash(ran, tasks, found)
            return found

    def _run(self, folder, tasks):
        module = "benchmarks.migration.session"
        return subprocess.run(
            [self.python, "-m", module, self.name, folder, *tasks],
            cwd=ROOT,
            # implicit recommends a single BLAS thread.
            env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
            capture_output=True,
            text=True,
        )

    def _add_crash(self, ran, tasks, found):
        """Record that the first task without a result ended the process."""
        crashed = next(task for task in tasks if task not in found)
        if ran.returncode > 0 or crashed == "lines":  # an error of Python
            raise RuntimeError(f"{self.name}: {ran.stderr}")
        found[crashed] = f"the process ends with signal {-ran.returncode}"


def measure(job, test, outcome):
    """Return the metric of an outcome, computed here for all libraries alike."""
    if job == "ratings":
        return root_mean_squared_error(test["rating"], outcome["predicted"])
    return ndcg_at_k(test, pd.DataFrame(outcome["best"]), k=10)


def with_error(values):
    error = np.std(values, ddof=1) / np.sqrt(len(values))
    return f"{np.mean(values):.4f} ± {error:.4f}"


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


@functools.cache
def answers(name, job, seed, tasks, data_home, environments):
    """Return the results of tasks on one split; once for each library in a process."""
    train, test = splits(job, data_home)[seed]
    return Library(name, environments).ask(tasks, train, test)


def report(name, job, data_home, environments, others=()):
    """Return the tables of a library: its lines, and its cases.

    `others` has further models: pairs of a label and a function of training and test
    rows that returns an outcome.
    """
    places = data_home, environments
    libraries = (name, OURS[job])
    parts = [job_table(job, libraries, others, *places)]
    parts.append(cases_table(job, libraries, *places))
    return "\n\n".join(parts)


def job_table(job, libraries, others, *places):
    """Return the table of the lines of two libraries and of other models."""
    found = {name: [] for name in libraries}
    values = {name: [] for name in [*libraries, *(label for label, _ in others)]}
    for seed, (train, test) in enumerate(splits(job, places[0])):
        for name in libraries:
            outcome = answers(name, job, seed, ("lines",), *places)["lines"]
            found[name].append(outcome)
            values[name].append(measure(job, test, outcome))
        for label, run in others:
            values[label].append(measure(job, test, run(train, test)))
    rows = []
    for name, measured in values.items():
        own = own_metrics(found[name][0]) if name in found else ""
        rows.append([label_of(name), with_error(measured), own])
    metric = {"ratings": "RMSE", "lists": "NDCG@10"}[job]
    versions = [found[name][0]["versions"] for name in libraries]
    text = "; ".join(f"{k} {v}" for part in versions for k, v in part.items())
    head = ["model", metric, "by its own metric, first split"]
    return f"{table(head, rows)}\n\nVersions: {text}."


def own_metrics(outcome):
    """Return the metrics that the lines computed, as text."""
    apart = {"versions", "best", "predicted"}
    return ", ".join(f"{n} {outcome[n]:.4f}" for n in outcome if n not in apart)


def label_of(name):
    """Return the name of a library for a table."""
    return "here" if name in OURS.values() else TITLE_OF.get(name, name)


def cases_table(job, libraries, *places):
    """Return what each library does in each case, as the cases observed it."""
    tasks = tuple(task for task in TITLES if (job, task) != ("lists", "missing_rating"))
    seen = [answers(name, job, 0, tasks, *places) for name in libraries]
    rows = [
        [TITLES[task], *(found[task].replace("|", "/") for found in seen)]
        for task in tasks
    ]
    return table(["case", *map(label_of, libraries)], rows)
