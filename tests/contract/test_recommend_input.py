"""Valid and invalid arguments of `recommend`, case by case."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from sklearn.exceptions import NotFittedError
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter

INVALID = {
    "both": (
        {"users": 1, "ratings": [["a", 5]]},
        ValueError,
        "Pass either `users`, .* or `ratings`",
    ),
    "n 0": ({"users": 1, "n": 0}, ValueError, "n == 0, must be >= 1"),
    "n a float": ({"users": 1, "n": 2.0}, TypeError, "n must be an instance of int"),
    "no users": ({"users": []}, ValueError, "users must be .* at least one"),
    "a frame of users": (
        {"users": pd.DataFrame({"user": [1, 2]})},
        ValueError,
        r"users must be one id .* If it is a frame, pass its column of users",
    ),
    "memory that is not a number": (
        {"users": 1, "memory_budget": np.nan},
        ValueError,
        "memory_budget=nan MiB is too little",
    ),
    "users of another kind": ({"users": "1"}, TypeError, "kind string .* Convert the"),
    "a missing user": ({"users": [1, None]}, ValueError, "ids are missing .* Drop"),
    "a list of lists": ({"users": [[1, 2]]}, TypeError, "must be a string or a number"),
    "a dict of users": ({"users": {1: 2}}, TypeError, "users is made of dicts. Pass"),
    "a dict of ratings": (
        {"ratings": {"a": 5}},
        TypeError,
        "ratings is made of dicts. Pass a list, an array or a frame",
    ),
    "a series of ratings": (
        {"ratings": pd.Series([5.0], index=["a"])},
        ValueError,
        r"ratings has one dimension. Pass a frame .*\{'item': items",
    ),
    "a list of items": ({"ratings": ["a", "b"]}, ValueError, "has one dimension"),
    "an array of items": ({"ratings": np.array([1])}, ValueError, "has one dimension"),
    "no ratings": (
        {"ratings": pd.DataFrame({"item": [], "rating": []})},
        ValueError,
        "a minimum of 1 is required",
    ),
    "a NaN rating": (
        {"ratings": [["a", np.nan]]},
        ValueError,
        "rating column '1' contains NaN.* Drop these rows",
    ),
    "a rating whose square overflows": (
        {"ratings": [["a", 1e200]]},
        ValueError,
        "too large for float64: their products overflow. Scale them down",
    ),
    "a rating that is text": (
        {"ratings": [["a", "5"]]},
        ValueError,
        "rating column '1' holds str. Convert it",
    ),
    "items of another kind": (
        {"ratings": [[1, 5]]},
        TypeError,
        "'0' are of kind number .* kind string .*Convert the column",
    ),
    "one column": ({"ratings": [["a"]]}, ValueError, "minimum of 2 .*item and rating"),
    "named ids and no rating": (
        {"ratings": pd.DataFrame({"user": [1], "item": ["a"]})},
        ValueError,
        "of item and user is named, but the column of rating.*`rating_col`",
    ),
}


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    INVALID.values(),
    ids=INVALID,
)
def test_invalid_arguments(fitted, arguments, error, message):
    with pytest.raises(error, match=message):
        fitted.recommend(**arguments)


def test_unfitted(model):
    with pytest.raises(NotFittedError):
        model.recommend(1)


USERS = {
    "a list": [1, 2],
    "a tuple": (1, 2),
    "a range": range(1, 3),
    "an array": np.array([1, 2]),
    "floats": np.array([1.0, 2.0]),
    "an index": pd.Index([1, 2]),
    "a Series": pd.Series([1, 2], index=[9, 3]),
    "polars": pl.Series([1, 2]),
    "pyarrow": pa.array([1, 2]),
}


@pytest.mark.parametrize("users", USERS.values(), ids=USERS)
def test_containers_of_users_give_equal_frames(fitted, users):
    expected = pd.concat([fitted.recommend(1), fitted.recommend(2)], ignore_index=True)
    pd.testing.assert_frame_equal(fitted.recommend(users), expected, check_dtype=False)


@pytest.mark.parametrize("user", [1, np.int64(1), np.array(1), 1.0])
def test_a_single_user(fitted, user):
    assert fitted.recommend(user)["item"].tolist() == ["c"]


def test_an_unknown_user_gets_the_best_means_and_a_warning(fitted):
    message = "None of the 1 users was seen.* Compare the ids with `user_ids_`"
    with pytest.warns(UserWarning, match=message):
        found = fitted.recommend(99)
    assert found["item"].tolist() == ["a", "b", "c"]
    assert found["prediction"].tolist() == [3.5, 3.5, 2.5]


def test_an_unknown_user_next_to_a_known_one_gives_no_warning(fitted):
    assert fitted.recommend([99, 1])["user"].tolist() == [99, 99, 99, 1]


def test_with_unknown_error_unknown_ids_are_an_error(fitted):
    fitted.set_params(unknown="error")
    with pytest.raises(
        ValueError, match="1 of the users were not seen.*unknown='mean'"
    ):
        fitted.recommend([1, 99])
    with pytest.raises(ValueError, match="1 pairs an item .* Set unknown='mean'"):
        fitted.recommend(ratings=[["z", 5], ["a", 5]])


def test_ratings_of_unknown_items_only_give_the_best_means(fitted):
    with pytest.warns(UserWarning, match="^1 of the 1 ratings are of items .* ignored"):
        found = fitted.recommend(ratings=[["z", 5]])
    assert found["prediction"].tolist() == [3.5, 3.5, 2.5]


def test_two_ratings_of_a_pair_are_averaged(fitted):
    expected = fitted.recommend(ratings=[["a", 3.0]], exclude_rated=False)
    message = r"^1 \(user, item\) pairs .* mean of its ratings.*`user_col`"
    with pytest.warns(UserWarning, match=message):
        found = fitted.recommend(ratings=[["a", 1], ["a", 5]], exclude_rated=False)
    # Two ratings have twice the weight of one rating and the same mean.
    assert found["item"].tolist() == expected["item"].tolist()
    repeated = fitted.recommend(ratings=[["a", 3], ["a", 3]], exclude_rated=False)
    pd.testing.assert_frame_equal(found, repeated)


def test_new_ratings_outside_rating_range_are_an_error(fitted):
    fitted.set_params(rating_range=(1, 5))
    with pytest.raises(ValueError, match=r"outside of rating_range=\(1, 5\). Widen"):
        fitted.recommend(ratings=[["a", 50]])


NEW = [[7, "a", 5.0], [7, "b", 1.0], [8, "c", 2.0]]
TABLES = {
    "names": pd.DataFrame(NEW, columns=["user", "item", "rating"]),
    "names in another order": pd.DataFrame(NEW, columns=["user", "item", "rating"])[
        ["rating", "user", "item"]
    ],
    "other names": pd.DataFrame(NEW, columns=["member", "movie", "stars"]),
    "a list": NEW,
    "an array": np.array(NEW, dtype=object),
    "polars": pl.DataFrame(NEW, schema=["user", "item", "rating"], orient="row"),
}


@pytest.mark.parametrize("ratings", TABLES.values(), ids=TABLES)
def test_tables_of_new_ratings_give_equal_frames(fitted, ratings):
    found = fitted.recommend(ratings=ratings)
    found = found.to_pandas() if isinstance(found, pl.DataFrame) else found
    assert found["user"].tolist() == [7, 8, 8]
    alone = fitted.recommend(ratings=[row[1:] for row in NEW[:2]])
    assert found["prediction"][0] == alone["prediction"][0]
    assert list(alone) == ["rank", "item", "prediction"]


def test_column_positions_apply_to_new_ratings(model, frame):
    rows = frame.to_numpy()
    model.set_params(user_col=0, item_col=1, rating_col=2).fit(rows)
    assert model.recommend(ratings=rows)["user"].tolist() == [1, 2, 3]
    assert "user" not in model.recommend(ratings=[["a", 5], ["b", 3]])


def test_new_users_may_have_the_usual_name_of_items():
    frame = random_ratings(2, (9, 7)).frame().rename(columns={"item": "Nr"})
    model = CollaborativeFilter(2, item_col="Nr", random_state=0).fit(frame)
    new = pd.DataFrame({"Nr": [1, 2], "rating": [5.0, 3.0]})
    expected = model.recommend(ratings=new)
    usual = new.rename(columns={"Nr": "item"})
    pd.testing.assert_frame_equal(model.recommend(ratings=usual), expected)
    with pytest.raises(ValueError, match="item_col='Nr' is not a column"):
        model.recommend(ratings=new.rename(columns={"Nr": "what"}))


def test_a_given_position_of_items_wins_over_a_usual_name():
    frame = random_ratings(2, (9, 7)).frame()
    columns = {"user_col": 0, "item_col": 1, "rating_col": 2}
    model = CollaborativeFilter(2, **columns, random_state=0).fit(frame.to_numpy())
    rows = frame.drop_duplicates("item")[:3].assign(user=90)
    expected = model.recommend(ratings=rows.to_numpy())
    named = rows.set_axis(["item", "what", "rating"], axis=1)
    found = model.recommend(ratings=named)
    assert found["item"].tolist() == expected["item"].tolist()
