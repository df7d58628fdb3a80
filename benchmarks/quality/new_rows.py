"""Compare users or items folded into the Bayesian model with a fit to all ratings.

    python -m benchmarks.quality.new_rows DATA_HOME [--seeds 3]

A fifth of the ratings of ml-100k are test ratings. A tenth of the items (or of the
users) are new: the first fit has none of their ratings. RMSE on the test ratings of the
new rows, and the share of these ratings inside intervals of 90%, for four models:

    unknown     the first fit
    features    the features of the new rows are folded in, and no ratings
    fold_in     their ratings are folded in, and their features
    fit         a fit to all ratings

It prints them without features and times, with features of this side, and with times.
"""

import argparse

import numpy as np
import pandas as pd
from sklearn.metrics import root_mean_squared_error

from benchmarks.speed.timing import timed
from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

OTHER = {"user": "item", "item": "user"}
FEATURES = {
    "user": ["user", "age", "gender", "occupation"],
    "item": ["item", "genres", "year"],
}


def models(ratings, new, side, table, options):
    """Yield the name and the model of each way; ``new`` is the ids of new rows."""
    is_new, given = ratings[side].isin(new), {}
    if table is not None:
        given = {f"{side}_features": table[~table[side].isin(new)]}
    start = BayesianCollaborativeFilter(15, 150, **options | given)
    start.fit(ratings[~is_new])
    yield "unknown", start
    of_new = None if table is None else table[table[side].isin(new)]
    if table is not None:
        yield "features", start.fold_in(side=side, features=of_new)
        given = {f"{side}_features": table}
    other = OTHER[side]
    known = ratings[other].isin(getattr(start, f"{other}_ids_"))
    arrived = ratings[is_new & known]
    seconds, found = timed(lambda: start.fold_in(arrived, side=side, features=of_new))
    print(f"  {seconds:.2f} s", flush=True)
    yield "fold_in", found
    whole = BayesianCollaborativeFilter(15, 150, **options | given)
    yield "fit", whole.fit(ratings)


def errors(data, side, kind, seed):
    """Yield a row for each model."""
    frame, rng = data.frame, np.random.default_rng(seed)
    test = rng.random(len(frame)) < 0.2
    ids = np.sort(frame[side].unique())
    new = rng.permutation(ids)[: ids.size // 10]
    options, table = {"random_state": seed, "n_jobs": 1}, None
    if kind == "times":
        options["time_col"] = "timestamp"
    if kind == "features":
        table = data[f"{side}_frame"][FEATURES[side]]
    held_out = frame[test & frame[side].isin(new)]
    for name, model in models(frame[~test], new, side, table, options):
        low, high = model.predict_interval(held_out, 0.9).T
        rating = held_out["rating"]
        error = root_mean_squared_error(rating, model.predict(held_out))
        inside = ((low <= rating) & (rating <= high)).mean()
        yield {"model": name, "RMSE": error, "inside": inside}


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data_home")
    parser.add_argument("--seeds", type=int, default=3)
    given = parser.parse_args()
    data = fetch_movielens("100k", data_home=given.data_home)
    for kind in ("plain", "features", "times"):
        for side in ("item", "user"):
            rows = [
                row
                for seed in range(given.seeds)
                for row in errors(data, side, kind, seed)
            ]
            print(f"new {side}s, {kind}")
            table = pd.DataFrame(rows).groupby("model", sort=False).mean()
            print(table.round(4).to_string(), flush=True)


if __name__ == "__main__":
    main()
