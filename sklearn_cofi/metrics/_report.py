"""All ranking metrics at several cuts, in one pass."""

from collections.abc import Iterable, Sequence

import numpy as np

from sklearn_cofi._compat import validate_params
from sklearn_cofi._typing import Frame, FrameLike, Gains, NoRelevant
from sklearn_cofi.data._frame import native_frame, open_table
from sklearn_cofi.metrics._average import counted, warn_undefined
from sklearn_cofi.metrics._lists import match, read_held_out, read_lists
from sklearn_cofi.metrics._parameters import GAIN, JUDGING, K
from sklearn_cofi.metrics._per_user import METRICS, per_user


@validate_params(
    JUDGING | {"k": [*K, "array-like", tuple], "gains": GAIN, "per_user": ["boolean"]},
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
    per_user: bool = False,
) -> Frame:
    """Return all ranking metrics at several k, with their standard errors.

    Parameters
    ----------
    truth, recommended, relevant_from, no_relevant
        As in `precision_at_k`.
    k : int or array-like of int, default=(5, 10, 20)
        Numbers of recommendations that are looked at.
    gains : {"binary", "rating", "exponential"}, default="binary"
        As in `ndcg_at_k`.
    per_user : bool, default=False
        Return the metrics of each user instead of their means.

    Returns
    -------
    frame
        Of the kind of `truth`, pandas' for an array, with a row for each metric and
        k: columns metric, k, mean, standard_error (of the mean over users,
        ``std(ddof=1) / sqrt(n_users)``; nan for one user) and n_users (that count).
        With ``per_user``, a row for each of these users: columns metric, k, user and
        value.

    Raises
    ------
    ValueError, TypeError
        As `precision_at_k` and `ndcg_at_k`.

    Warns
    -----
    UndefinedMetricWarning
        If no user has a relevant item: means are nan.

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
    """
    cuts = _check_thresholds(k)
    kind = open_table(truth, "truth").kind
    held_out = read_held_out(truth, relevant_from, needs_ratings=gains != "binary")
    values = _all_values(match(held_out, read_lists(recommended)), cuts, gains)
    if per_user:
        return native_frame(_user_rows(held_out, values, no_relevant), kind)
    kept = [counted(of_users, no_relevant) for of_users in values.values()]
    if not all(of_users.size for of_users in kept):
        warn_undefined()
    return native_frame(_summary_rows(values, kept), kind)


def _check_thresholds(k) -> list[int]:
    cuts = np.unique(np.asarray(list(k) if isinstance(k, Iterable) else [k]))
    if not cuts.size or cuts.dtype.kind not in "iu" or cuts[0] < 1:
        raise ValueError(
            f"k must be one whole number or several, each 1 or more, got {k!r}."
        )
    return cuts.tolist()


def _all_values(judged, cuts, gains) -> dict[tuple[str, int], np.ndarray]:
    return {
        (metric, k): per_user(judged, metric, k, gains)
        for metric in METRICS
        for k in cuts
    }


def _summary_rows(values: dict, kept: list) -> dict[str, np.ndarray]:
    n_users = np.array([of_users.size for of_users in kept])
    means = [of_users.mean() if of_users.size else np.nan for of_users in kept]
    errors = [
        of_users.std(ddof=1) / np.sqrt(of_users.size) if of_users.size > 1 else np.nan
        for of_users in kept
    ]
    metrics, cuts = zip(*values, strict=True)
    return {
        "metric": np.array(metrics),
        "k": np.array(cuts),
        "mean": np.array(means),
        "standard_error": np.array(errors),
        "n_users": n_users,
    }


def _user_rows(held_out, values: dict, no_relevant: str) -> dict[str, np.ndarray]:
    ids = held_out.user_ids
    kept = [
        ~np.isnan(of_users) | (no_relevant == "zero") for of_users in values.values()
    ]
    sizes = [int(users.sum()) for users in kept]
    metrics, cuts = zip(*values, strict=True)
    columns = zip(kept, values.values(), strict=True)
    return {
        "metric": np.repeat(metrics, sizes),
        "k": np.repeat(cuts, sizes),
        "user": np.concatenate([ids[users] for users in kept]),
        "value": np.concatenate(
            [np.nan_to_num(of_users[users]) for users, of_users in columns]
        ),
    }
