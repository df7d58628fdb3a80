"""Compare probabilities that a user prefers an item with shares of held-out pairs.

    python -m benchmarks.quality.preferences DATA_HOME

For each user two held-out ratings are drawn again and again. A pair of equal ratings
counts as half. It prints the mean probability and the share, in bins of probability.
"""

import sys

import numpy as np
import pandas as pd

from benchmarks.quality.protocols import COLUMNS, folds
from sklearn_cofi import BayesianCollaborativeFilter

BOUNDS = [0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
N_DRAWS = 20


def pairs(test, rng):
    """Return rows of the test ratings and rows of the same users, at random."""
    shuffled = test.iloc[rng.permutation(len(test))]
    by_user = shuffled.sort_values("user", kind="stable")
    one, other = by_user.iloc[:-1], by_user.iloc[1:]
    same = one["user"].to_numpy() == other["user"].to_numpy()
    return one[same], other[same]


def main(home):
    for name in ("ml-100k", "movietweetings"):
        train, test = (
            pd.DataFrame(dict(zip(COLUMNS, part, strict=False)))
            for part in next(folds(name, home))
        )
        model = BayesianCollaborativeFilter(n_sweeps=200, random_state=0).fit(train)
        rows = []
        known = test["user"].isin(model.user_ids_) & test["item"].isin(model.item_ids_)
        rng = np.random.default_rng(0)
        for _ in range(N_DRAWS):
            one, other = pairs(test[known], rng)
            difference = one["rating"].to_numpy() - other["rating"].to_numpy()
            p = model.predict_preference(one[["user", "item"]], other["item"])
            # The item with the higher probability is first.
            wins = (1 + np.where(p > 0.5, 1, -1) * np.sign(difference)) / 2
            rows.append(pd.DataFrame({"p": np.maximum(p, 1 - p), "wins": wins}))
        table = pd.concat(rows)
        bins = pd.cut(table["p"], BOUNDS)
        print(f"\n{name}\n{table.groupby(bins, observed=True).mean().round(3)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
