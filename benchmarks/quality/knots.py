"""How many knots the effect of a number needs, on items and users without ratings.

    python benchmarks/quality/knots.py DATA_HOME

It prints the table of docs/howto/side-information.md: the RMSE of a ridge regression
on the ids of one side and on the features of the other side, for a fifth of the ids
of the other side that it has not seen. Each row is the mean of six draws of this
fifth, with the difference to straight lines and its standard error.
"""

import sys

import numpy as np
import pandas as pd
from scipy import sparse
from sklearn.preprocessing import OneHotEncoder

from sklearn_cofi import FeatureEncoder
from sklearn_cofi.datasets import fetch_movielens

KNOTS = [None, 3, 4, 5, 7]
N_DRAWS = 6
# Penalties of the coefficients of an id and of a feature, in numbers of ratings.
REG_ID, REG_FEATURE = 5, 30


def design(ratings, frame, side, n_knots):
    """Return the ids of one side, and the features of the other, for each rating."""
    other = "user" if side == "item" else "item"
    ids = OneHotEncoder().fit_transform(ratings[[other]]) / np.sqrt(REG_ID)
    frame = frame.set_index(side).drop(columns=["zip_code", "title"], errors="ignore")
    features = FeatureEncoder(n_knots=n_knots).fit_transform(frame)
    rows = pd.Index(frame.index).get_indexer(ratings[side])
    return sparse.csr_array(sparse.hstack([ids, features[rows] / np.sqrt(REG_FEATURE)]))


def held_out_error(X, y, is_test):
    """Return the RMSE of a ridge regression with penalty 1 on the held-out rows."""
    mean = y[~is_test].mean()
    train = X[~is_test]
    gram = (train.T @ train).toarray() + np.eye(X.shape[1])
    weights = np.linalg.solve(gram, train.T @ (y[~is_test] - mean))
    return np.sqrt(np.mean((mean + X[is_test] @ weights - y[is_test]) ** 2))


def errors(data, side, n_knots):
    """Return the error of each draw of the ids that are not seen."""
    frame = data.item_frame if side == "item" else data.user_frame
    X = design(data.frame, frame, side, n_knots)
    y = data.target.to_numpy()
    ids = np.unique(data.frame[side])
    found = []
    for seed in range(N_DRAWS):
        rng = np.random.default_rng(seed)
        cold = rng.choice(ids, ids.size // 5, replace=False)
        found.append(held_out_error(X, y, data.frame[side].isin(cold).to_numpy()))
    return np.array(found)


def main(data_home):
    for name, side in (("100k", "item"), ("latest-small", "item"), ("100k", "user")):
        data = fetch_movielens(name, data_home=data_home, download_if_missing=False)
        by_knots = {n_knots: errors(data, side, n_knots) for n_knots in KNOTS}
        for n_knots, found in by_knots.items():
            difference = found - by_knots[None]
            spread = difference.std(ddof=1) / np.sqrt(N_DRAWS)
            print(
                f"ml-{name}, new {side}s, n_knots={n_knots}: {found.mean():.4f}, "
                f"difference {difference.mean():+.4f} +- {spread:.4f}",
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
