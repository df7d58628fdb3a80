"""All ranking metrics at several k, in one pass."""

from collections.abc import Iterable, Sequence
from numbers import Integral

import numpy as np

from sklearn_cofi._compat import validate_params
from sklearn_cofi._typing import Floats, Frame, FrameLike, Gains, NoRelevant
from sklearn_cofi.data._frame import native_frame, open_table
from sklearn_cofi.metrics._average import defined_values, warn_undefined
from sklearn_cofi.metrics._disliked import DISLIKED_CONSTRAINTS, disliked_rates
from sklearn_cofi.metrics._lists import (
    MatchedRecommendations,
    TestRatings,
    match,
    read_lists,
    read_test_ratings,
)
from sklearn_cofi.metrics._long_tail import GroupedLists, group_lists, group_values
from sklearn_cofi.metrics._parameters import (
    GAINS_CONSTRAINTS,
    K_CONSTRAINTS,
    RELEVANCE_CONSTRAINTS,
)
from sklearn_cofi.metrics._per_user import METRICS, per_user_values

_Values = dict[tuple[str, int], Floats]  # of each user, by metric and k


@validate_params(
    RELEVANCE_CONSTRAINTS
    | {
        "k": [*K_CONSTRAINTS, "array-like", tuple],
        "gains": GAINS_CONSTRAINTS,
        "disliked_to": [*DISLIKED_CONSTRAINTS, None],
        "per_user": ["boolean"],
    },
    prefer_skip_nested_validation=True,
)
def ranking_report(
    truth: FrameLike,
    recommended: FrameLike,
    *,
    k: int | Sequence[int] = (5, 10, 20),
    relevant_from: float | None = None,
    no_relevant: NoRelevant = "skip",
    gains: Gains = "binary",
    ratings: FrameLike | None = None,
    disliked_to: float | None = None,
    per_user: bool = False,
) -> Frame:
    """Return all ranking metrics at several k, with their standard errors.

    Parameters
    ----------
    truth, recommended, relevant_from, no_relevant
        As in `precision_at_k`.
    k : int or array-like of int, default=(5, 10, 20)
        Numbers of recommendations per user that count.
    gains : {"binary", "rating", "exponential"}, default="binary"
        As in `ndcg_at_k`.
    ratings : frame or array-like, default=None
        Training ratings, as in `novelty_at_k`, for metrics of popular and unpopular
        items. They are divided into three groups: an item is in the head if the items
        with more ratings have less than 20% of all ratings, in the tail if these have
        80% or more, else in the middle. Items without training ratings are in the tail.
        The metrics are:

        - share_head, share_middle and share_tail: the share of the group in the first
          k recommendations of a user, over the users with recommendations
        - recall_head, recall_middle and recall_tail: the number of hits in the group
          divided by the number of relevant items in the group, over the users with a
          relevant item in the group (``no_relevant="zero"`` counts other users as 0)
    disliked_to : float or None, default=None
        Highest rating of a disliked item, for the metric disliked_rate of
        `disliked_rate_at_k`. It is over all users of `truth`. None leaves it out.
    per_user : bool, default=False
        Whether to return the metrics of each user instead of their means.

    Returns
    -------
    frame
        Frame of the library of `truth`; a pandas frame if `truth` is an array. It has a
        row for each metric and k, and the columns metric, k, mean, standard_error and
        n_users. ``standard_error`` is that of the mean over users,
        ``std(ddof=1) / sqrt(n_users)``, and nan for a single user. ``n_users`` is the
        number of users in the mean. With ``per_user=True`` the frame has a row for each
        metric, k and user, and the columns metric, k, user and value.

    Raises
    ------
    ValueError, TypeError
        If `precision_at_k` or `ndcg_at_k` raises it, or if the item ids of ``ratings``
        are of another kind.

    Warns
    -----
    UndefinedMetricWarning
        If no user has a relevant item and ``no_relevant="skip"``: means are nan. The
        mean of a metric of a group is nan without a warning if ``n_users`` is 0.

    See Also
    --------
    ranking_scorers : The metrics in `GridSearchCV` and `cross_validate`.
    sklearn_cofi.displays.RankingCurveDisplay : One metric for each k, as a figure.
    sklearn_cofi.model_selection.compare_models : Differences between models over folds.

    References
    ----------
    Steck, "Item Popularity and Recommendation Accuracy", RecSys 2011,
    doi:10.1145/2043932.2043957. Anderson, "The Long Tail", Hyperion 2006.

    Examples
    --------
    >>> from sklearn_cofi.metrics import ranking_report
    >>> truth = [[1, 7], [1, 8], [2, 7]]  # rows of user and item
    >>> best = [[1, 1, 7], [1, 2, 6], [2, 1, 6]]  # rows of user, rank and item
    >>> ranking_report(truth, best, k=2).round(2)
                  metric  k  mean  standard_error  n_users
    0          precision  2  0.25            0.25        2
    1             recall  2  0.25            0.25        2
    2           hit_rate  2  0.50            0.50        2
    3  average_precision  2  0.25            0.25        2
    4    reciprocal_rank  2  0.50            0.50        2
    5               ndcg  2  0.31            0.31        2
    >>> by_user = ranking_report(truth, best, k=2, per_user=True)
    >>> by_user.query("metric == 'ndcg'").round(2)
       metric  k  user  value
    10   ndcg  2     1   0.61
    11   ndcg  2     2   0.00
    >>> train = [[1, 6], [2, 6], [3, 6], [3, 7], [3, 8]]
    >>> report = ranking_report(truth, best, k=2, ratings=train)
    >>> report.query("metric.str.startswith('share')").round(2)
             metric  k  mean  standard_error  n_users
    6    share_head  2  0.75            0.25        2
    7  share_middle  2  0.25            0.25        2
    8    share_tail  2  0.00            0.00        2
    """
    k_values = _check_k(k)
    kind = open_table(truth, "truth").kind
    needs_ratings = gains != "binary" or disliked_to is not None
    test = read_test_ratings(truth, relevant_from, needs_ratings=needs_ratings)
    lists = read_lists(recommended)
    matched = match(test, lists)
    values = _all_values(matched, k_values, gains)
    if disliked_to is not None:
        rates = {k: disliked_rates(matched, k, disliked_to) for k in k_values}
        values |= {("disliked_rate", k): of_users for k, of_users in rates.items()}
    if ratings is not None:
        values |= _group_values(group_lists(matched, lists, ratings), k_values)
    if per_user:
        return native_frame(_user_rows(test, values, no_relevant), kind)
    defined = {
        key: defined_values(of_users, _policy(key[0], no_relevant))
        for key, of_users in values.items()
    }
    if not all(
        of_users.size for (metric, _), of_users in defined.items() if metric in METRICS
    ):
        warn_undefined()
    return native_frame(_summary_rows(values, list(defined.values())), kind)


def _check_k(k: int | Sequence[int]) -> list[int]:
    """Return the distinct values of k in rising order."""
    k_values = list(k) if isinstance(k, Iterable) else [k]
    if not k_values or not all(map(_is_count, k_values)):
        raise ValueError(
            f"k must be one whole number or several, each 1 or more, got {k!r}."
        )
    return sorted({int(x) for x in k_values})


def _is_count(k: object) -> bool:
    return isinstance(k, Integral) and not isinstance(k, bool) and int(k) >= 1


def _all_values(
    matched: MatchedRecommendations, k_values: list[int], gains: str
) -> _Values:
    return {
        (metric, k): per_user_values(matched, metric, k, gains)
        for metric in METRICS
        for k in k_values
    }


def _group_values(grouped: GroupedLists, k_values: list[int]) -> _Values:
    of_k = {k: group_values(grouped, k) for k in k_values}
    metrics = of_k[k_values[0]]
    return {(metric, k): of_k[k][metric] for metric in metrics for k in k_values}


def _policy(metric: str, no_relevant: str) -> str:
    """Return how users without a value count; shares need no relevant item."""
    return "skip" if metric.startswith("share_") else no_relevant


def _summary_rows(values: _Values, defined: list[Floats]) -> dict[str, np.ndarray]:
    n_users = np.array([of_users.size for of_users in defined])
    means = [of_users.mean() if of_users.size else np.nan for of_users in defined]
    errors = [
        of_users.std(ddof=1) / np.sqrt(of_users.size) if of_users.size > 1 else np.nan
        for of_users in defined
    ]
    metrics, k_values = zip(*values, strict=True)
    return {
        "metric": np.array(metrics),
        "k": np.array(k_values),
        "mean": np.array(means),
        "standard_error": np.array(errors),
        "n_users": n_users,
    }


def _user_rows(
    test: TestRatings, values: _Values, no_relevant: str
) -> dict[str, np.ndarray]:
    shown = [
        ~np.isnan(of_users) | (_policy(metric, no_relevant) == "zero")
        for (metric, _), of_users in values.items()
    ]
    sizes = [int(users.sum()) for users in shown]
    metrics, k_values = zip(*values, strict=True)
    columns = zip(shown, values.values(), strict=True)
    return {
        "metric": np.repeat(metrics, sizes),
        "k": np.repeat(k_values, sizes),
        "user": np.concatenate([test.user_ids[users] for users in shown]),
        "value": np.concatenate(
            [np.nan_to_num(of_users[users]) for users, of_users in columns]
        ),
    }
