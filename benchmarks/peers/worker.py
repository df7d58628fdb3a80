"""What the workers share: requests and answers as lines of JSON, ratings as arrays.

A worker is one script a peer, run by that peer's own Python for as long as the driver
(`driver.py`) has questions. It imports numpy and its peer, nothing else.
"""

import json
import os
import sys
import time
import traceback
from importlib.metadata import version
from typing import NamedTuple

import numpy as np

# What the driver allows: libraries that do not ask the environment are told.
THREADS = int(os.environ.get("OMP_NUM_THREADS", "2"))


class Ratings(NamedTuple):
    """Ratings as every clock finds them: three arrays, ids coded from 0."""

    user: np.ndarray  # int32
    item: np.ndarray  # int32
    rating: np.ndarray  # float32

    @property
    def shape(self):
        """Number of users and of items; each has a rating in the training set."""
        return int(self.user.max()) + 1, int(self.item.max()) + 1


def serve(packages, *, fit, predict, factors=None, sweep=None, recommend=None):
    """Answer the driver until it closes the line.

    Parameters
    ----------
    packages : sequence of str
        Distributions whose versions are to be told.
    fit : callable(train, n_iterations, **settings) -> model
        The clock runs from the three arrays of `train` to the model it returns. None
        iterations are as many as the peer itself takes, where the benchmark asks so.
    predict : callable(model, users, items) -> array
        Not on the clock. An id of -1 is one that training has not seen.
    factors : callable(model) -> dict of arrays, default=None
        What the driver computes a cost from, such as ``user`` and ``item``.
    sweep : callable(train, k, method, reg, iterations) -> seconds, default=None
        Seconds of one sweep over users and items.
    recommend : callable(train, U, V, n) -> (seconds, items), default=None
        Seconds for the n best items of all users by these factors, those of `train`
        left out.
    """
    data = {}
    offered = {
        "load": lambda path: data.update(_load(path)),
        "versions": lambda: {name: version(name) for name in packages},
        "sweep": lambda **asked: sweep(data["train"], **asked),
        "recommend": lambda **asked: _recommend(data, recommend, **asked),
        "fit": lambda **asked: _fit(data, (fit, predict, factors), **asked),
    }
    _answer(offered)


def rows(array, places):
    """Return array[places], and zeros where a place is -1: of an id unseen."""
    found = array[places]
    found[places < 0] = 0
    return found


def given(**named):
    """Return what is not None: all else is left to the peer's defaults."""
    return {name: value for name, value in named.items() if value is not None}


def difference(run, iterations):
    """Return the seconds of one iteration: of n2 less those of n1, over n2 - n1.

    What a fit does but once cancels out.
    """
    few, many = iterations
    seconds = [timed(run, n)[0] for n in (few, many)]
    return (seconds[1] - seconds[0]) / (many - few)


def between(ticks):
    """Return the seconds of one iteration, given the moments at which they ended."""
    return (ticks[-1] - ticks[0]) / (len(ticks) - 1)


def timed(function, *arguments, **keywords):
    start = time.perf_counter()
    result = function(*arguments, **keywords)
    return time.perf_counter() - start, result


def _answer(offered):
    # Some libraries print to stdout, even when imported: answers have their own pipe.
    answers = os.fdopen(int(sys.argv[1]), "w")
    for line in sys.stdin:
        request = json.loads(line)
        try:
            answer = {"answer": offered[request.pop("do")](**request)}
        except Exception:
            answer = {"error": traceback.format_exc()}
        print(json.dumps(answer), file=answers, flush=True)


def _load(path):
    with np.load(path) as arrays:
        return {
            part: Ratings(*(arrays[f"{part}_{name}"] for name in Ratings._fields))
            for part in ("train", "test")
        }


def _fit(data, functions, n_iterations, settings, save, want_factors=False):
    """Fit on the clock, then predict the test pairs into the file `save`."""
    fit, predict, factors = functions
    seconds, model = timed(fit, data["train"], n_iterations, **settings)
    test = data["test"]
    arrays = {"predicted": np.asarray(predict(model, test.user, test.item))}
    if want_factors:
        arrays.update(factors(model))
    np.savez(save, **arrays)
    return seconds


def _recommend(data, recommend, path, n):
    """Rank items by the factors in a file, on the clock; write the items into it."""
    with np.load(path) as arrays:
        U, V = arrays["U"], arrays["V"]
    seconds, items = recommend(data["train"], U, V, n)
    np.savez(path, items=items)
    return seconds
