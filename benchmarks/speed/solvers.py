"""Time the solvers to the default `tol`, for two objectives.

    python -m benchmarks.speed.solvers DATA_HOME [--sets latest-small 1m]

Run it in the root of the checkout. It prints a table of seconds per fit, medians of
three, and iterations, in float64. Seconds are processor time on one thread, because the
machine may be shared.
"""

import argparse
import time
from statistics import median

from benchmarks.quality.models import UNSCALED
from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

SOLVERS = ("cg", "lbfgs", "als", "als-ncg")
OBJECTIVES = {
    "item means": {"num_features": 10, "reg_param": 10, **UNSCALED},
    "defaults": {},
}
REPEATS = 3


def timed_fit(ratings, solver, objective):
    """Return median seconds and iterations of a fit, after one fit as a warm-up."""
    model = CollaborativeFilter(solver=solver, n_jobs=1, random_state=0, **objective)
    model.fit(ratings)
    seconds = []
    for _ in range(REPEATS):
        start = time.process_time()
        model.fit(ratings)
        seconds.append(time.process_time() - start)
    return median(seconds), model.n_iter_


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("--sets", nargs="+", default=["latest-small", "1m"])
    asked = parser.parse_args()
    print("| ratings, objective |", " | ".join(f'"{name}"' for name in SOLVERS), "|")
    print("|---" * (1 + len(SOLVERS)) + "|")
    for name in asked.sets:
        frame = fetch_movielens(name, data_home=asked.data_home).frame
        for label, objective in OBJECTIVES.items():
            cells = [timed_fit(frame, solver, objective) for solver in SOLVERS]
            shown = " | ".join(f"{seconds:.2f} ({n})" for seconds, n in cells)
            print(f"| ml-{name}, {label} | {shown} |", flush=True)


if __name__ == "__main__":
    main()
