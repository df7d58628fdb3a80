"""The rows of factors that are most like others."""

import numpy as np

from sklearn_cofi.inference._recommend import Askers, Best, recommend_rows


def similar_rows(X, asked, n: int, metric: str, candidates=None) -> Best:
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

    Returns
    -------
    Best
        Its items are row numbers of X, its rows places in ``asked``.
    """
    if metric == "cosine":
        X = unit_rows(X)
    if candidates is None:
        candidates, Y = np.arange(len(X)), X
    else:
        candidates = np.unique(candidates)
        Y = X[candidates]
    # A row is to itself what a rated item is to a user: not to be recommended.
    askers = Askers(
        asked,
        X,
        lambda rows, items: np.zeros(rows.size, X.dtype),
        np.empty((asked.size, 0), X.dtype),
        np.searchsorted(candidates, asked),
        np.searchsorted(candidates, asked, side="right"),
        np.arange(candidates.size, dtype=np.int32),
    )
    best = recommend_rows(askers, Y, np.empty((len(Y), 0), X.dtype), n)
    return best._replace(items=candidates[best.items])


def unit_rows(X: np.ndarray) -> np.ndarray:
    """Return the rows over their lengths; rows of zeros as they are.

    Rows are first divided by their largest number, so that no square of a tiny or of
    a huge one leaves the range of floats.
    """
    size = np.abs(X).max(axis=1, keepdims=True, initial=0)
    X = np.divide(X, size, out=np.zeros_like(X), where=size > 0)
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return np.divide(X, length, out=X, where=length > 0)
