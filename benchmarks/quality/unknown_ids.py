"""Errors for unknown users and items: damped means, and the means of items and users.

    python -m benchmarks.quality.unknown_ids DATA_HOME

It prints means over five folds of MovieLens latest-small by user and by item, with the
default parameters of `CollaborativeFilter`.
"""

import sys
import warnings

import numpy as np
import pandas as pd
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GroupKFold

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens


def errors(train, test, side):
    """Return the errors of the fallback and of the mean of the other side's id."""
    other = {"user": "item", "item": "user"}[side]
    model = CollaborativeFilter(random_state=0).fit(train)
    overall = train["rating"].mean()
    means = train.groupby(other)["rating"].mean()
    of_means = test[other].map(means).fillna(overall)
    truth = test["rating"]
    return [
        root_mean_squared_error(truth, predicted)
        for predicted in (of_means, model.predict(test[["user", "item"]]))
    ]


def main(home):
    warnings.simplefilter("ignore")  # unknown ids, as intended
    data = fetch_movielens("latest-small", data_home=home, download_if_missing=False)
    ratings = data.frame[["user", "item", "rating"]]
    table = {}
    for side in ("user", "item"):
        folds = GroupKFold(5, shuffle=True, random_state=0)
        rows = [
            errors(ratings.iloc[seen], ratings.iloc[unseen], side)
            for seen, unseen in folds.split(ratings, groups=ratings[side])
        ]
        table[f"unknown {side}s"] = np.mean(rows, axis=0)
    names = ["mean of the known id", "CollaborativeFilter"]
    print(pd.DataFrame(table, index=names).T.round(3))


if __name__ == "__main__":
    main(*sys.argv[1:])
