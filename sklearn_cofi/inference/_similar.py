"""The rows of factors that are most like others."""

from collections.abc import Callable
from functools import partial

import numpy as np

from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._recommend import Best, RankingQuery, recommend_rows


def similarity_model(X: np.ndarray, metric: str) -> FittedFactors:
    """Return a model whose predictions are the similarities of rows.

    ::

        prediction of (i, j) = X_i . X_j                              for "dot"
                             = X_i . X_j / (norm(X_i) * norm(X_j))    for "cosine"

    Rows without length have a cosine of 0 with every other.

    Parameters
    ----------
    X : float array of shape (n_rows, k)
    metric : {"cosine", "dot"}
    """
    if metric == "cosine":
        X = unit_rows(X)
    zeros = np.zeros(len(X), X.dtype)
    rows = Side(NO_IDS, X, zeros, zeros)
    nothing = CSRRows(
        np.zeros(len(X) + 1, np.int64), np.empty(0, np.int32), zeros[:0], zeros[:0]
    )
    return FittedFactors(rows, rows, 0.0, None, nothing)


def similar_rows(
    model: FittedFactors,
    ranking: Callable[[], ItemRanking],
    queried: np.ndarray,
    n: int,
    candidates: np.ndarray | None = None,
) -> Best:
    """Return the n rows most similar to each queried row, which is left out itself.

    Equal scores are ordered by row number. Scores do not depend on which other rows
    are queried, nor on the number of threads, and are symmetric, to the last bit.

    Parameters
    ----------
    model : FittedFactors
        A `similarity_model`.
    ranking : callable
        Returns the `ItemRanking` of that model; not called with ``candidates``.
    queried : int array of shape (n_queried,)
        Row numbers.
    n : int
        Fewer are returned where fewer are left.
    candidates : int array, default=None
        Row numbers that may be returned; None is all.

    Returns
    -------
    Best
        Its items are row numbers of X, its rows are positions in ``queried``.
    """
    if candidates is None:
        candidates = np.arange(len(model.items.factors))
    else:
        candidates = np.unique(candidates)
        model = model.with_items(candidates)
        ranking = partial(ItemRanking, model)
    # The row itself is excluded, as a rated item is from a user's recommendations.
    query = RankingQuery(
        model,
        queried,
        np.searchsorted(candidates, queried),
        np.searchsorted(candidates, queried, side="right"),
        np.arange(candidates.size, dtype=np.int32),
    )
    best = recommend_rows(query, ranking, n)
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
