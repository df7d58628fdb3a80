"""Shared code of the workers: requests and results as lines of JSON, ratings as arrays.

A worker is a script for one peer. It runs in the peer's environment until the driver
(`driver.py`) closes the pipe. It imports only numpy and its peer.
"""

import json
import os
import sys
import time
import traceback
from importlib.metadata import version
from typing import NamedTuple

import numpy as np

# The driver's limit, for libraries that do not read it from the environment.
THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))


class Ratings(NamedTuple):
    """Ratings as three arrays, with ids encoded from 0: the input of each timed fit."""

    user: np.ndarray  # int32
    item: np.ndarray  # int32
    rating: np.ndarray  # float32

    @property
    def shape(self):
        """Number of users and of items; each has a rating in the training set."""
        return int(self.user.max()) + 1, int(self.item.max()) + 1


class Known(NamedTuple):
    """What else is known; None if the set or the information of a model is without it.

    Row u of `user_features` describes the user with code u. The users without ratings
    follow the users of training.
    """

    user_features: np.ndarray | None = None  # float32 (n, m)
    item_features: np.ndarray | None = None
    user_blocks: np.ndarray | None = None  # int (m,): features with equal numbers
    item_blocks: np.ndarray | None = None  # come from one column
    user_frame: np.ndarray | None = None  # the raw columns, as text of a csv file
    item_frame: np.ndarray | None = None
    times: np.ndarray | None = None  # seconds, of the training ratings

    def n_rows(self, side, n_rated):
        """Return the number of users or items, with or without ratings."""
        features = getattr(self, f"{side}_features")
        return n_rated if features is None else len(features)


SECONDS_OF_DAY = 86_400


def serve(packages, *, fit, predict, factors=None, sweep=None, recommend=None):
    """Run the driver's requests until it closes the pipe.

    Parameters
    ----------
    packages : sequence of str
        Distributions whose versions are reported.
    fit : callable(train, n_iterations, **settings) -> model
        Timed, from the three arrays of `train` to the model it returns. With
        ``n_iterations=None`` the peer uses its default. If more than the ratings is
        given, it is in the keyword ``known``, a `Known`.
    predict : callable(model, users, items) -> array
        Not timed. An id of -1 is unknown. If the model was given times, the times of
        the pairs are in the keyword ``times``.
    factors : callable(model) -> dict of arrays, default=None
        Arrays from which the driver computes a cost, such as ``user`` and ``item``.
    sweep : callable(train, k, method, reg, iterations) -> seconds, default=None
        Seconds of one sweep over users and items.
    recommend : callable(train, U, V, n) -> (seconds, items), default=None
        Seconds for the n best items of all users by these factors, without the items
        that are rated in `train`.
    """
    data = {}
    offered = {
        "load": lambda path: data.update(_load(path)),
        "versions": lambda: {name: version(name) for name in packages},
        "sweep": lambda **asked: sweep(data["train"], **asked),
        "recommend": lambda **asked: _recommend(data, recommend, **asked),
        "fit": lambda **asked: _fit(data, (fit, predict, factors), **asked),
    }
    answer(offered)


def rows(array, places):
    """Return array[places], and zeros where a place is -1, an unknown id."""
    found = array[places]
    found[places < 0] = 0
    return found


def given(**named):
    """Return the keywords that are not None; others keep the peer's defaults."""
    return {name: value for name, value in named.items() if value is not None}


def difference(run, iterations):
    """Return the seconds of one iteration, ``(t(n2) - t(n1)) / (n2 - n1)``.

    The time of set-up cancels out.
    """
    few, many = iterations
    seconds = [timed(run, n)[0] for n in (few, many)]
    return (seconds[1] - seconds[0]) / (many - few)


def between(ticks):
    """Return the mean seconds of an iteration, from the times at which they ended."""
    return (ticks[-1] - ticks[0]) / (len(ticks) - 1)


def timed(function, *arguments, **keywords):
    start = time.perf_counter()
    result = function(*arguments, **keywords)
    return time.perf_counter() - start, result


def answer(offered):
    """Run the requests of the driver by their names, until it closes the pipe."""
    # Some libraries print to stdout, even on import, so results have a separate pipe.
    answers = os.fdopen(int(sys.argv[1]), "w")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            result = {"answer": offered[request.pop("do")](**request)}
        except Exception:
            result = {"error": traceback.format_exc()}
        print(json.dumps(result), file=answers, flush=True)


def _load(path):
    with np.load(path) as arrays:
        data = {
            part: Ratings(*(arrays[f"{part}_{name}"] for name in Ratings._fields))
            for part in ("train", "test")
        }
        known = {name: arrays[name] for name in Known._fields if name in arrays}
        if "train_time" in arrays:
            known["times"] = arrays["train_time"]
        test_times = {"times": arrays["test_time"]} if "times" in known else {}
    return data | {
        "known": {"known": Known(**known)} if known else {},
        "when": test_times,
    }


def _fit(data, functions, n_iterations, settings, save, want_factors=False):
    """Return the seconds of a fit, and write its test predictions to `save`."""
    fit, predict, factors = functions
    settings = settings | data["known"]
    seconds, model = timed(fit, data["train"], n_iterations, **settings)
    test = data["test"]
    predicted = predict(model, test.user, test.item, **data["when"])
    arrays = {"predicted": np.asarray(predicted)}
    if want_factors:
        arrays.update(factors(model))
    np.savez(save, **arrays)
    return seconds


def _recommend(data, recommend, path, n):
    """Rank items by the factors in a file, write them to it, and return the seconds."""
    with np.load(path) as arrays:
        U, V = arrays["U"], arrays["V"]
    seconds, items = recommend(data["train"], U, V, n)
    np.savez(path, items=items)
    return seconds
