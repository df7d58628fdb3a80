"""The best items of each user."""

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.inference._predict import predict_pairs


def recommend_rows(factors: Factors, centres, excluded, n: int):
    """Return the n best items for each row of user factors, best first.

    Parameters
    ----------
    factors : Factors
        One row of user factors for each user to recommend to.
    centres : iterable of float arrays of shape (n_items,)
        What each of these users' predictions are centred on.
    excluded : iterable of int arrays
        Items not to be recommended to each of these users.
    n : int
        Fewer are returned where fewer are left.

    Returns
    -------
    rows, ranks, items : int arrays of shape (n_recommended,)
        Ranks count from 1.
    scores : float array of shape (n_recommended,)
        Predicted ratings.
    """
    all_items = np.arange(factors.item.shape[0])
    found = []
    for row, (centre, unwanted) in enumerate(zip(centres, excluded, strict=True)):
        users = np.full_like(all_items, row)
        scores = predict_pairs(factors, centre, users, all_items)
        items = top_items(scores, n, unwanted)
        rows, ranks = np.full_like(items, row), np.arange(1, items.size + 1)
        found.append((rows, ranks, items, scores[items]))
    return tuple(map(np.concatenate, zip(*found, strict=True)))


def top_items(scores: np.ndarray, n: int, excluded: np.ndarray) -> np.ndarray:
    """Return the numbers of the n best items, best first; ties by item number.

    Parameters
    ----------
    scores : float array of shape (n_items,)
    n : int
        Fewer are returned where fewer are left.
    excluded : int array
        Items that are not to be returned.
    """
    allowed = np.ones(scores.size, bool)
    allowed[excluded] = False
    candidates = np.flatnonzero(allowed)
    if n < candidates.size:
        # All that reach the n-th best score are kept, so that ties are cut by item
        # number and not by the whim of the partition.
        cut = np.partition(scores[candidates], -n)[-n]
        candidates = candidates[scores[candidates] >= cut]
    # A stable sort of the negated scores leaves equal scores in item order.
    return candidates[np.argsort(-scores[candidates], kind="stable")][:n]
