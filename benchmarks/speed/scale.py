"""Seconds and memory of each stage of a fit, for one to a hundred million ratings.

    python benchmarks/speed/scale.py --millions 1 10 25 100 > scale.csv

Each size is simulated, fitted and measured in a separate process, so that the peak of
memory is that of this size. Ratings have ids of int64 and values of float32, with a
mean of a hundred ratings per user and a thousand per item, Zipf-distributed.
"""

import argparse
import csv
import json
import resource
import subprocess
import sys
import warnings
from statistics import median
from time import perf_counter

import pandas as pd
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from sklearn_cofi import CollaborativeFilter, RankingCollaborativeFilter
from sklearn_cofi.data._centering import centre, rating_means
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.datasets import make_ratings
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread
from sklearn_cofi.objective._half_step import half_step
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._start import random_start

REPEATS = 3


def made(millions):
    """Return user ids, item ids and ratings, in random order."""
    n = int(millions * 1_000_000)
    X, y = make_ratings(n, n // 100, n // 1000, random_state=0, as_frame=False)
    return pd.DataFrame(X, columns=["user", "item"]), y.astype("float32")


def seconds(run):
    """Return the seconds of a call and its result."""
    start = perf_counter()
    result = run()
    return perf_counter() - start, result


def megabytes_at_peak():
    """Return the peak of resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def stages(millions, features):
    """Measure ids, matrix, and sweeps with each number of latent factors."""
    matrix, found = prepared(millions)
    objective = MaskedSquaredLoss(
        centre(matrix, rating_means(matrix), "item"),
        Penalty(reg_param=0.05, reg_scaling="count"),
    )
    with kernel_threads(None), single_blas_thread:
        for k in features:
            found |= sweeps(objective, matrix.shape, k)
    return found


def prepared(millions):
    """Return the matrix, and the seconds of the stages before the factors."""
    X, y = made(millions)
    ids = X["user"].to_numpy(), X["item"].to_numpy()
    found = {}
    for _ in range(2):  # the first round warms up memory
        found["factorize_s"], coded = seconds(lambda: [*map(pd.factorize, ids)])
        found["encode_s"], coded = seconds(lambda: [distinct_ids(s, "id") for s in ids])
    (user_ids, users), (item_ids, items) = coded
    shape = user_ids.size, item_ids.size
    found["build_s"], built = seconds(
        lambda: rating_matrix(users, items, y, None, shape)
    )
    return built, found


def sweeps(objective, shape, k):
    """Measure an exact sweep, an inexact sweep, and a gradient."""
    factors = random_start(objective, shape, k, check_random_state(0))
    runs = {
        f"exact_{k}_s": lambda: [half_step(objective, s, factors) for s in (0, 1)],
        f"inexact_{k}_s": lambda: [
            half_step(objective, s, factors, steps=3) for s in (0, 1)
        ],
        f"gradient_{k}_s": lambda: objective.value_and_gradient(factors),
    }
    found = {}
    for name, run in runs.items():
        found[name] = median(seconds(run)[0] for _ in range(REPEATS))
    return found


def fit_of_ratings(millions, _):
    """Return time and memory of ten sweeps with 32 latent factors, in float32."""
    model = CollaborativeFilter(
        num_features=32,
        reg_param=0.05,
        reg_scaling="count",
        mean_normalization="item",
        fit_bias=False,
        solver="als",
        max_iter=10,
        tol=0,
        random_state=0,
    )
    return whole_fit(model, millions)


def fit_of_lists(millions, _):
    """Return time and memory of a fit with unrated pairs and 64 latent factors."""
    return whole_fit(RankingCollaborativeFilter(64, random_state=0), millions)


def whole_fit(model, millions):
    """Return time and memory of a fit to a frame."""
    X, y = made(millions)
    before = megabytes_at_peak()
    held = resident_megabytes()
    warnings.simplefilter("ignore", ConvergenceWarning)
    taken, _ = seconds(lambda: model.fit(X, y))
    return {
        "frame_mb": (X.memory_usage(index=False).sum() + y.nbytes) / 2**20,
        "before_mb": held,
        "peak_of_making_mb": before,
        "peak_mb": megabytes_at_peak(),
        "fit_s": taken,
        "n_iter": model.n_iter_,
    }


def resident_megabytes():
    """Return the current resident memory of this process."""
    with open("/proc/self/statm") as statm:
        pages = int(statm.read().split()[1])
    return pages * resource.getpagesize() / 2**20


def in_own_process(what, millions, features):
    """Run one measurement in a new process and return its results."""
    command = [sys.executable, __file__, "--only", what, "--millions", str(millions)]
    command += ["--features", *map(str, features)]
    run = subprocess.run(command, check=True, capture_output=True, text=True)
    return json.loads(run.stdout)


MEASURES = {"stages": stages, "fit": fit_of_ratings, "lists": fit_of_lists}


def main():
    """Print a line for each size and figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--millions", type=float, nargs="+", default=[1, 10])
    parser.add_argument("--features", type=int, nargs="+", default=[16, 32, 64, 128])
    parser.add_argument("--measures", choices=MEASURES, nargs="+", default=[*MEASURES])
    parser.add_argument("--only", choices=MEASURES)
    asked = parser.parse_args()
    if asked.only:
        print(json.dumps(MEASURES[asked.only](asked.millions[0], asked.features)))
        return
    table = csv.writer(sys.stdout)
    table.writerow(["millions", "figure", "value", "nanoseconds a rating"])
    for millions in asked.millions:
        for what in asked.measures:
            found = in_own_process(what, millions, asked.features)
            for name, value in found.items():
                each = value / millions * 1e3 if name.endswith("_s") else ""
                table.writerow([millions, name, value, each])
                sys.stdout.flush()


if __name__ == "__main__":
    main()
