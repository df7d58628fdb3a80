"""Errors with and without the times of ratings, on random and on later ratings.

    python -m benchmarks.quality.times DATA_HOME

Run it in the root of the checkout. It prints errors of `BayesianCollaborativeFilter`
with 10 latent factors and 60 sweeps, without and with times. (If the times of the test
ratings are missing, predictions are those without times.)
"""

import sys

from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import KFold

from benchmarks.quality.report import with_error
from sklearn_cofi import BayesianCollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens
from sklearn_cofi.model_selection import LeaveNOutPerUser, TemporalSplit

SETS = "100k", "latest-small"
SPLITS = {
    "random fifths": KFold(5, shuffle=True, random_state=0),
    "latest 5 of each user": LeaveNOutPerUser(5, by="time"),
    "five windows of later ratings": TemporalSplit(known_only=True),
}
COLUMNS = ["user", "item", "timestamp"]


def errors(train, test):
    """Return the errors without and with times."""
    y = train["rating"]
    with_times = BayesianCollaborativeFilter(
        10, 60, time_col="timestamp", random_state=0
    ).fit(train[COLUMNS], y)
    plain = BayesianCollaborativeFilter(10, 60, random_state=0)
    predictions = (
        plain.fit(train[COLUMNS], y).predict(test[COLUMNS]),
        with_times.predict(test[COLUMNS]),
    )
    return [root_mean_squared_error(test["rating"], found) for found in predictions]


def main(data_home):
    print("| set | test ratings | no times | times |")
    print("|---|---|---|---|")
    for name in SETS:
        frame = fetch_movielens(name, data_home=data_home).frame
        for label, splitter in SPLITS.items():
            splits = splitter.split(frame[COLUMNS], frame["rating"])
            found = [
                errors(frame.iloc[train], frame.iloc[test]) for train, test in splits
            ]
            columns = [with_error(column) for column in zip(*found, strict=True)]
            print(f"| {name} | {label} | {' | '.join(columns)} |", flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
