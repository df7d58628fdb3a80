"""The report equals the metrics computed one by one."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.exceptions import UndefinedMetricWarning

from sklearn_cofi import metrics

TRUTH = pd.DataFrame(
    {
        "user": ["a", "a", "a", "b", "b", "c"],
        "item": [1, 2, 3, 1, 4, 5],
        "rating": [5.0, 4.0, 2.0, 4.0, 5.0, 1.0],
    }
)
BEST = pd.DataFrame(
    {
        "user": ["a", "a", "a", "b", "b", "c"],
        "rank": [1, 2, 3, 1, 2, 1],
        "item": [4, 1, 2, 4, 3, 5],
    }
)


@pytest.mark.parametrize("no_relevant", ["skip", "zero"])
def test_each_row_equals_its_metric(no_relevant):
    settings = {"relevant_from": 4, "no_relevant": no_relevant}
    report = metrics.ranking_report(TRUTH, BEST, k=(3, 1), gains="rating", **settings)
    assert report["k"].tolist() == [1, 3] * 6
    for row in report.itertuples():
        gains = {"gains": "rating"} if row.metric == "ndcg" else {}
        metric = getattr(metrics, f"{row.metric}_at_k")
        assert row.mean == pytest.approx(
            metric(TRUTH, BEST, k=row.k, **settings, **gains)
        )
        assert row.n_users == {"skip": 2, "zero": 3}[no_relevant]


@pytest.mark.parametrize("no_relevant", ["skip", "zero"])
def test_means_and_errors_equal_those_of_the_values_per_user(no_relevant):
    settings = {"k": [1, 2], "relevant_from": 4, "no_relevant": no_relevant}
    report = metrics.ranking_report(TRUTH, BEST, **settings)
    per_user = metrics.ranking_report(TRUTH, BEST, **settings, per_user=True)
    groups = per_user.groupby(["metric", "k"], sort=False)["value"]
    np.testing.assert_allclose(report["mean"], groups.mean())
    np.testing.assert_allclose(report["standard_error"], groups.sem())
    np.testing.assert_array_equal(report["n_users"], groups.size())
    assert set(per_user["user"]) == set("abc" if no_relevant == "zero" else "ab")


def test_one_user_has_no_standard_error():
    report = metrics.ranking_report(TRUTH[:3], BEST, k=2)
    assert report["standard_error"].isna().all()
    assert (report["n_users"] == 1).all()


def test_the_report_is_a_frame_of_the_library_of_truth():
    report = metrics.ranking_report(pl.from_pandas(TRUTH), BEST, k=2)
    assert isinstance(report, pl.DataFrame)
    assert report["metric"].dtype == pl.String
    per_user = metrics.ranking_report(pl.from_pandas(TRUTH), BEST, k=2, per_user=True)
    assert per_user.columns == ["metric", "k", "user", "value"]
    rows = TRUTH.to_numpy(dtype=object)
    assert isinstance(metrics.ranking_report(rows, BEST, k=2), pd.DataFrame)


def test_means_are_nan_without_a_relevant_item():
    with pytest.warns(UndefinedMetricWarning) as caught:
        report = metrics.ranking_report(TRUTH, BEST, relevant_from=9)
    assert len(caught) == 1
    assert caught[0].filename == __file__
    assert report["mean"].isna().all()
    assert (report["n_users"] == 0).all()


@pytest.mark.parametrize("k", [(), (0, 5), (2.5,), ["a"]])
def test_several_k_out_of_range_are_refused(k):
    with pytest.raises(ValueError, match="k must be one whole number or several"):
        metrics.ranking_report(TRUTH, BEST, k=k)


@pytest.mark.parametrize("k", [0, "5"])
def test_a_single_k_out_of_range_is_refused(k):
    with pytest.raises(ValueError, match="'k' parameter of ranking_report"):
        metrics.ranking_report(TRUTH, BEST, k=k)
