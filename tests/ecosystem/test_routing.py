"""Sample weights reach fit and score only if they are requested."""

import numpy as np
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import UnsetMetadataPassedError
from sklearn.metrics import r2_score
from sklearn.model_selection import GridSearchCV, KFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

FOLDS = KFold(3)
REQUESTS = pytest.mark.parametrize("in_fit", [True, False])
SCORE_REQUESTS = pytest.mark.parametrize("in_score", [True, False])


@pytest.fixture
def weights(X, y):
    """Weights that change the fit: ratings of every other user have weight 10."""
    return np.where(X["user"] % 2, 10.0, 1.0)


@pytest.fixture
def routing():
    with config_context(enable_metadata_routing=True):
        yield


def requesting(model, in_fit, in_score):
    model = clone(model).set_fit_request(sample_weight=in_fit)
    return model.set_score_request(sample_weight=in_score)


def loop(model, X, y, weights, in_fit, in_score):
    """Fit and score each fold without scikit-learn's loops, with or without weights."""
    scores = []
    for train, test in FOLDS.split(X):
        fitted = clone(model).fit(
            X.iloc[train], y.iloc[train], weights[train] if in_fit else None
        )
        scores.append(
            r2_score(
                y.iloc[test],
                fitted.predict(X.iloc[test]),
                sample_weight=weights[test] if in_score else None,
            )
        )
    return scores


def test_the_four_combinations_of_requests_differ(model, X, y, weights):
    """Otherwise, the tests below could not fail."""
    requests = [(fit, score) for fit in (True, False) for score in (True, False)]
    scores = [np.mean(loop(model, X, y, weights, *request)) for request in requests]
    assert np.diff(np.sort(scores)).min() > 1e-4


@pytest.mark.usefixtures("routing")
@REQUESTS
@SCORE_REQUESTS
def test_cross_validate(model, X, y, weights, in_fit, in_score):
    results = cross_validate(
        requesting(model, in_fit, in_score),
        X,
        y,
        cv=FOLDS,
        params={"sample_weight": weights} if in_fit or in_score else {},
    )
    expected = loop(model, X, y, weights, in_fit, in_score)
    np.testing.assert_allclose(results["test_score"], expected)


@pytest.mark.usefixtures("routing")
@REQUESTS
@SCORE_REQUESTS
def test_grid_search(model, X, y, weights, in_fit, in_score):
    search = GridSearchCV(
        requesting(model, in_fit, in_score), {"reg_param": [8.0, 16.0]}, cv=FOLDS
    )
    params = {"sample_weight": weights} if in_fit or in_score else {}
    search.fit(X, y, **params)
    for parameters, score in zip(
        search.cv_results_["params"],
        search.cv_results_["mean_test_score"],
        strict=True,
    ):
        direct = clone(model).set_params(**parameters)
        expected = loop(direct, X, y, weights, in_fit, in_score)
        assert score == pytest.approx(np.mean(expected))
    best = clone(model).set_params(**search.best_params_)
    best.fit(X, y, weights if in_fit else None)
    np.testing.assert_array_equal(search.predict(X), best.predict(X))


@pytest.mark.usefixtures("routing")
def test_pipeline(model, X, y, weights):
    pipeline = make_pipeline(FunctionTransformer(), requesting(model, True, True))
    pipeline.fit(X, y, sample_weight=weights)
    direct = clone(model).fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(pipeline.predict(X), direct.predict(X))
    weighted = r2_score(y, direct.predict(X), sample_weight=weights)
    assert pipeline.score(X, y, sample_weight=weights) == pytest.approx(weighted)


@pytest.mark.usefixtures("routing")
def test_weights_may_have_another_name(model, X, y, weights):
    renamed = requesting(model, "trust", False)
    pipeline = make_pipeline(FunctionTransformer(), renamed)
    pipeline.fit(X, y, trust=weights)
    direct = clone(model).fit(X, y, sample_weight=weights)
    np.testing.assert_array_equal(pipeline.predict(X), direct.predict(X))


@pytest.mark.usefixtures("routing")
def test_weights_without_a_request_are_refused(model, X, y, weights):
    with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
        cross_validate(model, X, y, cv=FOLDS, params={"sample_weight": weights})


def test_without_routing_weights_reach_only_fit(model, X, y, weights):
    results = cross_validate(model, X, y, cv=FOLDS, params={"sample_weight": weights})
    expected = loop(model, X, y, weights, in_fit=True, in_score=False)
    np.testing.assert_allclose(results["test_score"], expected)
