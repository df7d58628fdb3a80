"""Ranking metrics by name, and the ratings and recommendations of three users."""

import pandas as pd
import pytest

from sklearn_cofi import metrics

METRICS_AT_K = {
    name: getattr(metrics, f"{name}_at_k")
    for name in (
        "precision",
        "recall",
        "hit_rate",
        "average_precision",
        "reciprocal_rank",
        "ndcg",
    )
}
for_each_metric = pytest.mark.parametrize("name", METRICS_AT_K)


def truth_of(rows):
    """Return the frame of test ratings, given as (user, item, rating)."""
    return pd.DataFrame(rows, columns=["user", "item", "rating"])


def lists_of(best: dict):
    """Return the frame of recommendations, given as item lists by user."""
    rows = [
        (user, rank, item)
        for user, items in best.items()
        for rank, item in enumerate(items, start=1)
    ]
    return pd.DataFrame(rows, columns=["user", "rank", "item"])


# With relevant_from=4, items 10, 20 and 30 are relevant for Ann, 10 for Bob and no item
# for Cid.
TRUTH = truth_of(
    [
        ("ann", 10, 5.0),
        ("ann", 20, 4.0),
        ("ann", 30, 4.5),
        ("ann", 40, 1.0),
        ("bob", 10, 4.0),
        ("bob", 40, 3.0),
        ("cid", 20, 2.0),
    ]
)
BEST = lists_of({"ann": [20, 40, 50, 10], "bob": [40, 60, 10], "cid": [20, 10]})
