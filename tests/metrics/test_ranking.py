"""Ranking metrics: fractions by hand, laws, and scikit-learn on dense rows."""

from fractions import Fraction
from math import log2

import numpy as np
import pandas as pd
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from ranked import BEST, METRICS_AT_K, TRUTH, for_each_metric, lists_of, truth_of
from sklearn.metrics import (
    average_precision_score,
    label_ranking_average_precision_score,
    ndcg_score,
)
from strategies import ratings

from sklearn_cofi import metrics

# Values of Ann and of Bob with k=3.
BY_HAND = {
    "precision": [Fraction(1, 3), Fraction(1, 3)],
    "recall": [Fraction(1, 3), Fraction(1)],
    "hit_rate": [Fraction(1), Fraction(1)],
    "average_precision": [Fraction(1, 1) / 3, Fraction(1, 3) / 1],
    "reciprocal_rank": [Fraction(1), Fraction(1, 3)],
    "ndcg": [1 / (1 + 1 / log2(3) + 1 / log2(4)), 1 / log2(4)],
}


@for_each_metric
def test_values_worked_out_by_hand(name):
    ann, bob = BY_HAND[name]
    settings = {"k": 3, "relevant_from": 4}
    skipped = METRICS_AT_K[name](TRUTH, BEST, **settings)
    assert skipped == pytest.approx(float(ann + bob) / 2, rel=1e-15)
    as_zero = METRICS_AT_K[name](TRUTH, BEST, **settings, no_relevant="zero")
    assert as_zero == pytest.approx(float(ann + bob) / 3, rel=1e-15)


def test_gains_worked_out_by_hand():
    only_ann = TRUTH[TRUTH["user"] == "ann"]
    best = lists_of({"ann": [20, 40, 10]})
    graded = (4 + 5 / log2(4)) / (5 + 4.5 / log2(3) + 4 / log2(4))
    settings = {"k": 3, "relevant_from": 4}
    found = metrics.ndcg_at_k(only_ann, best, gains="rating", **settings)
    assert found == pytest.approx(graded, rel=1e-15)
    powers = 2**4 - 1, 2**4.5 - 1, 2**5 - 1
    graded = (powers[0] + powers[2] / log2(4)) / (
        powers[2] + powers[1] / log2(3) + powers[0] / log2(4)
    )
    found = metrics.ndcg_at_k(only_ann, best, gains="exponential", **settings)
    assert found == pytest.approx(graded, rel=1e-15)


def test_the_ideal_order_sorts_two_levels_of_gains():
    """The entries of a user are sorted by item id, here from low to high gain."""
    truth = truth_of([(1, 10, 3.0), (1, 20, 5.0), (2, 10, 3.0), (2, 20, 5.0)])
    best = lists_of({1: [20], 2: [10]})
    expected = [5 / (5 + 3 / log2(3)), 3 / (5 + 3 / log2(3))]
    found = metrics.ndcg_at_k(truth, best, gains="rating")
    assert found == pytest.approx(np.mean(expected), rel=1e-15)


@st.composite
def evaluations(draw):
    """Draw test ratings, recommendations to known and unknown users, and k."""
    truth = draw(ratings(weighted=False, repeats=False)).frame()
    n_items = truth["item"].max() + 3
    users = draw(st.sets(st.sampled_from([*truth["user"].unique(), 98, 99])))
    all_items = st.permutations(range(n_items))
    lengths = st.integers(1, int(n_items))
    best = {user: draw(all_items)[: draw(lengths)] for user in sorted(users)}
    best = best or {99: [0]}
    return truth, best, draw(st.integers(1, 12))


@given(evaluations(), st.sampled_from(["binary", "rating", "exponential"]))
def test_every_metric_equals_a_loop(drawn, gains):
    truth, best, k = drawn
    relevant = truth[truth["rating"] >= 1.0]
    gain = {"binary": lambda r: 1.0, "rating": float, "exponential": lambda r: 2**r - 1}
    expected = {
        user: reference.ranking(
            {item: gain[gains](r) for _, item, r in rows.itertuples(index=False)},
            best.get(user, []),
            k,
        )
        for user, rows in relevant.groupby("user")
    }
    if not expected:
        return
    report = metrics.ranking_report(
        truth, lists_of(best), k=k, relevant_from=1.0, gains=gains, per_user=True
    )
    for name, rows in report.groupby("metric"):
        assert rows["user"].tolist() == sorted(expected)
        loop = [expected[user][name] for user in rows["user"]]
        np.testing.assert_allclose(rows["value"], loop, rtol=1e-12)
        further = {"gains": gains} if name == "ndcg" else {}
        mean = METRICS_AT_K[name](
            truth, lists_of(best), k=k, relevant_from=1.0, **further
        )
        assert mean == pytest.approx(np.mean(loop), rel=1e-12)
        assert 0 <= mean <= 1


@given(evaluations(), st.randoms(use_true_random=False))
def test_ids_row_order_and_rank_spacing_do_not_matter(drawn, random):
    truth, best, k = drawn
    lists = lists_of(best)
    stretched = lists.assign(rank=lists["rank"] ** 3 - 7.5)
    relabelled = stretched.assign(
        user=stretched["user"].map("u{}".format), item=900 - stretched["item"]
    ).sample(frac=1, random_state=random.randrange(2**16))
    same_truth = truth.assign(
        user=truth["user"].map("u{}".format), item=900 - truth["item"]
    ).sample(frac=1, random_state=random.randrange(2**16))
    for metric in METRICS_AT_K.values():
        assert metric(same_truth, relabelled, k=k) == pytest.approx(
            metric(truth, lists, k=k), rel=1e-14
        )


@given(evaluations())
def test_a_perfect_list_has_value_one_and_a_list_without_hits_zero(drawn):
    truth, _, k = drawn
    falling = truth.sort_values(["rating", "item"], ascending=[False, True])
    perfect = lists_of(falling.groupby("user")["item"].apply(list).to_dict())
    truth["rating"] -= truth["rating"].min() - 1
    for name in ("hit_rate", "average_precision", "reciprocal_rank", "ndcg"):
        assert METRICS_AT_K[name](truth, perfect, k=k) == 1
    for gains in ("rating", "exponential"):
        assert metrics.ndcg_at_k(truth, perfect, k=k, gains=gains) == 1
    assert metrics.recall_at_k(truth, perfect, k=10**6) == 1
    without_hits = perfect.assign(item=perfect["item"] + 1000)
    for metric in METRICS_AT_K.values():
        assert metric(truth, without_hits, k=k) == 0


@given(evaluations())
def test_a_longer_list_does_not_lower_recall_hit_rate_or_reciprocal_rank(drawn):
    truth, best, k = drawn
    for name in ("recall", "hit_rate", "reciprocal_rank"):
        metric = METRICS_AT_K[name]
        shorter, longer = (metric(truth, lists_of(best), k=n) for n in (k, k + 1))
        assert shorter <= longer


@given(evaluations())
def test_repeated_pairs_count_once_with_their_mean_rating(drawn):
    truth, best, k = drawn
    repeats = [truth.assign(rating=truth["rating"] + change) for change in (-1, 1)]
    for name, metric in METRICS_AT_K.items():
        gains = {"gains": "binary"} if name == "ndcg" else {}
        settings = {"k": k, "relevant_from": 1.0, "no_relevant": "zero"} | gains
        once = metric(truth, lists_of(best), **settings)
        assert metric(pd.concat(repeats), lists_of(best), **settings) == once


@pytest.mark.parametrize("k", [1, 5, 10, 50])
@pytest.mark.parametrize("gains", ["rating", "exponential"])
def test_ndcg_equals_scikit_learns_on_dense_rows(ml_100k, k, gains):
    """Rank all items of 50 real users by noisy scores."""
    few_users = ml_100k[ml_100k["user"] <= 50]
    truth = few_users.pivot_table(
        index="user", columns="item", values="rating", fill_value=0
    )
    values = truth.to_numpy(float)
    scores = values + np.random.default_rng(0).normal(0, 3, values.shape)
    best = truth.columns.to_numpy()[np.argsort(-scores, axis=1)]
    lists = lists_of(dict(zip(truth.index, best, strict=True)))
    dense = values if gains == "rating" else 2**values - 1
    found = metrics.ndcg_at_k(few_users, lists, k=k, gains=gains)
    assert found == pytest.approx(ndcg_score(dense, scores, k=k), rel=1e-12)


def test_average_precision_equals_scikit_learns_on_whole_lists(ml_100k):
    few_users = ml_100k[ml_100k["user"] <= 50]
    relevant = few_users[few_users["rating"] >= 4].pivot_table(
        index="user", columns="item", values="rating", fill_value=0, aggfunc="size"
    )
    values = relevant.to_numpy()
    scores = np.random.default_rng(0).random(values.shape) + values / 4
    best = relevant.columns.to_numpy()[np.argsort(-scores, axis=1)]
    lists = lists_of(dict(zip(relevant.index, best, strict=True)))
    found = metrics.average_precision_at_k(few_users, lists, k=10**6, relevant_from=4)
    rows = zip(values, scores, strict=True)
    each = [average_precision_score(true, score) for true, score in rows]
    assert found == pytest.approx(np.mean(each), rel=1e-12)
    lrap = label_ranking_average_precision_score(values, scores)
    assert found == pytest.approx(lrap, rel=1e-12)
