"""Recommendations for known users, and for new users by their ratings."""

import numpy as np
import pandas as pd
import pytest
from sampling import FRAME, PAIRS, RATINGS, model
from sklearn.metrics import root_mean_squared_error
from strategies import random_ratings

from sklearn_cofi import BayesianCollaborativeFilter


def test_recommendations_are_the_sort_of_all_predictions(fitted):
    best = fitted.recommend([3, -1], n=5, exclude_rated=False)
    for user in (3, -1):
        all_items = pd.DataFrame({"user": [user] * 30, "item": range(30)})
        predicted = fitted.predict(all_items)
        expected = np.lexsort((np.arange(30), -predicted))[:5]
        found = best[best["user"] == user]
        np.testing.assert_array_equal(found["item"], expected)
        np.testing.assert_allclose(found["prediction"], predicted[expected])


def test_a_new_user_with_known_ratings_gets_similar_predictions():
    drawn = random_ratings(1, (300, 40), density=0.5).frame()
    found = model(n_sweeps=80, n_kept_draws=40).fit(
        drawn[["user", "item"]], drawn["rating"]
    )
    user = found.user_ids_[np.argmax(np.bincount(drawn["user"]))]
    own = drawn.loc[drawn["user"] == user, ["item", "rating"]]
    known = found.recommend(user, n=40).set_index("item")["prediction"]
    new = found.recommend(ratings=own, n=40).set_index("item")["prediction"]
    assert set(known.index) == set(new.index)
    delta = known - new[known.index]
    assert np.abs(delta).max() < 0.5 * found.rating_scale_


def test_recommendations_of_new_users_do_not_depend_on_each_other(fitted):
    ratings = FRAME[FRAME["user"] < 3].assign(user=lambda x: x["user"] + 100)
    together = fitted.recommend(ratings=ratings, n=4)
    for user, own in ratings.groupby("user"):
        alone = fitted.recommend(ratings=own[["item", "rating"]], n=4)
        found = together[together["user"] == user]
        np.testing.assert_array_equal(found["item"], alone["item"])
        np.testing.assert_array_equal(found["prediction"], alone["prediction"])
        assert not set(found["item"]) & set(own["item"])


def test_errors_about_unknown_users_name_the_remedy():
    found = model(unknown="error").fit(PAIRS, RATINGS)
    with pytest.raises(ValueError, match="Set unknown='prior'"):
        found.recommend([-1])


@pytest.mark.slow
def test_real_new_users_are_predicted_as_well_as_known_users(ml_100k):
    held_out = ml_100k["user"] % 20 == 0
    rest, own = ml_100k[~held_out], ml_100k[held_out]
    own = own[own["item"].isin(rest["item"])]
    given = own["item"] % 2 == 0
    options = {"burn_in": 10, "n_kept_draws": 20, "random_state": 0}
    errors = {}
    for name, frame in (("new", rest), ("known", pd.concat([rest, own[given]]))):
        found = BayesianCollaborativeFilter(10, 60, **options)
        found.fit(frame[["user", "item"]], frame["rating"])
        n = found.item_ids_.size
        if name == "new":
            columns = ["user", "item", "rating"]
            best = found.recommend(ratings=own.loc[given, columns], n=n)
        else:
            best = found.recommend(own["user"].unique(), n=n)
        both = own[~given].merge(best, on=["user", "item"])
        errors[name] = root_mean_squared_error(both["rating"], both["prediction"])
    assert errors["new"] < errors["known"] + 0.01, errors
