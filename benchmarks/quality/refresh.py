"""Compare models updated by `fold_in` with models that are fitted again.

    python -m benchmarks.quality.refresh DATA_HOME [--sets 100k 1m] [--seeds 3]
        [--model {point,bayesian}]

A tenth of the users and a twentieth of the items are new: the first fit has none of
their ratings; half of these arrive later and half are test ratings. All other ratings
are split at random: 80% for the first fit, 10% arrive later, 10% are test ratings. The
arrived ratings are then used in five ways:

    left out            not at all; predictions for new users and items are means
    fold_in, users      factors of users are solved; ratings of new items are left out
    fold_in, both       first new items, from ratings of known users; then users
    warm fit            the folded-in model is fitted to all with warm_start=True; the
                        Bayesian model has no warm start
    cold fit            a new model is fitted to all

It prints the error on all test pairs and on those with a new user or item, and seconds.
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.base import clone

from benchmarks.quality.models import RECOMMENDED
from benchmarks.speed.timing import timed
from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

COMMON = {"random_state": 0, "rating_range": (1, 5)}
MODELS = {
    "point": CollaborativeFilter(**RECOMMENDED | COMMON),
    "bayesian": BayesianCollaborativeFilter(15, 150, **COMMON),
}


def dealt(frame, seed):
    """Return the ratings of the first fit, those that arrive, and test ratings."""
    rng = np.random.default_rng(seed)
    new = np.zeros(len(frame), bool)
    for side, share in (("user", 0.1), ("item", 0.05)):
        ids = np.sort(frame[side].unique())
        new |= frame[side].isin(rng.permutation(ids)[: int(share * ids.size)])
    draw = rng.random(len(frame))
    arrives = np.where(new, draw < 0.5, (draw >= 0.8) & (draw < 0.9))
    tested = np.where(new, draw >= 0.5, draw >= 0.9)
    return frame[~arrives & ~tested], frame[arrives], frame[tested]


def refreshed(unfitted, first, arrived):
    """Yield the name, the seconds and the model of each way."""
    model = clone(unfitted).fit(first)
    yield "left out", 0.0, model

    known_items = arrived[arrived["item"].isin(model.item_ids_)]
    yield "fold_in, users", *timed(lambda: model.fold_in(known_items))

    def both():
        by_known = arrived[arrived["user"].isin(model.user_ids_)]
        wider = model.fold_in(by_known, side="item")
        return wider.fold_in(arrived[arrived["item"].isin(wider.item_ids_)])

    seconds, folded = timed(both)
    yield "fold_in, both", seconds, folded
    every = pd.concat([first, arrived])
    if hasattr(folded, "warm_start"):
        warm = folded.set_params(warm_start=True)
        yield "warm fit", *timed(lambda: warm.fit(every))
    cold = clone(unfitted)
    yield "cold fit", *timed(lambda: cold.fit(every))


def errors(unfitted, frame, seed):
    """Yield a row for each way to refresh."""
    first, arrived, tested = dealt(frame, seed)
    known = [tested[side].isin(first[side]) for side in ("user", "item")]
    strange = ~(known[0] & known[1])
    for name, seconds, model in refreshed(unfitted, first, arrived):
        square = (model.predict(tested) - tested["rating"]) ** 2
        yield {
            "way": name,
            "RMSE": np.sqrt(square.mean()),
            "new users or items": np.sqrt(square[strange].mean()),
            "known": np.sqrt(square[~strange].mean()),
            "seconds": seconds,
        }


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("--sets", nargs="+", default=["100k", "1m"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--model", choices=MODELS, default="point")
    asked = parser.parse_args()
    model = MODELS[asked.model]
    for name in asked.sets:
        frame = fetch_movielens(name, data_home=asked.data_home).frame
        rows = [
            row for seed in range(asked.seeds) for row in errors(model, frame, seed)
        ]
        found = pd.DataFrame(rows).groupby("way", sort=False)
        table = found.mean()
        table["seconds"] = found["seconds"].median()
        print(f"ml-{name}, {asked.seeds} random splits")
        print(table.round(4).to_string(), flush=True)


if __name__ == "__main__":
    main()
