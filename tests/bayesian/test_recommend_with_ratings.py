"""Lists of one model get the ratings that another model predicts for their pairs."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from strategies import random_ratings

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    ClusterRecommender,
    CollaborativeFilter,
    RankingCollaborativeFilter,
    recommend_with_ratings,
)

FRAME = random_ratings(0, (20, 15), density=0.4).frame()
SMALL = {"n_jobs": 1, "random_state": 0}
RANKER = RankingCollaborativeFilter(3, **SMALL).fit(FRAME)
BAYESIAN = BayesianCollaborativeFilter(
    2, 12, burn_in=2, n_kept_draws=3, rating_range=(-2, 5), **SMALL
).fit(FRAME)
PLAIN = CollaborativeFilter(2, 0.5, **SMALL).fit(FRAME)
NEW = pd.DataFrame({"user": [98, 98, 99], "item": [1, 4, 2], "rating": [5.0, 1.0, 2]})


@pytest.mark.parametrize("users", [None, 3, [7, 3]])
def test_the_columns_are_those_of_both_models(users):
    found = recommend_with_ratings(RANKER, BAYESIAN, users, n=4, min_count=3)
    best = RANKER.recommend(users, n=4, min_count=3)
    pd.testing.assert_frame_equal(found[list(best)], best)
    rating, std = BAYESIAN.predict(best[["user", "item"]], return_std=True)
    np.testing.assert_array_equal(found["rating"], rating)
    np.testing.assert_array_equal(found["rating_std"], std)
    assert list(found)[-2:] == ["rating", "rating_std"]


def test_a_rater_without_draws_has_no_standard_deviation():
    found = recommend_with_ratings(RANKER, PLAIN, [2], n=4)
    assert list(found) == ["user", "rank", "item", "prediction", "rating"]
    expected = PLAIN.predict(found[["user", "item"]])
    np.testing.assert_array_equal(found["rating"], expected)


@pytest.mark.parametrize("columns", [["user", "item", "rating"], ["item", "rating"]])
def test_new_users_have_ratings_of_both_models(columns):
    new = NEW[columns] if "user" in columns else NEW[:2][columns]
    found = recommend_with_ratings(RANKER, BAYESIAN, ratings=new, n=4)
    best = RANKER.recommend(ratings=new, n=4)
    pd.testing.assert_frame_equal(found[list(best)], best)
    keys = [name for name in ("user", "item") if name in best]
    whole = BAYESIAN.recommend(
        ratings=new, n=15, exclude_rated=False, return_std=True
    ).set_index(keys)
    expected = whole.loc[best.set_index(keys).index]
    np.testing.assert_array_equal(found["rating"], expected["prediction"])
    np.testing.assert_array_equal(found["rating_std"], expected["std"])


def test_ids_that_the_rater_has_not_seen_follow_its_policy():
    known = FRAME[(FRAME["user"] != 3) & (FRAME["item"] != 5)]
    rater = CollaborativeFilter(2, 0.5, **SMALL).fit(known)
    everything = {"n": 15, "exclude_rated": False}
    found = recommend_with_ratings(RANKER, rater, [3, 4], **everything)
    expected = rater.predict(found[["user", "item"]])
    np.testing.assert_array_equal(found["rating"], expected)
    new = NEW.assign(item=5)[:1]  # known to the ranker only
    with pytest.warns(UserWarning, match="1 of the 1 ratings are of items"):
        found = recommend_with_ratings(RANKER, rater, ratings=new, n=3)
    listed = np.searchsorted(rater.item_ids_, found["item"])
    expected = rater.unknown_user_predictions_[listed]
    np.testing.assert_array_equal(found["rating"], expected)
    rater.set_params(unknown="error")
    with pytest.raises(ValueError, match="1 pairs an item that was not seen in fit"):
        recommend_with_ratings(RANKER, rater, [4], **everything)


def test_frames_have_the_kind_of_the_lists():
    ranker = RankingCollaborativeFilter(3, **SMALL).fit(pl.from_pandas(FRAME))
    titles = {item: f"film {item}" for item in range(10)}
    found = recommend_with_ratings(ranker, BAYESIAN, [3], n=3, titles=titles)
    assert isinstance(found, pl.DataFrame)
    assert found.columns == [
        *("user", "rank", "item", "title", "prediction", "rating", "rating_std")
    ]
    same = recommend_with_ratings(RANKER, BAYESIAN, [3], n=3)
    assert found["rating_std"].to_list() == same["rating_std"].tolist()


def test_empty_lists_have_all_columns():
    rated = FRAME[FRAME["user"] == 3]["item"].unique()
    found = recommend_with_ratings(RANKER, BAYESIAN, 3, candidates=rated)
    assert len(found) == 0
    assert list(found)[-2:] == ["rating", "rating_std"]


def test_lists_of_clusters_can_be_rated():
    clusters = ClusterRecommender(PLAIN, KMeans(2, n_init=1), random_state=0)
    found = recommend_with_ratings(clusters.fit(FRAME), BAYESIAN, [3, 4], n=2)
    rating = BAYESIAN.predict(found[["user", "item"]])
    np.testing.assert_array_equal(found["rating"], rating)


def test_other_models_are_errors():
    with pytest.raises(TypeError, match="ranker is a KMeans, which has no method"):
        recommend_with_ratings(KMeans(2), PLAIN)
    with pytest.raises(TypeError, match="rater is a KMeans, which does not predict"):
        recommend_with_ratings(RANKER, KMeans(2))
    with pytest.raises(NotFittedError):
        recommend_with_ratings(RANKER, CollaborativeFilter())
    strings = CollaborativeFilter(2, 0.5, **SMALL).fit(FRAME.astype({"item": str}))
    with pytest.raises(TypeError, match="item"):
        recommend_with_ratings(RANKER, strings, 3)
