"""The rows of factors that are most similar to other rows."""

from collections.abc import Callable
from functools import partial

import numpy as np

from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side
from sklearn_cofi.inference._item_ranking import ItemRanking
from sklearn_cofi.inference._ranking_query import RankingQuery
from sklearn_cofi.inference._recommend import Best, recommend_rows


def similarity_model(X: np.ndarray, metric: str) -> FittedFactors:
    """Return a model whose predictions are the similarities of rows.

    ::

        prediction of (i, j) = X_i . X_j                              for "dot"
                             = X_i . X_j / (norm(X_i) * norm(X_j))    for "cosine"

    A row of zeros has a cosine of 0 with every row.

    Parameters
    ----------
    X : float array of shape (n_rows, k)
    metric : {"cosine", "dot"}
    """
    if metric == "cosine":
        X = unit_rows(X)
    zeros = np.zeros(len(X), X.dtype)
    rows = Side(NO_IDS, X, zeros, zeros, zeros)
    no_ratings = CSRRows.without_entries(len(X), X.dtype)
    return FittedFactors(rows, rows, 0.0, None, no_ratings)


def similar_rows(
    model: FittedFactors,
    ranking: Callable[[], ItemRanking],
    queried: np.ndarray,
    n: int,
    candidates: np.ndarray | None = None,
) -> Best:
    """Return the n rows that are most similar to each queried row, without that row.

    Equal scores are ordered by row number. Scores are symmetric to the last bit, and
    depend neither on the other queried rows nor on the number of threads.

    Parameters
    ----------
    model : FittedFactors
        A `similarity_model`.
    ranking : callable
        Returns the `ItemRanking` of that model. It is not called with ``candidates``.
    queried : int array of shape (n_queried,)
        Row numbers.
    n : int
        Number of rows for each queried row; fewer if the model has fewer.
    candidates : int array, default=None
        Row numbers that may be returned. None is all rows.

    Returns
    -------
    Best
        ``items`` are row numbers of the model, ``rows`` are positions in ``queried``.
    """
    if candidates is None:
        candidates = np.arange(len(model.items.factors))
    else:
        candidates = np.unique(candidates)
        model = model.with_items(candidates)
        ranking = partial(ItemRanking, model)
    # The search leaves out the queried row itself in the way it leaves out rated items.
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
    """Divide each row by its length; rows of zeros stay zeros.

    Each row is first divided by its largest absolute value, so that squares of tiny
    or huge values stay in the range of floats.
    """
    size = np.abs(X).max(axis=1, keepdims=True, initial=0)
    X = np.divide(X, size, out=np.zeros_like(X), where=size > 0)
    length = np.linalg.norm(X, axis=1, keepdims=True)
    return np.divide(X, length, out=X, where=length > 0)
