"""The largest useful penalty is the largest singular value of the ratings."""

import numpy as np
import pytest
import reference
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.sparse.linalg import ArpackError
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


def arpack_fails(*arguments, **options):
    raise ArpackError(3)


def dense(R):
    """Return the ratings that are not NaN as a matrix, and the largest value of R."""
    users, items = np.nonzero(~np.isnan(R))
    matrix = rating_matrix(users, items, R[users, items], None, R.shape)
    exact = np.linalg.svd(np.nan_to_num(R).astype(np.float64), compute_uv=False)
    return matrix, exact[0]


DEGENERATE = {
    "random": lambda shape, rng: rng.standard_normal(shape),
    "rank one": lambda shape, rng: np.outer(*map(rng.standard_normal, shape)),
    "equal": lambda shape, rng: np.ones(shape),
    "zero": lambda shape, rng: np.zeros(shape),
    "identity": lambda shape, rng: np.eye(*shape),
    "one rating a row": lambda shape, rng: np.where(np.eye(*shape) > 0, 3, np.nan),
    "signs": lambda shape, rng: rng.choice([-1.0, 1.0], shape),
    "orthogonal": lambda shape, rng: np.linalg.qr(
        rng.standard_normal((max(shape), max(shape)))
    )[0][: shape[0], : shape[1]],
    "one rating of zeros": lambda shape, rng: np.eye(1, np.prod(shape)).reshape(shape),
    "falling": lambda shape, rng: np.outer(*(10.0 ** -np.arange(n) for n in shape)),
    "three blocks": lambda shape, rng: np.kron(np.eye(3), np.ones((20, 20)))[
        : shape[0], : shape[1]
    ],
}
SHAPES = [(1, 1), (1, 9), (9, 1), (2, 2), (2, 30), (3, 3), (11, 11), (12, 40), (40, 25)]


@pytest.mark.parametrize("fails", [False, True], ids=["arpack", "without arpack"])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", DEGENERATE)
def test_degenerate_matrices(name, dtype, fails, monkeypatch):
    if fails:
        monkeypatch.setattr(_certificate, "svds", arpack_fails)
    rng = np.random.default_rng(0)
    for shape in SHAPES:
        matrix, expected = dense(DEGENERATE[name](shape, rng).astype(dtype))
        found = reg_param_max(MaskedSquaredLoss(matrix, Penalty(1.0)))
        assert found == pytest.approx(expected, rel=1e-10), shape


@given(ratings())
def test_if_arpack_fails_lanczos_finds_the_same_value(drawn):
    with pytest.MonkeyPatch.context() as patch:
        expected = largest(drawn)
        patch.setattr(_certificate, "svds", arpack_fails)
        assert largest(drawn) == pytest.approx(expected, rel=1e-10, abs=1e-30)


def test_lanczos_restarts(monkeypatch):
    # The largest values are within 1% of each other, so 30 vectors do not suffice.
    monkeypatch.setattr(_certificate, "svds", arpack_fails)
    matrix, expected = dense(np.diag(np.linspace(1, 1.01, 80)))
    found = reg_param_max(MaskedSquaredLoss(matrix, Penalty(1.0)))
    assert found == pytest.approx(expected, rel=1e-12)
    monkeypatch.setattr(_certificate, "_RESTARTS", 1)
    found = reg_param_max(MaskedSquaredLoss(matrix, Penalty(1.0)))
    assert found < expected * (1 - 1e-10)


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
