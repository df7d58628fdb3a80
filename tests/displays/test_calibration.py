"""CalibrationDisplay counts ratings within intervals, as a user would."""

import numpy as np
import pytest
from scipy.stats import norm

from sklearn_cofi.displays import CalibrationDisplay


def test_shares_are_those_of_the_intervals_that_the_model_gives(bayesian, parts):
    X, truth = parts[2:]
    display = CalibrationDisplay.from_estimator(
        bayesian, X, truth, coverages=[0.9, 0.5]
    )
    assert display.nominal.tolist() == [0.5, 0.9]
    for share, coverage in zip(display.line_.get_ydata(), (0.5, 0.9), strict=True):
        low, high = bayesian.predict_interval(X, coverage).T
        assert share == np.mean((low <= truth) & (truth <= high))
    assert display.n_ratings == truth.size
    np.testing.assert_array_equal(*display.diagonal_.get_data())


def test_one_rating_does_not_stand_for_all(bayesian, parts):
    X, truth = parts[2:]
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        CalibrationDisplay.from_estimator(bayesian, X, truth[:1])


def test_normal_intervals_hold_what_their_quantiles_say():
    # One rating at each 101st of the distribution: as many within as are promised.
    ratings = norm(3, 2).ppf(np.arange(1, 101) / 101)
    display = CalibrationDisplay.from_predictions(ratings, 3, 2, coverages=[0.2, 0.8])
    np.testing.assert_allclose(display.observed, [0.2, 0.8], atol=1 / 101)
    means, stds = np.full(100, 3), np.full(100, 2.0)
    each = CalibrationDisplay.from_predictions(
        ratings, means, stds, coverages=[0.2, 0.8]
    )
    np.testing.assert_array_equal(each.observed, display.observed)
    wider = CalibrationDisplay.from_predictions(ratings, 3, 4, coverages=[0.2, 0.8])
    assert (wider.observed > display.observed).all()


def test_differences_are_what_is_above_the_promise():
    ratings = norm.ppf(np.arange(1, 101) / 101)
    display = CalibrationDisplay.from_predictions(ratings, 0, 2, kind="difference")
    above = display.observed - display.nominal
    np.testing.assert_array_equal(display.line_.get_ydata(), above)
    assert not display.diagonal_.get_ydata().any()


def test_the_band_is_where_calibrated_samples_are():
    rng = np.random.default_rng(0)
    display = CalibrationDisplay(nominal=[0.5], observed=[0.5], n_ratings=400).plot()
    x, y = display.band_.get_paths()[0].vertices.T
    edges = y[np.isclose(x, 0.5)]
    shares = rng.binomial(400, 0.5, 20_000) / 400
    inside = np.mean((edges.min() <= shares) & (shares <= edges.max()))
    assert 0.95 <= inside < 0.97


@pytest.mark.parametrize(
    ("given", "wrong"),
    [
        ({"std": [1, 0]}, "std has a value of 0: it must be above 0"),
        ({"mean": [1]}, "Lengths differ: y_true 2, mean 1, std 2"),
        ({"coverages": [0.5, 1]}, "coverages go from 0.5 to 1: give shares"),
        ({"coverages": []}, "coverages is empty"),
        ({"kind": "ratio"}, "kind is 'ratio'. Give one of 'coverage', 'difference'"),
    ],
)
def test_what_cannot_be_drawn_is_refused(given, wrong):
    with pytest.raises(ValueError, match=wrong):
        CalibrationDisplay.from_predictions(
            **{"y_true": [1, 2], "mean": [1, 1], "std": [1, 1]} | given
        )
