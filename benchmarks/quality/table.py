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

from benchmarks.peers.driver import Peer, coded, errors, machine, rmse, split
from benchmarks.quality.models import MODELS
from benchmarks.quality.protocols import PROTOCOLS, folds

FIELDS = (
    "set,fold,model,iterations,settings,tuned_in,tried,"
    "rmse,mae,fit_seconds,tuning_seconds,versions"
).split(",")
WARM_UP = 2_000  # ratings
# Limit of a fit in seconds, because LIBMF sometimes hangs; a rerun fits missing folds.
PATIENCE = 900


def run(arguments):
    """Fit the chosen sets, models and folds that are missing in the file."""
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
    """Tune and fit one model in each missing fold."""
    name, label = names
    grid = MODELS[label].grid
    warm_up(peer, parts[0], grid[0])
    versions = peer.ask("versions")
    for n in missing:
        start = time.perf_counter()
        # If only the first fold is tuned, use its settings.
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
    """Fit a few ratings, untimed, so that our code is compiled.

    Other libraries need no compilation, and LIBMF hangs most often in short fits.
    """
    if peer.name != "ours":
        return
    few = [parts[f"train_{field}"][:WARM_UP] for field in ("user", "item", "rating")]
    peer.load(split(few, 0.1, keep_unseen=True))
    iterations, named = asked
    peer.fit(iterations and 2, named)


def tuned(peer, parts, grid):
    """Return the pair of the grid with the lowest error on a tenth of the fold."""
    if len(grid) == 1:
        return grid[0]
    train = [parts[f"train_{field}"] for field in ("user", "item", "rating")]
    inner = split(train, 0.1, seed=1, keep_unseen=True)
    peer.load(inner)
    reached = [rmse(inner, peer.fit(*asked)[1]["predicted"]) for asked in grid]
    return grid[int(np.argmin(reached))]


def _done(path, name, label):
    """Return fold -> (iterations, settings) from the file."""
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

    Errors are means over folds with their standard errors. Seconds of fits are medians
    over folds, seconds of tuning medians over tuned folds.
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
    parser.add_argument("--folds", type=int, default=5, help="number of first folds")
    parser.add_argument("--report", action="store_true", help="print without fits")
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
