"""Arguments of `fold_in`, and the ids of its ratings."""

import numpy as np
import pandas as pd
import pytest
from fitting import fit
from sklearn.exceptions import NotFittedError
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter


def test_repeats_are_averaged_with_a_warning():
    drawn = random_ratings(1, (10, 8))
    model = fit(drawn)
    twice = pd.DataFrame({"user": 99, "item": [2, 2, 3], "rating": [1.0, 3.0, 4.0]})
    with pytest.warns(UserWarning, match=r"^1 \(user, item\) pairs"):
        got = model.fold_in(twice)
    assert got.item_counts_.sum() == model.item_counts_.sum() + 2


def test_ids_may_be_strings_of_any_length():
    frame = pd.DataFrame(
        {"user": ["b", "b", "d"], "item": ["x", "y", "x"], "rating": [1.0, 2, 4]}
    )
    model = CollaborativeFilter(1, 0.1, random_state=0, n_jobs=1).fit(frame)
    new = pd.DataFrame({"user": ["a long name", "c"], "item": "x", "rating": [3.0, 1]})
    got = model.fold_in(new)
    assert got.user_ids_.tolist() == ["a long name", "b", "c", "d"]
    np.testing.assert_array_equal(got.predict(frame), model.predict(frame))


INVALID = {
    "a new item": (
        {"user": [1], "item": [77], "rating": [1.0]},
        {},
        "X contains 1 items",
    ),
    "a new user": (
        {"user": [77], "item": [1], "rating": [1.0]},
        {"side": "item"},
        "X contains 1 users .* side='user' from ratings of known items",
    ),
    "a side": ({"user": [1], "item": [1], "rating": [1.0]}, {"side": "both"}, "side"),
    "NaN": ({"user": [1], "item": [1], "rating": [np.nan]}, {}, "contains NaN"),
}


@pytest.mark.parametrize(("X", "more", "message"), INVALID.values(), ids=INVALID)
def test_invalid_arguments(X, more, message):
    model = fit(random_ratings(1, (10, 8)))
    with pytest.raises(ValueError, match=message):
        model.fold_in(pd.DataFrame(X), **more)


def test_ratings_that_overflow_the_dtype_of_the_factors():
    model = fit(random_ratings(1, (10, 8), dtype=np.float32))
    new = pd.DataFrame({"user": [99], "item": [1], "rating": [1e50]})
    with pytest.raises(ValueError, match="too large for float32: their products"):
        model.fold_in(new)
    with pytest.raises(ValueError, match="too large for float32: their products"):
        model.recommend(ratings=new)


def test_ids_of_another_kind_are_an_error():
    model = fit(random_ratings(1, (10, 8)))
    with pytest.raises(TypeError, match="kind string .* kind number"):
        model.fold_in(pd.DataFrame({"user": ["1"], "item": [1], "rating": [1.0]}))


def test_unfitted():
    with pytest.raises(NotFittedError):
        CollaborativeFilter().fold_in([[1, 2, 3.0]])
