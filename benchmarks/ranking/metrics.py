"""The metrics of lists, for all models alike: functions of the returned items only.

Lists are rows of item numbers, best first, -1 where a list is shorter. The library's
own `sklearn_cofi.metrics` has no part in the benchmark, so a mistake there cannot
favour the library; a test compares the two.
"""

from typing import NamedTuple

import numpy as np

METRICS = (
    "ndcg@10",
    "ndcg@100",
    "recall@10",
    "recall@20",
    "recall@50",
    "disliked@10",
    "novelty@10",
)


class Held(NamedTuple):
    """Held-out ratings: the position of each one's list, its item and its rating."""

    position: np.ndarray
    item: np.ndarray
    rating: np.ndarray


def matched(lists, held):
    """Return the held-out rating of each listed item, nan for all other items."""
    width = max(lists.max(initial=0), held.item.max(initial=0)) + 1
    keys = held.position.astype(np.int64) * width + held.item
    order = np.argsort(keys)
    keys, ratings = keys[order], np.asarray(held.rating, float)[order]
    listed = np.arange(len(lists))[:, None] * width + lists
    found = np.minimum(np.searchsorted(keys, listed), keys.size - 1)
    return np.where((keys[found] == listed) & (lists >= 0), ratings[found], np.nan)


def ndcg(hits, n_relevant, k):
    """Return the binary NDCG of each list; ``hits`` marks its relevant items."""
    discounts = 1 / np.log2(np.arange(k) + 2)
    ideal = np.cumsum(discounts)[np.minimum(n_relevant, k) - 1]
    width = min(k, hits.shape[1])
    return hits[:, :width] @ discounts[:width] / ideal


def recall(hits, n_relevant, k):
    """Return the share of ``min(k, n_relevant)`` relevant items in the first k."""
    return hits[:, :k].sum(axis=1) / np.minimum(n_relevant, k)


def novelty(lists, n_raters, n_users, k):
    """Return the mean self-information ``log2(n_users / n_raters)`` of each list.

    An item without raters counts as if one user had rated it. An empty list has 0.
    """
    first = lists[:, :k]
    bits = np.log2(n_users / np.maximum(n_raters, 1))[first]
    return np.where(first < 0, 0, bits).sum(axis=1) / np.maximum(
        (first >= 0).sum(axis=1), 1
    )


def coverage(lists, n_items, k):
    """Return the share of all items that are in the first k of any list."""
    first = lists[:, :k]
    return np.unique(first[first >= 0]).size / n_items


def list_metrics(lists, held, *, relevant_from, disliked_to, n_raters, n_users):
    """Return the metrics of each list, by the names in METRICS.

    Parameters
    ----------
    lists : int array of shape (n_lists, width)
        Item numbers below len(n_raters), best first; -1 after the end of a list.
    held : Held
        Held-out ratings. Each list has at least one relevant item among them.
    relevant_from : float
        Lowest rating of a relevant item.
    disliked_to : float
        Highest rating of a disliked item. The share of disliked items is of k.
    n_raters : int array of shape (n_items,)
        Number of training users who rated each item.
    n_users : int
        Number of training users.
    """
    ratings = matched(lists, held)
    relevant = held.position[held.rating >= relevant_from]
    n_relevant = np.bincount(relevant, minlength=len(lists))
    if not n_relevant.all():
        raise ValueError("a list has no relevant item")
    hits = ratings >= relevant_from
    disliked = ratings <= disliked_to
    return {
        "ndcg@10": ndcg(hits, n_relevant, 10),
        "ndcg@100": ndcg(hits, n_relevant, 100),
        "recall@10": recall(hits, n_relevant, 10),
        "recall@20": recall(hits, n_relevant, 20),
        "recall@50": recall(hits, n_relevant, 50),
        "disliked@10": disliked[:, :10].sum(axis=1) / 10,
        "novelty@10": novelty(lists, n_raters, n_users, 10),
    }
