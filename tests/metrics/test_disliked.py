"""The share of disliked recommendations: values by hand, and laws."""

import numpy as np
import pytest
from ranked import lists_of, truth_of

from sklearn_cofi.metrics import disliked_rate_at_k, ranking_report

TRUTH = truth_of(
    [
        *[("ann", 10, 1.0), ("ann", 20, 2.0), ("ann", 30, 5.0)],
        *[("bob", 10, 2.0), ("bob", 20, 4.0), ("cid", 30, 1.0)],
    ]
)
# Dan has no test ratings, and Cid has no recommendations.
BEST = lists_of({"ann": [20, 50, 30, 10], "bob": [20, 10], "dan": [10]})


@pytest.mark.parametrize(
    ("k", "disliked_to", "ann", "bob"),
    [(1, 2, 1, 0), (2, 2, 1 / 2, 1 / 2), (4, 2, 2 / 4, 1 / 4), (4, 1, 1 / 4, 0)],
)
def test_values_by_hand(k, disliked_to, ann, bob):
    found = disliked_rate_at_k(TRUTH, BEST, k=k, disliked_to=disliked_to)
    assert found == pytest.approx((ann + bob + 0) / 3, rel=1e-15)


def test_precision_and_disliked_rate_count_all_recommendations_with_a_rating():
    parts = [
        ranking_report(TRUTH, BEST, k=3, relevant_from=2.5, no_relevant="zero"),
        ranking_report(TRUTH, BEST, k=3, disliked_to=2),
        ranking_report(TRUTH, BEST, k=3),
    ]
    good, bad, rated = (part.set_index("metric")["mean"] for part in parts)
    assert good["precision"] + bad["disliked_rate"] == pytest.approx(rated["precision"])


def test_the_report_has_the_rate_of_all_users():
    report = ranking_report(TRUTH, BEST, k=(1, 4), relevant_from=4, disliked_to=2)
    rows = report[report["metric"] == "disliked_rate"]
    assert rows["n_users"].tolist() == [3, 3]
    expected = [disliked_rate_at_k(TRUTH, BEST, k=k, disliked_to=2) for k in (1, 4)]
    assert rows["mean"].tolist() == expected
    per_user = ranking_report(TRUTH, BEST, k=4, disliked_to=2, per_user=True)
    values = per_user[per_user["metric"] == "disliked_rate"].set_index("user")["value"]
    assert values.to_dict() == {"ann": 0.5, "bob": 0.25, "cid": 0.0}


def test_without_recommendations_the_rate_is_zero():
    assert disliked_rate_at_k(TRUTH, BEST[:0], disliked_to=2) == 0


@pytest.mark.parametrize("disliked_to", [np.inf, np.nan, "2"])
def test_a_limit_that_is_not_a_number_is_an_error(disliked_to):
    with pytest.raises(ValueError, match="'disliked_to' parameter"):
        disliked_rate_at_k(TRUTH, BEST, disliked_to=disliked_to)
    with pytest.raises(ValueError, match="'disliked_to' parameter"):
        ranking_report(TRUTH, BEST, disliked_to=disliked_to)


def test_ratings_are_needed():
    pairs = TRUTH[["user", "item"]]
    with pytest.raises(ValueError, match="rating column"):
        disliked_rate_at_k(pairs, BEST, disliked_to=2)
    with pytest.raises(ValueError, match="rating column"):
        ranking_report(pairs, BEST, disliked_to=2)
