"""The start of a fit depends on the scale of the ratings and on the seed."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_cofi.solvers._start import (
    random_start,
    zero_start,
)


def draw(shape=(400, 300), k=5, *, scale=1.0, dtype=np.float64, seed=0):
    objective = SimpleNamespace(rating_scale=scale, dtype=np.dtype(dtype))
    return random_start(objective, shape, k, np.random.RandomState(seed))


@pytest.mark.parametrize("k", [1, 5, 40])
@pytest.mark.parametrize("scale", [0.01, 1.0, 50.0])
def test_first_predictions_spread_a_tenth_as_wide_as_the_ratings(k, scale):
    U, V = draw(k=k, scale=scale)
    # The root mean square of 120,000 products of normal numbers.
    assert (U @ V.T).std() == pytest.approx(scale / 10, rel=0.15)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_shape_and_dtype(dtype):
    start = draw((3, 7), 2, dtype=dtype)
    assert start.user.shape == (3, 2)
    assert start.item.shape == (7, 2)
    assert start.user.dtype == start.item.dtype == dtype
    zero = zero_start(SimpleNamespace(dtype=np.dtype(dtype)), (3, 7), 2)
    assert zero.user.shape == (3, 2)
    assert zero.item.dtype == dtype
    assert not zero.user.any()
    assert not zero.item.any()


def test_ratings_times_four_start_from_factors_times_two():
    np.testing.assert_array_equal(draw(scale=4.0).item, 2 * draw(scale=1.0).item)


def test_the_seed_decides():
    np.testing.assert_array_equal(draw(seed=3).user, draw(seed=3).user)
    assert not np.array_equal(draw(seed=3).user, draw(seed=4).user)
