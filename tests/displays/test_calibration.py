"""CalibrationDisplay equals counts of the ratings in their intervals."""

import numpy as np
import pytest
from scipy.stats import norm

from sklearn_cofi.displays import CalibrationDisplay


def test_observed_coverage_is_counted_from_the_predicted_intervals(bayesian, parts):
    X, truth = parts[2:]
    display = CalibrationDisplay.from_estimator(
        bayesian, X, truth, coverages=[0.9, 0.5], kind="coverage"
    )
    assert display.nominal.tolist() == [0.5, 0.9]
    for share, coverage in zip(display.line_.get_ydata(), (0.5, 0.9), strict=True):
        low, high = bayesian.predict_interval(X, coverage).T
        assert share == np.mean((low <= truth) & (truth <= high))
    assert display.n_ratings == truth.size
    np.testing.assert_array_equal(*display.diagonal_.get_data())


def test_a_single_rating_is_not_broadcast_to_all_pairs(bayesian, parts):
    X, truth = parts[2:]
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CalibrationDisplay.from_estimator(bayesian, X, truth[:1])


def test_observed_coverage_of_normal_quantiles_is_nominal():
    # With ratings at the quantiles 1/101 to 100/101, both coverages are equal.
    ratings = norm(3, 2).ppf(np.arange(1, 101) / 101)
    display = CalibrationDisplay.from_predictions(ratings, 3, 2, coverages=[0.2, 0.8])
    np.testing.assert_allclose(display.observed, [0.2, 0.8], atol=1 / 101)
    means, stds = np.full(100, 3), np.full(100, 2.0)
    from_arrays = CalibrationDisplay.from_predictions(
        ratings, means, stds, coverages=[0.2, 0.8]
    )
    np.testing.assert_array_equal(from_arrays.observed, display.observed)
    wider = CalibrationDisplay.from_predictions(ratings, 3, 4, coverages=[0.2, 0.8])
    assert (wider.observed > display.observed).all()


def test_differences_in_percentage_points_are_drawn_by_default():
    ratings = norm.ppf(np.arange(1, 101) / 101)
    display = CalibrationDisplay.from_predictions(ratings, 0, 2, coverages=[0.5, 0.8])
    # The interval of 50% is twice as wide as it should be, from the quantile 0.0887 to
    # 0.9113, and contains the ratings 9 to 92.
    assert display.observed.tolist() == [0.84, 1.0]
    np.testing.assert_allclose(display.line_.get_ydata(), [34, 20])
    assert not display.diagonal_.get_ydata().any()
    assert "percentage points" in display.ax_.get_ylabel()


def test_the_band_of_20000_ratings_is_visible():
    ratings = np.random.default_rng(0).normal(size=20_000)
    display = CalibrationDisplay.from_predictions(ratings, 0, 1)
    display.figure_.canvas.draw()
    band = display.band_.get_window_extent()
    assert band.height > 0.25 * display.ax_.get_window_extent().height


def test_the_band_has_95_percent_of_calibrated_samples():
    rng = np.random.default_rng(0)
    display = CalibrationDisplay(nominal=[0.5], observed=[0.5], n_ratings=400)
    display.plot(kind="coverage")
    x, y = display.band_.get_paths()[0].vertices.T
    edges = y[np.isclose(x, 0.5)]
    shares = rng.binomial(400, 0.5, 20_000) / 400
    inside = np.mean((edges.min() <= shares) & (shares <= edges.max()))
    assert 0.95 <= inside < 0.97


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"std": [1, 0]}, "std has a value of 0, but must be above 0"),
        ({"mean": [1]}, "Lengths differ: y_true 2, mean 1, std 2"),
        ({"coverages": [0.5, 1]}, "coverages range from 0.5 to 1. Give numbers"),
        ({"coverages": []}, "coverages is empty"),
        ({"kind": "ratio"}, "kind is 'ratio'. Give one of 'coverage', 'difference'"),
    ],
)
def test_invalid_input_is_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        CalibrationDisplay.from_predictions(
            **{"y_true": [1, 2], "mean": [1, 1], "std": [1, 1]} | parameters
        )
