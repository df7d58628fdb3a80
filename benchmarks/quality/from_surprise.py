"""Compare Surprise's SVD with the minimum of its cost, by penalty.

    python -m benchmarks.quality.from_surprise DATA_HOME ENVIRONMENTS

Run it in the root of the checkout. It prints a table of errors on five seeded folds of
ml-100k with 100 latent factors, for each `reg_all`: after 20 epochs of Surprise (its
default), after 100, and at the minimum, computed here with `reg_scaling="count"`.
Predictions are clipped to the range of the ratings.
"""

import sys

import pandas as pd

from benchmarks.peers.driver import Peer, coded, rmse
from benchmarks.quality.protocols import COLUMNS, folds
from benchmarks.quality.report import with_error
from sklearn_cofi import CollaborativeFilter

PENALTIES = (0.02, 0.05, 0.1, 0.15)
FEATURES, EPOCHS = 100, (20, 100)


def at_minimum(parts, reg_all):
    """Return the predictions of a filter that minimises the cost of SVD."""
    model = CollaborativeFilter(
        num_features=FEATURES,
        reg_param=reg_all,
        reg_scaling="count",
        fit_bias=True,
        mean_normalization="global",
        solver="als-ncg",
        random_state=0,
    )
    train, test = (
        pd.DataFrame({name: parts[f"{part}_{name}"] for name in COLUMNS})
        for part in ("train", "test")
    )
    return model.fit(train).predict(test)


def main(data_home, environments):
    dealt = [coded(*fold) for fold in folds("ml-100k", data_home)]
    names = [f"Surprise, {n} epochs" for n in EPOCHS]
    print("| `reg_all`, `reg_param` |", " | ".join(names), "| here, at the minimum |")
    print("|---" * (2 + len(EPOCHS)) + "|")
    with Peer("surprise", environments, threads=1) as peer:
        for reg_all in PENALTIES:
            found = {n: [] for n in (*EPOCHS, "minimum")}
            for parts in dealt:
                peer.load(parts)
                for n in EPOCHS:
                    settings = {"n_factors": FEATURES, "reg_all": reg_all}
                    predicted = peer.fit(n, settings)[1]["predicted"]
                    found[n].append(rmse(parts, predicted))
                found["minimum"].append(rmse(parts, at_minimum(parts, reg_all)))
            shown = " | ".join(with_error(values) for values in found.values())
            print(f"| {reg_all} | {shown} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
