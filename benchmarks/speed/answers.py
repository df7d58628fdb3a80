"""Time and memory of recommendations, compared with implicit, and time of fold-in.

    python -m benchmarks.speed.answers DATA_HOME ENVIRONMENTS [--rounds 5]

Run it in the root of the checkout. It times the best ten items of all users of ml-1m,
in float32 on two threads, in turn: ours by the public `recommend`, including ids and
frame; implicit's `recommend` on the same factors, with one more column so that it ranks
by the same predictions; and only the product of the factors, in blocks of 256 users.
Memory is the growth of the process's peak, without the returned frame. Ten thousand new
users with a hundred ratings each are folded in.
"""

import argparse
import ctypes
from pathlib import Path
from statistics import median

import numpy as np
import pandas as pd

from benchmarks.peers.driver import Peer, coded, machine
from benchmarks.speed.timing import timed
from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

N = 10


def product(U, V, out):
    """Multiply the factors, in blocks of users."""
    for begin in range(0, len(U), len(out)):
        block = U[begin : begin + len(out)]
        np.matmul(block, V.T, out=out[: len(block)])


def ranked(model, frame, environments, rounds):
    """Print the seconds of the best items of all users, ours and implicit's in turn."""
    train = [frame[name].to_numpy() for name in ("user", "item", "rating")]
    U, V = model.user_factors_, model.item_factors_
    ones = np.ones((len(U), 1), U.dtype)
    U_wide = np.hstack([U, ones])
    V_wide = np.hstack([V, model.item_bias_[:, None].astype(V.dtype)])
    out, seconds = np.empty((256, len(V)), V.dtype), {}
    with Peer("implicit", environments) as peer:
        peer.load(coded(train, [column[:1] for column in train]))
        for number in range(rounds + 1):
            ours, best = timed(model.recommend)
            theirs, items = peer.recommend(U_wide, V_wide, N)
            alone, _ = timed(lambda: product(U, V, out))
            if number:  # the first round warms up
                for name, took in zip(
                    ("ours", "implicit", "product"), (ours, theirs, alone), strict=True
                ):
                    seconds.setdefault(name, []).append(took)
    own = best["item"].to_numpy().reshape(-1, N)
    pairs = zip(own, model.item_ids_[items], strict=True)
    same = np.mean([len(set(a) & set(b)) / N for a, b in pairs])
    middle = {name: median(values) for name, values in seconds.items()}
    print(
        f"top {N}, {len(U)} users x {len(V)} items, k={U.shape[1]}, seconds: {middle}"
    )
    print(f"implicit/ours {middle['implicit'] / middle['ours']:.2f},", end=" ")
    print(f"product/ours {middle['product'] / middle['ours']:.2f};", end=" ")
    print(f"{100 * same:.2f}% of the items are the same", flush=True)


def held():
    """Return the resident memory of this process, now and at its peak, in MiB."""
    lines = Path("/proc/self/status").read_text().splitlines()
    sizes = dict(line.split(":", 1) for line in lines if line.startswith("Vm"))
    return [int(sizes[name].split()[0]) / 1024 for name in ("VmRSS", "VmHWM")]


def remembered(model, budgets):
    """Print the growth of memory when recommending to all users, for each budget."""
    for budget in budgets:
        model.recommend(model.user_ids_[:200], memory_budget=budget)
        ctypes.CDLL(None).malloc_trim(0)  # returns free memory to the system
        Path("/proc/self/clear_refs").write_text("5")  # resets the peak
        before, _ = held()
        frame = model.recommend(memory_budget=budget)
        _, peak = held()
        size = frame.memory_usage(deep=True).sum() / 2**20
        print(
            f"memory_budget={budget}: {peak - before:.1f} MiB more at the peak, of "
            f"which the frame {size:.1f}; {peak - before - size:.1f} without it",
            flush=True,
        )


def wide_model(n_users, n_items, k):
    """Return a model with random factors and many users."""
    rng = np.random.default_rng(0)
    users = np.r_[np.arange(n_users), rng.integers(n_users, size=n_items)]
    items = np.r_[rng.integers(n_items, size=n_users), np.arange(n_items)]
    frame = pd.DataFrame({"user": users, "item": items, "rating": 3.0})
    frame.loc[0, "rating"] = 4.0
    frame = frame.drop_duplicates(["user", "item"])
    model = CollaborativeFilter(k, 0.01, tol=0.9, dtype="float32").fit(frame)
    for name in ("user_factors_", "item_factors_"):
        shape = getattr(model, name).shape
        setattr(model, name, rng.normal(size=shape).astype(np.float32))
    return model


def folded(model, rounds, n_users=10_000, n_ratings=100):
    """Print the seconds of folding in new users."""
    rng = np.random.default_rng(0)
    ids = model.item_ids_
    items = [rng.choice(ids, n_ratings, replace=False) for _ in range(n_users)]
    users = ids.max() + 1_000_000 + np.repeat(np.arange(n_users), n_ratings)
    values = rng.integers(1, 6, users.size).astype(np.float32)
    new = pd.DataFrame({"user": users, "item": np.concatenate(items), "rating": values})
    name = type(model).__name__
    if hasattr(model, "fold_in"):
        seconds = [timed(lambda: model.fold_in(new))[0] for _ in range(rounds)]
        print(f"{name}.fold_in, {n_users} new users: {median(seconds):.3f} s")
    seconds = [timed(lambda: model.recommend(ratings=new))[0] for _ in range(rounds)]
    print(
        f"{name}.recommend(ratings=...), the same: {median(seconds):.3f} s", flush=True
    )


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("environments")
    parser.add_argument("--rounds", type=int, default=5)
    asked = parser.parse_args()
    print(machine())
    frame = fetch_movielens("1m", data_home=asked.data_home).frame
    settings = {"mean_damping": 5, "dtype": "float32", "random_state": 0}
    # With the default scaling, this penalty would make all factors zero.
    settings["reg_scaling"] = "none"
    for k in (32, 64):
        model = CollaborativeFilter(k, reg_param=10, solver="als-ncg", **settings).fit(
            frame
        )
        ranked(model, frame, asked.environments, asked.rounds)
        if k == 32:
            folded(model, asked.rounds)
            remembered(model, [8, 16, 64])
    remembered(wide_model(200_000, 20_000, 32), [64, 128, 256])
    bayesian = BayesianCollaborativeFilter(31, 40, burn_in=20, random_state=0)
    folded(bayesian.fit(frame), asked.rounds)


if __name__ == "__main__":
    main()
