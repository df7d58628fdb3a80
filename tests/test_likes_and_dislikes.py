"""Low ratings keep films out of the lists of MovieLens 100K."""

import numpy as np
import pytest
from strategies import random_ratings

from sklearn_cofi import RankingCollaborativeFilter
from sklearn_cofi.metrics import disliked_rate_at_k, ndcg_at_k
from sklearn_cofi.model_selection import UserFractionSplit

OFFSET = {"mean_normalization": "unrated", "unrated_rating": 1.0}


@pytest.fixture(scope="module")
def quality(ml_100k):
    """A function that returns NDCG@10 and the rate of disliked films of a model."""
    ((train, test),) = UserFractionSplit(0.2, random_state=0).split(ml_100k)
    columns = ["user", "item", "rating"]
    train, test = (ml_100k.iloc[rows][columns] for rows in (train, test))

    def evaluate(binary=False, **parameters):
        model = RankingCollaborativeFilter(64, random_state=0, **parameters)
        model.fit(train.assign(rating=1.0) if binary else train)
        best = model.recommend(test["user"].unique(), n=10)
        return (
            ndcg_at_k(test, best, relevant_from=4),
            disliked_rate_at_k(test, best, disliked_to=2),
        )

    return evaluate


def test_ratings_above_that_of_unrated_films_avoid_disliked_films(quality):
    plain, offset = quality(), quality(**OFFSET)
    assert offset[1] < 0.92 * plain[1]
    assert offset[0] > 0.98 * plain[0]


def test_values_of_ratings_avoid_disliked_films(quality):
    ratings, binary = quality(), quality(binary=True)
    assert ratings[1] < 0.75 * binary[1]
    assert ratings[0] > 1.03 * binary[0]


def test_a_rating_below_that_of_unrated_pairs_is_evidence_against_the_item():
    drawn = random_ratings(0, (30, 20), density=0.4)
    frame = drawn.frame().assign(rating=1 + np.abs(drawn.ratings) % 5)
    model = RankingCollaborativeFilter(4, n_jobs=1, random_state=0, **OFFSET)
    model.set_params(unrated_rating=3.0).fit(frame)
    lists = []
    for rating in (1.0, 3.0, 5.0):
        new = frame[:1][["item", "rating"]].assign(rating=rating)
        found = model.recommend(ratings=new, n=20, exclude_rated=False)
        lists.append(found.set_index("item")["prediction"][new["item"].iloc[0]])
    assert lists[0] < lists[1] < lists[2]
    assert lists[1] == pytest.approx(3)
