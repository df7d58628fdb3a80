"""Seconds of the first call of each path of a service: compiled, and loaded.

    python benchmarks/speed/compile.py [--dtype float32]

Each path is called once in one new process, in the order of the table, with an empty
folder of compiled code and then with the folder that the first process filled. Seconds
of the processor (user and system) do not depend on other work of the machine; elapsed
seconds do.
"""

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings


def clock():
    """Return the elapsed seconds and those of the processor."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    return time.perf_counter(), used.ru_utime + used.ru_stime


def paths(dtype):
    """Yield the name of each path, and a function that takes it."""
    from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
    from sklearn_cofi.datasets import make_ratings

    X, y = make_ratings(3000, n_users=100, n_items=600, rank=3, random_state=0)
    ratings = X.assign(rating=y)
    new = ratings[ratings["user"] == 1][["item", "rating"]]
    unknown = ratings[ratings["user"] == 1].assign(user=1000)
    model = CollaborativeFilter(8, max_iter=30, dtype=dtype, random_state=0)
    yield "fit", lambda: model.fit(ratings)
    yield "predict", lambda: model.predict(X[:5])
    yield "recommend", lambda: model.recommend(3)
    yield "recommend, new user", lambda: model.recommend(ratings=new)
    yield "fold_in", lambda: model.fold_in(unknown)
    yield "explain", lambda: model.explain(1, new["item"].iloc[0])
    sampler = BayesianCollaborativeFilter(8, 20, burn_in=5, dtype=dtype, random_state=0)
    yield "Bayesian fit", lambda: sampler.fit(ratings)
    yield "Bayesian recommend", lambda: sampler.recommend(3)
    yield "Bayesian recommend, new user", lambda: sampler.recommend(ratings=new)
    for features in (8, 16):
        als = CollaborativeFilter(
            features, solver="als-ncg", dtype=dtype, random_state=0
        )
        name = f"fit, als-ncg, {features} latent factors"
        yield name, lambda als=als: als.fit(ratings)


def measure(dtype):
    """Print the seconds of each path as JSON."""
    warnings.simplefilter("ignore")
    found = {}
    for name, run in paths(dtype):
        before = clock()
        run()
        found[name] = [now - then for now, then in zip(clock(), before, strict=True)]
    print(json.dumps(found))


def main():
    """Print a table of all paths."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--dtype", default="float64")
    parser.add_argument("--measure", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    if chosen.measure:
        measure(chosen.dtype)
        return
    command = [sys.executable, __file__, "--measure", "--dtype", chosen.dtype]
    with tempfile.TemporaryDirectory() as empty:
        environment = os.environ | {"NUMBA_CACHE_DIR": empty}
        compiled, loaded = (
            json.loads(subprocess.check_output(command, env=environment))
            for _ in range(2)
        )
    print("| path | compiled: elapsed | processor | loaded: elapsed | processor |")
    print("|---|---|---|---|---|")
    compiled["total"], loaded["total"] = (
        [sum(column) for column in zip(*found.values(), strict=True)]
        for found in (compiled, loaded)
    )
    for name, first in compiled.items():
        cells = " | ".join(f"{seconds:.2f}" for seconds in first + loaded[name])
        print(f"| {name} | {cells} |")


if __name__ == "__main__":
    main()
