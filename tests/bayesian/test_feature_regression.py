"""The regression of the rows of a draw on their features."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from side_information import dense, random_rows

from sklearn_cofi.bayesian._feature_regression import (
    FeatureRegression,
    PredictedRows,
    centred_with_coefficients,
    covariance_root,
)
from sklearn_cofi.bayesian._link import Link
from sklearn_cofi.data._side_features import FeatureRows


def links(strengths, *, mask=True):
    """Return links with these strengths, after the link of a mask."""
    empty = np.zeros((0, 3))
    others = [Link(empty, empty, strength) for strength in strengths]
    return (Link(empty, empty, 123.0), *others) if mask else tuple(others)


def normal(shape, seed=1):
    return np.random.default_rng(seed).standard_normal(shape)


def rows_with_other_means(n, m, seed=0):
    """Return features minus the means of a frame that has further rows."""
    rows = random_rows(n, m, seed)
    return FeatureRows(rows.matrix, rows.present, rows.means + 0.7)


def dense_regression(X, F, present, penalties):
    """Return intercept, coefficients and covariance, with an unpenalised intercept."""
    X, F = X[present], F[present]
    A = np.column_stack([np.ones(len(F)), F])
    system = A.T @ A + np.diag([0, *penalties])
    intercept, *coef = np.linalg.solve(system, A.T @ X)
    # The covariance of a row, with the coefficients integrated out: X has the
    # covariance I + F @ inv(D) @ F.T over rows, after the mean is taken away.
    n = len(X)
    H = np.eye(n) - 1 / n
    inverse = np.linalg.inv(np.eye(n) + H @ F @ np.diag(1 / penalties) @ F.T @ H)
    return intercept, np.array(coef), (H @ X).T @ inverse @ (H @ X) / n


@given(
    n=st.integers(3, 12),
    sizes=st.lists(st.integers(1, 3), min_size=1, max_size=3),
    seed=st.integers(0, 99),
    mask=st.booleans(),
)
def test_it_is_a_ridge_regression_with_the_strength_of_each_block(n, sizes, seed, mask):
    rows = rows_with_other_means(n, sum(sizes), seed)
    # Columns of a block need not be neighbours.
    blocks = np.random.default_rng(seed).permutation(
        np.repeat(range(len(sizes)), sizes)
    )
    strengths = np.linspace(0.5, 4, len(sizes))
    X = normal((n, 3)) + [5, 0, -1]
    found = FeatureRegression(rows, blocks).predicted(X, links(strengths, mask=mask))
    expected = dense_regression(X, dense(rows), rows.present, strengths[blocks])
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-9)


def test_rows_without_features_count_for_nothing():
    rows, X = random_rows(9, 2), normal((9, 3))
    assert not rows.present[0]
    regression = FeatureRegression(rows, np.zeros(2, int))
    found = regression.predicted(X, links([2.0]))
    X[0] = 99
    for one, other in zip(found, regression.predicted(X, links([2.0])), strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("rows", [None, "absent"])
def test_without_features_rows_are_around_their_mean(rows):
    blocks = np.empty(0, int)
    if rows:
        blocks, nothing = np.zeros(2, int), random_rows(9, 2)
        rows = FeatureRows(0 * nothing.matrix, np.zeros(9, bool), nothing.means)
    X = normal((9, 3))
    regression = FeatureRegression(rows, blocks)
    assert regression.n_blocks == (rows is not None)
    given_links = links([2.0] * regression.n_blocks)
    found = regression.predicted(X, given_links)
    np.testing.assert_allclose(found.intercept, X.mean(axis=0))
    np.testing.assert_allclose(found.covariance, np.cov(X.T, ddof=0))
    assert found.coef.shape == (blocks.size, 3)
    assert not found.coef.any()


def test_the_covariance_is_that_of_the_rows_for_any_number_of_features():
    # With 40 features for 60 rows, the squares of the rest alone would be too small.
    rng = np.random.default_rng(0)
    rows = random_rows(61, 40)
    root = np.array([[1.0, 0], [0.5, 2]])
    found = []
    for _ in range(300):
        coef = rng.standard_normal((40, 2)) @ root.T / np.sqrt(2.0)
        X = dense(rows) @ coef + rng.standard_normal((61, 2)) @ root.T
        regression = FeatureRegression(rows, np.zeros(40, int))
        found.append(regression.predicted(X, links([2.0])).covariance)
    expected = 59 / 60 * root @ root.T
    np.testing.assert_allclose(np.mean(found, axis=0), expected, rtol=0.05, atol=0.03)


def test_draws_have_the_moments_of_the_posterior():
    rows, X, n_draws = rows_with_other_means(9, 2), normal((9, 3)), 4000
    regression, given_links = (
        FeatureRegression(rows, np.array([0, 1])),
        links([2.0, 5.0]),
    )
    mean, rng = regression.predicted(X, given_links), np.random.default_rng(0)
    drawn = [regression.drawn(X, given_links, rng) for _ in range(n_draws)]
    F = dense(rows)[rows.present]
    F -= F.mean(axis=0)
    system = F.T @ F + np.diag([2.0, 5.0])
    coefs = np.array([each.coef for each in drawn])
    expected = np.kron(np.linalg.inv(system), mean.covariance)
    found = np.cov(coefs.reshape(n_draws, -1).T)
    error = np.sqrt(np.diag(expected) / n_draws)
    deviation = (coefs.mean(axis=0) - mean.coef).ravel()
    assert (np.abs(deviation) < 4 * error).all()
    size = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(found / size, expected / size, atol=0.07)
    # The mean over the rows with features is the same in each draw.
    middle = dense(rows)[rows.present].mean(axis=0)
    for each in drawn[:5]:
        predicted = each.intercept + middle @ each.coef
        np.testing.assert_allclose(predicted, X[rows.present].mean(axis=0))
        np.testing.assert_array_equal(each.covariance, mean.covariance)


def random_prediction(m, k, seed):
    rng = np.random.default_rng(seed)
    intercept, coef = rng.standard_normal(k + 1), rng.standard_normal((m, k + 1))
    return PredictedRows(intercept, coef, np.eye(k + 1))


def scores(users, items):
    product = users[:, :-1] @ items[:, :-1].T
    return product + users[:, -1:] + items[:, -1]


@given(
    n=st.tuples(st.integers(1, 6), st.integers(1, 6)),
    m=st.tuples(st.integers(0, 4), st.integers(0, 4)),
    k=st.integers(1, 4),
    seed=st.integers(0, 99),
)
def test_centred_rows_predict_the_same_and_coefficients_predict_rows(n, m, k, seed):
    rows = normal((n[0], k + 1), seed), normal((n[1], k + 1), seed + 1)
    predicted = random_prediction(m[0], k, 2), random_prediction(m[1], k, 3)
    users, items = centred_with_coefficients(rows, predicted)
    assert (len(users), len(items)) == (n[0] + m[0], n[1] + m[1])
    np.testing.assert_allclose(
        scores(users[: n[0]], items[: n[1]]), scores(*rows), atol=1e-12
    )
    # A row that is what its features predict: only the mean of its bias is left out.
    for side, moved in enumerate((users, items)):
        x = normal((1, m[side]), seed)
        row = predicted[side].intercept + x @ predicted[side].coef
        pair = [rows[0], rows[1]]
        pair[side] = row
        own = x @ moved[n[side] :]
        centred = [users[: n[0]], items[: n[1]]]
        centred[side] = own
        level = predicted[side].intercept[-1]
        if side == 0:  # the biases of items have minus the product of both means
            level += predicted[0].intercept[:-1] @ predicted[1].intercept[:-1]
        np.testing.assert_allclose(scores(*centred) + level, scores(*pair), atol=1e-12)


def test_centred_rows_keep_their_dtype():
    rows = normal((4, 3)).astype(np.float32), normal((5, 3)).astype(np.float32)
    for moved in centred_with_coefficients(
        rows, (random_prediction(2, 2, 0), random_prediction(0, 2, 1))
    ):
        assert moved.dtype == np.float32


@given(k=st.integers(1, 5), rank=st.integers(0, 5), seed=st.integers(0, 99))
def test_the_root_of_a_covariance_may_be_singular(k, rank, seed):
    X = normal((rank, k), seed)
    root = covariance_root(X.T @ X)
    np.testing.assert_allclose(root @ root.T, X.T @ X, atol=1e-10)
