"""Shared code of the workers that make lists. A worker imports numpy, scipy, its peer.

The driver sends training ratings and the users who get lists, then settings; the worker
returns the lists, the seconds of the processor and the peak memory. Each peer's worker
is run with ``-m benchmarks.ranking.with_NAME`` in the peer's environment.
"""

import ctypes
import gc
import time
from importlib.metadata import version
from pathlib import Path

import numpy as np
from scipy.sparse import csr_matrix

from benchmarks.peers.worker import Ratings, answer

BLOCK = 256  # users whose scores are held at once


class Lister:
    """A fitted model. A peer's class has `scores` or its own ways of making lists.

    ``users`` are numbers of training users, None for new users. ``history`` has a row
    for each of them: training ratings, or the ratings that are given of a new user.
    """

    def scores(self, users, history):
        """Return the scores of all items for each user, an array that may change."""
        raise NotImplementedError

    def lists(self, users, history, n):
        """Return the n best items of each user that are not in the history."""
        found = np.full((history.shape[0], n), -1, np.int32)
        for block in _blocks(history.shape[0]):
            rows = history[block]
            scores = self.scores(None if users is None else users[block], rows)
            found[block] = best(scores, rows, n)
        return found

    def sort(self, users, history, candidates):
        """Return each row of candidates, best first; ties by their order."""
        found = np.empty_like(candidates)
        for block in _blocks(len(candidates)):
            rows = history[block]
            scores = self.scores(None if users is None else users[block], rows)
            own = np.take_along_axis(np.asarray(scores), candidates[block], axis=1)
            order = np.argsort(-own, axis=1, kind="stable")
            found[block] = np.take_along_axis(candidates[block], order, axis=1)
        return found


def best(scores, excluded, n):
    """Return the n items with the highest scores, ties by number; -1 after the end."""
    scores = np.array(scores, copy=True)
    scores[excluded.nonzero()] = -np.inf
    n_taken = min(n, scores.shape[1])
    top = np.argpartition(-scores, n_taken - 1, axis=1)[:, :n_taken]
    top.sort(axis=1)
    values = np.take_along_axis(scores, top, axis=1)
    order = np.argsort(-values, axis=1, kind="stable")
    found = np.full((len(scores), n), -1, np.int32)
    sorted_values = np.take_along_axis(values, order, axis=1)
    items = np.take_along_axis(top, order, axis=1)
    found[:, :n_taken] = np.where(sorted_values == -np.inf, -1, items)
    return found


def padded(users, items, queries, n):
    """Return rows of n items from flat columns sorted by rank, -1 after the end."""
    found = np.full((len(queries), n), -1, np.int32)
    place = np.argsort(queries)
    rows = place[np.searchsorted(queries, users, sorter=place)]
    order = np.argsort(rows, kind="stable")
    rows = rows[order]
    starts = np.searchsorted(rows, np.arange(len(queries)))
    found[rows, np.arange(rows.size) - starts[rows]] = np.asarray(items)[order]
    return found


def matrix(ratings, shape, *, binary):
    """Return the ratings, or ones, as a sparse matrix of float32."""
    values = np.ones_like(ratings.rating) if binary else ratings.rating
    return csr_matrix((values, (ratings.user, ratings.item)), shape, np.float32)


def history_values(history, *, binary):
    """Return the history with the values that the model is fitted to."""
    if not binary:
        return history
    history = history.copy()
    history.data[:] = 1
    return history


def serve(packages, fit):
    """Run the driver's requests: `fit(train, **settings)` returns a Lister.

    `train` has the arrays user, item and rating; all users and items below its shape
    have a rating.
    """
    held = {}
    answer(
        {
            "load": lambda path: held.update(_load(path)),
            "versions": lambda: {name: version(name) for name in packages},
            "lists": lambda **asked: _lists(held, fit, **asked),
        }
    )


def _blocks(n_rows):
    return [slice(begin, begin + BLOCK) for begin in range(0, n_rows, BLOCK)]


def _load(path):
    with np.load(path) as arrays:
        train = Ratings(*(arrays[f"train_{name}"] for name in Ratings._fields))
        known = {name: arrays[name] for name in arrays.files}
    n_items = train.shape[1]
    if "given_user" in known:
        given = Ratings(*(known[f"given_{name}"] for name in Ratings._fields))
        n_queries = int(known["n_queries"])
        history = matrix(given, (n_queries, n_items), binary=False)
        return {"train": train, "queries": None, "history": history, "candidates": None}
    history = matrix(train, train.shape, binary=False)[known["queries"]]
    return {
        "train": train,
        "queries": known["queries"],
        "history": history,
        "candidates": known.get("candidates"),
    }


def _lists(held, fit, settings, n, save):
    """Fit, write the lists to a file, and return seconds and peak memory in MiB."""
    before = _memory_before()
    start = time.process_time()
    model = fit(held["train"], **settings)
    fitted = time.process_time()
    asked = held["queries"], held["history"]
    if held["candidates"] is None:
        lists = model.lists(*asked, n)
    else:
        lists = model.sort(*asked, held["candidates"])
    listed = time.process_time()
    np.save(save, lists)
    return {
        "fit_seconds": fitted - start,
        "list_seconds": listed - fitted,
        "peak_mib": _status("VmHWM") - before,
    }


def _memory_before():
    """Reset the peak of this process, and return its memory in MiB without garbage."""
    gc.collect()
    ctypes.CDLL(None).malloc_trim(0)
    Path("/proc/self/clear_refs").write_text("5")
    return _status("VmRSS")


def _status(name):
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1]) / 1024
    raise RuntimeError(f"/proc/self/status has no {name}")
