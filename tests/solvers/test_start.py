"""Where a fit starts is set by the ratings' scale, the seed and what is known."""

from types import SimpleNamespace

import numpy as np
import pytest

from sklearn_cofi._types import Factors
from sklearn_cofi.solvers._start import (
    carry_over,
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


def attributes(users, items, factors=None):
    found = {"user_ids_": np.array(users), "item_ids_": np.array(items)}
    if factors is not None:
        found |= {"user_factors_": factors.user, "item_factors_": factors.item}
    return found


@pytest.mark.parametrize(("before", "now"), [(2, 2), (2, 4), (4, 2)])
def test_what_is_known_is_carried_over_and_the_rest_drawn(before, now):
    old = draw((3, 3), before, seed=1)
    previous = attributes([10, 20, 30], ["a", "c", "d"], old)
    drawn = draw((4, 3), now, seed=2)
    start = Factors(drawn.user.copy(), drawn.item.copy())
    carry_over(start, attributes([5, 20, 30, 40], ["a", "b", "d"]), previous)
    k = min(before, now)
    np.testing.assert_array_equal(start.user[[1, 2], :k], old.user[[1, 2], :k])
    np.testing.assert_array_equal(start.item[[0, 2], :k], old.item[[0, 2], :k])
    np.testing.assert_array_equal(start.user[[0, 3]], drawn.user[[0, 3]])
    np.testing.assert_array_equal(start.item[1], drawn.item[1])
    np.testing.assert_array_equal(start.user[:, k:], drawn.user[:, k:])


def test_factors_of_zero_are_not_carried_over():
    # Zero is a saddle of every objective: a fit that started there would end there.
    previous = attributes([1, 2], [3, 4], Factors(np.zeros((2, 2)), np.zeros((2, 2))))
    drawn = draw((2, 2), 2)
    start = Factors(drawn.user.copy(), drawn.item.copy())
    carry_over(start, previous, previous)
    np.testing.assert_array_equal(start.user, drawn.user)
    np.testing.assert_array_equal(start.item, drawn.item)
