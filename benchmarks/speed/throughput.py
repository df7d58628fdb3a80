"""Predicted pairs per second, and seconds of the best ten items of all users.

    python benchmarks/speed/throughput.py DATA_HOME

The factors are random, because the times do not depend on their values. The best items
are for ml-1m's users, without rated items, and for 100,000 simulated users and 50,000
items. The lower bound is the matrix product of the factors, on the same threads.
"""

import argparse
import resource
import warnings

import numpy as np
from timing import median_seconds

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens, make_ratings

REPEATS = 5


def fitted(X, y, k):
    """Return a model of these ratings with random factors, in float32."""
    with warnings.catch_warnings(action="ignore"):
        model = CollaborativeFilter(k, reg_param=1e9, max_iter=1).fit(X, y)
    rng = np.random.default_rng(0)
    for name in ("user_factors_", "item_factors_"):
        shape = getattr(model, name).shape
        setattr(model, name, rng.normal(size=shape).astype(np.float32))
    return model


def product_seconds(model):
    """Return the seconds of all scores as matrix products, in blocks of users."""
    U, V = model.user_factors_, model.item_factors_
    out = np.empty((256, V.shape[0]), V.dtype)
    blocks = [U[begin : begin + 256] for begin in range(0, len(U), 256)]
    return median_seconds(
        lambda: [np.matmul(block, V.T, out=out[: len(block)]) for block in blocks], 3
    )


def megabytes_at_peak():
    """Return the peak of resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def report_predict(X, y, k):
    """Print the predicted pairs per second, including the lookup of ids."""
    model = fitted(X, y, k)
    taken = median_seconds(lambda: model.predict(X), REPEATS)
    print(f"predict, ml-1m, k={k}: {len(X) / taken / 1e6:.1f} million pairs/s")


def report_best(name, X, y, k):
    """Print the seconds and memory of the best ten items of all users."""
    model = fitted(X, y, k)
    before = megabytes_at_peak()
    taken = median_seconds(lambda: model.recommend(model.user_ids_), 3)
    more = megabytes_at_peak() - before
    print(
        f"top 10, {name}, {model.user_ids_.size} users x {model.item_ids_.size} items, "
        f"k={k}: {taken:.3f} s; matrix product alone {product_seconds(model):.3f} s; "
        f"{more:.0f} MB more at the peak",
        flush=True,
    )


def main():
    """Print a line for each figure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data_home")
    asked = parser.parse_args()
    bunch = fetch_movielens("1m", data_home=asked.data_home)
    X, y = bunch.data, bunch.target.astype(np.float32)
    for k in (10, 32, 64):
        report_predict(X, y, k)
    for k in (32, 64):
        report_best("ml-1m", X, y, k)
    pairs, values = make_ratings(5_000_000, 100_000, 50_000, random_state=0)
    report_best("made", pairs, values.astype(np.float32), 32)


if __name__ == "__main__":
    main()
