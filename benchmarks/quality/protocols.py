"""The splits of each set into training and test ratings."""

from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold, ShuffleSplit

from benchmarks.quality.defaults import FOLDS, SETS
from benchmarks.quality.information import SIDES, columns_of, encoded, is_new, known_in
from sklearn_cofi import datasets
from sklearn_cofi.model_selection import TemporalSplit

COLUMNS = ["user", "item", "rating"]
# Seeds of the cold splits.
N_SEEDS, FIRST_SEED = 5, 7


class ColdSplit:
    """Hold out a fifth of the items and of the users, with all their ratings.

    Split n draws them by ``default_rng(seed + n)``: first items, then users. An id is
    held out if its number, uniform in [0, 1) and drawn in the order of the ids, is less
    than `fraction`. The other ratings are for training.
    """

    def __init__(self, n_splits=N_SEEDS, fraction=0.2, seed=FIRST_SEED):
        self.n_splits, self.fraction, self.seed = n_splits, fraction, seed

    def split(self, ratings):
        for seed in range(self.seed, self.seed + self.n_splits):
            drawn = np.random.default_rng(seed)
            held_out = np.zeros(len(ratings), bool)
            for side in ("item", "user"):
                ids = np.unique(ratings[side])
                cold = ids[drawn.random(ids.size) < self.fraction]
                held_out |= np.isin(ratings[side], cold)
            yield np.flatnonzero(~held_out), np.flatnonzero(held_out)


class Protocol(NamedTuple):
    """A set and its folds."""

    of_set: str
    # None: the folds published with the set
    splitter: KFold | ShuffleSplit | ColdSplit | TemporalSplit | None
    # If False, only the first fold is tuned, and all folds use its settings.
    tuned_in_each_fold: bool
    # How the settings are tuned: on a random tenth of the training ratings, on the
    # latest tenth, or on the ratings of a tenth of the users and items.
    tuned_on: str = "random"


TENTHS = ShuffleSplit(5, test_size=0.1, random_state=0)
WINDOWS = TemporalSplit(5)
PROTOCOLS = {
    "ml-100k": Protocol("ml-100k", FOLDS, True),
    "ml-100k u1-u5": Protocol("ml-100k", None, False),
    "ml-latest-small": Protocol("ml-latest-small", FOLDS, False),
    "ml-1m": Protocol("ml-1m", FOLDS, False),
    "ml-1m 90/10": Protocol("ml-1m", TENTHS, False),
    "movietweetings": Protocol("movietweetings", FOLDS, False),
    "goodbooks": Protocol("goodbooks", FOLDS, False),
    "ml-100k cold": Protocol("ml-100k", ColdSplit(), False, "cold"),
    "ml-100k by time": Protocol("ml-100k", WINDOWS, False, "latest"),
    "ml-latest-small by time": Protocol("ml-latest-small", WINDOWS, False, "latest"),
    "movietweetings by time": Protocol("movietweetings", WINDOWS, False, "latest"),
}


def folds(name, data_home):
    """Yield training and test ratings, each as three columns, and times if known.

    For repeated pairs the last rating is kept, because peers would sum or count them.
    """
    of_set, splitter, *_ = PROTOCOLS[name]
    if splitter is None:
        for parts in datasets.movielens_100k_folds(data_home=data_home):
            yield tuple(_columns(part) for part in parts)
        return
    ratings = SETS[of_set](data_home).frame
    ratings = ratings.drop_duplicates(["user", "item"], keep="last")
    for rows in splitter.split(ratings):
        yield tuple(_columns(ratings.iloc[part]) for part in rows)


def group_names(name):
    """Return the names of the groups of test rows, in the order of `groups`."""
    endings = {
        "cold": (" items", " users", " users and items"),
        "latest": ("", ", known users and items"),
        "random": ("",),
    }
    return [name + ending for ending in endings[PROTOCOLS[name].tuned_on]]


def groups(name, parts):
    """Return name -> mask of the test rows whose errors are reported together."""
    user, item = (is_new(parts, side) for side in SIDES)
    masks = {
        "cold": (item & ~user, user & ~item, user & item),
        "latest": (np.ones(user.size, bool), ~user & ~item),
        "random": (np.ones(user.size, bool),),
    }[PROTOCOLS[name].tuned_on]
    return dict(zip(group_names(name), masks, strict=True))


def inner_split(name, parts):
    """Return the training ratings of a fold as a fold of their own, for tuning."""
    columns = columns_of(parts)
    train, test = _inner_rows(PROTOCOLS[name].tuned_on, columns)
    return encoded(
        [column[train] for column in columns],
        [column[test] for column in columns],
        known_in(parts),
    )


def _inner_rows(tuned_on, columns):
    n = columns[0].size
    if tuned_on == "cold":
        pairs = dict(zip(("user", "item"), columns, strict=False))
        return next(ColdSplit(1, 0.1, seed=1).split(pd.DataFrame(pairs)))
    if tuned_on == "latest":
        order = np.argsort(-columns[3], kind="stable")
    else:
        order = np.random.default_rng(1).permutation(n)
    n_test = round(0.1 * n)
    return order[n_test:], order[:n_test]


def _columns(frame):
    names = [*COLUMNS, "timestamp"] if "timestamp" in frame else COLUMNS
    return [frame[name].to_numpy() for name in names]
