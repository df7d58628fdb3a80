"""RankingCurveDisplay draws the metrics that `sklearn_cofi.metrics` computes."""

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
    spread = report.set_index("metric").loc[metric, "standard_error"]
    x, y = display.band_.get_paths()[0].vertices.T
    assert np.ptp(y[x == 3]) == pytest.approx(2 * spread)


def test_any_kind_of_frame_will_do():
    truth = pl.DataFrame({"user": [1, 1, 2], "item": [7, 8, 7]})
    best = pl.DataFrame({"user": [1, 1, 2], "rank": [1, 2, 1], "item": [7, 6, 6]})
    display = RankingCurveDisplay.from_predictions(truth, best, metric="recall", k=2)
    assert display.means.tolist() == [1 / 4, 1 / 4]  # one of two, and none of one
    assert display.ax_.get_legend() is None


def test_users_may_count_zero(fitted, parts):
    X, truth = parts[2:]
    lines = [
        RankingCurveDisplay.from_estimator(
            fitted, X, truth, relevant_from=truth.max(), no_relevant=rule
        ).means
        for rule in ("skip", "zero")
    ]
    assert lines[1].max() < lines[0].max()


@pytest.mark.parametrize(
    ("given", "wrong"),
    [({"metric": "auc"}, "metric is 'auc'. Give one of"), ({"k": 0}, "k == 0")],
)
def test_parameters_are_checked(fitted, parts, given, wrong):
    with pytest.raises(ValueError, match=wrong):
        RankingCurveDisplay.from_estimator(fitted, *parts[2:], **given)
