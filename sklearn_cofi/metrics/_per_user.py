"""Ranking metrics of each user; nan for users without a relevant item.

Positions count from 0 and ranks from 1. Hits are relevant recommendations.
"""

from collections.abc import Callable

import numpy as np

from sklearn_cofi._typing import Bools, Floats, Ints
from sklearn_cofi.metrics._lists import MatchedRecommendations, TestRatings


def precision(matched: MatchedRecommendations, k: int) -> Floats:
    """Return ``n_hits / k``."""
    return _where_relevant(matched, _n_hits(matched, k) / k)


def recall(matched: MatchedRecommendations, k: int) -> Floats:
    """Return ``n_hits / n_relevant``."""
    n_relevant = np.maximum(matched.test.n_relevant, 1)
    return _where_relevant(matched, _n_hits(matched, k) / n_relevant)


def hit_rate(matched: MatchedRecommendations, k: int) -> Floats:
    """Return 1 for users with a hit, else 0."""
    return _where_relevant(matched, np.minimum(_n_hits(matched, k), 1))


def average_precision(matched: MatchedRecommendations, k: int) -> Floats:
    """Return ``sum(precision up to the hit, for each hit) / min(k, n_relevant)``."""
    is_hit = _is_hit(matched, k)
    user, position = matched.user[is_hit], matched.position[is_hit]
    # Hits are sorted by user and position: the number of a hit minus the number of its
    # user's first hit counts the hits up to it.
    first = np.searchsorted(user, user)
    precisions = (np.arange(user.size) - first + 1) / (position + 1)
    most_hits = np.maximum(np.minimum(matched.test.n_relevant, k), 1)
    return _where_relevant(matched, _user_sums(matched, user, precisions) / most_hits)


def reciprocal_rank(matched: MatchedRecommendations, k: int) -> Floats:
    """Return ``1 / rank`` of the first hit, and 0 for users without a hit."""
    is_hit = _is_hit(matched, k)
    user, position = matched.user[is_hit], matched.position[is_hit]
    first = np.diff(user, prepend=-1) > 0
    reciprocal = 1 / (position[first] + 1)
    return _where_relevant(matched, _user_sums(matched, user[first], reciprocal))


def ndcg(matched: MatchedRecommendations, k: int, gains: str = "binary") -> Floats:
    """Return ``sum(gain / log2(rank + 1))`` divided by its largest possible value."""
    test = matched.test
    values = np.where(test.relevant, GAINS[gains](test), 0.0)
    in_top = matched.position < k
    gain = matched.entry_values(values)[in_top] * _discount(matched.position[in_top])
    dcg = _user_sums(matched, matched.user[in_top], gain)
    ideal = _ideal_dcg(test, values, k)
    return np.divide(dcg, ideal, out=np.full(ideal.size, np.nan), where=ideal > 0)


def _ones(test: TestRatings) -> Floats:
    return np.ones(test.relevant.size)


def _ratings(test: TestRatings) -> Floats:
    """Return the ratings, and check that no relevant one is negative."""
    ratings = test.rows.ratings.astype(np.float64)
    lowest = ratings[test.relevant].min(initial=0)
    if lowest < 0:
        raise ValueError(
            f"A relevant rating is {lowest:g}, but gains must not be negative. Raise "
            "`relevant_from` to 0 or more, shift the ratings, or use gains='binary'."
        )
    return ratings


# 2.0**1024 is the first power of two that overflows; sums of gains need some room.
_LARGEST_EXPONENT = 1000


def _powers(test: TestRatings) -> Floats:
    ratings = _ratings(test)
    if ratings.max() > _LARGEST_EXPONENT:
        raise ValueError(
            f"2 to the power of a rating of {ratings.max():g} overflows. Scale the "
            "ratings down, or use gains='rating'."
        )
    return np.exp2(ratings) - 1


GAINS: dict[str, Callable[[TestRatings], Floats]] = {
    "binary": _ones,
    "rating": _ratings,
    "exponential": _powers,
}

METRICS: dict[str, Callable[..., Floats]] = {
    "precision": precision,
    "recall": recall,
    "hit_rate": hit_rate,
    "average_precision": average_precision,
    "reciprocal_rank": reciprocal_rank,
    "ndcg": ndcg,
}


def per_user_values(
    matched: MatchedRecommendations, metric: str, k: int, gains: str
) -> Floats:
    """Return one of `METRICS` for each user; only "ndcg" uses ``gains``."""
    further = {"gains": gains} if metric == "ndcg" else {}
    return METRICS[metric](matched, k, **further)


def _is_hit(matched: MatchedRecommendations, k: int) -> Bools:
    """Mark the relevant recommendations among the first k of each user."""
    is_relevant = matched.entry_values(matched.test.relevant).astype(bool)
    return is_relevant & (matched.position < k)


def _n_hits(matched: MatchedRecommendations, k: int) -> Ints:
    return np.bincount(
        matched.user[_is_hit(matched, k)], minlength=matched.test.user_ids.size
    )


def _user_sums(
    matched: MatchedRecommendations, user: Ints, values: Floats
) -> np.ndarray:
    return np.bincount(user, values, minlength=matched.test.user_ids.size)


def _where_relevant(matched: MatchedRecommendations, values: np.ndarray) -> Floats:
    """Return the values, with nan for users without a relevant item."""
    return np.where(matched.test.n_relevant > 0, values, np.nan)


def _discount(position: Ints) -> Floats:
    return 1 / np.log2(position + 2)


def _ideal_dcg(test: TestRatings, gains: Floats, k: int) -> np.ndarray:
    """Return the largest possible sum of k discounted gains of each user."""
    gaining = np.flatnonzero(gains > 0)
    user = test.rows.row_of_entry[gaining].astype(np.int64)
    levels, level = np.unique(-gains[gaining], return_inverse=True)
    if levels.size > 1:
        # Sorting one array of integers takes a tenth of the time of a lexsort.
        user, level = np.divmod(np.sort(user * levels.size + level), levels.size)
    position = np.arange(user.size) - np.searchsorted(user, user)
    in_top = position < k
    discounted = -levels[level[in_top]] * _discount(position[in_top])
    return np.bincount(user[in_top], discounted, minlength=test.user_ids.size)
