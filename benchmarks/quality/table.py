"""Errors on held-out ratings: ours and the peers', tuned inside the training folds.

    python -m benchmarks.quality.table DATA_HOME ENVIRONMENTS CSV

run in the root of the checkout, adds a line to CSV for each set, model and fold that
it lacks. A model with several settings (`models.py`) is fitted with each on nine
tenths of the training fold, drawn with a seed, and the one with the lowest root mean
squared error on the last tenth is fitted on the whole fold. Every test rating counts
for every model, clipped predictions of users and items unseen included.
`--report` prints the tables of what CSV holds, and fits nothing.
"""

import argparse
import csv
import json
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.peers.driver import Peer, coded, errors, machine, rmse, split
from benchmarks.quality.models import MODELS
from benchmarks.quality.protocols import PROTOCOLS, folds

FIELDS = (
    "set,fold,model,iterations,settings,tuned_in,tried,"
    "rmse,mae,fit_seconds,tuning_seconds,versions"
).split(",")
WARM_UP = 2_000  # ratings
# Seconds of one fit. LIBMF hangs now and then: a rerun does the folds that it lacks.
PATIENCE = 900


def run(arguments):
    """Fit all that is asked for and not in the file yet."""
    for name in arguments.sets:
        parts = [coded(*fold) for fold in folds(name, arguments.data_home)]
        for label in arguments.models:
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
    """Tune and fit one model in each fold that is missing."""
    name, label = names
    grid = MODELS[label].grid
    warm_up(peer, parts[0], grid[0])
    versions = peer.ask("versions")
    for n in missing:
        start = time.perf_counter()
        # What an earlier fold chose, where one tuning is to do for all.
        tuned_in = n if PROTOCOLS[name].tuned_in_each_fold else 0
        known = _done(path, name, label).get(tuned_in + 1)
        chosen = known or tuned(peer, parts[tuned_in], grid)
        tuning = 0 if known or len(grid) == 1 else time.perf_counter() - start
        peer.load(parts[n])
        seconds, arrays = peer.fit(*chosen)
        found = errors(parts[n], arrays["predicted"])
        row = [name, n + 1, label, chosen[0], json.dumps(chosen[1])]
        row += [tuned_in + 1, len(grid), f"{np.sqrt(np.mean(found**2)):.5f}"]
        row += [f"{np.mean(abs(found)):.5f}", f"{seconds:.2f}", f"{tuning:.1f}"]
        _append(path, [*row, json.dumps(versions)])


def warm_up(peer, parts, asked):
    """Fit a few ratings off the clock: what is compiled is then compiled.

    Only ours compiles. LIBMF hangs most often in a fit as short as this.
    """
    if peer.name != "ours":
        return
    few = [parts[f"train_{field}"][:WARM_UP] for field in ("user", "item", "rating")]
    peer.load(split(few, 0.1, keep_unseen=True))
    iterations, named = asked
    peer.fit(iterations and 2, named)


def tuned(peer, parts, grid):
    """Return the pair of the grid with the lowest error on a tenth of the training."""
    if len(grid) == 1:
        return grid[0]
    train = [parts[f"train_{field}"] for field in ("user", "item", "rating")]
    inner = split(train, 0.1, seed=1, keep_unseen=True)
    peer.load(inner)
    reached = [rmse(inner, peer.fit(*asked)[1]["predicted"]) for asked in grid]
    return grid[int(np.argmin(reached))]


def _done(path, name, label):
    """Return fold -> (iterations, settings) of what the file holds."""
    if not Path(path).exists():
        return {}
    rows = pd.read_csv(path, comment="#").query("set == @name and model == @label")
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


def table(fits):
    """Return the markdown table of one set.

    Errors are means and their standard errors over folds; seconds are medians over
    folds, those of tuning over the folds that were tuned in.
    """
    lines = [
        "| model | RMSE | MAE | fit, s | tuning, s | folds | settings (first fold) |",
        "|---|---|---|---|---|---|---|",
    ]
    grouped = sorted(fits.groupby("model"), key=lambda group: group[1]["rmse"].mean())
    for label, rows in grouped:
        shown = [label, _with_error(rows["rmse"]), _with_error(rows["mae"])]
        shown.append(f"{rows['fit_seconds'].median():.1f}")
        tuning = rows["tuning_seconds"][rows["tuning_seconds"] > 0].median()
        shown.append("" if np.isnan(tuning) else f"{tuning:.0f}")
        shown += [str(len(rows)), _settings(rows)]
        lines.append(f"| {' | '.join(shown)} |")
    return "\n".join(lines)


def _with_error(values):
    if len(values) == 1:
        return f"{values.iloc[0]:.4f}"
    return f"{values.mean():.4f} ± {values.std(ddof=1) / np.sqrt(len(values)):.4f}"


def _settings(rows):
    first = rows.sort_values("fold").iloc[0]
    named = json.loads(first["settings"])
    if not np.isnan(first["iterations"]):
        named = {"iterations": int(first["iterations"])} | named
    shown = ", ".join(f"{name}={value}" for name, value in named.items())
    return f"`{shown}`" if shown else "default"


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("environments")
    parser.add_argument("csv")
    parser.add_argument("--sets", nargs="+", choices=PROTOCOLS, default=[*PROTOCOLS])
    parser.add_argument("--models", nargs="+", choices=MODELS, default=[*MODELS])
    parser.add_argument("--folds", type=int, default=5, help="only the first so many")
    parser.add_argument("--report", action="store_true", help="fit nothing")
    arguments = parser.parse_args()
    if not arguments.report:
        run(arguments)
    fits = pd.read_csv(arguments.csv, comment="#")
    for name in arguments.sets:
        of_set = fits[(fits["set"] == name) & fits["model"].isin(arguments.models)]
        if len(of_set):
            print(f"### {name}\n\n{table(of_set)}\n")


if __name__ == "__main__":
    main()
