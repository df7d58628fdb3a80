"""Ranking metrics that count hits: precision, recall and hit rate."""

from sklearn_cofi._typing import FrameLike, NoRelevant
from sklearn_cofi.metrics._average import mean_metric
from sklearn_cofi.metrics._parameters import check_parameters


@check_parameters
def precision_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the share of the first k recommendations that are relevant.

    For each user ``n_hits / k``, where hits are relevant items among the first k
    recommendations. The divisor is k even if fewer items are recommended or relevant,
    so the largest possible value can be below 1.

    Parameters
    ----------
    truth : frame or array-like of shape (n_held_out, n_columns)
        Held-out ratings: columns user, item and rating, by these names or in this
        order. Further columns are ignored. Repeated pairs count once, with their mean
        rating. The rating column may be missing if no other parameter needs it.
    recommended : frame or array-like of shape (n_recommended, n_columns)
        Recommendations, as `recommend` returns them: columns user, rank and item, by
        these names or, in an array, in this order. Only the order of a user's ranks
        matters. Users that are not in `truth` are ignored. Users of `truth` without
        recommendations have the value 0. There may be no rows.
    k : int, default=10
        Number of recommendations per user that count.
    relevant_from : float or None, default=None
        Lowest rating of a relevant item. None makes all held-out items relevant.
    no_relevant : {"skip", "zero"}, default="skip"
        Treatment of users without a relevant item: "skip" leaves them out of the mean,
        "zero" counts them as 0.

    Returns
    -------
    float
        Mean over users, in [0, 1]. It is nan, with an `UndefinedMetricWarning`, if no
        user has a relevant item and ``no_relevant="skip"``.

    Raises
    ------
    ValueError
        If a parameter is out of range, a column is missing, or a user has two
        recommendations of the same item or with the same rank.
    TypeError
        If the ids of the two frames are of different kinds.

    See Also
    --------
    ranking_report : All metrics, with standard errors.
    recall_at_k : Share of the relevant items.
    disliked_rate_at_k : Share of items that the user rated low.

    References
    ----------
    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008,
    section 8.4, doi:10.1017/CBO9780511809071.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_cofi.metrics import precision_at_k
    >>> truth = pd.DataFrame({"user": [1, 1], "item": [7, 8], "rating": [5, 1]})
    >>> best = pd.DataFrame({"user": [1, 1], "rank": [1, 2], "item": [6, 7]})
    >>> precision_at_k(truth, best, k=2, relevant_from=4)  # only 7 is relevant
    0.5
    """
    return mean_metric("precision", truth, recommended, k, relevant_from, no_relevant)


@check_parameters
def recall_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the share of relevant items that are among the first k recommendations.

    For each user ``n_hits / n_relevant``, where ``n_relevant`` counts all relevant
    held-out items of the user and can be larger than k.

    Parameters
    ----------
    truth, recommended, k, relevant_from, no_relevant
        As in `precision_at_k`.

    Returns
    -------
    float
        Mean over users, in [0, 1]. It is nan, with an `UndefinedMetricWarning`, if no
        user has a relevant item and ``no_relevant="skip"``.

    See Also
    --------
    ranking_report : All metrics, with standard errors.
    precision_at_k : Share of the recommendations.
    hit_rate_at_k : Share of users with a hit.

    References
    ----------
    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008,
    section 8.4, doi:10.1017/CBO9780511809071.

    Examples
    --------
    >>> from sklearn_cofi.metrics import recall_at_k
    >>> truth = [[1, 7], [1, 8], [1, 9]]  # rows of user and item
    >>> best = [[1, 1, 6], [1, 2, 7]]  # rows of user, rank and item
    >>> recall_at_k(truth, best, k=2) == 1 / 3
    True
    """
    return mean_metric("recall", truth, recommended, k, relevant_from, no_relevant)


@check_parameters
def hit_rate_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the share of users with a relevant item in their first k recommendations.

    For each user ``1 if n_hits > 0 else 0``.

    Parameters
    ----------
    truth, recommended, k, relevant_from, no_relevant
        As in `precision_at_k`.

    Returns
    -------
    float
        Mean over users, in [0, 1]. It is nan, with an `UndefinedMetricWarning`, if no
        user has a relevant item and ``no_relevant="skip"``.

    See Also
    --------
    ranking_report : All metrics, with standard errors.
    reciprocal_rank_at_k : The rank of the first hit.
    recall_at_k : Share of the relevant items.

    References
    ----------
    Deshpande and Karypis, "Item-Based Top-N Recommendation Algorithms", ACM
    Transactions on Information Systems 22, 2004, doi:10.1145/963770.963776.

    Examples
    --------
    >>> from sklearn_cofi.metrics import hit_rate_at_k
    >>> truth = [[1, 7], [1, 8], [2, 7]]  # rows of user and item
    >>> best = [[1, 1, 6], [1, 2, 7], [2, 1, 8]]  # rows of user, rank and item
    >>> hit_rate_at_k(truth, best, k=2)
    0.5
    """
    return mean_metric("hit_rate", truth, recommended, k, relevant_from, no_relevant)
