"""Input of scorers: the estimators they accept, and errors for invalid input."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator
from sklearn.linear_model import Ridge
from strategies import random_ratings

from sklearn_cofi import CollaborativeFilter
from sklearn_cofi.metrics import make_ranking_scorer, ranking_scorers

FRAME = random_ratings(0, (30, 25), density=0.4).frame()
X, Y = FRAME[["user", "item"]], FRAME["rating"]


@pytest.fixture(scope="module")
def fitted():
    model = CollaborativeFilter(3, reg_param=2.0, random_state=0, n_jobs=1)
    return model.fit(X[::2], Y[::2])


class Recommender(BaseEstimator):
    """Recommends the same item to every user, and has no `item_counts_`."""

    item_ids_ = np.array([1, 2])

    def recommend(self, users, *, n, exclude_rated):
        return pd.DataFrame({"user": users, "rank": 1, "item": 1})


class RecommenderWithoutCatalogue(Recommender):
    """Has no `item_ids_`."""

    item_ids_ = None


def test_an_estimator_needs_only_recommend_and_the_attributes_of_the_metrics():
    test = pd.DataFrame({"user": [5, 6], "item": [1, 2]})
    scorer = ranking_scorers(["recall", "coverage"], k=1)
    assert scorer(Recommender(), test) == {"recall": 0.5, "coverage": 0.5}
    with pytest.raises(TypeError, match="`item_counts_`"):
        make_ranking_scorer("novelty")(Recommender(), test)
    with pytest.raises(TypeError, match="no attribute `item_ids_`"):
        make_ranking_scorer("coverage")(RecommenderWithoutCatalogue(), test)


def test_invalid_estimators_and_rows_are_refused(fitted):
    with pytest.raises(TypeError, match="Ridge has no method `recommend`"):
        make_ranking_scorer()(Ridge(), X)
    with pytest.raises(ValueError, match="needs ratings, for `relevant_from`"):
        make_ranking_scorer(relevant_from=2)(fitted, X)
    with pytest.raises(ValueError, match="needs ratings"):
        make_ranking_scorer(gains="rating")(fitted, X)
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        make_ranking_scorer(relevant_from=2)(fitted, X, Y[:-1])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert 0 <= make_ranking_scorer()(fitted, X) <= 1  # all pairs are relevant


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"metric": "mrr"}, "'metric' parameter of make_ranking_scorer"),
        ({"k": 0}, "'k' parameter of make_ranking_scorer"),
        ({"candidates": "some"}, "'candidates' parameter"),
        ({"gains": "linear"}, "'gains' parameter"),
        ({"no_relevant": "drop"}, "'no_relevant' parameter"),
        (
            {"metric": "coverage", "candidates": "test"},
            "coverage cannot be computed with",
        ),
        ({"candidates": "test"}, "every ranking is perfect"),
    ],
)
def test_parameters_out_of_range_are_refused(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_ranking_scorer(**parameters)


@pytest.mark.parametrize("names", [[], ["mrr"]])
def test_metrics_that_do_not_exist_are_refused(names):
    with pytest.raises(ValueError, match="metrics must be one or more of precision"):
        ranking_scorers(names)
