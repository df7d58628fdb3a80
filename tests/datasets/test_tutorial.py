"""The tutorial's ratings equal the published ones."""

import numpy as np
import pytest

from sklearn_cofi.datasets import load_tutorial


def test_all_ratings_are_there_and_none_is_zero():
    ratings = load_tutorial().frame
    # Number of ratings by movie: Harold and Kumar 4, Ted 3, Compton 3, ...
    counts = [4, 3, 3, 5, 1, 3, 3, 3, 3, 4]
    assert len(ratings) == sum(counts) == 32
    assert ratings["item"].value_counts().sort_index().tolist() == counts
    assert ratings["rating"].min() == 2
    assert not ratings.duplicated(["user", "item"]).any()


def test_means_by_movie_are_the_published_ones():
    means = load_tutorial().frame.groupby("item")["rating"].mean()
    expected = [
        23 / 4,
        22 / 3,
        24 / 3,
        48 / 5,
        8,
        12 / 3,
        18 / 3,
        13 / 3,
        20 / 3,
        26 / 4,
    ]
    np.testing.assert_allclose(means, expected)


def test_user_zero_is_the_new_user():
    new = load_tutorial().frame.query("user == 0")
    assert new["item"].tolist() == [0, 4, 7]
    assert new["rating"].tolist() == [7, 8, 3]


def test_titles_belong_to_their_items():
    tutorial = load_tutorial()
    assert tutorial.titles[9] == "Toy Story 3 (2010)"
    assert tutorial.frame["title"].tolist() == [
        tutorial.titles[item] for item in tutorial.frame["item"]
    ]


def test_arrays_hold_the_same_ratings():
    frame = load_tutorial().frame
    X, y = load_tutorial(return_X_y=True, as_frame=False)
    assert X.dtype == np.int64
    assert y.dtype == np.float64
    np.testing.assert_array_equal(X, frame[["user", "item"]])
    np.testing.assert_array_equal(y, frame["rating"])


def test_a_parameter_that_is_not_a_bool_is_an_error():
    with pytest.raises(ValueError, match="as_frame"):
        load_tutorial(as_frame="no")
