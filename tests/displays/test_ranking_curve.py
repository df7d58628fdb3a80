"""RankingCurveDisplay draws the metrics of `sklearn_cofi.metrics`."""

import numpy as np
import polars as pl
import pytest

from sklearn_cofi import metrics
from sklearn_cofi.displays import RankingCurveDisplay


@pytest.mark.parametrize("metric", ["precision", "recall", "ndcg"])
def test_each_point_is_the_metric_at_k(fitted, parts, metric):
    X, truth = parts[2:]
    display = RankingCurveDisplay.from_estimator(
        fitted, X, truth, metric=metric, k=4, relevant_from=0.5
    )
    held_out = X.assign(rating=truth)
    best = fitted.recommend(X["user"].unique(), n=4)
    at_k = getattr(metrics, f"{metric}_at_k")
    expected = [at_k(held_out, best, k=k, relevant_from=0.5) for k in (1, 2, 3, 4)]
    assert display.line_.get_xdata().tolist() == [1, 2, 3, 4]
    np.testing.assert_allclose(display.line_.get_ydata(), expected)
    assert any(expected)
    report = metrics.ranking_report(held_out, best, k=3, relevant_from=0.5)
    error = report.set_index("metric").loc[metric, "standard_error"]
    x, y = display.band_.get_paths()[0].vertices.T
    assert np.ptp(y[x == 3]) == pytest.approx(2 * error)


def test_frames_may_be_of_any_library():
    truth = pl.DataFrame({"user": [1, 1, 2], "item": [7, 8, 7]})
    best = pl.DataFrame({"user": [1, 1, 2], "rank": [1, 2, 1], "item": [7, 6, 6]})
    display = RankingCurveDisplay.from_predictions(truth, best, metric="recall", k=2)
    # User 1 has one of two relevant items, user 2 none.
    assert display.means.tolist() == [(1 / 2 + 0) / 2, (1 / 2 + 0) / 2]
    assert display.ax_.get_legend() is None


def test_users_without_a_relevant_item_may_count_as_zero(fitted, parts):
    X, truth = parts[2:]
    skipped, as_zero = (
        RankingCurveDisplay.from_estimator(
            fitted, X, truth, relevant_from=truth.max(), no_relevant=no_relevant
        ).means
        for no_relevant in ("skip", "zero")
    )
    assert as_zero.max() < skipped.max()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [({"metric": "auc"}, "metric is 'auc'. Give one of"), ({"k": 0}, "k == 0")],
)
def test_parameters_are_checked(fitted, parts, parameters, message):
    with pytest.raises(ValueError, match=message):
        RankingCurveDisplay.from_estimator(fitted, *parts[2:], **parameters)
