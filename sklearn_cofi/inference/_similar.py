"""The rows of factors that are most like others."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.inference._recommend import Askers, recommend_rows


class Similar(NamedTuple):
    """The nearest rows of each row that was asked for, nearest first."""

    asked: np.ndarray  # int (n_found,): place among the rows that were asked for
    ranks: np.ndarray  # int (n_found,), from 1
    rows: np.ndarray  # int (n_found,): row numbers of X
    scores: np.ndarray  # float (n_found,)


def similar_rows(X, asked, n: int, metric: str, candidates=None) -> Similar:
    """Return the n rows with the largest products with each row, itself left out.

    ::

        score(i, j) = X_i . X_j                              for "dot"
                    = X_i . X_j / (norm(X_i) * norm(X_j))    for "cosine"

    Rows without length have a cosine of 0 with every other. Equal scores are ordered
    by row number. Scores do not depend on what is asked for beside them, nor on the
    number of threads, and are symmetric, to the last bit.

    Parameters
    ----------
    X : float array of shape (n_rows, k)
    asked : int array of shape (n_asked,)
        Row numbers.
    n : int
        Fewer are returned where fewer are left.
    metric : {"cosine", "dot"}
    candidates : int array, default=None
        Row numbers that may be returned; None is all.
    """
    if metric == "cosine":
        X = unit_rows(X)
    if candidates is None:
        candidates, Y = np.arange(len(X)), X
    else:
        candidates = np.unique(candidates)
        Y = X[candidates]
    # A row is to itself what a rated item is to a user: not to be recommended.
    starts = np.searchsorted(candidates, asked)
    stops = np.searchsorted(candidates, asked, side="right")
    numbers = np.arange(candidates.size, dtype=np.int32)
    no_terms = np.empty((asked.size, 0), X.dtype), np.empty((len(Y), 0), X.dtype)
    askers = Askers(
        asked,
        np.ascontiguousarray(X),
        lambda rows, items: np.zeros(rows.size, X.dtype),
        no_terms[0],
        starts,
        stops,
        numbers,
    )
    places, ranks, found, scores = recommend_rows(askers, Y, no_terms[1], n)
    return Similar(places, ranks, candidates[found], scores)


def unit_rows(X: np.ndarray) -> np.ndarray:
    """Return the rows over their lengths; rows of zeros as they are.

    Rows are first divided by their largest number, so that no square of a tiny or of
    a huge one leaves the range of floats.
    """
    size = np.abs(X).max(axis=1, keepdims=True, initial=0)
    X = np.divide(X, size, out=np.zeros_like(X), where=size > 0)
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return np.divide(X, length, out=X, where=length > 0)
