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

import pandas as pd
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import ShuffleSplit

from benchmarks.migration.cases.common import TITLES
from benchmarks.quality.report import with_error
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


@functools.cache
def answers(name, job, data_home, environments):
    """Return the results of a library: of its lines on each split, and of the cases.

    This package runs in the current environment, and once for all libraries. A case
    that ends the process is a result, too.
    """
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for seed, parts in enumerate(splits(job, data_home)):
            (Path(folder) / str(seed)).mkdir()
            for part, rows in zip(("train", "test"), parts, strict=True):
                rows.to_csv(Path(folder) / str(seed) / f"{part}.csv", index=False)
        kept = Path(folder) / "answers.json"
        kept.write_text("{}")
        while left := [task for task in tasks_of(job) if task not in found]:
            ran = run_session(name, folder, left, environments)
            found |= json.loads(kept.read_text())
            if ran.returncode:
                task = next(task for task in left if task not in found)
                if ran.returncode > 0 or task.isdigit():  # an error of Python
                    raise RuntimeError(f"{name}: {ran.stderr}")
                found[task] = f"the process ends with signal {-ran.returncode}"
    return found


def run_session(name, folder, tasks, environments):
    """Run tasks in the library's environment; see `session.py`."""
    python = Path(environments).resolve() / name / "bin" / "python"
    if name in OURS.values():
        python = sys.executable
    return subprocess.run(
        [python, "-m", "benchmarks.migration.session", name, folder, *tasks],
        cwd=ROOT,
        # implicit recommends a single BLAS thread.
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
    )


def tasks_of(job):
    """Return the names of the tasks: the splits, and the cases."""
    return [*map(str, range(len(SEEDS))), *cases_of(job)]


def cases_of(job):
    return [case for case in TITLES if (job, case) != ("lists", "missing_rating")]


def measure(job, test, outcome):
    """Return the metric of an outcome, computed here for all libraries alike."""
    if job == "ratings":
        return root_mean_squared_error(test["rating"], outcome["predicted"])
    return ndcg_at_k(test, pd.DataFrame(outcome["best"]), k=10)


def table(head, rows):
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines)


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
            outcome = answers(name, job, *places)[str(seed)]
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
    seen = [answers(name, job, *places) for name in libraries]
    rows = [
        [TITLES[case], *(found[case].replace("|", "/") for found in seen)]
        for case in cases_of(job)
    ]
    return table(["case", *map(label_of, libraries)], rows)
