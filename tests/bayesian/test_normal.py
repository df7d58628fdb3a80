"""Standard normal numbers, drawn on several threads."""

import numpy as np
import pytest
from scipy import stats

from sklearn_cofi.bayesian._normal import standard_normal
from sklearn_cofi.kernels._threads import kernel_threads

LARGE = 700, 300  # cut into four parts


def drawn(shape, dtype=np.float32, n_jobs=1):
    rng = np.random.default_rng(0)
    with kernel_threads(n_jobs):
        return [standard_normal(rng, shape, dtype) for _ in range(2)]


@pytest.mark.parametrize("shape", [(0, 3), (20, 3), LARGE])
def test_threads_change_no_number(shape):
    for one, two in zip(drawn(shape), drawn(shape, n_jobs=2), strict=True):
        np.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_numbers_are_normal_and_independent(dtype):
    first, second = (X.ravel() for X in drawn(LARGE, dtype))
    assert first.dtype == dtype
    assert stats.kstest(first, "norm").pvalue > 0.01
    parts = np.array_split(first, 4)
    largest = np.abs(np.corrcoef([*parts, parts[0][::-1], second[: parts[0].size]]))
    assert (largest - np.eye(6)).max() < 5 / np.sqrt(parts[0].size)


def test_few_numbers_are_those_of_the_generator():
    expected = np.random.default_rng(0).standard_normal((20, 3), np.float32)
    np.testing.assert_array_equal(drawn((20, 3))[0], expected)
