"""Held-out errors around the defaults, one parameter changed at a time.

    python benchmarks/quality/defaults.py DATA_HOME [SET ...]

It prints a table: for each change, the root mean squared error on the first two of five
seeded folds of each set. `docs/howto/penalties.md` shows it.
"""

import sys
import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold

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
CHANGES = {
    "defaults": {},
    **{
        f'`reg_param="{multiple}*auto"`': {"reg_param": f"{multiple}*auto"}
        for multiple in (0.7, 0.85, 1.15, 1.3, 1.6)
    },
    "`num_features=10`": {"num_features": 10},
    "`num_features=40`": {"num_features": 40},
    "`reg_bias=1`": {"reg_bias": 1},
    "`reg_bias=4`": {"reg_bias": 4},
    '`mean_normalization="item"`': {"mean_normalization": "item"},
    "the same, `mean_damping=5`": {"mean_normalization": "item", "mean_damping": 5},
    '`reg_scaling="none"`': {"reg_scaling": "none"},
    '`reg_scaling="count"`': {"reg_scaling": "count"},
    "`fit_bias=False`": {"fit_bias": False},
}
FOLDS = KFold(5, shuffle=True, random_state=0)
N_FOLDS = 2  # that are run


def error_of(model, ratings):
    """Return the mean error over the first folds."""
    pairs, y = ratings[["user", "item"]], ratings["rating"]
    errors = []
    splits = list(FOLDS.split(pairs))
    for train, test in splits[:N_FOLDS]:
        model.fit(pairs.iloc[train], y.iloc[train])
        predicted = model.predict(pairs.iloc[test])
        errors.append(root_mean_squared_error(y.iloc[test], predicted))
    return np.mean(errors)


def main(home, *names):
    warnings.simplefilter("ignore", ConvergenceWarning)
    names = names or [*SETS]
    print(f"| | {' | '.join(names)} |")
    print("|---" * (len(names) + 1) + "|")
    frames = [
        SETS[name](home).frame.drop_duplicates(["user", "item"], keep="last")
        for name in names
    ]
    for label, change in CHANGES.items():
        model = CollaborativeFilter(solver="als-ncg", random_state=0, **change)
        errors = [error_of(model, frame) for frame in frames]
        cells = " | ".join(f"{error:.4f}" for error in errors)
        print(f"| {label} | {cells} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
