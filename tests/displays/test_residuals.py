"""ResidualsDisplay: each pair is in one box, the one of its rating."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.cluster import KMeans
from sklearn.dummy import DummyRegressor

from sklearn_cofi.displays import ResidualsDisplay
from sklearn_cofi.displays._residuals import _by_rating, _short

TRUE = np.array([1, 1, 1, 2, 4, 4])
PREDICTED = np.array([1.5, 1, 4, 2.5, 3, 5])


@pytest.mark.parametrize(
    ("kind", "medians"),
    [("predictions", [1.5, 2.5, 4]), ("residuals", [-0.5, -0.5, 0])],
)
def test_boxes_are_at_their_ratings(kind, medians):
    display = ResidualsDisplay.from_predictions(TRUE, PREDICTED, kind=kind)
    lines = display.boxes_["medians"]
    assert [line.get_xdata().mean() for line in lines] == pytest.approx([1, 2, 4])
    assert [line.get_ydata()[0] for line in lines] == medians
    assert display.counts_.tolist() == [3, 1, 2]
    labels = [label.get_text() for label in display.ax_.get_xticklabels()]
    assert labels == ["1\n(3)", "2\n(1)", "4\n(2)"]
    ideal = [1, 2, 4] if kind == "predictions" else [0, 0, 0]
    assert display.line_.get_ydata().tolist() == ideal


def test_the_predictions_of_an_estimator_are_drawn(fitted, parts):
    X, truth = parts[2:]
    display = ResidualsDisplay.from_estimator(fitted, X, truth, n_bins=3)
    np.testing.assert_array_equal(display.y_pred, fitted.predict(X))
    assert display.counts_.sum() == truth.size
    assert display.levels_.size == 3


def test_regressors_of_other_packages_need_y(parts):
    X, y, held_out, truth = parts
    mean = DummyRegressor().fit(X, y)
    display = ResidualsDisplay.from_estimator(mean, held_out, truth)
    assert display.boxes_["medians"][0].get_ydata()[0] == y.mean()
    with pytest.raises(ValueError, match="not for a DummyRegressor. Pass y."):
        ResidualsDisplay.from_estimator(mean, held_out)
    with pytest.raises(TypeError, match="from a regressor, not from a KMeans"):
        ResidualsDisplay.from_estimator(KMeans(), held_out, truth)


@given(
    seed=st.integers(0, 1000),
    n=st.integers(1, 300),
    decimals=st.integers(0, 3),
    n_bins=st.integers(1, 12),
)
def test_each_pair_is_in_the_box_of_its_rating(seed, n, decimals, n_bins):
    ratings = np.random.default_rng(seed).normal(0, 3, n).round(decimals)
    levels, groups = _by_rating(ratings, ratings, n_bins)
    assert (np.diff(levels) > 0).all()
    assert np.sort(np.concatenate(groups)).tolist() == np.sort(ratings).tolist()
    for level, group in zip(levels, groups, strict=True):
        assert group.mean() == pytest.approx(level, abs=1e-12)
    if np.unique(ratings).size > 20:
        width = np.ptp(ratings) / n_bins
        assert len(groups) <= n_bins
        assert all(np.ptp(group) <= width * (1 + 1e-9) for group in groups)
    else:
        assert all(np.ptp(group) == 0 for group in groups)


def test_empty_bins_have_no_box():
    ratings = np.r_[np.linspace(0, 1, 30), 10]
    levels, groups = _by_rating(ratings, ratings, 5)
    assert levels.tolist() == [0.5, 10]
    assert [group.size for group in groups] == [30, 1]


@pytest.mark.parametrize(
    ("count", "text"), [(999, "999"), (1000, "1k"), (12_345, "12.3k"), (2e6, "2M")]
)
def test_counts_have_three_digits_and_a_letter(count, text):
    assert _short(count) == text


@pytest.mark.parametrize(
    ("y_true", "y_pred", "message"),
    [
        ([1, 2], [1], "Lengths differ: y_true 2, y_pred 1"),
        ([], [], "y_true is empty"),
        ([1, np.nan], [1, 1], "NaN"),
        ([[1, 2]], [1], "should be a 1d array"),
    ],
)
def test_invalid_input_is_refused(y_true, y_pred, message):
    with pytest.raises(ValueError, match=message):
        ResidualsDisplay.from_predictions(y_true, y_pred)


def test_parameters_are_checked():
    with pytest.raises(ValueError, match="kind is 'error'"):
        ResidualsDisplay.from_predictions(TRUE, PREDICTED, kind="error")
    with pytest.raises(ValueError, match="n_bins is 0. Give at least 1"):
        ResidualsDisplay.from_predictions(TRUE, PREDICTED, n_bins=0)
