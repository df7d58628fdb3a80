"""Lists of items that are relevant and differ from each other."""

from collections.abc import Callable

import numpy as np
from sklearn import get_config

from sklearn_cofi.inference._recommend import Best

# Each user's list of n items is chosen from the best 10 * n items.
POOL = 10

# Bytes that an item of a pool takes, and bytes of the pools that are held at once.
_ITEM, _HELD = 80, 20 * 2**20


def diverse_items(
    best: Callable[[int, slice], Best],
    n_rows: int,
    n: int,
    X: np.ndarray,
    diversity: float,
    memory: float | None = None,
) -> Best:
    """Choose n of the best ``POOL * n`` items of each row by marginal relevance.

    The best item is first. Each further item has the largest ::

        (1 - diversity) * relevance - diversity * (largest cosine with items chosen)
        relevance = (score - lowest) / (highest - lowest)

    with the lowest and the highest score of the row's pool. Of items with the same
    value, the one with the higher score is chosen, then the one with the lower number.

    Parameters
    ----------
    best : callable
        Function of a number and a slice of rows. It returns this number of best items
        for each of these rows.
    n_rows : int
    n : int
    X : float array of shape (n_items, k)
        Factors of all items, divided by their lengths.
    diversity : float in (0, 1]
    memory : float, default=None
        Largest memory in MiB, as in `recommend_rows`. Half of it may be pools.

    References
    ----------
    Carbonell and Goldstein, "The Use of MMR, Diversity-Based Reranking for Reordering
    Documents and Producing Summaries", SIGIR 1998, doi:10.1145/290941.291025.
    """
    n = min(n, len(X))
    n_pooled = min(POOL * n, len(X))
    limit = get_config()["working_memory"] if memory is None else memory
    held = int(limit * 2**19) if limit * 2**19 < _HELD else _HELD
    height = max(1, held // (_ITEM * n_pooled))
    parts = []
    for begin in range(0, n_rows, height):
        rows = slice(begin, min(begin + height, n_rows))
        pool = best(n_pooled, rows)
        part = _choose(pool, rows.stop - begin, n, X, diversity)
        parts.append(part._replace(rows=part.rows + begin))
    return Best(*map(np.concatenate, zip(*parts, strict=True)))


def _choose(pool: Best, n_rows: int, n: int, X: np.ndarray, diversity: float) -> Best:
    """Choose n items of the pool of each row."""
    # Imported here because importing numba takes half a second.
    from sklearn_cofi.kernels._diverse_items import choose_diverse

    starts = np.searchsorted(pool.rows, np.arange(n_rows + 1)).astype(np.int64)
    chosen = np.empty((n_rows, n), np.int64)
    items = pool.items.astype(np.int64)
    relevance = _relevance(pool.scores, starts)
    choose_diverse(X, starts, items, relevance, float(diversity), chosen)
    found = chosen >= 0
    ranks = np.broadcast_to(np.arange(1, n + 1), found.shape)[found]
    at = chosen[found]
    return Best(pool.rows[at], ranks, pool.items[at], pool.scores[at])


def _relevance(scores: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Scale the falling scores of each pool to [0, 1]; equal scores become 0."""
    lengths = np.diff(starts)
    filled = lengths > 0
    highest, lowest = np.zeros((2, lengths.size))
    highest[filled] = scores[starts[:-1][filled]]
    lowest[filled] = scores[starts[1:][filled] - 1]
    spread = np.where(highest > lowest, highest - lowest, 1)
    return (scores - np.repeat(lowest, lengths)) / np.repeat(spread, lengths)
