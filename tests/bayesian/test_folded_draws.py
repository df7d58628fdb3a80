"""Draws of folded-in rows, compared with a dense posterior and with other sides."""

import numpy as np
import pytest
import reference
from sampling import N_DRAWS, N_ITEMS, N_USERS, K, draws, precision
from side_information import dense, random_rows
from strategies import random_ratings

from sklearn_cofi.base._merged_ratings import MergedRatings
from sklearn_cofi.bayesian._feature_regression import PredictedRows
from sklearn_cofi.bayesian._folded_draws import fold_draws, with_folded
from sklearn_cofi.data._matrix import rating_matrix

N_OTHERS = N_ITEMS, N_USERS
# Columns are the other side. The last row has no rating.
N_ROWS, M = 8, 3


def new_ratings(side):
    drawn = random_ratings(3, (N_ROWS, N_OTHERS[side]), weighted=True)
    some = drawn.rows(drawn.users < N_ROWS - 1)
    return some, rating_matrix(*some).by_user


def exchanged(given):
    """Return the draws with users and items exchanged."""
    return given._replace(
        users=given.items,
        items=given.users,
        user_variances=given.item_ratios * given.noise[:, None],
        item_ratios=given.user_variances / given.noise[:, None],
        user_covariances=given.item_covariances,
        item_covariances=given.user_covariances,
        user_prior=given.item_prior,
        item_prior=given.user_prior,
    )


def regression(*, exact=False):
    rng = np.random.default_rng(5)
    return PredictedRows(
        rng.standard_normal((N_DRAWS, K + 1)),
        rng.standard_normal((N_DRAWS, M, K + 1)),
        np.zeros((N_DRAWS, K + 1, K + 1)) if exact else precision(rng),
    )


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("side", [0, 1])
def test_means_equal_a_dense_posterior(side, linked):
    d, features = draws(linked=linked, degrees=np.inf, m=(M, M)), random_rows(N_ROWS, M)
    drawn, rows = new_ratings(side)
    found = fold_draws(d, side, rows, features, None)
    R, W = reference.merge(*drawn)
    prior = (d.user_prior, d.item_prior)[side]
    others = (d.items, d.users)[side]
    variances = (d.noise[:, None] * d.item_ratios, d.user_variances)[side]
    for s in range(N_DRAWS):
        means = prior.means[s] + dense(features) @ prior.coef[s]
        if linked:
            means[:-1] += reference.mask_rows(W[:-1]) @ prior.links[s]
        for row in range(N_ROWS - 1):
            A = others[s, :-1].copy()
            A[:, -1] = 1
            p = W[row] / variances[s, :-1]
            P = prior.precisions[s] + A.T @ (p[:, None] * A)
            right = A.T @ (p * (R[row] - others[s, :-1, -1]))
            right += prior.precisions[s] @ means[row]
            expected = np.linalg.solve(P, right)
            np.testing.assert_allclose(found.means[s, row], expected, rtol=1e-9)
    np.testing.assert_array_equal(found.ratios, 1)


@pytest.mark.parametrize("linked", [True, False])
def test_items_are_users_with_the_sides_exchanged(linked):
    d, features = draws(linked=linked, m=(M, M)), random_rows(N_ROWS, M)
    _, rows = new_ratings(1)
    items = fold_draws(d, 1, rows, features, regression())
    users = fold_draws(exchanged(d), 0, rows, features, regression())
    np.testing.assert_allclose(items.means, users.means)
    np.testing.assert_allclose(items.ratios[:, :-1], users.ratios[:, :-1])
    assert (items.ratios[:, -1] == d.item_ratios[:, -1]).all()


def test_users_and_items_have_noise_of_their_own():
    d = draws()
    _, rows = new_ratings(1)
    items, users = (
        fold_draws(d, 1, rows, None, None),
        fold_draws(exchanged(d), 0, rows, None, None),
    )
    assert not np.isclose(items.drawn - items.means, users.drawn - users.means).any()


def test_rows_are_drawn_around_their_means():
    d = draws(degrees=np.inf)._replace(noise=np.full(N_DRAWS, 1e-12))
    _, rows = new_ratings(0)
    found = fold_draws(d, 0, rows, None, None)
    determined = np.diff(rows.indptr) > K + 1
    delta = (found.drawn - found.means)[:, determined]
    assert 0 < np.abs(delta).max() < 1e-3


@pytest.mark.parametrize("side", [0, 1])
def test_a_row_without_ratings_is_what_its_features_predict(side):
    d, features = draws(m=(M, M)), random_rows(N_ROWS, M)
    _, rows = new_ratings(side)
    exact, known = regression(exact=True), regression()
    found = fold_draws(d, side, rows, features, exact)
    F = dense(features)[-1]
    expected = exact.intercept + F @ exact.coef
    np.testing.assert_allclose(found.drawn[:, -1], expected)
    ratios = (d.user_variances / d.noise[:, None], d.item_ratios)[side][:, -1]
    np.testing.assert_array_equal(found.ratios[:, -1], ratios)
    # The distance has the covariance of the rest: scaled by it, it is the noise.
    many = fold_draws(d, side, rows, features, known)
    rest = many.drawn[:, -1] - known.intercept - F @ known.coef
    scaled = np.linalg.solve(known.covariance, rest[..., None])[..., 0]
    squares = np.einsum("sk,sk->s", rest, scaled)
    noise = np.random.default_rng(side).standard_normal((N_DRAWS, K + 1))
    np.testing.assert_allclose(squares, np.square(noise).sum(axis=1))
    np.testing.assert_array_equal(found.drawn[:, :-1], many.drawn[:, :-1])


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("side", [0, 1])
def test_old_rows_and_the_unknown_row_are_kept(side, linked):
    d = draws(linked=linked)
    n = (N_USERS, N_ITEMS)[side]
    before, solved = np.arange(n) + (np.arange(n) > 1), np.array([0, 2])
    merged = MergedRatings(np.arange(n + 1), before, solved, None, None, 0)
    rows = fold_draws(d, side, new_ratings(side)[1].take(np.arange(2)), None, None)
    found = with_folded(d, side, rows, merged)
    kept = np.flatnonzero(~np.isin(before, solved))
    for name in (("users", "user_variances"), ("items", "item_ratios"))[side]:
        old, new = getattr(d, name), getattr(found, name)
        np.testing.assert_array_equal(new[:, before[kept]], old[:, kept])
        np.testing.assert_array_equal(new[:, -1], old[:, -1])
        assert (new[:, 0] != old[:, 0]).all()
    np.testing.assert_array_equal(
        (found.users, found.items)[side][:, 2], rows.drawn[:, 1]
    )
    name = ("item_prior", "user_prior")[side]
    old, new = getattr(d, name).links, getattr(found, name).links
    assert new.shape[1] == (n + 1 if linked else 0)
    if linked:
        np.testing.assert_array_equal(new[:, before], old)
        assert not new[:, 2].any()
    other = ("items", "users")[side]
    assert getattr(found, other) is getattr(d, other)


def test_noise_of_folded_rows_is_in_units_of_the_draws():
    d, merged = (
        draws(),
        MergedRatings(
            np.arange(N_USERS + 1),
            np.arange(N_USERS),
            np.array([N_USERS]),
            None,
            None,
            0,
        ),
    )
    rows = fold_draws(d, 0, new_ratings(0)[1].take(np.array([0])), None, None)
    found = with_folded(d, 0, rows, merged).user_variances[:, N_USERS]
    np.testing.assert_allclose(found, d.noise * rows.ratios[:, 0])
