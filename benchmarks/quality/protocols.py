"""The splits of each set into training and test ratings."""

from typing import NamedTuple

from sklearn.model_selection import KFold, ShuffleSplit

from benchmarks.quality.defaults import FOLDS, SETS
from sklearn_cofi import datasets

COLUMNS = ["user", "item", "rating"]


class Protocol(NamedTuple):
    """A set and its folds."""

    of_set: str
    splitter: KFold | ShuffleSplit | None  # None: the folds published with the set
    # If False, only the first fold is tuned, and all folds use its settings.
    tuned_in_each_fold: bool


TENTHS = ShuffleSplit(5, test_size=0.1, random_state=0)
PROTOCOLS = {
    "ml-100k": Protocol("ml-100k", FOLDS, True),
    "ml-100k u1-u5": Protocol("ml-100k", None, False),
    "ml-latest-small": Protocol("ml-latest-small", FOLDS, False),
    "ml-1m": Protocol("ml-1m", FOLDS, False),
    "ml-1m 90/10": Protocol("ml-1m", TENTHS, False),
    "movietweetings": Protocol("movietweetings", FOLDS, False),
    "goodbooks": Protocol("goodbooks", FOLDS, False),
}


def folds(name, data_home):
    """Yield training and test ratings, each as three columns.

    For repeated pairs the last rating is kept, because peers would sum or count them.
    """
    of_set, splitter, _ = PROTOCOLS[name]
    if splitter is None:
        for parts in datasets.movielens_100k_folds(data_home=data_home):
            yield tuple(_columns(part) for part in parts)
        return
    ratings = SETS[of_set](data_home).frame[COLUMNS]
    ratings = ratings.drop_duplicates(["user", "item"], keep="last")
    for rows in splitter.split(ratings):
        yield tuple(_columns(ratings.iloc[part]) for part in rows)


def _columns(frame):
    return [frame[name].to_numpy() for name in COLUMNS]
