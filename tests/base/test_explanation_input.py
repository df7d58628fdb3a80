"""Arguments, frames and warnings of `explain`."""

import pandas as pd
import polars as pl
import pytest
from fitting import PLAIN, fit
from sklearn.exceptions import NotFittedError
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter


@pytest.fixture(scope="module")
def fitted():
    return fit(random_ratings(3, (8, 12)), unknown="error")


TWO = pd.DataFrame({"user": [1, 2], "item": [1, 1], "rating": [1.0, 2.0]})


INVALID = {
    "no item": ((1,), {}, ValueError, "Pass an item and either a user"),
    "no user": ((None, 1), {}, ValueError, "either a user seen in fit"),
    "both": (
        (1, 1),
        {"ratings": TWO[:1]},
        ValueError,
        "a user .* of one new user",
    ),
    "two users": (([1, 2], 1), {}, ValueError, "user must be one id, got 2 ids"),
    "two items": ((1, [1, 2]), {}, ValueError, "item must be one id, got 2 ids"),
    "new users": (
        (None, 1),
        {"ratings": TWO},
        ValueError,
        "of 2 users, but `explain`",
    ),
    "another kind": ((1, "1"), {}, TypeError, "'item' are of kind string"),
    "unknown user": ((99, 1), {}, ValueError, "1 pairs have a user .* not seen in"),
    "unknown item": ((1, 99), {}, ValueError, "1 pairs an item .* not seen in fit"),
    "unknown item of a new user": (
        (None, 99),
        {"ratings": TWO[:1]},
        ValueError,
        "1 pairs an item that was not seen in fit",
    ),
    "n": ((1, 1), {"n": 0}, ValueError, "n == 0, must be >= 1"),
}


@pytest.mark.parametrize(
    ("pair", "arguments", "error", "message"), INVALID.values(), ids=INVALID
)
def test_invalid_arguments(fitted, pair, arguments, error, message):
    with pytest.raises(error, match=message):
        fitted.explain(*pair, **arguments)


def test_unfitted():
    with pytest.raises(NotFittedError):
        CollaborativeFilter().explain(1, 1)


def test_the_frame_has_the_kind_of_the_frame_of_fit():
    frame = pl.DataFrame(
        {"user": ["u", "u", "v"], "item": [1, 2, 1], "rating": [1.0, 5.0, 4.0]}
    )
    why = (
        CollaborativeFilter(1, 0.1, random_state=0, **PLAIN).fit(frame).explain("u", 1)
    )
    assert why["kind"].to_list() == ["mean", "rating", "rating", "remainder"]
    assert why["item"].dtype == pl.Int64
    assert sorted(why["item"].drop_nulls()) == [1, 2]


def test_the_frame_has_the_kind_of_the_frame_of_new_ratings(fitted):
    why = fitted.explain(item=1, ratings=pl.DataFrame({"item": [1], "rating": [2.0]}))
    assert isinstance(why, pl.DataFrame)


def test_warnings_name_the_calling_line():
    model = fit(random_ratings(3, (8, 12)))
    new = pd.DataFrame({"item": [1, 99], "rating": [2.0, 3.0]})
    with pytest.warns(UserWarning, match="1 of the 2 ratings are of items") as caught:
        model.explain(item=1, ratings=new)
    assert caught[0].filename == __file__
