"""`collaborative_filter_path`: costs, ranks, settings and errors."""

import warnings

import numpy as np
import pytest
from fitting import PLAIN
from sklearn.exceptions import ConvergenceWarning

from sklearn_cofi import CollaborativeFilter, collaborative_filter_path
from sklearn_cofi.datasets import make_ratings
from sklearn_cofi.solvers import SOLVERS

X, Y = make_ratings(500, n_users=30, n_items=20, rank=2, noise=0.3, random_state=0)


@pytest.mark.parametrize("variant", [{}, {"fit_bias": True}, {"dtype": "float32"}])
def test_filters_of_a_path_cost_no_more_than_cold_ones(variant):
    tol = 1e-3 if "dtype" in variant else 1e-5  # float32 has too few digits
    path = collaborative_filter_path(
        X,
        Y,
        num_features=20,
        n_reg_params=5,
        eps=0.1,
        tol=tol,
        n_jobs=1,
        **(PLAIN | variant),
    )
    assert (np.diff(path.ranks) >= 0).all()
    assert path.ranks[0] == 0
    for reg_param, cost, model in zip(*path[:2], path.models, strict=True):
        assert isinstance(model, CollaborativeFilter)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            cold = CollaborativeFilter(
                20,
                reg_param,
                tol=tol,
                solver="als-ncg",
                random_state=0,
                **(PLAIN | variant),
            ).fit(X, Y)
        assert cost == model.cost_ <= cold.cost_ + tol * path.costs[0]
        assert model.reg_param_max_ == pytest.approx(cold.reg_param_max_, rel=1e-4)
        predicted = model.predict(X)
        np.testing.assert_allclose(predicted, cold.predict(X), atol=0.02)
        assert vars(model).keys() == vars(cold).keys()


def test_a_path_does_not_depend_on_the_seed():
    a, b = (
        collaborative_filter_path(X, Y, random_state=n, **PLAIN).costs for n in (0, 1)
    )
    np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize("name", ["reg_param", "warm_start", "early_stopping"])
def test_parameters_that_a_path_sets_itself_are_an_error(name):
    with pytest.raises(TypeError, match=f"takes no '{name}'"):
        collaborative_filter_path(X, Y, **(PLAIN | {name: 1}))


def test_warnings_and_errors_of_a_path():
    with pytest.warns(ConvergenceWarning, match=r"of 3 penalties.*first.*tol=") as told:
        collaborative_filter_path(X, Y, n_reg_params=3, max_iter=1, tol=1e-9, **PLAIN)
    assert told[0].filename == __file__
    with pytest.raises(ValueError, match="'num_features' parameter"):
        collaborative_filter_path(X, Y, num_features=0, **PLAIN)
    with pytest.raises(ValueError, match="'eps' parameter of collaborative_f"):
        collaborative_filter_path(X, Y, eps=2, **PLAIN)


def test_real_ratings_along_a_path_cost_no_more_than_cold(ml_100k):
    path = collaborative_filter_path(
        ml_100k,
        n_reg_params=5,
        eps=0.15,
        fit_bias=True,
        mean_normalization="item",
        reg_bias=None,
        reg_scaling="none",
    )
    for reg_param, cost in zip(path.reg_params[1:], path.costs[1:], strict=True):
        cold = CollaborativeFilter(
            10,
            reg_param,
            solver="als-ncg",
            fit_bias=True,
            random_state=0,
            mean_normalization="item",
            reg_bias=None,
            reg_scaling="none",
        ).fit(ml_100k)
        assert cost <= cold.cost_ * (1 + 1e-3)


def test_a_path_counts_iterations_and_passes_its_settings_on():
    calls = []

    def solver(objective, start, *, max_iter, tol, callback=None):
        calls.append((objective.reg_param, max_iter, tol))
        return SOLVERS["als"](objective, start, max_iter=max_iter, tol=tol)

    settings = {"solver": solver, "max_iter": 345, "tol": 0.02, "n_jobs": 1}
    path = collaborative_filter_path(
        X, Y, n_reg_params=3, eps=0.3, **(PLAIN | settings)
    )
    assert calls == [(reg_param, 345, 0.02) for reg_param in path.reg_params]
    assert [model.reg_param for model in path.models] == path.reg_params.tolist()
    sizes = [model.cost_path_.size - 1 for model in path.models]
    assert path.n_iters.tolist() == sizes
    # Zero factors need no iteration, but an estimator's n_iter_ is at least one, as
    # elsewhere in scikit-learn.
    assert path.n_iters[0] == 0
    assert path.models[0].n_iter_ == 1
    assert (path.n_iters[1:] > 0).all()
