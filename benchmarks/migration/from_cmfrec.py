"""Compare cmfrec with this package: the same job, and how both behave.

    python -m benchmarks.migration.from_cmfrec DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. It prints the tables of docs/howto/from-cmfrec.md,
which are also in results/cmfrec.md. The last table has the costs of both.
"""

import sys

import numpy as np
import pandas as pd

from benchmarks.migration import compare, objectives
from benchmarks.peers.driver import Peer, coded
from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

SETTINGS = {"k": 40, "lambda_": 10}  # the defaults of CMF


def same_objective(train, test):
    """Return the predictions at the minimum of the objective of CMF's defaults."""
    return objectives.ratings_of(objectives.ridge_of_all_rows(train, **SETTINGS), test)


OTHERS = (("here, the objective of cmfrec's defaults", same_objective),)

# Latent factors and penalties at which all starts end at one optimum.
COMPARED = ((8, 15), (8, 30))
N_ITERATIONS = 200


def cost(parts, X, Y, reg):
    """Return the cost of cmfrec's CMF without biases."""
    users, items = parts["train_user"], parts["train_item"]
    ratings = parts["train_rating"].astype(np.float64)
    predicted = ratings.mean() + np.einsum("ek,ek->e", X[users], Y[items])
    squares = np.sum(X**2) + np.sum(Y**2)
    return np.sum((predicted - ratings) ** 2) + reg * squares


def ours(parts, k, reg):
    """Return the factors that minimise the cost."""
    pairs = pd.DataFrame({name: parts[f"train_{name}"] for name in ("user", "item")})
    model = CollaborativeFilter(
        k,
        reg,
        solver="als",
        tol=1e-8,
        mean_normalization="global",
        fit_bias=False,
        reg_scaling="none",
        random_state=0,
    ).fit(pairs, parts["train_rating"].astype(np.float64))
    return model.user_factors_, model.item_factors_


def costs_table(data_home, environments):
    """Return the costs of both libraries, without biases and in float64."""
    frame = fetch_movielens("100k", data_home=data_home).frame
    columns = [frame[name] for name in ("user", "item", "rating")]
    # cmfrec predicts at least one pair.
    parts = coded(columns, [column[:1] for column in columns])
    fixed = {"use_cg": False, "use_float": False} | dict.fromkeys(
        ("user_bias", "item_bias"), False
    )
    rows = []
    with Peer("cmfrec", environments, threads=1) as peer:
        peer.load(parts)
        for k, reg in COMPARED:
            settings = {"k": k, "lambda_": reg} | fixed
            _, arrays = peer.fit(N_ITERATIONS, settings, want_factors=True)
            both = (arrays["user"], arrays["item"]), ours(parts, k, reg)
            theirs, here = (X @ Y.T for X, Y in both)
            costs = [f"{cost(parts, X, Y, reg):.8g}" for X, Y in both]
            rows.append([k, reg, *costs, f"{np.abs(theirs - here).max():.1g}"])
    head = ["k", "`lambda_`", "cost, cmfrec", "cost, here", "largest difference"]
    return compare.table(head, rows)


def main(data_home, environments):
    print(compare.report("cmfrec", "ratings", data_home, environments, OTHERS))
    print("\n" + costs_table(data_home, environments))


if __name__ == "__main__":
    main(*sys.argv[1:])
