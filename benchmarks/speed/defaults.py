"""Iterations and seconds of "cg" and "als-ncg" with the default parameters.

    python -m benchmarks.speed.defaults DATA_HOME [SET ...]

Run it in the root of the checkout. Each solver fits the whole set to the default `tol`,
from four seeds in turn with the other solver. It prints medians over the seeds: of
iterations, of seconds, and of the seconds divided by those of "als-ncg".
"""

import sys
import time
from statistics import median

from benchmarks.peers.driver import machine
from benchmarks.quality.defaults import SETS
from sklearn_cofi import CollaborativeFilter

NAMES = ("ml-100k", "ml-latest-small", "ml-1m")
SOLVERS = ("als-ncg", "cg")
SEEDS = range(4)


def fit(ratings, solver, n_jobs, seed):
    """Return the number of iterations and the seconds of one fit."""
    model = CollaborativeFilter(solver=solver, n_jobs=n_jobs, random_state=seed)
    start = time.perf_counter()
    model.fit(ratings)
    return model.n_iter_, time.perf_counter() - start


def main(home, *names):
    print(machine())
    print("\n| set | threads | solver | iterations | seconds | ratio |")
    print("|---|---|---|---|---|---|")
    for name in names or NAMES:
        ratings = SETS[name](home).frame[["user", "item", "rating"]]
        for solver in SOLVERS:
            fit(ratings, solver, 1, 0)  # loads compiled code
        for n_jobs in (1, 2):
            found = {solver: [] for solver in SOLVERS}
            for seed in SEEDS:
                for solver in SOLVERS:
                    found[solver].append(fit(ratings, solver, n_jobs, seed))
            base = [seconds for _, seconds in found["als-ncg"]]
            for solver, fits in found.items():
                iterations = median(n for n, _ in fits)
                seconds = median(each for _, each in fits)
                pairs = zip(fits, base, strict=True)
                ratio = median(each / other for (_, each), other in pairs)
                cells = f"{iterations:g} | {seconds:.2f} | {ratio:.2f}"
                print(f"| {name} | {n_jobs} | {solver} | {cells} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
