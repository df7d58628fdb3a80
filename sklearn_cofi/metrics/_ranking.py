"""Ranking metrics that depend on the ranks of hits: MAP, MRR and nDCG."""

from sklearn_cofi._compat import validate_params
from sklearn_cofi._typing import FrameLike, Gains, NoRelevant
from sklearn_cofi.metrics._average import mean_metric
from sklearn_cofi.metrics._parameters import (
    GAINS_CONSTRAINTS,
    K_CONSTRAINTS,
    RELEVANCE_CONSTRAINTS,
    check_parameters,
)


@check_parameters
def average_precision_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the mean over users of the average precision: MAP.

    For each user ``sum(n_hits_up_to(rank) / rank, for each hit's rank up to k)
    / min(k, n_relevant)``. It is 1 exactly if the first ``min(k, n_relevant)``
    recommendations are all relevant.

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
    ndcg_at_k : Discounts by rank.
    sklearn.metrics.label_ranking_average_precision_score : For dense arrays of scores.

    Notes
    -----
    Some libraries divide by another number. Divided by n_relevant, the value never
    reaches 1 for users with more than k relevant items. Divided by the number of hits,
    a list with a single hit at rank 1 already has the value 1.

    References
    ----------
    Manning, Raghavan and Schütze, "Introduction to Information Retrieval", 2008,
    section 8.4, doi:10.1017/CBO9780511809071.

    Examples
    --------
    >>> from sklearn_cofi.metrics import average_precision_at_k
    >>> truth = [[1, 7], [1, 8], [1, 9]]  # rows of user and item
    >>> best = [[1, 1, 7], [1, 2, 6], [1, 3, 8]]  # rows of user, rank and item
    >>> average_precision_at_k(truth, best) == (1 / 1 + 2 / 3) / 3
    True
    """
    return mean_metric(
        "average_precision", truth, recommended, k, relevant_from, no_relevant
    )


@check_parameters
def reciprocal_rank_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the mean over users of the reciprocal rank of the first hit: MRR.

    For each user ``1 / rank`` of the first hit among the first k recommendations, and
    0 for users without a hit.

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
    hit_rate_at_k : Share of users with a hit.

    References
    ----------
    Voorhees, "The TREC-8 Question Answering Track Report", NIST Special Publication
    500-246, 1999, https://trec.nist.gov/pubs/trec8/papers/qa_report.pdf.

    Examples
    --------
    >>> from sklearn_cofi.metrics import reciprocal_rank_at_k
    >>> truth = [[1, 7], [1, 8]]  # rows of user and item
    >>> reciprocal_rank_at_k(truth, [[1, 1, 6], [1, 2, 7], [1, 3, 8]])
    0.5
    """
    return mean_metric(
        "reciprocal_rank", truth, recommended, k, relevant_from, no_relevant
    )


@validate_params(
    RELEVANCE_CONSTRAINTS | {"k": K_CONSTRAINTS, "gains": GAINS_CONSTRAINTS},
    prefer_skip_nested_validation=True,
)
def ndcg_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
    gains: Gains = "binary",
) -> float:
    """Return the normalised discounted cumulative gain of the first k recommendations.

    For each user ``dcg / ideal``, where

        dcg = sum(gain[item[rank]] / log2(rank + 1) for rank in 1, ..., k)

    and ``ideal`` is the same sum over the first k of the user's held-out items, sorted
    by falling gain. The gain is 0 for items that are not relevant or not held out.

    Parameters
    ----------
    truth, recommended, k, relevant_from, no_relevant
        As in `precision_at_k`. Users whose gains are all 0 count as users without a
        relevant item.
    gains : {"binary", "rating", "exponential"}, default="binary"
        Gain of a relevant item: 1, its rating, or ``2**rating - 1``.

    Returns
    -------
    float
        Mean over users, in [0, 1]. It is nan, with an `UndefinedMetricWarning`, if no
        user has a relevant item and ``no_relevant="skip"``.

    Raises
    ------
    ValueError
        If `precision_at_k` raises it, or a gain is negative or overflows.

    See Also
    --------
    ranking_report : All metrics, with standard errors.
    average_precision_at_k : The order of relevant items, without discounts.
    sklearn.metrics.ndcg_score : The same for dense arrays of scores.

    References
    ----------
    Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", ACM
    Transactions on Information Systems 20, 2002, doi:10.1145/582415.582418.
    Exponential gains: Burges et al., "Learning to Rank Using Gradient Descent", ICML
    2005, doi:10.1145/1102351.1102363.

    Examples
    --------
    >>> from math import log2
    >>> from sklearn_cofi.metrics import ndcg_at_k
    >>> truth = [[1, 7, 5.0], [1, 8, 3.0]]  # rows of user, item and rating
    >>> best = [[1, 1, 8], [1, 2, 7]]  # rows of user, rank and item
    >>> ndcg_at_k(truth, best)
    1.0
    >>> graded = (3 + 5 / log2(3)) / (5 + 3 / log2(3))
    >>> round(ndcg_at_k(truth, best, gains="rating") - graded, 12)
    0.0
    """
    return mean_metric("ndcg", truth, recommended, k, relevant_from, no_relevant, gains)
