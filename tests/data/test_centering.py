"""Means are taken over the rated pairs, and subtracted means are added back."""

import numpy as np
import pytest
import reference
from hypothesis import given
from hypothesis import strategies as st
from strategies import ratings

from sklearn_cofi.data._centering import (
    Means,
    baseline_predictions,
    centre,
    fallback_of_rows,
    rating_means,
    row_means,
)
from sklearn_cofi.data._matrix import rating_matrix

EACH = st.sampled_from(["item", "user", "global", None])


def build(drawn):
    drawn = drawn.compact()
    matrix = rating_matrix(*drawn)
    return matrix, *reference.merge(*drawn)


@given(ratings(), st.sampled_from([0.0, 0.5, 10.0]))
def test_means_are_the_dense_means(drawn, damping):
    matrix, R, W = build(drawn)
    means = rating_means(matrix, damping)
    # Sums are in float64, and a mean is rounded once, to the dtype of the ratings.
    tolerance = 8 * np.finfo(drawn.ratings.dtype).eps
    for ours, twin in zip(means[:3], reference.means(R, W, damping), strict=True):
        np.testing.assert_allclose(ours, twin, rtol=tolerance, atol=tolerance)
    assert means.user.dtype == means.item.dtype == drawn.ratings.dtype


@given(ratings(), EACH)
def test_centred_ratings_equal_the_dense_matrix(drawn, normalization):
    matrix, R, W = build(drawn)
    centred = centre(matrix, rating_means(matrix), normalization)
    expected = (R - reference.centre(R, W, normalization))[W > 0]
    tolerance = 16 * np.finfo(drawn.ratings.dtype).eps
    np.testing.assert_allclose(centred.by_user.ratings, expected, atol=5 * tolerance)


@given(ratings(), EACH)
def test_both_orientations_have_the_same_bits(drawn, normalization):
    matrix, _, W = build(drawn)
    centred = centre(matrix, rating_means(matrix), normalization)
    by_user, by_item = np.zeros(W.shape), np.zeros(W.shape[::-1])
    by_user[W > 0] = centred.by_user.ratings
    by_item[W.T > 0] = centred.by_item.ratings
    np.testing.assert_array_equal(by_user, by_item.T)


@given(ratings(), EACH)
def test_the_baseline_equals_the_subtracted_means(drawn, normalization):
    matrix, _, W = build(drawn)
    means = rating_means(matrix)
    users, items = np.nonzero(W)
    unbiased = np.zeros_like(means.user), np.zeros_like(means.item)
    unused = means.user, means.item
    added = baseline_predictions(means, unbiased, unused, normalization, users, items)
    subtracted = centre(matrix, means, normalization).by_user.ratings
    np.testing.assert_array_equal(matrix.by_user.ratings - added, subtracted)


MEANS = Means(4.0, np.array([1.0, 2.0]), np.array([8.0, 16.0]))


BIASES = np.array([0.25, 0.5]), np.array([0.125, -0.125])
FALLBACKS = np.array([32.0, 64.0]), np.array([128.0, 256.0])


@pytest.mark.parametrize(
    ("normalization", "known"),
    [
        ("item", 16 + 0.25 - 0.125),
        ("user", 1 + 0.25 - 0.125),
        ("global", 4 + 0.25 - 0.125),
        (None, 0.25 - 0.125),
    ],
)
def test_pairs_with_an_unknown_side_get_the_fallback_of_the_other_side(
    normalization, known
):
    users, items = np.array([0, -1, 0, -1]), np.array([1, 1, -1, -1])
    got = baseline_predictions(MEANS, BIASES, FALLBACKS, normalization, users, items)
    np.testing.assert_array_equal(got, [known, 256, 32, MEANS.overall])


@pytest.mark.parametrize("side", [0, 1])
@given(ratings(), EACH, st.tuples(*[st.sampled_from([0.0, 2.0, 5.5])] * 2))
def test_fallbacks_with_dampings_are_damped_means(side, drawn, normalization, dampings):
    matrix, R, W = build(drawn)
    rows, overall = (matrix.by_user, matrix.by_item)[side], rating_means(matrix)[0]
    found = fallback_of_rows(side, rows, None, overall, normalization, dampings)
    expected = reference.means(R, W, dampings[side])[1 + side]
    tolerance = 8 * np.finfo(drawn.ratings.dtype).eps
    np.testing.assert_allclose(found, expected, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("normalization", ["item", "user", "global", None])
def test_fallbacks_without_dampings_are_the_means_of_the_fit(normalization):
    given = None, MEANS.user, MEANS.overall, normalization, None
    expected = MEANS.user if normalization == "user" else [4, 4]
    np.testing.assert_array_equal(fallback_of_rows(0, *given), expected)
    given = None, MEANS.item, MEANS.overall, normalization, None
    np.testing.assert_array_equal(fallback_of_rows(1, *given), MEANS.item)


@given(ratings(repeats=False), st.sampled_from([0.0, 0.5, 3.0]))
def test_each_row_may_have_a_prior_of_its_own(drawn, damping):
    rows = rating_matrix(*drawn).by_user  # ids that no row has are empty rows
    priors = np.arange(rows.indptr.size - 1) / 2
    found = row_means(rows, priors, damping)
    for row, prior in enumerate(priors):
        alone = row_means(rows.take(np.array([row])), prior, damping)
        assert found[row] == alone[0]


@given(st.floats(-1e6, 1e6), st.integers(1, 50), st.sampled_from([0.0, 0.1, 7.0]))
def test_the_mean_of_equal_ratings_is_that_rating(rating, n, damping):
    items = np.arange(n)
    values = np.full(n, rating)
    weights = np.linspace(0.1, 3, n)
    matrix = rating_matrix(np.zeros_like(items), items, values, weights, (1, n))
    means = rating_means(matrix, damping)
    assert means.overall == rating
    for side in (means.user, means.item):
        np.testing.assert_array_equal(side, rating)


@given(ratings(repeats=False), st.sampled_from([0.5, 3.0]), st.integers(0, 7))
def test_damping_equals_further_ratings_of_the_prior(drawn, damping, prior):
    # Every row rates one more column with the prior, with the damping as weight.
    n_rows, n_columns = drawn.compact().shape
    users, items, values, weights, _ = drawn.compact()
    weights = np.ones(values.size) if weights is None else weights
    rows = rating_matrix(users, items, values, weights, (n_rows, n_columns))
    more = rating_matrix(
        np.r_[users, np.arange(n_rows)],
        np.r_[items, np.full(n_rows, n_columns)],
        np.r_[values, np.full(n_rows, prior, values.dtype)],
        np.r_[weights, np.full(n_rows, damping)],
        (n_rows, n_columns + 1),
    )
    np.testing.assert_allclose(
        row_means(rows.by_user, prior, damping), row_means(more.by_user), rtol=1e-6
    )


def test_empty_rows_get_the_prior():
    users, items = np.array([1, 1]), np.array([0, 1])
    matrix = rating_matrix(users, items, np.array([1.0, 4.0]), None, (4, 2))
    got = row_means(matrix.by_user, prior=7)
    np.testing.assert_array_equal(got, [7, (1 + 4) / 2, 7, 7])
    got = row_means(matrix.by_user, prior=7, damping=3)
    np.testing.assert_array_equal(got, [7, (1 + 4 + 3 * 7) / (2 + 3), 7, 7])


def test_means_of_float32_ratings_are_rounded_once():
    # Summed in float32, every third mean or so would be off in its last digit.
    n_rows, n, rng = 200, 300, np.random.default_rng(0)
    values = rng.uniform(1, 5, (n_rows, n)).astype(np.float32)
    users, items = np.divmod(np.arange(values.size), n)
    matrix = rating_matrix(users, items, values.ravel(), None, values.shape)
    means = rating_means(matrix)
    exact = values.astype(np.float64)
    np.testing.assert_array_equal(means.user, exact.mean(axis=1).astype(np.float32))
    np.testing.assert_array_equal(means.item, exact.mean(axis=0).astype(np.float32))
    assert np.float32(means.overall) == np.float32(exact.mean())


def test_float32_weights_are_summed_in_float64():
    # In float32, 2**25 + 1 is 2**25.
    weights = np.append(2.0**25, np.ones(4096))
    values = np.append(0, np.full(4096, 1e4)).astype(np.float32)
    items = np.arange(values.size)
    shape = 1, values.size
    matrix = rating_matrix(np.zeros_like(items), items, values, weights, shape)
    exact = np.average(values.astype(np.float64), weights=weights)
    assert rating_means(matrix).user[0] == np.float32(exact)
