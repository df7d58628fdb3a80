"""Errors on held-out ratings: ours and the peers', tuned within the training folds.

    python -m benchmarks.quality.table DATA_HOME ENVIRONMENTS CSV

Run it in the root of the checkout. It adds a line to CSV for each missing set, model
and fold. A model with several settings (`models.py`) is fitted with each on nine
tenths of the training fold, drawn with a seed, and the one with the lowest root mean
squared error on the last tenth is fitted on the whole fold. Every test rating counts
for every model, including clipped predictions for unknown users and items.
`--report` only prints the tables of CSV.
"""

import argparse
import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers.driver import Peer, errors, machine, rmse
from benchmarks.quality.information import described, encoded, offers, restricted
from benchmarks.quality.models import MODELS
from benchmarks.quality.protocols import (
    PROTOCOLS,
    folds,
    group_names,
    groups,
    inner_split,
)
from benchmarks.quality.report import sections

FIELDS = (
    "set,fold,model,information,iterations,settings,tuned_in,tried,"
    "rmse,mae,fit_seconds,tuning_seconds,versions"
).split(",")
WARM_UP = 2_000  # ratings
# Limit of a fit in seconds, because LIBMF sometimes hangs; a rerun fits missing folds.
PATIENCE = 1800


def run(arguments):
    """Fit the chosen sets, models and folds that are missing in the file."""
    for name in arguments.sets:
        known = described(PROTOCOLS[name].of_set, arguments.data_home)
        parts = [encoded(*fold, known) for fold in folds(name, arguments.data_home)]
        for label in arguments.models:
            if not offers(parts[0], MODELS[label].information):
                continue
            done = _done(arguments.csv, name, label)
            missing = [n for n in range(len(parts)) if n + 1 not in done]
            missing = [n for n in missing if n < arguments.folds]
            if not missing:
                continue
            home = arguments.environments
            try:
                with Peer(MODELS[label].peer, home, 1, PATIENCE) as peer:
                    _fit_folds(peer, arguments.csv, (name, label), parts, missing)
            except (RuntimeError, OSError) as problem:
                reason = str(problem).strip().splitlines()[-1]
                print(f"{name}, {label}: skipped: {reason}", file=sys.stderr)


def _fit_folds(peer, path, names, parts, missing):
    """Tune and fit one model in each missing fold."""
    name, label = names
    _, grid, information = MODELS[label]
    warm_up(peer, name, parts[0], MODELS[label])
    versions = peer.ask("versions")
    for n in missing:
        start = time.perf_counter()
        # If only the first fold is tuned, use its settings.
        tuned_in = n if PROTOCOLS[name].tuned_in_each_fold else 0
        known = _done(path, name, label).get(tuned_in + 1)
        chosen = known or tuned(peer, name, parts[tuned_in], MODELS[label])
        tuning = 0 if known or len(grid) == 1 else time.perf_counter() - start
        peer.load(restricted(parts[n], information))
        seconds, arrays = peer.fit(*chosen)
        found = errors(parts[n], arrays["predicted"])
        for group, rows in groups(name, parts[n]).items():
            row = [group, n + 1, label, information, chosen[0], json.dumps(chosen[1])]
            row += [
                tuned_in + 1,
                len(grid),
                f"{np.sqrt(np.mean(found[rows] ** 2)):.5f}",
            ]
            row += [f"{np.mean(abs(found[rows])):.5f}", f"{seconds:.2f}"]
            _append(path, [*row, f"{tuning:.1f}", json.dumps(versions)])


def warm_up(peer, name, parts, model):
    """Fit a few ratings, untimed, so that our code is compiled.

    Other libraries need no compilation, and LIBMF hangs most often in short fits.
    """
    if peer.name != "ours":
        return
    few = {
        part: parts[part][:WARM_UP] if part.startswith("train") else parts[part]
        for part in parts
    }
    peer.load(restricted(inner_split(name, few), model.information))
    iterations, named = model.grid[0]
    peer.fit(iterations and 2, named)


def tuned(peer, name, parts, model):
    """Return the pair of the grid with the lowest error on a tenth of the fold."""
    _, grid, information = model
    if len(grid) == 1:
        return grid[0]
    inner = restricted(inner_split(name, parts), information)
    peer.load(inner)
    reached = [rmse(inner, peer.fit(*asked)[1]["predicted"]) for asked in grid]
    return grid[int(np.argmin(reached))]


def _done(path, name, label):
    """Return fold -> (iterations, settings) from the file."""
    if not Path(path).exists():
        return {}
    # All groups of a protocol have the same lines.
    group = group_names(name)[0]
    rows = pd.read_csv(path, comment="#")
    rows = rows[(rows["set"] == group) & (rows["model"] == label)]
    return {
        row.fold: (
            None if np.isnan(row.iterations) else int(row.iterations),
            json.loads(row.settings),
        )
        for row in rows.itertuples()
    }


def _append(path, row):
    with open(path, "a", newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            rows.writerow(FIELDS)
            file.write(f"# {machine()}\n")
        rows.writerow(row)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("environments")
    parser.add_argument("csv")
    parser.add_argument("--sets", nargs="+", choices=PROTOCOLS, default=[*PROTOCOLS])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=[*MODELS])
    parser.add_argument("--folds", type=int, default=5, help="number of first folds")
    parser.add_argument("--report", action="store_true", help="print without fits")
    arguments = parser.parse_args()
    if not arguments.report:
        run(arguments)
    fits = pd.read_csv(arguments.csv, comment="#")
    fits = fits[fits["model"].isin(arguments.models)]
    print("\n".join(sections(fits, arguments.sets)))


if __name__ == "__main__":
    main()
