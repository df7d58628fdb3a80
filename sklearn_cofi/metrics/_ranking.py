"""Metrics of recommendations against held-out ratings, averaged over users."""

from sklearn_cofi._compat import validate_params
from sklearn_cofi._typing import FrameLike, Gains, NoRelevant
from sklearn_cofi.metrics._average import mean_over_users
from sklearn_cofi.metrics._lists import match, read_held_out, read_lists
from sklearn_cofi.metrics._parameters import GAIN, JUDGING, K
from sklearn_cofi.metrics._per_user import per_user

_checked = validate_params(JUDGING | {"k": K}, prefer_skip_nested_validation=True)


@_checked
def precision_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the share of the first k recommendations that are relevant.

    For each user ``n_hits / k``, where hits are relevant items among the first k. It
    is divided by k even where fewer are recommended, or fewer are relevant: the
    largest possible value may be below 1.

    Parameters
    ----------
    truth : frame or array-like of shape (n_held_out, n_columns)
        Held-out ratings: columns user, item and rating, by these names or in this
        order; further ones are ignored. Repeated pairs count once, with their mean
        rating. Ratings may be absent where nothing asks for them.
    recommended : frame or array-like of shape (n_recommended, n_columns)
        As `recommend` returns it: columns user, rank and item, by these names or, in
        an array, in this order. Ranks only tell an order. Users that are not in
        `truth` are ignored; users of `truth` without recommendations count 0.
    k : int, default=10
        Number of recommendations that are looked at.
    relevant_from : float or None, default=None
        Held-out items with a rating from here are relevant. None: all of them.
    no_relevant : {"skip", "zero"}, default="skip"
        Users without a relevant item are left out of the mean, or count 0.

    Returns
    -------
    float
        In [0, 1]; nan, with an `UndefinedMetricWarning`, where no user counts.

    Raises
    ------
    ValueError
        If a parameter is out of range, a column is missing, or a user is recommended
        an item twice or two items at one rank.
    TypeError
        If ids of the two frames are of different kinds.

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
    >>> precision_at_k(truth, best, k=2, relevant_from=4)  # of 6 and 7, 7 is relevant
    0.5
    """
    return _mean("precision", truth, recommended, k, relevant_from, no_relevant)


@_checked
def recall_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the share of the relevant items that the first k recommendations hold.

    For each user ``n_hits / n_relevant``, where all relevant held-out items count,
    more than k too.

    Parameters
    ----------
    truth, recommended, k, relevant_from, no_relevant
        As in `precision_at_k`.

    Returns
    -------
    float
        In [0, 1]; nan, with an `UndefinedMetricWarning`, where no user counts.

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
    return _mean("recall", truth, recommended, k, relevant_from, no_relevant)


@_checked
def hit_rate_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the share of users with a relevant item among their first k.

    For each user ``1 if n_hits > 0 else 0``.

    Parameters
    ----------
    truth, recommended, k, relevant_from, no_relevant
        As in `precision_at_k`.

    Returns
    -------
    float
        In [0, 1]; nan, with an `UndefinedMetricWarning`, where no user counts.

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
    return _mean("hit_rate", truth, recommended, k, relevant_from, no_relevant)


@_checked
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
    / min(k, n_relevant)``: 1 exactly if the first of the list are all relevant, as
    many as can be.

    Parameters
    ----------
    truth, recommended, k, relevant_from, no_relevant
        As in `precision_at_k`.

    Returns
    -------
    float
        In [0, 1]; nan, with an `UndefinedMetricWarning`, where no user counts.

    Notes
    -----
    Some libraries divide by n_relevant or by the number of hits instead: the one
    never reaches 1 where more than k are relevant, the other rewards lists that
    find little.

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
    return _mean("average_precision", truth, recommended, k, relevant_from, no_relevant)


@_checked
def reciprocal_rank_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
) -> float:
    """Return the mean over users of the reciprocal rank of the first hit: MRR.

    For each user ``1 / rank`` of the best relevant item among the first k, 0 where
    there is none.

    Parameters
    ----------
    truth, recommended, k, relevant_from, no_relevant
        As in `precision_at_k`.

    Returns
    -------
    float
        In [0, 1]; nan, with an `UndefinedMetricWarning`, where no user counts.

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
    return _mean("reciprocal_rank", truth, recommended, k, relevant_from, no_relevant)


@validate_params(JUDGING | {"k": K, "gains": GAIN}, prefer_skip_nested_validation=True)
def ndcg_at_k(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int = 10,
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
    gains: Gains = "binary",
) -> float:
    """Return the normalised discounted cumulative gain of the first k.

    For each user ``dcg / ideal``, where

        dcg = sum(gain[item[rank]] / log2(rank + 1) for rank in 1, ..., k)

    and ``ideal`` is the same sum over the user's held-out items in falling order of
    their gains, cut at k as well. Items that are not relevant, or not held out, have
    a gain of 0.

    Parameters
    ----------
    truth, recommended, k, relevant_from, no_relevant
        As in `precision_at_k`. Users whose gains are all zero have no relevant item.
    gains : {"binary", "rating", "exponential"}, default="binary"
        Gain of a relevant item: 1, its rating, or ``2**rating - 1``.

    Returns
    -------
    float
        In [0, 1]; nan, with an `UndefinedMetricWarning`, where no user counts.

    Raises
    ------
    ValueError
        As `precision_at_k`, and if a gain is negative or overflows.

    References
    ----------
    Järvelin and Kekäläinen, "Cumulated Gain-Based Evaluation of IR Techniques", ACM
    Transactions on Information Systems 20, 2002, doi:10.1145/582415.582418; gains that
    are exponential: Burges et al., "Learning to Rank Using Gradient Descent", ICML
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
    return _mean("ndcg", truth, recommended, k, relevant_from, no_relevant, gains)


def _mean(
    metric, truth, recommended, k, relevant_from, no_relevant, gains="binary"
) -> float:
    held_out = read_held_out(truth, relevant_from, needs_ratings=gains != "binary")
    judged = match(held_out, read_lists(recommended))
    values = per_user(judged, metric, k, gains)
    return mean_over_users(values, no_relevant)
