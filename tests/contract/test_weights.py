"""Valid and invalid weights, and pairs that are rated twice."""

import numpy as np
import pandas as pd
import polars as pl
import pytest

MISSING = "sample_weight contains NaN, None or another missing value. Drop these rows"


def with_first(value):
    """Return five weights of one after the given weight."""
    return np.array([value, 1, 1, 1, 1, 1], dtype=object)


INVALID = {
    "negative": (with_first(-1), ValueError, "Negative values in.*are 0 or more"),
    "NaN": (with_first(np.nan), ValueError, MISSING),
    "NaN as a scalar": (np.nan, ValueError, MISSING),
    "infinite": (
        with_first(np.inf),
        ValueError,
        "sample_weight contains infinity.* Correct",
    ),
    "all zero": (np.zeros(6), ValueError, "are zero.*Pass at least one positive"),
    "zero": (0, ValueError, "are zero.*Pass at least one positive weight"),
    "too few": (
        [1, 1],
        ValueError,
        "2 numbers for 6 ratings. Pass one weight for",
    ),
    "two columns": (np.ones((6, 2)), ValueError, "sample_weight should be a 1d"),
    "strings": (["1"] * 6, ValueError, "sample_weight has dtype <U1. Convert it"),
    "a string": (
        "balanced",
        ValueError,
        "sample_weight should be a 1d array.*Pass one",
    ),
    "too large": (with_first(1e300), ValueError, "too large for float64.*Scale them"),
    "too small": (1e-320, ValueError, "too small for float64: .*Scale them up"),
    "one too small": (with_first(1e-320), ValueError, "too small.*Scale them up"),
}


@pytest.mark.parametrize(("weights", "error", "message"), INVALID.values(), ids=INVALID)
def test_invalid_weights(model, frame, weights, error, message):
    with pytest.raises(error, match=message):
        model.fit(frame, sample_weight=weights)


def test_ratings_of_weight_zero_are_ignored(model, frame, predict_all):
    expected = predict_all(model.fit(frame[1:]))
    model.fit(frame, sample_weight=[0, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(predict_all(model), expected)


def test_an_id_of_weight_zero_is_unknown(model, frame):
    model.fit(frame, sample_weight=[1, 1, 1, 1, 0, 0])
    assert model.user_ids_.tolist() == [1, 2]


def test_weights_count_as_repeats(model, frame, predict_all):
    repeated = frame.loc[[0, 0, 0, 1, 2, 3, 4, 5]]
    expected = predict_all(model.fit(repeated))
    for weights in ([3, 1, 1, 1, 1, 1], pl.Series([3.0, 1, 1, 1, 1, 1])):
        model.fit(frame, sample_weight=weights)
        np.testing.assert_array_equal(predict_all(model), expected)


def test_pairs_of_two_ratings_are_averaged_by_weight(model, frame, predict_all):
    merged = frame.assign(rating=[4.5, 3, 4, 1, 2, 4])
    expected = predict_all(model.fit(merged, sample_weight=[4, 1, 1, 1, 1, 1]))
    doubled = pd.concat([frame, frame[:1].assign(rating=3.0)])
    with pytest.warns(UserWarning, match=r"^1 \(user, item\) pairs .* weighted mean"):
        model.fit(doubled, sample_weight=[3, 1, 1, 1, 1, 1, 1])
    np.testing.assert_array_equal(predict_all(model), expected)


def test_equal_repeats_give_no_warning(model, frame):
    model.fit(pd.concat([frame, frame]))
    assert model.item_means_[0] == (5 + 2) / 2


@pytest.mark.filterwarnings("ignore:.*more than one rating")
def test_the_order_of_rows_changes_no_bit(model, frame, predict_all):
    # Sums of three or more numbers depend on their order; sums of two do not.
    often = pd.concat([frame] * 5, ignore_index=True)
    often["rating"] = np.linspace(0.1, 4.9, 30)
    weights = np.linspace(0.1, 1.7, 30)
    expected = predict_all(model.fit(often, sample_weight=weights))
    for seed in range(5):
        order = np.random.default_rng(seed).permutation(30)
        model.fit(often.iloc[order], sample_weight=weights[order])
        np.testing.assert_array_equal(predict_all(model), expected)
