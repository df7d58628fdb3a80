"""Real ratings: predictions and recommendations for users and items not seen in fit."""

import numpy as np
import pytest
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import GroupKFold

from sklearn_cofi import BayesianCollaborativeFilter, CollaborativeFilter
from sklearn_cofi.datasets import fetch_movielens

pytestmark = pytest.mark.filterwarnings("ignore:None of the")


def fitted(train, **parameters):
    """Return a filter with biases; predictions for unknown ids need no factors."""
    model = CollaborativeFilter(
        1,
        reg_param=1.4,
        reg_scaling=0.5,
        fit_bias=True,
        reg_bias=4,
        mean_normalization="global",
        solver="als",
        tol=0.05,
        random_state=0,
    )
    return model.set_params(**parameters).fit(train)


def mean_error(frame, side):
    """Return the error over folds whose users (or items) are not seen in fit."""
    errors = []
    for train, test in GroupKFold(5).split(frame, groups=frame[side]):
        model = fitted(frame.iloc[train])
        test = frame.iloc[test]
        errors.append(root_mean_squared_error(test["rating"], model.predict(test)))
    return np.mean(errors)


def test_an_unknown_user_is_recommended_films_that_many_rate_high(
    ml_latest_small, data_home
):
    films = fetch_movielens("latest-small", data_home=data_home).item_frame
    titles = films.set_index("item")["title"]
    model = fitted(ml_latest_small)
    best = model.recommend(-1, n=20)
    ratings = ml_latest_small.groupby("item")["rating"].agg(["size", "mean"])
    ratings = ratings.loc[best["item"]]
    assert ratings["size"].min() >= 5
    assert ratings["size"].median() >= 20
    assert ratings["mean"].min() >= 4.1
    listed = titles.loc[best["item"]]
    assert listed.iloc[0].startswith("Shawshank Redemption")
    assert listed.str.startswith(("Godfather", "Fight Club")).sum() >= 2
    # Means without damping put films with a single rating first.
    means = fitted(ml_latest_small, fit_bias=False, reg_bias=None)
    lone = means.recommend(-1, n=20)["item"]
    counts = ml_latest_small["item"].value_counts()
    assert counts[lone].median() == 1


def test_errors_for_unknown_users_and_items(ml_latest_small):
    # Item means without damping have an error of 0.975 for unknown users. The mean of
    # all ratings plus the user's bias has an error of 0.959 for unknown items.
    assert mean_error(ml_latest_small, "user") < 0.960
    assert mean_error(ml_latest_small, "item") < 0.945


def test_errors_and_intervals_of_the_bayesian_filter_for_unknown_ids(ml_100k):
    rng = np.random.default_rng(0)
    new_user = rng.permutation(ml_100k["user"].max() + 1)[ml_100k["user"]] % 5 == 0
    new_item = rng.permutation(ml_100k["item"].max() + 1)[ml_100k["item"]] % 5 == 0
    train = ml_100k[~new_user & ~new_item]
    point = fitted(train, rating_range=(1, 5))
    model = BayesianCollaborativeFilter(
        10, 60, rating_range=(1, 5), random_state=0
    ).fit(train)
    for rows, largest in (
        (ml_100k[~new_user & new_item], 1.07),
        (ml_100k[new_user & ~new_item], 1.03),
        (ml_100k[new_user & new_item], 1.14),
    ):
        found, before = (
            root_mean_squared_error(rows["rating"], each.predict(rows))
            for each in (model, point)
        )
        assert found < largest
        assert found <= before * 1.002
        low, high = model.predict_interval(rows, 0.9).T
        inside = (low <= rows["rating"]) & (rows["rating"] <= high)
        assert 0.87 < inside.mean() < 0.96
