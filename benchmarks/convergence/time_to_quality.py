"""Seconds to a low error on held-out ratings: ours and the peers'.

    python -m benchmarks.convergence.time_to_quality DATA_HOME ENVIRONMENTS SET CSV

Run it in the root of the checkout. It fits each library of `settings.py` from scratch
with more and more iterations, and adds a line to CSV for each fit: its seconds and its
root mean squared error on the test ratings, which the script computes. The time of a
fit runs from three arrays (users and items encoded from 0, ratings) to the fitted
model, including set-up and excluding predictions. Libraries use two threads if they
can. Then it prints medians over all lines of CSV:

    r        the lowest error of the library
    seconds  the first time on its curve at which its error is at most 1.001 * r
    ours     the first time on our curve at which our error is at most 1.001 * r
"""

import argparse
import csv
from contextlib import ExitStack
from pathlib import Path

import pandas as pd

from benchmarks.convergence.curves import ITERATIONS, REACHED, Loaded, first_time
from benchmarks.convergence.settings import CONTESTANTS, TEST_SHARE
from benchmarks.peers.driver import machine, ratings_set, split

HEADER = "set,library,iterations,seconds,rmse\n"


def run(arguments, contestants):
    """Time all curves in turn, for the given number of rounds."""
    of_set = arguments.set
    columns = ratings_set(of_set, arguments.data_home)
    parts = split(columns, TEST_SHARE[of_set])
    with ExitStack() as stack, open(arguments.csv, "a", 1, newline="") as file:
        if file.tell() == 0:
            file.write(HEADER)
        file.write(f"# {machine()}\n")
        loaded = {}
        for label, (name, settings) in contestants.items():
            if name not in loaded:
                loaded[name] = stack.enter_context(
                    Loaded(name, arguments.environments, parts)
                )
            versions = loaded[name].warm_up(settings)
            file.write(f"# {label}: {versions} {settings}\n")
        rows = csv.writer(file, lineterminator="\n")
        for _ in range(arguments.repeats):
            for label, (name, settings) in contestants.items():
                for n, seconds, error in loaded[name].curve(
                    settings, arguments.iterations, arguments.longest
                ):
                    rows.writerow([of_set, label, n, seconds, error])


def median_curves(fits):
    """Return set -> library -> [(iterations, seconds, error)], each a median."""
    grouped = fits.groupby(["set", "library", "iterations"])[["seconds", "rmse"]]
    curves = {}
    for (of_set, label, n), middle in grouped.median().iterrows():
        of_label = curves.setdefault(of_set, {}).setdefault(label, [])
        of_label.append((n, *middle))
    return curves


def table(curves, contestants):
    """Return the markdown table of one set."""
    ours = [label for label in curves if contestants[label][0] == "ours"]
    lines = [
        "| library | r | iterations | seconds | "
        + " | ".join(f"{label} | ratio" for label in ours)
        + " |",
        "|---|---|---|---|" + "---|---|" * len(ours),
    ]
    best = {label: min(error for *_, error in curve) for label, curve in curves.items()}
    for label in sorted(curves, key=best.get):
        goal = REACHED * best[label]
        seconds = first_time(curves[label], goal)
        n = next(n for n, took, _ in curves[label] if took == seconds)
        cells = [label, f"{best[label]:.4f}", str(n), f"{seconds:.2f}"]
        for other in ours:
            own = first_time(curves[other], goal)
            cells += [f"{own:.2f}", f"{seconds / own:.1f}"] if own else ["never", ""]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("environments")
    parser.add_argument("set", choices=CONTESTANTS)
    parser.add_argument("csv")
    parser.add_argument("--only", nargs="+", help="labels of settings.py")
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--iterations", type=int, nargs="+", default=ITERATIONS)
    parser.add_argument("--longest", type=float, default=60, help="seconds per fit")
    parser.add_argument("--report", action="store_true", help="print without timing")
    arguments = parser.parse_args()
    contestants = CONTESTANTS[arguments.set]
    only = arguments.only or contestants
    if not arguments.report:
        run(arguments, {label: contestants[label] for label in only})
    fits = pd.read_csv(Path(arguments.csv), comment="#")
    print(table(median_curves(fits)[arguments.set], contestants))


if __name__ == "__main__":
    main()
