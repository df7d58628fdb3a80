"""The share of recommendations that users rated low in the test ratings."""

from numbers import Real

import numpy as np

from sklearn_cofi._compat import Interval, validate_params
from sklearn_cofi._typing import Floats, FrameLike
from sklearn_cofi.metrics._lists import (
    MatchedRecommendations,
    match,
    read_lists,
    read_test_ratings,
)
from sklearn_cofi.metrics._parameters import K_CONSTRAINTS

DISLIKED_CONSTRAINTS = [Interval(Real, None, None, closed="neither")]


@validate_params(
    {"k": K_CONSTRAINTS, "disliked_to": DISLIKED_CONSTRAINTS},
    prefer_skip_nested_validation=True,
)
def disliked_rate_at_k(
    truth: FrameLike, recommended: FrameLike, *, k: int = 10, disliked_to: float
) -> float:
    """Return the share of the first k recommendations that the user rated low.

    For each user ``n_disliked / k``, where ``n_disliked`` counts the first k
    recommendations with a held-out rating of ``disliked_to`` or less. Lower is better.
    Most recommendations have no held-out rating, so the value is a lower bound of the
    share of items that the user dislikes: compare lists by it.

    Parameters
    ----------
    truth, recommended, k
        As in `precision_at_k`; `truth` has ratings.
    disliked_to : float
        Highest rating of a disliked item.

    Returns
    -------
    float
        Mean over all users of `truth`, in [0, 1]. Users without recommendations have
        the value 0.

    Raises
    ------
    ValueError, TypeError
        If `precision_at_k` raises it, or if `truth` has no ratings.

    See Also
    --------
    ranking_report : All metrics, with standard errors.
    precision_at_k : Share of items that are relevant.

    References
    ----------
    Herlocker, Konstan, Terveen and Riedl, "Evaluating Collaborative Filtering
    Recommender Systems", ACM Transactions on Information Systems 22 (2004),
    doi:10.1145/963770.963772.

    Examples
    --------
    >>> from sklearn_cofi.metrics import disliked_rate_at_k
    >>> truth = [[1, 7, 5.0], [1, 8, 2.0]]  # rows of user, item and rating
    >>> best = [[1, 1, 7], [1, 2, 6], [1, 3, 8], [1, 4, 9]]  # user, rank and item
    >>> disliked_rate_at_k(truth, best, k=4, disliked_to=2)
    0.25
    """
    test = read_test_ratings(truth, None, needs_ratings=True)
    matched = match(test, read_lists(recommended))
    return float(disliked_rates(matched, k, disliked_to).mean())


def disliked_rates(
    matched: MatchedRecommendations, k: int, disliked_to: float
) -> Floats:
    """Return ``n_disliked / k`` of each user."""
    test = matched.test
    is_disliked = matched.entry_values(test.rows.ratings <= disliked_to).astype(bool)
    users = matched.user[is_disliked & (matched.position < k)]
    return np.bincount(users, minlength=test.user_ids.size) / k
