"""Biases are columns of the factors; without factors they solve a linear system."""

import numpy as np
import pytest
import reference
from strategies import random_ratings

from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective._bias import biases_alone
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("reg_scaling", ["none", "count", 0.5])
@pytest.mark.parametrize("reg_bias", [None, 3.0, (0.2, 7.0)])
def test_biases_alone_equal_the_dense_ridge(reg_scaling, reg_bias, weighted):
    drawn = random_ratings(2, (12, 9), weighted=weighted)
    matrix = rating_matrix(*drawn)
    named = {"reg_scaling": reg_scaling, "reg_bias": reg_bias}
    objective = MaskedSquaredLoss(matrix, Penalty((0.5, 2.0), fit_bias=True, **named))
    found = biases_alone(objective)
    R, W = reference.merge(*drawn)
    users, items = np.nonzero(W)
    design = np.zeros((users.size, 21))
    design[np.arange(users.size), users] = 1
    design[np.arange(users.size), 12 + items] = 1
    weights = W[users, items]
    power = {"none": 0, "count": 1}.get(reg_scaling, reg_scaling)
    pair = reg_bias if isinstance(reg_bias, tuple) else (reg_bias, reg_bias)
    penalties = [
        reg * W.sum(axis) ** power if own is None else np.full(n, own)
        for reg, own, axis, n in ((0.5, pair[0], 1, 12), (2.0, pair[1], 0, 9))
    ]
    penalties = np.diag(np.concatenate(penalties))
    system = design.T @ (weights[:, None] * design) + penalties
    target = design.T @ (weights * R[users, items])
    expected = np.linalg.solve(system, target)
    np.testing.assert_allclose(found.user[:, 0], expected[:12], atol=1e-7)
    np.testing.assert_allclose(found.item[:, 1], expected[12:], atol=1e-7)


def test_without_a_penalty_biases_are_defined_up_to_a_constant():
    drawn = random_ratings(2, (12, 9), density=0.5)
    objective = MaskedSquaredLoss(rating_matrix(*drawn), Penalty(0.0, fit_bias=True))
    found = biases_alone(objective)
    _, gradient = objective.value_and_gradient(found)
    for side in gradient:
        np.testing.assert_allclose(side, 0, atol=1e-6)


def test_a_row_without_ratings_and_without_a_penalty_has_no_bias():
    codes = np.array([0, 1, 1]), np.array([0, 0, 1])
    matrix = rating_matrix(*codes, np.array([1.0, 2.0, 4.0]), None, (3, 2))
    found = biases_alone(MaskedSquaredLoss(matrix, Penalty(0.0, fit_bias=True)))
    assert found.user[2, 0] == 0
    assert np.isfinite(found.user).all()
