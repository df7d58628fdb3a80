"""Cross-validate models that differ only in their penalties and means.

    python benchmarks/quality/penalties.py DATA_HOME [SET ...] > penalties.csv

It writes a line for each set and setting: mean and standard error of the root mean
squared error over five seeded folds. Ratings are in float32, predictions clipped.
"""

import sys
import time
import warnings

from defaults import SETS, cross_validated
from sklearn.exceptions import ConvergenceWarning

from sklearn_cofi import CollaborativeFilter

COMMON = {
    "fit_bias": True,
    "mean_normalization": "global",
    "solver": "als-ncg",
    "random_state": 0,
}
WEIGHTED = {"num_features": 20, "reg_param": 1.3, "reg_scaling": 0.5}
SETTINGS = {
    "one penalty": {"num_features": 10, "reg_param": 14},
    "and one of biases": {"num_features": 20, "reg_param": 14, "reg_bias": 4},
    "by count": {"num_features": 10, "reg_param": 0.09, "reg_scaling": "count"},
    "by its root": WEIGHTED,
    "and one of biases, by its root": WEIGHTED | {"reg_bias": 4},
    "the same, item means": WEIGHTED | {"reg_bias": 4, "mean_normalization": "item"},
    "the same, damped item means": WEIGHTED
    | {"reg_bias": 4, "mean_normalization": "item", "mean_damping": 5},
}


def main(home, *names):
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.filterwarnings("ignore", message=".*more than one rating")
    print("set,setting,rmse,standard_error,seconds")
    for name in names or ("ml-100k", "ml-latest-small", "ml-1m"):
        ratings = SETS[name](home).frame.astype({"rating": "float32"})
        scale = ratings["rating"].min(), ratings["rating"].max()
        for setting, parameters in SETTINGS.items():
            start = time.perf_counter()
            model = CollaborativeFilter(rating_range=scale, **(COMMON | parameters))
            rmse, spread, _ = cross_validated(ratings, model)
            seconds = time.perf_counter() - start
            print(
                f'{name},"{setting}",{rmse:.4f},{spread:.4f},{seconds:.1f}', flush=True
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
