"""Cross-validate the defaults, and a grid search inside each training fold.

    python benchmarks/quality/tuned.py DATA_HOME [SET ...] > tuned.csv

writes a line for each set and setting: mean and standard error of the root mean
squared error over five seeded folds. The grid search sees the training fold only.
"""

import sys
import time
import warnings

from defaults import SETS, cross_validated
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import GridSearchCV, ShuffleSplit

from sklearn_cofi import CollaborativeFilter

# The tutorial's objective, and the same with biases: two penalties each.
GRID = [
    {"num_features": [5, 10, 20], "reg_param": [7, 10, 14]},
    {
        "fit_bias": [True],
        "mean_normalization": ["global"],
        "num_features": [10, 20],
        "reg_param": [10, 14],
    },
    {
        "fit_bias": [True],
        "mean_normalization": ["global"],
        "reg_scaling": ["count"],
        "num_features": [10, 20],
        "reg_param": [0.06, 0.09, 0.12],
    },
]


def main(home, *names):
    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.filterwarnings("ignore", message=".*given more than one rating")
    print("set,setting,rmse,standard_error,seconds,chosen")
    for name in names or SETS:
        ratings = SETS[name](home).frame
        default = CollaborativeFilter(random_state=0)
        search = GridSearchCV(
            CollaborativeFilter(random_state=0, n_jobs=1),
            GRID,
            scoring="neg_root_mean_squared_error",
            cv=ShuffleSplit(1, test_size=0.2, random_state=1),
            n_jobs=-1,
        )
        for setting, model in (("default", default), ("grid search", search)):
            start = time.perf_counter()
            rmse, spread, fitted = cross_validated(ratings, model)
            chosen = [getattr(estimator, "best_params_", "") for estimator in fitted]
            print(
                f"{name},{setting},{rmse:.4f},{spread:.4f},"
                f"{time.perf_counter() - start:.0f},{chosen[0]}",
                flush=True,
            )


if __name__ == "__main__":
    main(*sys.argv[1:])
