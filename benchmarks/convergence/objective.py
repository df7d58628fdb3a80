"""The cost over time: our solvers, and the peers that minimise the same objective.

    python -m benchmarks.convergence.objective DATA_HOME ENVIRONMENTS CSV PICTURE

Run it in the root of the checkout. It fits MovieLens-1M from scratch with more and more
iterations, adds a line to CSV for each fit, and draws all lines of CSV. The ratings are
centred by item means before the timed part; biases are off. The script computes the
cost in float64 from the factors that each library returns::

    1/2 * sum over rated (u, i) of (U_u . V_i - R_ui)**2
        + reg/2 * (sum_u s_u * ||U_u||**2 + sum_i s_i * ||V_i||**2)

with s = 1, or s = the number of ratings of the row if the library has no other penalty.
The picture shows costs relative to the lowest cost of all fits, which include long fits
of ours in float64 from three starts.
"""

import argparse
import csv
from contextlib import ExitStack

import numpy as np
import pandas as pd

from benchmarks.convergence.curves import Loaded
from benchmarks.peers.driver import machine, ratings_set

K = 10
REG = {"none": 10.0, "count": 0.07}
# Number of ratings per block when errors are computed.
BLOCK = 2**18
# After 24 iterations ALS has nearly converged, but gradient methods have not.
FEW = (1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 100)
MANY = (2, 4, 8, 16, 32, 48, 64, 100, 150, 200, 300, 400)


def _ours(solver, scaling, **more):
    settings = {
        "num_features": K,
        "reg_param": REG[scaling],
        "reg_scaling": scaling,
        "mean_normalization": None,
        "fit_bias": False,
        "solver": solver,
    }
    return "ours", settings | more


def _cmfrec(scaling, use_cg):
    return "cmfrec", {
        "k": K,
        "lambda_": REG[scaling],
        "scale_lam": scaling == "count",
        "use_cg": use_cg,
        "center": False,
        "user_bias": False,
        "item_bias": False,
    }


# A penalty so large that biases are zero, for libraries that cannot turn them off.
_NO_BIAS = 1e12
_LIBMF = {"k": K, "lambda_p1": 0, "lambda_q1": 0}
_LIBMF |= {"lambda_p2": REG["count"], "lambda_q2": REG["count"]}
# For each penalty, a label -> the peer, its settings, and its numbers of iterations.
CONTESTANTS = {
    "none": {
        "ours, cg": (*_ours("cg", "none"), MANY),
        "ours, lbfgs": (*_ours("lbfgs", "none"), MANY),
        "ours, als": (*_ours("als", "none"), FEW),
        "ours, als-ncg": (*_ours("als-ncg", "none"), FEW),
        "cmfrec, Cholesky": (*_cmfrec("none", False), FEW),
        "cmfrec, CG": (*_cmfrec("none", True), FEW),
        "skrecsys": (
            "skrecsys",
            {
                "n_factors": K,
                "reg_factors": REG["none"],
                "reg_bias": _NO_BIAS,
                "reg_global": _NO_BIAS,
            },
            FEW,
        ),
    },
    "count": {
        "ours, cg": (*_ours("cg", "count"), MANY),
        "ours, lbfgs": (*_ours("lbfgs", "count"), MANY),
        "ours, als": (*_ours("als", "count"), FEW),
        "ours, als-ncg": (*_ours("als-ncg", "count"), FEW),
        "cmfrec, Cholesky": (*_cmfrec("count", False), FEW),
        "LensKit": (
            "lenskit",
            {"embedding_size": K, "regularization": REG["count"], "damping": _NO_BIAS},
            FEW,
        ),
        "LIBMF, eta 0.1": ("libmf", _LIBMF | {"eta": 0.1}, MANY),
        "LIBMF, eta 0.03": ("libmf", _LIBMF | {"eta": 0.03}, MANY),
        "Spark": ("spark", {"rank": K, "regParam": REG["count"]}, (2, 8, 24)),
    },
}
_BEST = "best"


def centred(columns):
    """Return ratings minus item means, with encoded ids and one rating as test set."""
    user, item = (np.unique(ids, return_inverse=True)[1] for ids in columns[:2])
    rating = np.asarray(columns[2], np.float64)
    rating = rating - (np.bincount(item, rating) / np.bincount(item))[item]
    arrays = {
        "user": user.astype(np.int32),
        "item": item.astype(np.int32),
        "rating": rating.astype(np.float32),
    }
    train = {f"train_{name}": array for name, array in arrays.items()}
    test = {f"test_{name}": array[:1] for name, array in arrays.items()}
    return train | test


def cost(parts, U, V, scaling):
    """Return the cost in float64, by the formula above."""
    user, item, rating = (parts[f"train_{name}"] for name in ("user", "item", "rating"))
    U, V = U.astype(np.float64), V.astype(np.float64)
    total = 0.0
    for start in range(0, user.size, BLOCK):
        block = slice(start, start + BLOCK)
        predicted = np.einsum("nk,nk->n", U[user[block]], V[item[block]])
        total += np.square(predicted - rating[block]).sum()
    for side, ids in ((U, user), (V, item)):
        scales = np.bincount(ids) if scaling == "count" else np.ones(len(side))
        total += REG[scaling] * (scales @ np.square(side).sum(axis=1))
    return total / 2


def lowest(loaded, parts, scaling):
    """Return the lowest cost of long fits of ours in float64, from three starts."""
    costs = []
    for seed in range(3):
        _, settings = _ours(
            "als-ncg", scaling, dtype="float64", tol=1e-7, random_state=seed
        )
        _, arrays = loaded.peer.fit(500, settings, want_factors=True)
        costs.append(cost(parts, arrays["user"], arrays["item"], scaling))
    return min(costs)


def run(arguments):
    """Time all contestants in turn, for the given number of rounds."""
    parts = centred(ratings_set("ml-1m", arguments.data_home))
    with ExitStack() as stack, open(arguments.csv, "a", 1, newline="") as file:
        rows = csv.writer(file, lineterminator="\n")
        if file.tell() == 0:
            rows.writerow(("penalty", "library", "iterations", "seconds", "cost"))
        file.write(f"# {machine()}\n")
        loaded = {}
        for scaling in arguments.penalties:
            for label, (name, settings, _) in CONTESTANTS[scaling].items():
                if name not in loaded:
                    loaded[name] = stack.enter_context(
                        Loaded(name, arguments.environments, parts)
                    )
                told = loaded[name].warm_up(settings)
                file.write(f"# {label}: {told} {settings}\n")
            found = lowest(loaded["ours"], parts, scaling)
            rows.writerow((scaling, _BEST, 500, "", found))
            for _ in range(arguments.repeats):
                for label, asked in CONTESTANTS[scaling].items():
                    _measure(loaded[asked[0]].peer, label, asked, parts, scaling, rows)


def _measure(peer, label, asked, parts, scaling, rows):
    _, settings, iterations = asked
    for n in iterations:
        seconds, arrays = peer.fit(n, settings, want_factors=True)
        reached = cost(parts, arrays["user"], arrays["item"], scaling)
        rows.writerow((scaling, label, n, seconds, reached))


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("environments")
    parser.add_argument("csv")
    parser.add_argument("picture", help=".svg or .png")
    parser.add_argument("--penalties", nargs="+", default=list(REG), choices=REG)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--report", action="store_true", help="print without timing")
    arguments = parser.parse_args()
    if not arguments.report:
        run(arguments)
    # Imported here, because the measurements above do not need matplotlib.
    from benchmarks.convergence.picture import draw, table

    fits = pd.read_csv(arguments.csv, comment="#")
    print(table(fits))
    draw(fits, arguments.picture)


if __name__ == "__main__":
    main()
