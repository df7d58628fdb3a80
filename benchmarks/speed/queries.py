"""Latency of one query, compared with a plain product and partition of numpy.

    python -m benchmarks.speed.queries [--items 100000] [--features 32] [--rounds 300]

Run it in the root of the checkout. A model of random ratings is queried for the best
ten items of a known user, and of a new user by a frame of 20 ratings, through the
public `recommend`, including ids and frame. In turn with each query, numpy multiplies
the item factors with the user's factors, adds the biases, partitions the scores and
sorts the best ten. Printed are the median and the 99th percentile of each in
milliseconds, and the ratio of the medians to numpy's.
"""

import argparse
import warnings

import numpy as np
import pandas as pd

from benchmarks.peers.driver import machine
from benchmarks.speed.timing import timed
from sklearn_cofi import CollaborativeFilter

N = 10
N_USERS, RATINGS_PER_ITEM, RATINGS_OF_A_NEW_USER = 2000, 4, 20


def fitted(n_items, num_features, dtype):
    """Return a model of random ratings in which every item has ratings."""
    rng = np.random.default_rng(0)
    items = np.repeat(np.arange(n_items), RATINGS_PER_ITEM)
    frame = pd.DataFrame(
        {
            "user": rng.integers(0, N_USERS, items.size),
            "item": items,
            "rating": rng.integers(1, 11, items.size) / 2,
        }
    )
    model = CollaborativeFilter(
        num_features,
        reg_param=2.0,
        solver="als",
        max_iter=2,
        fit_bias=True,
        mean_normalization="global",
        dtype=dtype,
        random_state=0,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # two sweeps, and some pairs twice
        return model.fit(frame)


def plain_numpy(model, user):
    """Return the best items of a user and their scores, by two calls of numpy."""
    scores = model.item_factors_ @ model.user_factors_[user] + model.item_bias_
    best = np.argpartition(scores, -N)[-N:]
    best = best[np.argsort(-scores[best])]
    return best, scores[best]


def latencies(model, rounds):
    """Return milliseconds of numpy, a known user and a new user, measured in turn."""
    rng, n_users = np.random.default_rng(1), model.user_ids_.size
    found = {"numpy": [], "known user": [], "new user": []}
    for number in range(rounds + 5):
        user = int(rng.integers(n_users))
        new = pd.DataFrame(
            {
                "item": rng.choice(
                    model.item_ids_, RATINGS_OF_A_NEW_USER, replace=False
                ),
                "rating": rng.integers(1, 11, RATINGS_OF_A_NEW_USER) / 2,
            }
        )
        took = (
            timed(lambda user=user: plain_numpy(model, user))[0],
            timed(lambda user=user: model.recommend(user, n=N))[0],
            timed(lambda new=new: model.recommend(ratings=new, n=N))[0],
        )
        if number >= 5:  # the first rounds compile and prepare
            for name, seconds in zip(found, took, strict=True):
                found[name].append(1e3 * seconds)
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--items", type=int, default=100_000)
    parser.add_argument("--features", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=300)
    arguments = parser.parse_args()
    print(machine())
    for dtype in ("float64", "float32"):
        model = fitted(arguments.items, arguments.features, dtype)
        found = latencies(model, arguments.rounds)
        plain = np.median(found["numpy"])
        print(f"{arguments.items} items, k={arguments.features}, {dtype}")
        for name, values in found.items():
            p50, p99 = np.percentile(values, [50, 99])
            print(f"  {name:11} p50 {p50:6.2f} ms   p99 {p99:6.2f} ms   ", end="")
            print(f"{p50 / plain:.2f} of numpy")


if __name__ == "__main__":
    main()
