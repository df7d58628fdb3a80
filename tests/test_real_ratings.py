"""MovieLens 100K: the known optimum, equal bits on threads, errors below means."""

import numpy as np
import pytest
from fitting import PLAIN
from sklearn.metrics import root_mean_squared_error
from sklearn.model_selection import train_test_split

from sklearn_cofi import (
    BayesianCollaborativeFilter,
    CollaborativeFilter,
    optimality_gap,
)
from sklearn_cofi.datasets import fetch_movielens
from sklearn_cofi.solvers import SOLVERS


def split(frame):
    return frame[["user", "item"]], frame["rating"]


@pytest.mark.parametrize("solver", SOLVERS)
def test_the_known_optimum_is_reached(ml_100k, solver):
    model = CollaborativeFilter(
        20, 30, solver=solver, tol=1e-5, random_state=0, **PLAIN
    )
    model.fit(*split(ml_100k))
    # Four other minimisers agree on this cost to 7 digits, and the gap proves it.
    assert model.cost_ <= 47707.65 * (1 + 1e-6)
    assert model.cost_ >= 47707.65 * (1 - 1e-6)
    assert model.reg_param_max_ == pytest.approx(69.65, abs=5e-3)


def test_the_gap_proves_the_global_optimum(ml_100k):
    pairs, values = split(ml_100k)
    model = CollaborativeFilter(
        20, 30, solver="als-ncg", tol=1e-7, random_state=0, **PLAIN
    )
    proof = optimality_gap(model.fit(pairs, values), pairs, values)
    assert proof.relative_gap < 1e-7
    assert proof.rank == 6
    assert str(proof).startswith("global optimum to")
    few = model.set_params(num_features=3, tol=1e-5).fit(pairs, values)
    assert optimality_gap(few, pairs, values).rank_limited
    # Without biases, and with biases that have their own penalties.
    for variant in ({}, {"reg_bias": (3, 5), "mean_normalization": "global"}):
        model.set_params(num_features=30, fit_bias=bool(variant), **variant)
        proof = optimality_gap(model.fit(pairs, values), pairs, values)
        assert proof.relative_gap < 1e-4
        assert not proof.rank_limited


def test_threads_change_no_bit(ml_100k):
    one, two = (
        CollaborativeFilter(20, 30, random_state=0, n_jobs=n_jobs, **PLAIN).fit(
            *split(ml_100k)
        )
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(two.user_factors_, one.user_factors_)
    np.testing.assert_array_equal(two.item_factors_, one.item_factors_)
    pairs = ml_100k[["user", "item"]]
    np.testing.assert_array_equal(two.predict(pairs), one.predict(pairs))


def test_held_out_errors_are_below_those_of_means(ml_100k):
    train, test = train_test_split(ml_100k, test_size=0.2, random_state=0)
    model = CollaborativeFilter(20, 10, random_state=0, **PLAIN).fit(*split(train))
    X, y = split(test)
    error = root_mean_squared_error(y, model.predict(X))
    means = CollaborativeFilter(1, 1e6, **PLAIN)
    with pytest.warns(UserWarning, match="predicts means only"):
        means.fit(*split(train))
    baseline = root_mean_squared_error(y, means.predict(X))
    # Measured: 0.952, and 1.030 for means.
    assert error < baseline - 0.07


def test_the_default_solver_takes_few_iterations(ml_100k):
    """It took 182 before its variables were scaled, and 70 without a second scaling."""
    model = CollaborativeFilter(random_state=0).fit(*split(ml_100k))
    assert model.converged_
    assert model.n_iter_ <= 65


def test_cold_items_are_predicted_from_their_features(ml_100k, data_home):
    items = fetch_movielens("100k", data_home=data_home).item_frame
    ids = np.unique(ml_100k["item"])
    cold = np.random.default_rng(0).choice(ids, ids.size // 5, replace=False)
    is_cold = ml_100k["item"].isin(cold)
    train, test = ml_100k[~is_cold], ml_100k[is_cold]
    model = BayesianCollaborativeFilter(
        10, 60, item_features=items, random_state=0, n_jobs=1
    ).fit(*split(train))
    pairs, values = split(test)
    error = root_mean_squared_error(values, model.predict(pairs))
    fallback = model.unknown_item_predictions_[
        np.searchsorted(model.user_ids_, test["user"])
    ]
    assert error < 0.975 * root_mean_squared_error(values, fallback)
    for level in (0.5, 0.8, 0.95):
        low, high = model.predict_interval(pairs, coverage=level).T
        inside = (low <= values) & (values <= high)
        assert inside.mean() == pytest.approx(level, abs=0.03)
