"""Errors with and without the noise of users and items, and implicit features.

    python -m benchmarks.quality.bayesian_parts DATA_HOME

Run it in the root of the checkout. It prints errors of `BayesianCollaborativeFilter`
over the five seeded folds of ml-100k, with 10 latent factors and 200 sweeps.
"""

import sys

import numpy as np

from benchmarks.peers.driver import coded, rmse
from benchmarks.quality.protocols import folds
from benchmarks.quality.report import with_error
from sklearn_cofi import BayesianCollaborativeFilter

PARTS = {
    "biases and factors": {"heteroscedastic": False, "implicit_features": False},
    "noise of users and items": {"implicit_features": False},
    "and implicit features": {},
}


def error(parts, options):
    train, test = (
        np.column_stack([parts[f"{part}_{side}"] for side in ("user", "item")])
        for part in ("train", "test")
    )
    model = BayesianCollaborativeFilter(10, 200, random_state=0, **options)
    return rmse(parts, model.fit(train, parts["train_rating"]).predict(test))


def main(data_home):
    dealt = [coded(*fold) for fold in folds("ml-100k", data_home)]
    print("| model | RMSE |\n|---|---|")
    for name, options in PARTS.items():
        found = with_error([error(parts, options) for parts in dealt])
        print(f"| {name} | {found} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
