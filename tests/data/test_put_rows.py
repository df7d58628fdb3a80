"""Rows of arrays at given positions of a longer array."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.data._put_rows import put_rows


@given(st.integers(0, 6), st.integers(0, 6), st.sampled_from([0, 1, 2]), st.data())
def test_each_row_is_at_its_position(n_old, n_new, axis, data):
    n = n_old + n_new
    order = np.array(data.draw(st.permutations(range(n))), int)
    shapes = [
        tuple(2 + a if a != axis else rows for a in range(3)) for rows in (n_old, n_new)
    ]
    old, new = (np.random.default_rng(0).standard_normal(shape) for shape in shapes)
    found = put_rows(n, (order[:n_old], old), (order[n_old:], new), axis=axis)
    np.testing.assert_array_equal(found.take(order[:n_old], axis), old)
    np.testing.assert_array_equal(found.take(order[n_old:], axis), new)


def test_a_later_part_overwrites_an_earlier_one():
    parts = (np.arange(3), np.array([1, 2, 3])), (np.array([2, 0]), np.array([7, 8]))
    assert put_rows(3, *parts).tolist() == [8, 2, 7]


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int32, bool])
def test_the_dtype_is_that_of_the_first_part(dtype):
    one = np.array([1]), np.array([1], dtype)
    assert put_rows(3, one, (np.array([2]), np.ones(1))).dtype == dtype


def test_other_rows_have_the_fill():
    values = np.array([[1, 2, 3], [4, 5, 6]])
    part = np.array([0, 1, 3]), values
    found = put_rows(4, part, axis=1, fill=values[:, -1:])
    assert found.tolist() == [[1, 2, 3, 3], [4, 5, 6, 6]]
    assert put_rows(4, part, axis=1)[:, 2].tolist() == [0, 0]
