"""The metrics of ranked lists, for each user; nan where there is nothing to find.

A place is counted from 0 here, a rank from 1; hits are recommendations that are
relevant.
"""

from collections.abc import Callable

import numpy as np

from sklearn_cofi.metrics._lists import MatchedRecommendations, TestRatings


def precision(judged: MatchedRecommendations, k: int) -> np.ndarray:
    """Return ``n_hits / k``."""
    return _where_defined(judged, _n_hits(judged, k) / k)


def recall(judged: MatchedRecommendations, k: int) -> np.ndarray:
    """Return ``n_hits / n_relevant``."""
    n_relevant = judged.held_out.n_relevant
    return _where_defined(judged, _n_hits(judged, k) / np.maximum(n_relevant, 1))


def hit_rate(judged: MatchedRecommendations, k: int) -> np.ndarray:
    """Return 1 where there is a hit, else 0."""
    return _where_defined(judged, np.minimum(_n_hits(judged, k), 1))


def average_precision(judged: MatchedRecommendations, k: int) -> np.ndarray:
    """Return ``sum(precision up to the hit, for each hit) / min(k, n_relevant)``."""
    hits = _hits(judged, k)
    user, place = judged.user[hits], judged.place[hits]
    # Hits are in order of user and place: their running number, less that of the
    # user's first one, counts the hits up to each.
    first = np.searchsorted(user, user)
    precisions = (np.arange(user.size) - first + 1) / (place + 1)
    most = np.maximum(np.minimum(judged.held_out.n_relevant, k), 1)
    return _where_defined(judged, _sums(judged, user, precisions) / most)


def reciprocal_rank(judged: MatchedRecommendations, k: int) -> np.ndarray:
    """Return ``1 / rank`` of the first hit, 0 without one."""
    hits = _hits(judged, k)
    user, place = judged.user[hits], judged.place[hits]
    first = np.diff(user, prepend=-1) > 0
    return _where_defined(judged, _sums(judged, user[first], 1 / (place[first] + 1)))


def ndcg(judged: MatchedRecommendations, k: int, gains: str = "binary") -> np.ndarray:
    """Return ``sum(gain / log2(rank + 1))`` over its largest possible value."""
    held_out = judged.held_out
    values = np.where(held_out.relevant, GAINS[gains](held_out), 0.0)
    cut = judged.place < k
    gain = judged.of_entries(values)[cut] * _discount(judged.place[cut])
    best = _ideal(held_out, values, k)
    reached = _sums(judged, judged.user[cut], gain)
    return np.divide(reached, best, out=np.full(best.size, np.nan), where=best > 0)


def _ones(held_out: TestRatings) -> np.ndarray:
    return np.ones(held_out.relevant.size)


def _ratings(held_out: TestRatings) -> np.ndarray:
    """Return the ratings, of which relevant ones must not be negative."""
    ratings = held_out.rows.ratings.astype(np.float64)
    lowest = ratings[held_out.relevant].min(initial=0)
    if lowest < 0:
        raise ValueError(
            f"A relevant rating is {lowest:g}: gains must not be negative. Raise "
            "`relevant_from` to 0 or more, shift the ratings, or use gains='binary'."
        )
    return ratings


# Beyond, sums of powers of two of ratings would leave the range of floats.
_LARGEST_EXPONENT = 1000


def _powers(held_out: TestRatings) -> np.ndarray:
    ratings = _ratings(held_out)
    if ratings.max() > _LARGEST_EXPONENT:
        raise ValueError(
            f"2 to the power of a rating of {ratings.max():g} overflows. Scale the "
            "ratings down, or use gains='rating'."
        )
    return np.exp2(ratings) - 1


GAINS: dict[str, Callable[[TestRatings], np.ndarray]] = {
    "binary": _ones,
    "rating": _ratings,
    "exponential": _powers,
}

METRICS: dict[str, Callable] = {
    "precision": precision,
    "recall": recall,
    "hit_rate": hit_rate,
    "average_precision": average_precision,
    "reciprocal_rank": reciprocal_rank,
    "ndcg": ndcg,
}


def per_user(
    judged: MatchedRecommendations, metric: str, k: int, gains: str
) -> np.ndarray:
    """Return one of `METRICS`; gains are a matter of "ndcg" alone."""
    further = {"gains": gains} if metric == "ndcg" else {}
    return METRICS[metric](judged, k, **further)


def _hits(judged: MatchedRecommendations, k: int) -> np.ndarray:
    """Mark the recommendations among the first k that are relevant."""
    return judged.of_entries(judged.held_out.relevant).astype(bool) & (judged.place < k)


def _n_hits(judged: MatchedRecommendations, k: int) -> np.ndarray:
    return _sums(judged, judged.user[_hits(judged, k)])


def _sums(judged: MatchedRecommendations, user, values=None) -> np.ndarray:
    return np.bincount(user, values, minlength=judged.held_out.user_ids.size)


def _where_defined(judged: MatchedRecommendations, values) -> np.ndarray:
    return np.where(judged.held_out.n_relevant > 0, values, np.nan)


def _discount(place) -> np.ndarray:
    return 1 / np.log2(place + 2)


def _ideal(held_out: TestRatings, gains, k: int) -> np.ndarray:
    """Return each user's largest possible sum of discounted gains of k items."""
    chosen = np.flatnonzero(gains > 0)
    user = held_out.rows.row_of_entry[chosen].astype(np.int64)
    levels, level = np.unique(-gains[chosen], return_inverse=True)
    if levels.size > 1:
        # Sorting whole numbers takes a tenth of the time of a lexsort.
        user, level = np.divmod(np.sort(user * levels.size + level), levels.size)
    place = np.arange(user.size) - np.searchsorted(user, user)
    cut = place < k
    discounted = -levels[level[cut]] * _discount(place[cut])
    return np.bincount(user[cut], discounted, minlength=held_out.user_ids.size)
