"""The approximation of ``F.T @ F``, and its inverse."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.bayesian import _gram
from sklearn_cofi.bayesian._gram import approximate_gram


class Dense:
    """A matrix known by products."""

    def __init__(self, F):
        self.F, self.shape = F, F.shape

    def times(self, X):
        return self.F @ X

    def transposed_times(self, Y):
        return self.F.T @ Y


def approximated(F):
    return approximate_gram(Dense(F), np.diag(F.T @ F)[:, None])


def as_dense(gram):
    low_rank = gram.vectors * gram.values @ gram.vectors.T
    return low_rank + np.diag(gram.remainder[:, 0])


SHAPES = st.tuples(st.integers(1, 9), st.integers(1, 9))


@given(shape=SHAPES, seed=st.integers(0, 99))
def test_few_columns_or_rows_are_exact(shape, seed):
    F = np.random.default_rng(seed).standard_normal(shape)
    np.testing.assert_allclose(as_dense(approximated(F)), F.T @ F, atol=1e-6)


@given(shape=SHAPES, seed=st.integers(0, 99), strength=st.floats(0.1, 10))
def test_the_inverse_is_that_of_the_approximation(shape, seed, strength):
    gram = approximated(np.random.default_rng(seed).standard_normal(shape))
    found = gram.inverse(np.float64(strength)).times(np.eye(shape[1]))
    expected = np.linalg.inv(as_dense(gram) + strength * np.eye(shape[1]))
    np.testing.assert_allclose(found, expected, atol=1e-7)


def test_large_eigenvalues_are_found_and_the_diagonal_is_exact(monkeypatch):
    monkeypatch.setattr(_gram, "_RANK", 4)
    rng = np.random.default_rng(0)
    left, right = (np.linalg.qr(rng.standard_normal((n, 30))).Q for n in (80, 50))
    roots = np.r_[9, 8, 7, 6, np.full(26, 0.5)]
    F = left * roots @ right.T
    gram = approximated(F)
    np.testing.assert_allclose(gram.values, [36, 49, 64, 81], rtol=1e-3)
    np.testing.assert_allclose(np.diag(as_dense(gram)), np.diag(F.T @ F), rtol=1e-9)
    assert (gram.remainder >= 0).all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_matrix_of_zeros_has_the_inverse_of_the_strength(dtype):
    gram = approximated(np.zeros((6, 3), dtype))
    inverse = gram.inverse(dtype(2)).times(np.ones((3, 1), dtype))
    assert inverse.dtype == dtype
    np.testing.assert_array_equal(inverse, np.full((3, 1), 0.5))
