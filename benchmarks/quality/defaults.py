"""Cross-validate `num_features` and `reg_param`, to choose their defaults.

    python benchmarks/quality/defaults.py DATA_HOME [SET ...] > defaults.csv

It writes a line for each set, number of latent factors and penalty: mean and standard
error of the root mean squared error over five seeded folds.
"""

import sys
import time
import warnings
from itertools import product

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import KFold, cross_validate

from sklearn_cofi import CollaborativeFilter, datasets

SETS = {
    "ml-100k": lambda home: datasets.fetch_movielens("100k", data_home=home),
    "ml-latest-small": lambda home: datasets.fetch_movielens(
        "latest-small", data_home=home
    ),
    "movietweetings": lambda home: datasets.fetch_movietweetings(data_home=home),
    "ml-1m": lambda home: datasets.fetch_movielens("1m", data_home=home),
    "goodbooks": lambda home: datasets.fetch_goodbooks("1m", data_home=home),
}
NUM_FEATURES = (5, 10, 20)
REG_PARAMS = (3, 5, 7, 10, 14, 20)
FOLDS = KFold(5, shuffle=True, random_state=0)


def cross_validated(ratings, model):
    """Return mean and standard error of the RMSE, and the fitted models."""
    result = cross_validate(
        model,
        ratings[["user", "item"]],
        ratings["rating"],
        cv=FOLDS,
        scoring="neg_root_mean_squared_error",
        return_estimator=True,
    )
    errors = -result["test_score"]
    spread = errors.std(ddof=1) / np.sqrt(errors.size)
    return errors.mean(), spread, result["estimator"]


def main(home, *names):
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.filterwarnings("ignore", message=".*more than one rating")
    print("set,num_features,reg_param,rmse,standard_error")
    for name in names or SETS:
        ratings = SETS[name](home).frame
        for k, reg_param in product(NUM_FEATURES, REG_PARAMS):
            start = time.perf_counter()
            model = CollaborativeFilter(k, reg_param, random_state=0)
            rmse, spread, _ = cross_validated(ratings, model)
            print(f"{name},{k},{reg_param},{rmse:.4f},{spread:.4f}", flush=True)
            took = time.perf_counter() - start
            print(f"{name} k={k} reg={reg_param}: {took:.0f} s", file=sys.stderr)


if __name__ == "__main__":
    main(*sys.argv[1:])
