"""Compare implicit's ALS with our optimum of the same objective.

    python -m benchmarks.quality.from_implicit DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. The ratings of ml-100k serve as counts: the
confidence in a rated pair is ``1 + rating``, and 1 in every other pair (Hu, Koren and
Volinsky, 2008). Both libraries fit in float64, with exact row solves, from starts of
their own. The table has both costs, and the largest difference of the predictions of
all pairs.
"""

import sys

import numpy as np
import pandas as pd

from benchmarks.migration.objectives import hu_koren_volinsky
from benchmarks.peers.driver import Peer, coded
from benchmarks.quality.protocols import COLUMNS
from sklearn_cofi.datasets import fetch_movielens

# Latent factors and penalties at which all starts end at one optimum.
SETTINGS = ((8, 10), (8, 50), (16, 100))
N_ITERATIONS = 500


def ours(parts, k, reg):
    """Return the factors that minimise the objective."""
    clicks = pd.DataFrame({name: parts[f"train_{name}"] for name in COLUMNS[:2]})
    model = hu_koren_volinsky(
        clicks, parts["train_rating"], factors=k, regularization=reg, tol=1e-10
    )
    return model.user_factors_, model.item_factors_


def cost(parts, X, Y, reg):
    """Return the cost of Hu, Koren and Volinsky."""
    users, items = parts["train_user"], parts["train_item"]
    confidence = parts["train_rating"].astype(np.float64)
    predicted = np.einsum("ek,ek->e", X[users], Y[items])
    every = np.sum((X.T @ X) * (Y.T @ Y))  # squared predictions of all pairs
    clicked = np.sum(confidence * (predicted - 1) ** 2 - predicted**2)
    return every + clicked + reg * (np.sum(X**2) + np.sum(Y**2))


def main(data_home, environments):
    frame = fetch_movielens("100k", data_home=data_home).frame
    columns = [frame["user"], frame["item"], 1 + frame["rating"]]
    parts = coded(columns, [column[:0] for column in columns])
    print("| k | `reg_param` | cost, implicit | cost, ours | predictions differ by |")
    print("|---" * 5 + "|")
    with Peer("implicit", environments, threads=1) as peer:
        peer.load(parts)
        for k, reg in SETTINGS:
            settings = {"factors": k, "regularization": reg}
            _, arrays = peer.fit(N_ITERATIONS, settings, want_factors=True)
            both = (arrays["user"], arrays["item"]), ours(parts, k, reg)
            theirs_all, ours_all = (X @ Y.T for X, Y in both)
            apart = np.abs(ours_all - theirs_all).max()
            costs = [cost(parts, X, Y, reg) for X, Y in both]
            print(f"| {k} | {reg} | {costs[0]:.8g} | {costs[1]:.8g} | {apart:.1g} |")


if __name__ == "__main__":
    main(*sys.argv[1:])
