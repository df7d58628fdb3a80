"""LongTailDisplay draws shares of ratings and of recommendations."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib import pyplot as plt

from sklearn_cofi.displays import LongTailDisplay
from sklearn_cofi.metrics import ranking_report

# Ten ratings: 5 of item 1, 2 of items 2 and 3, 1 of item 4.
TRAIN = pd.DataFrame(
    [
        (user, item)
        for item, count in {1: 5, 2: 2, 3: 2, 4: 1}.items()
        for user in range(count)
    ],
    columns=["user", "item"],
)
# Eight recommendations at k = 3: item 1 three times, 2, 3 and 4 once, 9 twice.
BEST = pd.DataFrame(
    {
        "user": [7, 7, 7, 7, 8, 8, 8, 9, 9],
        "rank": [1, 2, 3, 4, 1, 2, 3, 1, 2],
        "item": [1, 2, 9, 4, 1, 3, 4, 1, 9],
    }
)


def test_points_are_shares_of_items_by_number_of_ratings():
    display = LongTailDisplay.from_predictions(BEST, TRAIN, k=3, name="mine")
    x, y = display.line_.get_data()
    np.testing.assert_allclose(x, [0, 5 / 10, 9 / 10, 1, 1])
    np.testing.assert_allclose(y, [0, 3 / 8, 5 / 8, 6 / 8, 1])
    texts = [text.get_text() for text in display.ax_.get_legend().get_texts()]
    assert texts == ["as often as rated", "mine"]


def test_frames_may_be_of_any_library_and_in_any_order():
    expected = LongTailDisplay.from_predictions(BEST, TRAIN, k=3)
    shuffled = BEST.sample(frac=1, random_state=0), TRAIN.sample(frac=1, random_state=0)
    got = LongTailDisplay.from_predictions(*map(pl.from_pandas, shuffled), k=3)
    np.testing.assert_array_equal(got.recommended_shares, expected.recommended_shares)
    np.testing.assert_array_equal(got.rating_shares, expected.rating_shares)


def test_the_curve_at_the_bounds_agrees_with_the_report():
    # All users have lists of the same length, so the share of all recommendations is
    # the mean over users.
    best = BEST[BEST["rank"] <= 2]
    truth = pd.DataFrame({"user": [7, 8, 9], "item": 1})
    report = ranking_report(truth, best, k=2, ratings=TRAIN).set_index("metric")["mean"]
    display = LongTailDisplay.from_predictions(best, TRAIN, k=2)
    # The head is item 1, and the tail is item 4 and the items without ratings.
    at = dict(zip(display.rating_shares, display.recommended_shares, strict=True))
    assert report["share_head"] == pytest.approx(at[0.5])
    assert report["share_tail"] == pytest.approx(1 - at[0.9])


def test_axes_are_new_or_the_ones_passed():
    first = LongTailDisplay.from_predictions(BEST, TRAIN)
    assert first.figure_ is first.ax_.figure
    _, ax = plt.subplots()
    for name in ("a", "b"):
        display = LongTailDisplay.from_predictions(BEST, TRAIN, name=name, ax=ax, c="r")
        assert display.ax_ is ax
        assert display.line_.get_color() == "r"
    assert ax.get_legend_handles_labels()[1] == ["as often as rated", "a", "b"]
    assert ax.get_xlabel()
    assert ax.get_ylabel()
    assert display.plot() is display
    assert display.ax_ is not ax


def test_odd_input_is_refused():
    with pytest.raises(ValueError, match="`recommended` is empty"):
        LongTailDisplay.from_predictions(BEST[:0], TRAIN)
    with pytest.raises(ValueError, match="The 'k' parameter of popularity_curve"):
        LongTailDisplay.from_predictions(BEST, TRAIN, k=0)
    with pytest.raises(TypeError, match="but `ratings` has ids of kind string"):
        LongTailDisplay.from_predictions(BEST, TRAIN.astype({"item": str}))
