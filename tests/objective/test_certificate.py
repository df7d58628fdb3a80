"""The largest useful penalty is the largest singular value of the ratings."""

import numpy as np
import pytest
import reference
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse.linalg import ArpackError, svds
from strategies import random_factors, random_ratings, ratings

from sklearn_cofi._types import Factors
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.objective import _certificate
from sklearn_cofi.objective._certificate import reg_param_max
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss


def largest(drawn):
    return reg_param_max(MaskedSquaredLoss(rating_matrix(*drawn), Penalty(1.0)))


@given(ratings())
def test_reg_param_max_is_the_dense_singular_value(drawn):
    expected = reference.sigma_max(*reference.merge(*drawn))
    # Norms are sums of at most 80 products in the dtype of the ratings.
    tolerance = 100 * float(np.finfo(drawn.ratings.dtype).eps)
    assert largest(drawn) == pytest.approx(expected, rel=tolerance, abs=1e-30)


@given(ratings(dtype=np.float64), st.sampled_from([0.3, 0.5, 1]))
def test_scaled_penalties_and_a_base(drawn, power):
    drawn = drawn.compact()  # a row without ratings would have no penalty
    assume(drawn.ratings.any())
    R, W = reference.merge(*drawn)
    base = Factors(*random_factors(drawn.shape, 2))
    objective = MaskedSquaredLoss(
        rating_matrix(*drawn), Penalty(1.0, reg_scaling=power)
    )
    residual = (R - base.user @ base.item.T) / np.sqrt(
        np.outer(W.sum(axis=1), W.sum(axis=0)) ** power
    )
    expected = reference.sigma_max(residual, W)
    assert reg_param_max(objective, base) == pytest.approx(expected, rel=1e-10)


@pytest.mark.parametrize("shape", [(1, 1), (1, 7), (7, 1), (2, 2), (2, 50)])
def test_narrow_matrices(shape):
    drawn = random_ratings(0, shape, weighted=True)
    expected = reference.sigma_max(*reference.merge(*drawn))
    assert largest(drawn) == pytest.approx(expected, rel=1e-12)


def test_equal_singular_values():
    # Each user rates an item of its own with a 3: every singular value is 3.
    codes = np.arange(40)
    matrix = rating_matrix(codes, codes, np.full(40, 3.0), None, (40, 40))
    assert reg_param_max(MaskedSquaredLoss(matrix, Penalty(1.0))) == pytest.approx(
        3, rel=1e-12
    )


def test_if_arpack_fails_another_method_finds_the_same_value(monkeypatch):
    drawn = random_ratings(0, (40, 30))
    expected, methods = largest(drawn), []

    def fails(*arguments, solver="arpack", **options):
        methods.append(solver)
        if solver == "arpack":
            raise ArpackError(3)
        return svds(*arguments, solver=solver, **options)

    monkeypatch.setattr(_certificate, "svds", fails)
    assert largest(drawn) == pytest.approx(expected, rel=1e-12)
    assert methods == ["arpack", "lobpcg"]


def test_ratings_of_zero_need_no_penalty():
    codes = np.arange(3)
    matrix = rating_matrix(codes, codes, np.zeros(3), None, (3, 3))
    assert reg_param_max(MaskedSquaredLoss(matrix, Penalty(1.0))) == 0


def test_the_result_does_not_depend_on_numpys_random_state():
    drawn = random_ratings(0, (30, 20))
    found = set()
    for seed in (0, 1):
        np.random.seed(seed)  # noqa: NPY002 - the state that ARPACK would use
        found.add(largest(drawn))
    assert len(found) == 1
