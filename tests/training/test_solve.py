"""Factors of a previous fit are carried over by id; invalid solvers are errors."""

import numpy as np
import pytest
from fitting import fit
from strategies import random_factors, random_ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import FittedFactors, Side
from sklearn_cofi.training._previous_fit import PreviousFit
from sklearn_cofi.training._solve import carry_over


def draw(shape, k, *, seed=0):
    return Factors(*random_factors(shape, k, seed=seed))


def fitted(users, items, factors):
    """Return a model with these ids and factors."""
    sides = (
        Side(np.array(ids), X, *np.zeros((3, len(X))))
        for ids, X in zip((users, items), factors, strict=True)
    )
    empty = np.empty(0)
    rated = CSRRows(np.zeros(len(users) + 1, int), empty.astype(int), empty, empty)
    return FittedFactors(*sides, 0.0, "item", rated)


@pytest.mark.parametrize(("before", "now"), [(2, 2), (2, 4), (4, 2)])
def test_rows_of_known_ids_are_carried_over_and_others_drawn(before, now):
    old = draw((3, 3), before, seed=1)
    previous = fitted([10, 20, 30], ["a", "c", "d"], old)
    drawn = draw((4, 3), now, seed=2)
    start = Factors(drawn.user.copy(), drawn.item.copy())
    ids = np.array([5, 20, 30, 40]), np.array(["a", "b", "d"])
    carry_over(start, ids, PreviousFit(previous, np.empty(0, bool)))
    k = min(before, now)
    np.testing.assert_array_equal(start.user[[1, 2], :k], old.user[[1, 2], :k])
    np.testing.assert_array_equal(start.item[[0, 2], :k], old.item[[0, 2], :k])
    np.testing.assert_array_equal(start.user[[0, 3]], drawn.user[[0, 3]])
    np.testing.assert_array_equal(start.item[1], drawn.item[1])
    np.testing.assert_array_equal(start.user[:, k:], drawn.user[:, k:])


def test_factors_of_zero_are_not_carried_over():
    # Zero is a saddle of every objective: a fit that starts there ends there.
    zeros = Factors(np.zeros((2, 2)), np.zeros((2, 2)))
    previous = fitted([1, 2], [3, 4], zeros)
    drawn = draw((2, 2), 2)
    start = Factors(drawn.user.copy(), drawn.item.copy())
    ids = previous.users.ids, previous.items.ids
    carry_over(start, ids, PreviousFit(previous, np.empty(0, bool)))
    np.testing.assert_array_equal(start.user, drawn.user)
    np.testing.assert_array_equal(start.item, drawn.item)


@pytest.mark.parametrize(
    ("solver", "message"),
    [
        (lambda objective: None, "which does not fit .* A solver is a function"),
        (lambda objective, start, **settings: start, "returned an object of type Fac"),
    ],
    ids=["signature", "result"],
)
def test_an_invalid_solver_raises_an_error_and_keeps_the_previous_fit(solver, message):
    drawn = random_ratings(0, (10, 8))
    model = fit(drawn)
    before = model.item_factors_
    model.set_params(solver=solver)
    with pytest.raises(TypeError, match=message):
        model.fit(drawn.frame()[["user", "item"]], drawn.ratings)
    assert model.item_factors_ is before
