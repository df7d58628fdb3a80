"""Results of scikit-learn's model selection equal a loop over the same folds."""

import warnings

import numpy as np
import pytest
from scipy.stats import uniform
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    ParameterGrid,
    ParameterSampler,
    RandomizedSearchCV,
    cross_val_score,
    cross_validate,
    learning_curve,
    validation_curve,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sklearn_cofi import RankingCollaborativeFilter
from sklearn_cofi.metrics import make_ranking_scorer

GRID = {"reg_param": [5.0, 20.0], "num_features": [2, 6]}
FOLDS = KFold(3)


def r_squared(true, predicted):
    return 1 - ((true - predicted) ** 2).sum() / ((true - true.mean()) ** 2).sum()


def minus_rmse(true, predicted):
    return -np.sqrt(((true - predicted) ** 2).mean())


METRICS = pytest.mark.parametrize(
    ("scoring", "metric"),
    [(None, r_squared), ("neg_root_mean_squared_error", minus_rmse)],
    ids=["default", "rmse"],
)


def loop(model, X, y, metric=r_squared, rows=slice(None), **parameters):
    """Return the test score of each fold; ``rows`` selects training rows."""
    scores = []
    for train, test in FOLDS.split(X):
        fitted = clone(model).set_params(**parameters)
        fitted.fit(X.iloc[train[rows]], y.iloc[train[rows]])
        scores.append(metric(y.iloc[test], fitted.predict(X.iloc[test])))
    return scores


def loop_means(model, X, y, candidates, metric=r_squared):
    return [np.mean(loop(model, X, y, metric, **params)) for params in candidates]


def assert_best_was_refitted(search, model, X, y):
    best = clone(model).set_params(**search.best_params_).fit(X, y)
    np.testing.assert_array_equal(search.predict(X), best.predict(X))


@METRICS
def test_grid_search(model, X, y, scoring, metric):
    search = GridSearchCV(model, GRID, cv=FOLDS, scoring=scoring).fit(X, y)
    expected = loop_means(model, X, y, ParameterGrid(GRID), metric)
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], expected)
    assert search.best_params_ == ParameterGrid(GRID)[int(np.argmax(expected))]
    assert search.best_score_ == pytest.approx(max(expected))
    assert_best_was_refitted(search, model, X, y)


@METRICS
def test_grid_search_in_two_processes_has_the_same_bits(model, X, y, scoring, metric):
    serial, parallel = (
        GridSearchCV(model, GRID, cv=FOLDS, scoring=scoring, n_jobs=n_jobs).fit(X, y)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(
        parallel.cv_results_["mean_test_score"], serial.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(parallel.predict(X), serial.predict(X))


def test_grid_search_reads_the_rating_column_if_y_is_none(model, frame, X, y):
    search = GridSearchCV(model, GRID, cv=FOLDS)
    with_y = clone(search).fit(X, y)
    without = clone(search).fit(frame)
    np.testing.assert_array_equal(
        without.cv_results_["mean_test_score"], with_y.cv_results_["mean_test_score"]
    )
    assert without.best_params_ == with_y.best_params_
    assert without.score(frame) == with_y.score(X, y)


def test_halving_scores_its_best_candidate_like_a_loop(model, X, y):
    n_rows = len(X) // 4 * 4
    X, y = X[:n_rows], y[:n_rows]
    # On a quarter of the rows, all factors would be zero with a penalty of 8.
    search = HalvingGridSearchCV(
        model,
        {"reg_param": [4.0, 6.0], "num_features": [1, 2]},
        cv=FOLDS,
        factor=2,
        min_resources=n_rows // 4,
        random_state=0,
    ).fit(X, y)
    assert search.n_candidates_ == [4, 2, 1]
    assert search.n_resources_ == [n_rows // 4, n_rows // 2, n_rows]
    # The last round has all rows in another order, which does not change a fit.
    last = np.mean(loop(model, X, y, **search.best_params_))
    assert search.best_score_ == pytest.approx(last, rel=1e-12)
    assert_best_was_refitted(search, model, X, y)


def test_randomized_search(model, X, y):
    space = {"reg_param": uniform(4, 16), "num_features": [2, 3, 4]}
    search = RandomizedSearchCV(model, space, n_iter=3, cv=FOLDS, random_state=1)
    search.fit(X, y)
    candidates = list(ParameterSampler(space, 3, random_state=1))
    assert search.cv_results_["params"] == candidates
    np.testing.assert_allclose(
        search.cv_results_["mean_test_score"], loop_means(model, X, y, candidates)
    )
    assert_best_was_refitted(search, model, X, y)


@METRICS
def test_cross_val_score(model, X, y, scoring, metric):
    scores = cross_val_score(model, X, y, cv=FOLDS, scoring=scoring)
    np.testing.assert_allclose(scores, loop(model, X, y, metric))


def test_cross_validate_several_metrics_and_the_training_score(model, X, y):
    results = cross_validate(
        model,
        X,
        y,
        cv=FOLDS,
        scoring=["r2", "neg_root_mean_squared_error"],
        return_train_score=True,
        return_estimator=True,
    )
    np.testing.assert_allclose(results["test_r2"], loop(model, X, y, r_squared))
    np.testing.assert_allclose(
        results["test_neg_root_mean_squared_error"], loop(model, X, y, minus_rmse)
    )
    for (train, _), fitted, score in zip(
        FOLDS.split(X), results["estimator"], results["train_r2"], strict=True
    ):
        assert fitted.score(X.iloc[train], y.iloc[train]) == score
    assert (results["train_r2"] > results["test_r2"]).all()


def test_a_scorer_that_needs_y_warns_if_y_is_none(model, frame):
    with pytest.warns(UserWarning, match="Scoring failed"):
        scores = cross_val_score(
            model, frame, cv=FOLDS, scoring="neg_root_mean_squared_error"
        )
    assert np.isnan(scores).all()


def test_learning_curve(model, X, y):
    sizes, train, test = learning_curve(model, X, y, cv=FOLDS, train_sizes=[0.5, 1.0])
    expected = [loop(model, X, y, rows=slice(0, size)) for size in sizes]
    np.testing.assert_allclose(test, expected)
    assert (train > test).all()
    assert test[1].mean() > test[0].mean()


def test_validation_curve(model, X, y):
    values = [5.0, 10.0, 20.0]
    train, test = validation_curve(
        model, X, y, param_name="reg_param", param_range=values, cv=FOLDS
    )
    expected = [loop(model, X, y, reg_param=value) for value in values]
    np.testing.assert_allclose(test, expected)
    # A larger penalty does not fit the training ratings better.
    assert (np.diff(train.mean(axis=1)) < 0).all()


def test_a_candidate_out_of_range_has_score_nan_and_the_search_goes_on(model, X, y):
    search = GridSearchCV(model, {"reg_param": [-1.0, 8.0]}, cv=FOLDS)
    with warnings.catch_warnings():
        # There is a warning about the fits and one about the scores.
        warnings.simplefilter("ignore")
        search.fit(X, y)
    assert np.isnan(search.cv_results_["mean_test_score"][0])
    assert search.best_params_ == {"reg_param": 8.0}


def test_candidates_may_be_numbers_and_pairs_of_numbers(model, X, y):
    grid = {"reg_param": [8.0, (4.0, 16.0), (2.0, 9.0)], "reg_scaling": ["none", 0.1]}
    search = GridSearchCV(model, grid, cv=FOLDS).fit(X, y)
    means = loop_means(model, X, y, ParameterGrid(grid))
    np.testing.assert_array_equal(search.cv_results_["mean_test_score"], means)
    assert_best_was_refitted(search, model, X, y)


def test_the_weight_of_unrated_pairs_is_chosen_by_the_quality_of_lists(X, y):
    model = RankingCollaborativeFilter(4, n_jobs=1, random_state=0)
    weights = ["0.5*auto", 0.1, 0.0]
    scorer = make_ranking_scorer("ndcg", relevant_from=4)
    grid = {"unrated_weight": weights}
    search = GridSearchCV(model, grid, cv=FOLDS, scoring=scorer).fit(X, y)
    expected = []
    for weight in weights:
        scores = []
        for train, test in FOLDS.split(X):
            fitted = clone(model).set_params(unrated_weight=weight)
            fitted.fit(X.iloc[train], y.iloc[train])
            scores.append(scorer(fitted, X.iloc[test], y.iloc[test]))
        expected.append(np.mean(scores))
    np.testing.assert_allclose(search.cv_results_["mean_test_score"], expected)
    best = weights[int(np.argmax(expected))]
    assert search.best_params_ == {"unrated_weight": best}
    assert len(set(expected)) == len(weights)
    steps = make_pipeline(FunctionTransformer(), model)
    grid = {"rankingcollaborativefilter__unrated_weight": weights}
    piped = GridSearchCV(steps, grid, cv=FOLDS, scoring=scorer).fit(X, y)
    np.testing.assert_array_equal(
        piped.cv_results_["mean_test_score"], search.cv_results_["mean_test_score"]
    )
    np.testing.assert_array_equal(piped.predict(X), search.predict(X))
