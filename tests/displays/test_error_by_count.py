"""ErrorByCountDisplay: each bin has the error of pairs with similar counts."""

import numpy as np
import pandas as pd
import pytest
from fitting import PLAIN

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.displays import ErrorByCountDisplay

draw = ErrorByCountDisplay.from_predictions


def bars(display):
    """Return the points and the lower and upper ends of the vertical bars."""
    line, _, (segments,) = display.errorbar_.lines
    ends = np.array(segments.get_segments())[:, :, 1]
    return line.get_xydata(), ends


def test_bins_have_the_errors_and_standard_errors_of_their_pairs():
    # Squared errors are 1, 1, 4 of rare users and 0.25, 0.25, 1 of the others.
    errors = np.array([1, -1, 2, 0.5, -0.5, 1])
    counts = [1, 2, 3, 10, 20, 30]
    display = draw(errors, np.zeros(6), counts, n_bins=2)
    points, ends = bars(display)
    rmse = np.sqrt([6 / 3, 1.5 / 3])
    np.testing.assert_allclose(points, np.column_stack([[2, 20], rmse]))
    # The standard deviations of (1, 1, 4) and (0.25, 0.25, 1) are sqrt(3), sqrt(3) / 4.
    stds = np.array([np.sqrt(3), np.sqrt(3) / 4])
    expected = stds / np.sqrt(3) / (2 * rmse)
    np.testing.assert_allclose(display.standard_errors, expected)
    np.testing.assert_allclose(ends, rmse[:, None] + expected[:, None] * [-1, 1])
    assert display.n_ratings.tolist() == [3, 3]
    assert display.ax_.get_xscale() == "log"
    assert display.ax_.get_xlabel() == "training ratings of the user"


def test_the_standard_error_is_the_spread_of_repeated_samples():
    rng = np.random.default_rng(0)
    display = draw(rng.normal(size=400), np.zeros(400), np.ones(400))
    squares = rng.normal(size=(2000, 400)) ** 2
    spread = np.sqrt(squares.mean(axis=1)).std()
    assert display.standard_errors[0] == pytest.approx(spread, rel=0.15)


def test_pairs_with_the_same_count_share_a_bin():
    counts = [5] * 8 + [6, 7]
    display = draw(np.ones(10), np.zeros(10), counts, n_bins=5)
    assert display.n_ratings.tolist() == [8, 2]
    assert display.counts.tolist() == [5, 6.5]


def test_bins_have_about_the_same_number_of_pairs():
    counts = np.random.default_rng(0).permutation(np.arange(1, 1001))
    display = draw(np.ones(1000), np.zeros(1000), counts, n_bins=10)
    assert display.n_ratings.tolist() == [100] * 10
    assert display.counts[0] == np.arange(1, 101).mean()


def test_unknown_ids_have_a_bin_of_their_own():
    counts = [0, 0, 1, 1, 2, 2]
    display = draw(np.arange(6), np.zeros(6), counts, n_bins=1)
    assert display.counts.tolist() == [0, 1.5]
    assert display.n_ratings.tolist() == [2, 4]
    assert display.ax_.get_xscale() == "symlog"
    only_unknown = draw([1, 1], [0, 0], [0, 0])
    assert only_unknown.counts.tolist() == [0]


def test_a_single_pair_has_no_standard_error():
    display = draw([1, 2, 3], [1, 2, 1], [1, 1, 9], n_bins=2)
    assert display.rmse.tolist() == [0, 2]
    np.testing.assert_array_equal(display.standard_errors, [0, np.nan])


@pytest.mark.parametrize("by", ["user", "item"])
def test_counts_are_those_of_the_training_ratings(fitted, parts, by):
    X, y, held_out, truth = parts
    display = ErrorByCountDisplay.from_estimator(
        fitted, held_out, truth, by=by, n_bins=4
    )
    counts = held_out[by].map(X[by].value_counts()).fillna(0)
    expected = draw(truth, fitted.predict(held_out), counts, by=by, n_bins=4)
    np.testing.assert_array_equal(*(bars(one)[0] for one in (display, expected)))
    assert display.ax_.get_xlabel() == f"training ratings of the {by}"
    assert display.ax_.get_legend_handles_labels()[1] == ["CollaborativeFilter"]


def test_unknown_users_of_a_model_have_no_training_ratings(parts):
    X, y = parts[:2]
    model = CollaborativeFilter(2, 2.0, n_jobs=1, random_state=0, **PLAIN).fit(X, y)
    pairs = pd.DataFrame({"user": [X["user"].iloc[0], 999], "item": X["item"].iloc[0]})
    display = ErrorByCountDisplay.from_estimator(model, pairs, [1.0, 2.0])
    n_ratings = (X["user"] == X["user"].iloc[0]).sum()
    assert display.counts.tolist() == [0, n_ratings]


def test_models_are_compared_on_the_same_axes():
    first = draw([1, 2], [1, 1], [0, 4], name="a")
    second = draw([1, 2], [1, 1], [3, 4], name="b", ax=first.ax_, c="r")
    assert second.ax_ is first.ax_
    assert second.errorbar_.lines[0].get_color() == "r"
    # The point at 0 of the first model stays on the axis.
    assert second.ax_.get_xscale() == "symlog"
    assert [text.get_text() for text in second.ax_.get_legend().get_texts()] == [
        "a",
        "b",
    ]
    assert second.plot() is second


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"counts": [1, -1]}, "counts has the value -1, below 0"),
        ({"counts": [1]}, "Lengths differ: y_true 2, y_pred 2, counts 1"),
        ({"by": "pair"}, "by is 'pair'. Give one of 'user', 'item'"),
        ({"n_bins": 0}, "n_bins == 0, must be >= 1"),
    ],
)
def test_invalid_input_is_refused(changes, message):
    parameters = {"y_true": [1, 2], "y_pred": [1, 2], "counts": [1, 2]} | changes
    with pytest.raises(ValueError, match=message):
        draw(**parameters)
