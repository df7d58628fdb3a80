"""Input of ranking metrics: any kind of frame, and errors for invalid input."""

from fractions import Fraction
from math import log2

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from ranked import BEST, METRICS_AT_K, TRUTH, for_each_metric, lists_of, truth_of
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_cofi import metrics


def as_array(frame):
    return frame.to_numpy(dtype=object)


@pytest.mark.parametrize(
    "kind", [pl.from_pandas, pa.Table.from_pandas, as_array, lambda f: f.iloc[:, ::-1]]
)
@for_each_metric
def test_any_kind_of_frame_in_any_order_of_columns(name, kind):
    settings = {"k": 3, "relevant_from": 4}
    found = METRICS_AT_K[name](kind(TRUTH), kind(BEST), **settings)
    assert found == METRICS_AT_K[name](TRUTH, BEST, **settings)


@for_each_metric
def test_without_a_relevant_item_the_mean_is_nan_with_a_warning(name):
    with pytest.warns(UndefinedMetricWarning, match="relevant_from") as caught:
        assert np.isnan(METRICS_AT_K[name](TRUTH, BEST, relevant_from=6))
    assert caught[0].filename == __file__
    assert METRICS_AT_K[name](TRUTH, BEST, relevant_from=6, no_relevant="zero") == 0


def test_ratings_are_needed_only_for_relevance_and_gains():
    pairs = TRUTH[["user", "item"]]
    assert metrics.recall_at_k(pairs, BEST) == metrics.recall_at_k(TRUTH, BEST)
    with pytest.raises(ValueError, match="no rating column"):
        metrics.recall_at_k(pairs, BEST, relevant_from=4)
    with pytest.raises(ValueError, match="no rating column"):
        metrics.ndcg_at_k(pairs, BEST, gains="rating")


def test_a_relevant_rating_of_zero_has_no_gain():
    truth = truth_of([(1, 10, 0.0), (2, 10, 0.0), (2, 20, 3.0)])
    best = lists_of({1: [10], 2: [20]})
    assert metrics.ndcg_at_k(truth, best, gains="rating") == 1
    both = metrics.ndcg_at_k(truth, best, gains="rating", no_relevant="zero")
    assert both == Fraction(1, 2)


@pytest.mark.parametrize(
    ("truth", "gains", "message"),
    [
        (truth_of([(1, 10, -1.0)]), "rating", "must not be negative"),
        (truth_of([(1, 10, -1.0)]), "exponential", "must not be negative"),
        (truth_of([(1, 10, 1001.0)]), "exponential", "overflows"),
    ],
)
def test_invalid_gains_are_refused(truth, gains, message):
    with pytest.raises(ValueError, match=message):
        metrics.ndcg_at_k(truth, lists_of({1: [10]}), gains=gains)


def test_the_largest_exponential_gain_does_not_overflow():
    truth = truth_of([(1, 10, 1000.0), (1, 20, 1000.0)])
    found = metrics.ndcg_at_k(truth, lists_of({1: [30, 10]}), gains="exponential")
    assert found == pytest.approx((1 / log2(3)) / (1 + 1 / log2(3)))


def test_negative_ratings_that_are_not_relevant_have_no_gain():
    truth = truth_of([(1, 10, -1.0), (1, 20, 2.0)])
    settings = {"gains": "rating", "relevant_from": 0}
    assert metrics.ndcg_at_k(truth, lists_of({1: [20]}), **settings) == 1


@pytest.mark.parametrize(
    ("recommended", "error", "message"),
    [
        (BEST.drop(columns="rank"), ValueError, "rank cannot be found"),
        (as_array(BEST)[:, :2], ValueError, "2 columns without names"),
        (pd.concat([BEST, BEST]), ValueError, "two recommendations with the same rank"),
        (
            pd.concat([BEST, BEST.assign(rank=BEST["rank"] + 9)]),
            ValueError,
            "9 recommendations repeat an earlier one .such as item 10 for user ann",
        ),
        (BEST.assign(item=BEST["item"].astype(str)), TypeError, "'item'.*kind string"),
        (
            BEST[:4].assign(user=1),
            TypeError,
            "'user' of `recommended` has ids of kind number",
        ),
        (BEST.assign(rank=np.nan), ValueError, "rank contains NaN"),
        (BEST[:0].drop(columns="item"), ValueError, "item cannot be found"),
    ],
)
def test_invalid_recommendations_are_refused(recommended, error, message):
    with pytest.raises(error, match=message):
        metrics.recall_at_k(TRUTH, recommended)


@pytest.mark.parametrize(
    "parameters",
    [
        {"k": 0},
        {"k": 2.5},
        {"relevant_from": float("nan")},
        {"relevant_from": "4"},
        {"no_relevant": "drop"},
    ],
)
@for_each_metric
def test_parameters_out_of_range_are_refused(name, parameters):
    with pytest.raises(ValueError, match=f"'{next(iter(parameters))}' parameter of"):
        METRICS_AT_K[name](TRUTH, BEST, **parameters)


def test_gains_that_do_not_exist_are_refused():
    with pytest.raises(ValueError, match="'gains' parameter of ndcg_at_k"):
        metrics.ndcg_at_k(TRUTH, BEST, gains="linear")


@pytest.mark.parametrize(
    "kind", [lambda f: f, pl.from_pandas, pa.Table.from_pandas, as_array]
)
@for_each_metric
def test_without_recommendations_every_user_counts_as_zero(name, kind):
    assert METRICS_AT_K[name](TRUTH, kind(BEST[:0])) == 0


def test_reports_of_no_recommendations_are_zero():
    report = metrics.ranking_report(TRUTH, BEST[:0], k=[1, 3])
    assert (report["mean"] == 0).all()
    assert (report["n_users"] == TRUTH["user"].nunique()).all()


def test_no_recommendations_cover_no_item_and_have_no_novelty():
    assert metrics.coverage_at_k(BEST[:0], ["a", "b"]) == 0
    with pytest.warns(UndefinedMetricWarning, match="no recommendations") as caught:
        assert np.isnan(metrics.novelty_at_k(BEST[:0], TRUTH))
    assert caught[0].filename == __file__
