"""A warm start begins with the factors and biases of the previous fit."""

import numpy as np
import pytest
from fitting import fit, pairs
from strategies import random_ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.solvers import SOLVERS

DRAWN = random_ratings(6, (10, 8))


class Recorder:
    """A solver that records its starting points."""

    def __init__(self, solver="cg"):
        self.solver = SOLVERS[solver]
        self.starts = []

    def __call__(self, objective, start, **settings):
        self.starts.append(Factors(start.user.copy(), start.item.copy()))
        return self.solver(objective, start, **settings)


def refit(model, drawn, **parameters):
    """Fit the same estimator again, warm."""
    frame = drawn.frame()
    model.set_params(warm_start=True, **parameters)
    return model.fit(frame[["user", "item"]], frame["rating"])


@pytest.mark.parametrize("solver", SOLVERS)
def test_a_warm_fit_of_the_same_ratings_takes_few_iterations(solver):
    model = fit(DRAWN, solver=solver, tol=1e-6)
    first, cost = model.n_iter_, model.cost_
    recorder = Recorder(solver)
    factors = Factors(model.user_factors_.copy(), model.item_factors_.copy())
    refit(model, DRAWN, solver=recorder)
    np.testing.assert_array_equal(recorder.starts[0].user, factors.user)
    np.testing.assert_array_equal(recorder.starts[0].item, factors.item)
    assert first > 10
    assert model.n_iter_ <= 2
    assert model.cost_ <= cost
    assert model.converged_


def test_biases_are_carried_over():
    model = fit(DRAWN, fit_bias=True, tol=1e-6)
    recorder = Recorder()
    user_bias, item_bias = model.user_bias_.copy(), model.item_bias_.copy()
    refit(model, DRAWN, solver=recorder)
    # Columns: latent factors, bias, 1 of users; latent factors, 1, bias of items.
    np.testing.assert_array_equal(recorder.starts[0].user[:, -2], user_bias)
    np.testing.assert_array_equal(recorder.starts[0].item[:, -1], item_bias)
    assert model.n_iter_ <= 2


def test_a_cold_start_does_not_use_the_previous_fit():
    model = fit(DRAWN, tol=1e-6)
    before, first = model.user_factors_.copy(), model.n_iter_
    refit(model, DRAWN).set_params(warm_start=False)
    frame = DRAWN.frame()
    model.fit(frame[["user", "item"]], frame["rating"])
    assert model.n_iter_ == first
    np.testing.assert_array_equal(model.user_factors_, before)


def test_a_first_warm_fit_equals_a_cold_fit():
    cold, warm = fit(DRAWN), fit(DRAWN, warm_start=True)
    np.testing.assert_array_equal(warm.user_factors_, cold.user_factors_)


@pytest.mark.parametrize(("before", "now"), [(3, 3), (3, 5), (5, 3)])
def test_rows_of_known_ids_are_carried_over_exactly(before, now):
    earlier = DRAWN.rows((DRAWN.users != 4) & (DRAWN.items != 2))
    later = DRAWN.rows((DRAWN.users != 7) & (DRAWN.items != 5))
    model = fit(earlier, before)
    old = {
        "user": dict(zip(model.user_ids_, model.user_factors_, strict=True)),
        "item": dict(zip(model.item_ids_, model.item_factors_, strict=True)),
    }
    recorder = Recorder()
    refit(model, later, num_features=now, solver=recorder)
    cold = Recorder()
    fit(later, now, solver=cold)
    k = min(before, now)
    for side, ids in (("user", model.user_ids_), ("item", model.item_ids_)):
        start, drawn = getattr(recorder.starts[0], side), getattr(cold.starts[0], side)
        assert start.shape == (ids.size, now)
        for identity, row, fresh in zip(ids, start, drawn, strict=True):
            kept = old[side].get(identity, fresh)
            np.testing.assert_array_equal(row[:k], kept[:k])
            np.testing.assert_array_equal(row[k:], fresh[k:])
    assert 4 in model.user_ids_
    assert 7 not in model.user_ids_
    assert model.converged_


def test_without_common_ids_a_warm_start_equals_a_cold_start():
    model = fit(DRAWN)
    moved = DRAWN._replace(users=DRAWN.users + 100, items=DRAWN.items + 100)
    refit(model, moved)
    np.testing.assert_array_equal(model.user_factors_, fit(moved).user_factors_)


def test_a_warm_fit_leaves_factors_of_zero():
    model = fit(DRAWN, reg_param=1e6)
    assert not model.item_factors_.any()
    refit(model, DRAWN, reg_param=1.0, num_features=8, tol=1e-6)
    assert model.cost_ == pytest.approx(fit(DRAWN, 8, tol=1e-6).cost_, rel=1e-8)


def test_warm_fits_reach_the_cost_of_cold_fits():
    # The penalties rise. With falling penalties, latent factors that a larger penalty
    # has made zero start at a saddle, and the fit can end there.
    model = fit(DRAWN, 8, 1.0, tol=1e-6)
    for reg_param in (2.0, 5.0):
        refit(model, DRAWN, reg_param=reg_param)
        cold = fit(DRAWN, 8, reg_param, tol=1e-6)
        assert model.cost_ == pytest.approx(cold.cost_, rel=1e-8)
        np.testing.assert_allclose(
            model.predict(pairs(DRAWN)), cold.predict(pairs(DRAWN)), atol=1e-3
        )


def test_ids_of_another_kind_raise_an_error():
    model = fit(DRAWN, tol=1e-2)
    frame = DRAWN.frame().astype({"user": str})
    model.set_params(warm_start=True)
    with pytest.raises(TypeError, match="user ids are of kind string.*warm_start=Fal"):
        model.fit(frame[["user", "item"]], frame["rating"])


def test_biases_follow_their_ids():
    # Id 0 is new and sorts first, ids 7 and 5 vanish: every position changes.
    earlier = DRAWN.rows((DRAWN.users != 0) & (DRAWN.items != 0))
    later = DRAWN.rows((DRAWN.users != 7) & (DRAWN.items != 5))
    model = fit(earlier, fit_bias=True)
    old = {
        "user": dict(zip(model.user_ids_, model.user_bias_, strict=True)),
        "item": dict(zip(model.item_ids_, model.item_bias_, strict=True)),
    }
    recorder, cold = Recorder(), Recorder()
    refit(model, later, solver=recorder)
    fit(later, fit_bias=True, solver=cold)
    # Columns: latent factors, bias, 1 of users; latent factors, 1, bias of items.
    for side, column in (("user", -2), ("item", -1)):
        ids = getattr(model, f"{side}_ids_")
        found = getattr(recorder.starts[0], side)[:, column]
        fresh = getattr(cold.starts[0], side)[:, column]
        expected = [old[side].get(i, new) for i, new in zip(ids, fresh, strict=True)]
        np.testing.assert_array_equal(found, expected)
        assert ids[0] == 0
        assert found[0] not in old[side].values()
