"""At every fault of a refit the model has its previous fit or the new one, whole."""

import pickle
from functools import cache

import numpy as np
import pytest
from faults import each_fault, each_interruption
from sklearn.base import BaseEstimator, clone
from sklearn.cluster import KMeans
from strategies import random_ratings

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    ClusterRecommender,
    CollaborativeFilter,
    CollaborativeFilterCV,
    RankingCollaborativeFilter,
)

# Fits of a few iterations to little data have good reasons to warn.
pytestmark = pytest.mark.filterwarnings("ignore::UserWarning")

# The two fits differ in each fitted attribute, and one of them has names of columns.
OLD = random_ratings(2, (9, 7)).frame()
NEW = random_ratings(3, (6, 8)).frame().to_numpy()

SETTINGS = {"n_jobs": 1, "random_state": 0}
PLAIN = CollaborativeFilter(2, 0.5, tol=0.5, **SETTINGS)
MODELS = {
    "plain": PLAIN,
    "stopped": CollaborativeFilter(
        2, 0.1, fit_bias=True, early_stopping=True, tol=0.1, max_iter=5, **SETTINGS
    ),
    "warm": clone(PLAIN).set_params(warm_start=True, solver="lbfgs"),
    "tuned": CollaborativeFilterCV([2.0, 1.0], [1], cv=2, tol=0.5, **SETTINGS),
    "ranking": RankingCollaborativeFilter(2, 0.5, tol=0.5, **SETTINGS),
    "bayesian": BayesianCollaborativeFilter(
        1, 4, burn_in=2, n_kept_draws=2, **SETTINGS
    ),
    "clusters": ClusterRecommender(PLAIN, KMeans(2, n_init=1), random_state=0),
}


def bits(value):
    """Return all attributes of an estimator, bit for bit, as values to compare."""
    if isinstance(value, BaseEstimator):
        return type(value), {name: bits(each) for name, each in vars(value).items()}
    if isinstance(value, np.ndarray) and value.dtype != object:
        return value.dtype, value.shape, value.tobytes()
    return type(value), repr(value)


@cache
def both(name):
    """Return a model with its first fit, and the bits of both fits."""
    model = clone(MODELS[name]).fit(OLD)
    old = bits(model)
    new = bits(pickle.loads(pickle.dumps(model)).fit(NEW))
    return model, old, new


@pytest.mark.parametrize("name", MODELS)
def test_an_interrupt_at_any_line_leaves_one_whole_fit(name):
    model, old, new = both(name)
    first = pickle.dumps(model)
    n_old = n_new = 0
    for interruption in each_interruption():
        model = pickle.loads(first)
        try:
            with interruption:
                model.fit(NEW)
        except KeyboardInterrupt:
            pass
        found = bits(model)
        if found == old:
            n_old += 1
        else:
            assert found == new, interruption.place
            n_new += 1
    assert n_old > 100
    assert n_new < 10  # after the assignment of all attributes


FUNCTIONS = (
    *("empty", "zeros", "full", "ones", "empty_like", "zeros_like", "ones_like"),
    *("arange", "concatenate", "cumsum", "bincount", "repeat", "sort", "argsort"),
    *("where", "flatnonzero", "array", "asarray", "ascontiguousarray"),
)


@pytest.mark.parametrize("name", MODELS)
def test_a_fit_without_memory_leaves_the_previous_fit(name):
    model, old, new = both(name)
    first = pickle.dumps(model)
    for fault in each_fault(MemoryError):
        model = pickle.loads(first)
        with pytest.MonkeyPatch.context() as patch:
            for function in FUNCTIONS:
                patch.setattr(np, function, fault.before(getattr(np, function)))
            try:
                model.fit(NEW)
            except MemoryError:
                assert fault.raised
        assert bits(model) == (old if fault.raised else new)
