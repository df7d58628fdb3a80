"""The matrix holds each rated pair once, by user and by item, in any order of rows."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import Ratings, ratings

from sklearn_cofi.data._matrix import rating_matrix


def build(drawn):
    return rating_matrix(*drawn)


def dense(rows, n_columns):
    """Return R and W of one orientation, and check that it is in canonical form."""
    assert rows.indptr.dtype == np.int64
    assert rows.indices.dtype == np.int32
    assert rows.indptr[0] == 0
    assert rows.indptr[-1] == rows.indices.size == rows.ratings.size
    R = np.zeros((rows.indptr.size - 1, n_columns))
    W = np.zeros(R.shape)
    for u in range(R.shape[0]):
        row = slice(rows.indptr[u], rows.indptr[u + 1])
        assert (np.diff(rows.indices[row]) > 0).all()  # sorted, no repeats
        R[u, rows.indices[row]] = rows.ratings[row]
        W[u, rows.indices[row]] = rows.weights[row] if rows.weights.size else 1
    return R, W


def assert_same_bits(a, b):
    for x, y in zip((*a.by_user, *a.by_item), (*b.by_user, *b.by_item), strict=True):
        assert x.dtype == y.dtype
        np.testing.assert_array_equal(x, y)


@given(ratings())
def test_both_orientations_are_the_dense_matrix(drawn):
    matrix = build(drawn)
    R, W = reference.merge(*drawn)
    assert matrix.shape == drawn.shape
    assert matrix.n_ratings == (W > 0).sum()
    # Means of repeated half stars are rounded once, to the dtype of the ratings.
    eps = np.finfo(drawn.ratings.dtype).eps
    for ours, twins in (
        (dense(matrix.by_user, drawn.shape[1]), (R, W)),
        (dense(matrix.by_item, drawn.shape[0]), (R.T, W.T)),
    ):
        np.testing.assert_allclose(ours[0], twins[0], rtol=4 * eps, atol=4 * eps)
        np.testing.assert_array_equal(ours[1], twins[1])
    assert matrix.by_user.ratings.dtype == drawn.ratings.dtype


@given(ratings())
def test_both_orientations_hold_the_same_bits(drawn):
    matrix = build(drawn)
    by_user = dense(matrix.by_user, drawn.shape[1])
    by_item = dense(matrix.by_item, drawn.shape[0])
    np.testing.assert_array_equal(by_user[0], by_item[0].T)
    np.testing.assert_array_equal(by_user[1], by_item[1].T)


@given(ratings(), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(drawn, random):
    order = list(range(drawn.users.size))
    random.shuffle(order)
    assert_same_bits(build(drawn), build(drawn.rows(order)))


@given(ratings(weighted=False), st.data())
def test_a_weight_equals_repeats(drawn, data):
    n = drawn.users.size
    times = np.array(data.draw(st.lists(st.integers(1, 3), min_size=n, max_size=n)))
    weighted = drawn._replace(weights=times.astype(float))
    repeated = drawn.rows(np.repeat(np.arange(n), times))
    a, b = build(weighted), build(repeated)
    assert_same_bits(a, b)
    assert a.n_conflicts == b.n_conflicts


@given(
    st.lists(st.floats(0.01, 3), min_size=2, max_size=9),
    st.floats(-10, 10),
    st.randoms(use_true_random=False),
)
def test_the_mean_of_repeats_of_one_rating_is_that_rating(weights, rating, random):
    n = len(weights)
    users, values = np.zeros(n, np.int64), np.full(n, rating)
    matrix = rating_matrix(users, users, values, np.array(weights), (1, 1))
    assert matrix.n_conflicts == 0
    # Exact equality: a plain weighted mean of equal ratings would round.
    assert matrix.by_user.ratings[0] == rating
    # Sums of these weights depend on their order, which must not be the rows' order.
    random.shuffle(weights)
    again = rating_matrix(users, users, values, np.array(weights), (1, 1))
    assert_same_bits(matrix, again)


@given(ratings())
def test_conflicts_are_pairs_of_several_ratings(drawn):
    by_pair = drawn.frame().groupby(["user", "item"])["rating"].nunique()
    assert build(drawn).n_conflicts == (by_pair > 1).sum()


def test_a_rating_of_zero_is_a_rating():
    drawn = Ratings(*map(np.array, ([0, 1], [1, 0], [0.0, 3.0])), None, (2, 2))
    matrix = build(drawn)
    assert matrix.n_ratings == 2
    np.testing.assert_array_equal(matrix.by_user.ratings, [0, 3])


def test_repeated_pairs_get_summed_weight_and_weighted_mean():
    columns = map(np.array, ([0, 0, 0], [0, 0, 1], [1.0, 4.0, 5.0], [1.0, 2.0, 7.0]))
    matrix = rating_matrix(*columns, (1, 2))
    assert matrix.n_conflicts == 1
    np.testing.assert_array_equal(matrix.by_user.ratings, [(1 + 2 * 4) / 3, 5])
    np.testing.assert_array_equal(matrix.by_user.weights, [1 + 2, 7])


@pytest.mark.parametrize("weights", [None, [1.0, 1.0], [0.5, 0.5]])
def test_weights_of_one_are_no_weights(weights):
    columns = map(np.array, ([0, 1], [0, 0], [2.0, 4.0]))
    weights = None if weights is None else np.array(weights)
    matrix = rating_matrix(*columns, weights, (2, 1))
    stored = [] if weights is None or (weights == 1).all() else weights
    np.testing.assert_array_equal(matrix.by_user.weights, stored)
    np.testing.assert_array_equal(matrix.by_item.weights, stored)


@given(ratings(repeats=False))
def test_minus_subtracts_both_offsets(drawn):
    matrix = build(drawn)
    rng = np.random.default_rng(0)
    user, item = (rng.standard_normal(n).astype(np.float64) for n in drawn.shape)
    user, item = user.astype(drawn.ratings.dtype), item.astype(drawn.ratings.dtype)
    less = matrix.minus(user, item)
    R, W = dense(less.by_user, drawn.shape[1])
    expected = np.zeros(R.shape, drawn.ratings.dtype)
    offsets = user[:, None] + item
    for u, i, r in zip(*drawn[:3], strict=True):
        expected[u, i] = r - offsets[u, i]
    np.testing.assert_array_equal(R, expected)
    # Both orientations must round alike: users and items fit the same ratings.
    np.testing.assert_array_equal(dense(less.by_item, drawn.shape[0])[0], R.T)
    np.testing.assert_array_equal(dense(matrix.by_user, drawn.shape[1])[1], W)


@given(ratings())
def test_row_of_entry_is_the_row(drawn):
    matrix = build(drawn)
    R, W = reference.merge(*drawn)
    users, items = np.nonzero(W)
    np.testing.assert_array_equal(matrix.by_user.row_of_entry, users)
    np.testing.assert_array_equal(matrix.by_user.indices, items)
