"""Lists compared with other libraries, tuned within the training folds alike.

    python -m benchmarks.ranking.table DATA_HOME ENVIRONMENTS [CSV]

Run it in the root of the checkout. It adds a line to CSV (results.csv of this folder)
for each missing set, protocol, model and fold. A model with a grid (`models.py`) is
fitted with each of its settings to an inner training part of the first fold, and the
one with the highest NDCG@10 on the inner held-out part is fitted to all folds. All
metrics are computed here, from lists of 100 items. `write_tables.py` makes the tables.
"""

import argparse
import csv
import json
import sys
import tempfile
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers.driver import Peer, machine
from benchmarks.ranking.metrics import METRICS, coverage, list_metrics
from benchmarks.ranking.models import MODELS
from benchmarks.ranking.protocols import PROTOCOLS, SETS, ratings_of, scale, tasks

HERE = Path(__file__).resolve().parent
WIDTH = 100
INNER_SEED = 1
WARM_UP = 40  # users
FIELDS = [
    *"set,protocol,fold,model,settings,tried,lists".split(","),
    *METRICS,
    *(f"{name} error" for name in METRICS),
    *"coverage@10,fit_seconds,list_seconds,peak_mib".split(","),
    *"tuning_ndcg@10,tuning_seconds,versions,machine".split(","),
]


def run(arguments):
    """Fit all chosen cells that are missing in the file."""
    for name in arguments.sets:
        ratings = None
        for protocol in arguments.protocols:
            if name not in PROTOCOLS[protocol].sets:
                continue
            for label in arguments.models:
                n_folds = arguments.folds or SETS[name].folds
                done = settings_by_fold(arguments.csv, name, protocol, label)
                if len(done) >= n_folds or not _can(label, protocol):
                    continue
                if ratings is None:
                    ratings = ratings_of(name, arguments.data_home)
                cell = Cell(arguments, ratings, name, protocol, label)
                try:
                    cell.fit_folds(n_folds, done)
                except (RuntimeError, OSError) as problem:
                    reason = str(problem).strip().splitlines()[-1]
                    text = f"{name}, {protocol}, {label}: skipped: {reason}"
                    print(text, file=sys.stderr, flush=True)


class Cell:
    """A model on a set by a protocol: its folds, tuned once."""

    def __init__(self, arguments, ratings, name, protocol, label):
        self.arguments, self.ratings = arguments, ratings
        self.names = name, protocol, label
        self.model = MODELS[label]

    def fit_folds(self, n_folds, done):
        """Tune if no fold has settings yet, and add the missing folds to the file."""
        name, protocol, label = self.names
        environments, patience = self.arguments.environments, self.arguments.patience
        peer = Peer(
            self.model.environment, environments, 1, patience, self.model.module
        )
        with peer:
            versions = peer.ask("versions")
            self.warm_up(peer)
            known = next(iter(done.values()), None)
            chosen, reached, spent = (known, np.nan, 0) if known else self.tuned(peer)
            folds = tasks(self.ratings, name, protocol)
            for fold, (task, _) in enumerate(islice(folds, n_folds), 1):
                if fold in done:
                    continue
                load(peer, task)
                lists, cost = make_lists(peer, chosen)
                found = self.measured(task, lists)
                line = {"set": name, "protocol": protocol, "fold": fold, "model": label}
                line |= {"settings": json.dumps(chosen), "tried": len(self.model.grid)}
                line |= {"lists": len(lists)} | found | cost
                line |= {"tuning_ndcg@10": reached, "tuning_seconds": spent}
                line |= {"versions": json.dumps(versions), "machine": machine()}
                append(self.arguments.csv, line)

    def warm_up(self, peer):
        """Make the lists of a few users, so that our code is compiled."""
        if self.model.environment != "ours":
            return
        users = self.ratings["user"].unique()[:WARM_UP]
        few = self.ratings[self.ratings["user"].isin(users)].reset_index(drop=True)
        task, _ = next(tasks(few, *self.names[:2]))
        load(peer, task)
        make_lists(peer, self.model.grid[0])

    def tuned(self, peer):
        """Return the best settings of the grid, their NDCG@10, and the seconds."""
        grid = self.model.grid
        if len(grid) == 1:
            return grid[0], np.nan, 0
        _, train = next(tasks(self.ratings, *self.names[:2]))
        inner = self.ratings.iloc[train].reset_index(drop=True)
        task, _ = next(tasks(inner, *self.names[:2], seed=INNER_SEED))
        load(peer, task)
        reached, seconds = [], 0
        for settings in grid:
            lists, cost = make_lists(peer, settings)
            reached.append(self.measured(task, lists)["ndcg@10"])
            seconds += cost["fit_seconds"] + cost["list_seconds"]
            if self.arguments.verbose:
                print(self.names, settings, f"{reached[-1]:.4f}", cost, flush=True)
        best = int(np.argmax(reached))
        return grid[best], reached[best], seconds

    def measured(self, task, lists):
        """Return the mean of each metric, its standard error, and the coverage."""
        raters = np.bincount(task.train["item"])
        n_users = task.train["user"].max() + 1
        found = list_metrics(
            lists,
            task.held,
            n_raters=raters,
            n_users=n_users,
            **scale(*self.names[:2]),
        )
        means = {name: values.mean() for name, values in found.items()}
        errors = {
            f"{name} error": values.std(ddof=1) / np.sqrt(values.size)
            for name, values in found.items()
        }
        return means | errors | {"coverage@10": coverage(lists, raters.size, 10)}


def _can(label, protocol):
    return MODELS[label].new_users or not PROTOCOLS[protocol].new_users


def load(peer, task):
    """Send a task, without its held-out ratings, to the peer."""
    arrays = {f"train_{name}": column for name, column in task.train.items()}
    arrays["queries"] = task.queries
    if task.given is not None:
        arrays |= {f"given_{name}": column for name, column in task.given.items()}
        arrays["n_queries"] = len(task.queries)
    if task.candidates is not None:
        arrays["candidates"] = task.candidates
    peer.load(arrays)


def make_lists(peer, settings):
    """Return the lists of a fit, and its seconds and peak memory."""
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "lists.npy")
        cost = peer.ask("lists", settings=settings, n=WIDTH, save=path)
        return np.load(path), cost


def settings_by_fold(path, name, protocol, label):
    """Return fold -> settings from the file."""
    if not Path(path).exists():
        return {}
    rows = pd.read_csv(path)
    chosen = (rows["set"] == name) & (rows["protocol"] == protocol)
    rows = rows[chosen & (rows["model"] == label)]
    return dict(zip(rows["fold"], map(json.loads, rows["settings"]), strict=True))


def append(path, line):
    """Add a line to the file; floats have 6 significant digits."""
    with open(path, "a", newline="") as file:
        rows = csv.DictWriter(file, FIELDS, lineterminator="\n")
        if file.tell() == 0:
            rows.writeheader()
        rows.writerow({name: _short(line[name]) for name in FIELDS})


def _short(value):
    return f"{value:.6g}" if isinstance(value, float) else value


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("environments")
    parser.add_argument("csv", nargs="?", default=HERE / "results.csv")
    for name, known in (("sets", SETS), ("protocols", PROTOCOLS), ("models", MODELS)):
        parser.add_argument(f"--{name}", nargs="+", choices=known, default=[*known])
    parser.add_argument("--folds", type=int, help="number of first folds")
    parser.add_argument("--patience", type=float, default=3600, help="seconds of a fit")
    parser.add_argument("--verbose", action="store_true", help="print the tuning")
    run(parser.parse_args())


if __name__ == "__main__":
    main()
