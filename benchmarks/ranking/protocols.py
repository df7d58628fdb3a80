"""The sets, and the protocols that divide them into training and held-out ratings."""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.model_selection import KFold

from benchmarks.quality.defaults import SETS as LOADERS
from benchmarks.ranking.metrics import Held
from sklearn_cofi.model_selection import (
    LeaveNOutPerUser,
    UserFractionSplit,
    WarmKFold,
)

N_NEGATIVES = 99


class RatingSet(NamedTuple):
    """The scale of a set, and the number of folds that are run by default."""

    relevant_from: float
    disliked_to: float
    has_times: bool
    folds: int


SETS = {
    "ml-100k": RatingSet(4, 2, True, 5),
    "ml-latest-small": RatingSet(4, 2, True, 5),
    "ml-1m": RatingSet(4, 2, False, 1),
    "movietweetings": RatingSet(8, 4, True, 1),
    "goodbooks": RatingSet(4, 2, False, 1),
}


class Task(NamedTuple):
    """What a model gets, and what its lists are compared with; ids encoded from 0.

    Held-out items that are not in training have numbers from the number of items on.
    """

    train: pd.DataFrame  # columns user, item, rating
    queries: np.ndarray  # users who get lists; of new users their numbers in `given`
    held: Held  # held-out ratings of these users, by position in `queries`
    given: pd.DataFrame | None = None  # ratings of new users
    candidates: np.ndarray | None = None  # items to sort for each user, not all items


class Protocol(NamedTuple):
    """A way to divide ratings.

    ``split(ratings, seed)`` yields row numbers of training, of held-out ratings, and of
    the given ratings of new users or None.
    """

    split: Callable
    sets: tuple
    all_relevant: bool = False
    new_users: bool = False
    n_negatives: int = 0


def random_rows(fraction):
    def split(ratings, seed):
        splitter = UserFractionSplit(fraction, n_splits=5, random_state=seed)
        for train, test in splitter.split(ratings):
            yield train, test, None

    return split


def last_rows(ratings, seed):
    for train, test in UserFractionSplit(0.2, by="time").split(ratings):
        yield train, test, None


def warm_folds(ratings, seed):
    for train, test in WarmKFold(5, random_state=seed).split(ratings):
        yield train, test, None


def held_out_users(ratings, seed):
    """Hold out a fifth of the users; 80% of each one's ratings are given."""
    ((given, test),) = UserFractionSplit(0.2, random_state=seed).split(ratings)
    users = ratings["user"].unique()
    for _, new in KFold(5, shuffle=True, random_state=seed).split(users):
        is_new = ratings["user"].isin(users[new]).to_numpy()
        yield np.flatnonzero(~is_new), test[is_new[test]], given[is_new[given]]


def one_of_each(ratings, seed):
    ((train, test),) = LeaveNOutPerUser(1, random_state=seed).split(ratings)
    yield train, test, None


TIMED = tuple(name for name, of_set in SETS.items() if of_set.has_times)
PROTOCOLS = {
    "random fifth": Protocol(random_rows(0.2), tuple(SETS)),
    "last fifth": Protocol(last_rows, TIMED),
    "new users": Protocol(held_out_users, tuple(SETS), new_users=True),
    "WarmKFold": Protocol(warm_folds, ("ml-100k",)),
    "75/25, all relevant": Protocol(random_rows(0.25), ("ml-100k",), True),
    "one against 99": Protocol(one_of_each, ("ml-1m",), True, n_negatives=N_NEGATIVES),
}


def ratings_of(name, data_home):
    """Return the ratings of a set; for repeated pairs the last one."""
    frame = LOADERS[name](data_home).frame
    return frame.drop_duplicates(["user", "item"], keep="last").reset_index(drop=True)


def scale(name, protocol):
    """Return the lowest relevant and the highest disliked rating."""
    of_set = SETS[name]
    lowest = -np.inf if PROTOCOLS[protocol].all_relevant else of_set.relevant_from
    return {"relevant_from": lowest, "disliked_to": of_set.disliked_to}


def tasks(ratings, name, protocol, seed=0):
    """Yield the tasks of a protocol and the row numbers of their training ratings."""
    chosen = PROTOCOLS[protocol]
    lowest = scale(name, protocol)["relevant_from"]
    for train, test, given in chosen.split(ratings, seed):
        parts = [None if rows is None else ratings.iloc[rows] for rows in (test, given)]
        task = make_task(ratings.iloc[train], *parts, lowest)
        if chosen.n_negatives:
            task = with_candidates(task, ratings, chosen.n_negatives, seed)
        yield task, train


def make_task(train, test, given, relevant_from):
    """Encode the ratings; only users with a relevant held-out item get lists."""
    items, codes = _numbers(train["item"], test["item"])
    train_users = np.unique(train["user"])
    encoded = _encoded(train, pd.Index(train_users), items)
    kept = test["user"][test["rating"] >= relevant_from].unique()
    queried = pd.Index(np.sort(kept))
    test = test[test["user"].isin(queried)]
    held = Held(
        queried.get_indexer(test["user"]), codes.loc[test.index], test["rating"]
    )
    held = Held(*(np.asarray(column) for column in held))
    if given is None:
        return Task(encoded, np.searchsorted(train_users, queried), held)
    given = _encoded(given[given["item"].isin(items)], queried, items)
    given = given[given["user"] >= 0]
    return Task(encoded, np.arange(queried.size), held, given)


def with_candidates(task, ratings, n_negatives, seed):
    """Keep users whose held-out item is in training, and draw unrated items for each.

    Candidates are sorted by number, so a tie does not favour the held-out item.
    """
    n_items = task.train["item"].max() + 1
    known = task.held.item < n_items
    queries = task.queries[task.held.position[known]]
    items = task.held.item[known]
    rated = task.train.groupby("user")["item"].agg(list)
    rng = np.random.default_rng(seed)
    candidates = np.empty((queries.size, n_negatives + 1), np.int32)
    for row, (user, item) in enumerate(zip(queries, items, strict=True)):
        unrated = np.setdiff1d(np.arange(n_items), np.append(rated[user], item))
        drawn = rng.choice(unrated, n_negatives, replace=False)
        candidates[row] = np.sort(np.append(drawn, item))
    held = Held(np.arange(queries.size), items, task.held.rating[known])
    return task._replace(queries=queries, held=held, candidates=candidates)


def _numbers(train_items, test_items):
    """Return the training items, and the numbers of the test items by their rows."""
    known = pd.Index(np.unique(train_items))
    others = pd.Index(np.setdiff1d(test_items, known))
    numbers = known.append(others).get_indexer(test_items)
    return known, pd.Series(numbers, test_items.index)


def _encoded(ratings, users, items):
    return pd.DataFrame(
        {
            "user": users.get_indexer(ratings["user"]).astype(np.int32),
            "item": items.get_indexer(ratings["item"]).astype(np.int32),
            "rating": ratings["rating"].to_numpy(np.float32),
        }
    )
