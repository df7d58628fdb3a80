"""Scorers equal the metrics of recommendations, also within scikit-learn."""

import pickle
from contextlib import nullcontext

import numpy as np
import pandas as pd
import polars as pl
import pytest
import sklearn
from sklearn.base import BaseEstimator, clone
from sklearn.exceptions import UndefinedMetricWarning
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.fixes import parse_version
from strategies import random_ratings
from versions import VERSION

from sklearn_cofi import ClusterRecommender, CollaborativeFilter, metrics
from sklearn_cofi.metrics import make_ranking_scorer, ranking_scorers

FRAME = random_ratings(0, (30, 25), density=0.4).frame()
X, Y = FRAME[["user", "item"]], FRAME["rating"]
TRAIN = np.random.default_rng(0).random(len(FRAME)) < 0.7
SETTINGS = {"k": 4, "relevant_from": 2.0}
# Some folds have users without a hit or without a relevant item.
MODEL = CollaborativeFilter(3, reg_param=2.0, random_state=0, n_jobs=1)


@pytest.fixture(scope="module")
def fitted():
    return clone(MODEL).fit(X[TRAIN], Y[TRAIN])


@pytest.mark.parametrize("no_relevant", ["skip", "zero"])
def test_scores_equal_the_metrics_of_the_recommendations(fitted, no_relevant):
    settings = SETTINGS | {"no_relevant": no_relevant}
    scores = ranking_scorers(**settings)(fitted, X[~TRAIN], Y[~TRAIN])
    best = fitted.recommend(X[~TRAIN]["user"].unique(), n=4)
    for name in scores:
        metric = getattr(metrics, f"{name}_at_k")
        if name == "coverage":
            expected = metric(best, fitted.item_ids_, k=4)
        elif name == "novelty":
            expected = metric(best, X[TRAIN], k=4)
        else:
            expected = metric(FRAME[~TRAIN], best, **settings)
        assert scores[name] == expected
        single = make_ranking_scorer(name, **settings)
        assert single(fitted, FRAME[~TRAIN]) == expected  # with y from X
    assert list(scores) == [*metrics._per_user.METRICS, "coverage", "novelty"]


def test_candidates_test_ranks_the_test_rows_by_prediction(fitted):
    test = FRAME[~TRAIN].assign(prediction=fitted.predict(X[~TRAIN]))
    test = test.sort_values(["user", "prediction", "item"], ascending=[1, 0, 1])
    best = test.assign(rank=test.groupby("user").cumcount())
    scores = ranking_scorers(candidates="test", **SETTINGS)(
        fitted, X[~TRAIN], Y[~TRAIN]
    )
    assert "coverage" not in scores
    for name, score in scores.items():
        metric = getattr(metrics, f"{name}_at_k")
        assert score == metric(FRAME[~TRAIN], best, **SETTINGS)
    twice = pd.concat([FRAME[~TRAIN]] * 2)
    again = ranking_scorers(candidates="test", **SETTINGS)(fitted, twice)
    assert again == scores


class ConstantModel(BaseEstimator):
    """Predicts the same rating for all pairs."""

    def recommend(self, users, *, n, exclude_rated):
        raise NotImplementedError

    def predict(self, X):
        return np.ones(len(X))


def test_candidates_test_ranks_equal_predictions_by_item_id():
    test = pd.DataFrame(
        {"user": [2, 2, 2, 1, 1], "item": [9, 7, 8, 8, 7], "rating": [1, 2, 5, 1, 5]}
    )
    scorer = make_ranking_scorer(
        "reciprocal_rank", k=3, relevant_from=4, candidates="test"
    )
    # User 1 is recommended 7 and 8, user 2 is recommended 7, 8 and 9.
    assert scorer(ConstantModel(), test) == (1 / 1 + 1 / 2) / 2
    assert scorer(ConstantModel(), test[::-1]) == (1 / 1 + 1 / 2) / 2


def test_an_item_without_training_ratings_counts_as_missed(fitted):
    test = pd.DataFrame({"user": [0], "item": [99], "rating": [5.0]})
    scorer = make_ranking_scorer("recall", k=25)
    assert scorer(fitted, test) == 0
    # Among the test items it is the only candidate, so it is recommended.
    scorer = make_ranking_scorer("recall", k=25, candidates="test", relevant_from=2)
    assert scorer(fitted, test) == 1


def test_scores_are_zero_for_a_user_who_has_rated_all_items():
    rows = pd.DataFrame({"user": [1, 1, 2], "item": [1, 2, 1], "rating": [1.0, 3, 4]})
    model = CollaborativeFilter(1, reg_param=0.1, random_state=0).fit(rows)
    scores = ranking_scorers()(model, rows[:2])
    assert np.isnan(scores.pop("novelty"))
    assert set(scores.values()) == {0}


def test_a_user_without_training_ratings_gets_recommendations(fitted):
    best = fitted.recommend([0, 99], n=1).query("user == 99")["item"].item()
    test = pd.DataFrame({"user": [0, 99], "item": [98, best], "rating": [5.0, 5.0]})
    assert make_ranking_scorer("recall", k=1)(fitted, test) == 0.5


def test_columns_are_found_as_the_estimator_finds_them():
    renamed = FRAME.rename(columns={"user": "who", "item": "what", "rating": "stars"})
    renamed = renamed[["stars", "what", "who"]]
    columns = {"user_col": "who", "item_col": "what", "rating_col": "stars"}
    model = clone(MODEL).set_params(**columns).fit(renamed[TRAIN])
    plain = clone(MODEL).fit(FRAME[TRAIN])
    scorer = ranking_scorers(**SETTINGS)
    assert scorer(model, renamed[~TRAIN]) == scorer(plain, FRAME[~TRAIN])
    rows = FRAME.to_numpy()
    by_position = clone(MODEL).fit(rows[TRAIN])
    assert scorer(by_position, rows[~TRAIN]) == scorer(plain, FRAME[~TRAIN])
    polars = clone(MODEL).fit(pl.from_pandas(FRAME[TRAIN]))
    assert scorer(polars, pl.from_pandas(FRAME[~TRAIN])) == scorer(plain, FRAME[~TRAIN])


def test_a_cluster_recommender_is_scored_with_the_columns_of_its_filter():
    renamed = FRAME.rename(columns={"user": "who", "item": "what", "rating": "stars"})
    renamed = renamed[["what", "who", "stars"]]
    columns = {"user_col": "who", "item_col": "what", "rating_col": "stars"}
    plain = ClusterRecommender(clone(MODEL), random_state=0)
    named = ClusterRecommender(clone(MODEL).set_params(**columns), random_state=0)
    scorer = ranking_scorers(**SETTINGS)
    scores = scorer(named.fit(renamed[TRAIN]), renamed[~TRAIN])
    assert scores == scorer(plain.fit(FRAME[TRAIN]), FRAME[~TRAIN])
    assert {"coverage", "novelty"} <= set(scores)


def renamed_ids(frame):
    return frame.rename(columns={"user": "who", "item": "what"})


def test_pipelines_and_searches_are_scored_like_their_last_or_best_estimator(fitted):
    last = clone(MODEL).set_params(user_col="who", item_col="what")
    renaming = make_pipeline(FunctionTransformer(renamed_ids), last)
    search = GridSearchCV(renaming, {"collaborativefilter__reg_param": [2.0]}, cv=2)
    scorer = ranking_scorers(**SETTINGS)
    expected = scorer(fitted, X[~TRAIN], Y[~TRAIN])
    for model in (renaming, Pipeline([("only", clone(MODEL))]), search):
        model.fit(X[TRAIN], Y[TRAIN])
        assert scorer(model, X[~TRAIN], Y[~TRAIN]) == expected


FOLDS = KFold(3, shuffle=True, random_state=0)


def fold_scores(scorer, **parameters):
    """Yield the scores of the folds, without scikit-learn's validation functions."""
    for train, test in FOLDS.split(X):
        model = clone(MODEL).set_params(**parameters)
        model.fit(X.iloc[train], Y.iloc[train])
        yield scorer(model, X.iloc[test], Y.iloc[test])


def test_a_search_selects_the_parameter_with_the_best_score():
    scorer = make_ranking_scorer("ndcg", **SETTINGS)
    values = [0.5, 1.0, 2.0]
    search = GridSearchCV(MODEL, {"reg_param": values}, scoring=scorer, cv=FOLDS)
    found = search.fit(X, Y).cv_results_["mean_test_score"]
    expected = [np.mean(list(fold_scores(scorer, reg_param=value))) for value in values]
    np.testing.assert_array_equal(found, expected)
    assert search.best_params_["reg_param"] == values[int(np.argmax(expected))]
    np.testing.assert_array_equal(search.score(X, Y), scorer(search, X, Y))


def test_one_scorer_of_several_metrics_equals_a_dict_of_scorers():
    names = ["ndcg", "recall", "novelty"]
    together = ranking_scorers(names, **SETTINGS)
    separate = {name: make_ranking_scorer(name, **SETTINGS) for name in names}
    loop = list(fold_scores(together))
    for scoring in (together, separate):
        found = cross_validate(MODEL, X, Y, cv=FOLDS, scoring=scoring)
        for name in names:
            expected = [scores[name] for scores in loop]
            np.testing.assert_array_equal(found[f"test_{name}"], expected)
        search = GridSearchCV(MODEL, {"num_features": [2]}, scoring=scoring, cv=FOLDS)
        search = search.set_params(refit="ndcg").fit(X, Y)
        assert {f"mean_test_{name}" for name in names} <= set(search.cv_results_)


def routed(scorer):
    return sklearn.metrics.get_scorer(scorer).set_score_request(sample_weight=True)


@pytest.mark.parametrize("several", [False, True])
def test_weights_go_to_fit_and_not_to_the_scorer(several):
    scorer = make_ranking_scorer("ndcg", **SETTINGS)
    weights = np.ones(len(X))
    expected = np.mean(list(fold_scores(scorer)))
    key = "mean_test_one" if several else "mean_test_score"
    scoring = {"one": scorer, "r2": "r2"} if several else scorer
    search = GridSearchCV(MODEL, {}, scoring=scoring, cv=FOLDS, refit=False)
    # scikit-learn 1.6 leaves the weights out without a warning.
    warns = pytest.warns(UserWarning, match="does not support sample_weight")
    with nullcontext() if VERSION < parse_version("1.7") else warns:
        search.fit(X, Y, sample_weight=weights)
    assert search.cv_results_[key][0] == expected
    with sklearn.config_context(enable_metadata_routing=True):
        scoring = {"one": scorer, "r2": routed("r2")} if several else scorer
        model = clone(MODEL).set_fit_request(sample_weight=True)
        search = GridSearchCV(model, {}, scoring=scoring, cv=FOLDS, refit=False)
        search.fit(X, Y, sample_weight=weights)
    assert search.cv_results_[key][0] == expected


@pytest.mark.parametrize(
    "scorer",
    [make_ranking_scorer("recall", k=3, relevant_from=4), ranking_scorers(k=7)],
)
def test_scorers_can_be_pickled_cloned_and_made_from_their_repr(scorer, fitted):
    unpickled = pickle.loads(pickle.dumps(scorer))
    assert unpickled == scorer == clone(scorer, safe=False)
    assert unpickled(fitted, FRAME[~TRAIN]) == scorer(fitted, FRAME[~TRAIN])
    assert eval(repr(scorer), vars(metrics)) == scorer
    search = GridSearchCV(MODEL, {}, scoring=scorer)
    assert clone(search).scoring == scorer


def test_without_a_relevant_item_the_score_is_nan_with_a_warning(fitted):
    scorer = make_ranking_scorer("ndcg", relevant_from=99)
    with pytest.warns(UndefinedMetricWarning, match="relevant_from"):
        assert np.isnan(scorer(fitted, FRAME[~TRAIN]))
    zero = make_ranking_scorer("ndcg", relevant_from=99, no_relevant="zero")
    assert zero(fitted, FRAME[~TRAIN]) == 0


def test_a_warning_is_given_if_all_users_are_unknown(fitted):
    unknown_users = FRAME[~TRAIN].assign(user=lambda frame: frame["user"] + 1000)
    with pytest.warns(UserWarning, match="None of the .* users was seen in fit"):
        make_ranking_scorer()(fitted, unknown_users)
