"""Finding the columns of users, items and ratings."""

import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest

from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import open_table


def table(*names):
    return open_table(pd.DataFrame(np.ones((1, len(names))), columns=names))


def indexed(index, *names):
    return open_table(pd.DataFrame([[1.0] * len(names)], [1], names).rename_axis(index))


def array(n_columns):
    return open_table(np.ones((1, n_columns)))


@contextmanager
def position_warning(expected):
    """Check that columns by position give a warning, and columns by name none."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield
    messages = [str(warning.message) for warning in caught]
    assert len(messages) == expected
    assert all("are taken by position" in message for message in messages)


@pytest.mark.parametrize(
    ("opened", "given", "expected"),
    [
        (table("user", "item"), (None, None, None), (0, 1, None, True)),
        (table("rating", "item", "user"), (None, None, None), (2, 1, 0, True)),
        (table("user", "item", "r"), (None, None, None), (0, 1, None, True)),
        (table("user", "item", "r"), (None, None, "r"), (0, 1, 2, True)),
        (table("user", "item", "m"), (None, "m", None), (0, 2, None, True)),
        (table("a", "b", "c", "d"), (None, None, None), (0, 1, 2, False)),
        (table("a", "b", "c", "rating"), (None, None, None), (0, 1, 3, False)),
        (table("rating", "b", "c"), (None, None, None), (1, 2, 0, False)),
        (table("user", "item"), (None, None, "stars"), (0, 1, None, True)),
        (table("a", "b", "c"), ("c", "a", "b"), (2, 0, 1, True)),
        (table("a", "b", "c"), (None, None, "stars"), (0, 1, None, False)),
        (array(2), (None, None, None), (0, 1, None, False)),
        (array(5), (None, None, None), (0, 1, 2, False)),
        (array(3), (2, 1, 0), (2, 1, 0, True)),
        (array(3), (1, 0, None), (1, 0, 2, True)),
        (array(2), (None, None, 2), (0, 1, None, False)),
        (array(3), ("u", "i", "r"), (0, 1, 2, False)),
        (array(3), (None, None, 2), (0, 1, 2, False)),
    ],
)
def test_find_columns(opened, given, expected):
    is_guess = opened.names is not None and not expected[3]
    with position_warning(is_guess):
        assert find_columns(opened, *given) == expected


def test_ratings_by_position_next_to_given_ids_are_a_guess():
    opened = table("a", "b", "c")
    with position_warning(True):
        assert find_columns(opened, 2, 0, None) == (2, 0, 1, True)
    with position_warning(False):
        assert find_columns(opened, 2, 0, None, with_rating=False) == (2, 0, 1, True)
        assert find_columns(opened, "c", "a", None) == (2, 0, None, True)
        assert find_columns(opened, 2, 0, 1) == (2, 0, 1, True)
        assert find_columns(table("a", "b", "stars"), 1, 0, None) == (1, 0, 2, True)


@pytest.mark.parametrize(
    ("opened", "given"),
    [
        (table("a", "rating"), (None, None, None)),
        (table("s", "b"), (None, None, "s")),
        (array(2), (None, None, 0)),
    ],
)
def test_a_single_column_of_ids_is_an_error(opened, given):
    with pytest.raises(ValueError, match="X has 2 columns and one of them is the rat"):
        find_columns(opened, *given)


@pytest.mark.parametrize(
    ("opened", "given", "expected"),
    [
        (table("item", "rating"), (None, None, None), (None, 0, 1)),
        (table("rating", "item"), (None, None, None), (None, 1, 0)),
        (table("item", "user", "rating"), (None, None, None), (1, 0, 2)),
        (table("time", "item", "rating"), (None, None, None), (None, 1, 2)),
        (table("u", "item", "rating"), ("u", None, None), (0, 1, 2)),
        (table("item", "rating"), ("u", None, None), (None, 0, 1)),
        (table("rating", "user", "item"), ("u", None, "r"), (1, 2, 0)),
        (table("index", "item", "rating"), (None, None, None), (None, 1, 2)),
        (table("Unnamed: 0", "a", "b"), (None, None, None), (None, 1, 2)),
        (table("stars", "movieId", "userId"), (None, None, None), (2, 1, 0)),
        (table("a", "b"), (None, None, None), (None, 0, 1)),
        (table("rating", "b"), (None, None, None), (None, 1, 0)),
        (table("a", "b", "rating", "d"), (None, None, None), (0, 1, 2)),
        (table("a", "b", "c"), (None, None, None), (0, 1, 2)),
        (array(2), (None, None, None), (None, 0, 1)),
        (array(4), (None, None, None), (0, 1, 2)),
        (array(3), (2, 1, 0), (2, 1, 0)),
        (array(2), (2, 1, 0), (None, 0, 1)),
    ],
)
def test_find_new_user_columns(opened, given, expected):
    names = opened.names or ["item", "rating"]
    by_name = {"item", "rating"} <= set(names) or "stars" in names
    with position_warning(not by_name):
        assert find_columns(opened, *given, user_optional=True)[:3] == expected


@pytest.mark.parametrize(
    ("opened", "given", "message"),
    [
        (table("item"), (None, None, None), "a minimum of 2 is required"),
        (table("a", "b", "timestamp"), (None, None, None), "would hold the ratings"),
        (table("date", "a"), (None, None, None), "would hold the items"),
        (table(*"abcdefghijk"), (None, None, None), "more than 10 numeric columns"),
        (array(11), (None, None, None), "more than 10 numeric columns"),
        (table("a", "index"), (None, None, None), "1 of them can be an id|2 columns"),
        (indexed("userId", "movieId", "rating"), (None, None, None), "'userId'. The i"),
        (indexed("x", "a", "b"), (None, None, None), "an index named 'x'"),
        (table("item", "s"), (None, None, None), "Name them with `rating_col`"),
        (table("user", "item", "s"), (None, None, None), "item and user is named"),
        (table("item", "rating"), (None, "rating", None), "must be different columns"),
    ],
)
def test_new_user_columns_that_cannot_be_found(opened, given, message):
    with pytest.raises(ValueError, match=message):
        find_columns(opened, *given, user_optional=True)
