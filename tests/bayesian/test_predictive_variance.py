"""Variances of predictions and rows of new users, compared with dense formulas."""

import numpy as np
import pytest
import reference
from sampling import N_DRAWS, N_ITEMS, K, draws, score
from strategies import random_ratings

from sklearn_cofi.bayesian._draws import NO_DRAWS
from sklearn_cofi.bayesian._new_users import draw_rows, mean_rows
from sklearn_cofi.bayesian._predictive_variance import predictive_variance
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._rows_of_draws import _CHANGE, _MAX_UPDATES
from sklearn_cofi.kernels._threads import kernel_threads


def test_the_variance_is_the_sum_of_draws_and_noise():
    d = draws()
    users, items = np.array([0, 4, 2]), np.array([5, 0, 3])
    between = score(d.users[:, users], d.items[:, items]).var(axis=0, ddof=1)
    noise = (d.user_variances[:, users] * d.item_ratios[:, items]).mean(axis=0)
    found = predictive_variance(d, users, items)
    np.testing.assert_allclose(found, between + noise)


@pytest.mark.parametrize(("user", "item"), [(-1, 3), (2, -1), (-1, -1)])
def test_unknown_users_and_items_have_the_variance_of_the_population(user, item):
    # The expected variance is that of many users and items around the last rows.
    d, rng, n = draws(), np.random.default_rng(1), 200_000
    expected, means = [], []
    for s in range(N_DRAWS):
        rows = []
        sides = (user, d.users, d.user_covariances), (item, d.items, d.item_covariances)
        for code, side, covariances in sides:
            drawn = np.broadcast_to(side[s, code], (n, K + 1))
            if code < 0:
                drawn = rng.multivariate_normal(side[s, -1], covariances[s], n)
            rows.append(drawn)
        scores = score(*rows)
        noise = d.user_variances[s, user] * d.item_ratios[s, item]
        expected.append(scores.var() + noise)
        means.append(score(d.users[s, user], d.items[s, item]))
    expected = np.mean(expected) + np.var(means, ddof=1)
    found = predictive_variance(d, np.array([user]), np.array([item]))
    assert found[0] == pytest.approx(expected, rel=0.02)


@pytest.mark.parametrize("linked", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_new_users_are_dense_posterior_means(linked, weighted):
    d = draws(linked=linked, degrees=np.inf)
    drawn = random_ratings(2, (3, N_ITEMS), weighted=weighted)
    R, W = reference.merge(*drawn)
    R[1], W[1] = 0, 0  # a user without ratings
    kept = drawn.users != 1
    new = rating_matrix(*drawn.rows(kept))
    found = mean_rows(d, new)
    for s in range(N_DRAWS):
        V = np.column_stack([d.items[s, :-1, :-1], np.ones(N_ITEMS)])
        for user in range(3):
            mean = d.user_prior.means[s].copy()
            if linked and W[user].any():
                mean += reference.mask_rows(W[[user]])[0] @ d.user_prior.links[s]
            p = W[user] / (d.noise[s] * d.item_ratios[s, :-1])
            expected = reference.posterior_row(
                R[user],
                p,
                V,
                d.items[s, :-1, -1],
                d.user_prior.precisions[s],
                mean,
                np.zeros(3),
            )
            np.testing.assert_allclose(found[s, user], expected, atol=1e-10)


def test_ratings_of_an_unpredictable_new_user_count_less():
    d = draws(linked=False, degrees=3.0)
    values = np.array([1.0, -1, 1, -1, 1, -1])
    prior = d.user_prior.means
    deviations = []
    for scale in (1.0, 100.0):
        entries = np.zeros(6, int), np.arange(6), scale * values, None
        new = rating_matrix(*entries, (1, N_ITEMS))
        found = mean_rows(d, new)[:, 0]
        deviations.append(np.abs(found - prior).mean() / scale)
    assert deviations[1] < deviations[0]


def test_a_singular_system_is_solved_by_least_squares():
    # One rating has nearly all of the precision: the rank is one to rounding.
    d = draws(linked=False, degrees=np.inf)
    d = d._replace(noise=np.full(N_DRAWS, 1e-18))
    new = rating_matrix(
        np.zeros(1, int), np.ones(1, int), np.ones(1), None, (1, N_ITEMS)
    )
    rows = mean_rows(d, new)[:, 0]
    predicted = (rows[:, :-1] * d.items[:, 1, :-1]).sum(1) + rows[:, -1]
    np.testing.assert_allclose(predicted + d.items[:, 1, -1], 1, atol=1e-6)


@pytest.mark.parametrize("n_threads", [1, 3])
def test_rows_of_new_users_do_not_depend_on_threads_or_other_users(n_threads):
    d = draws()
    drawn = random_ratings(2, (90, N_ITEMS), weighted=True)
    new = rating_matrix(*drawn)
    with kernel_threads(n_threads):
        found = draw_rows(d, new)
    alone = draw_rows(d, rating_matrix(*drawn.rows(drawn.users == 7)))
    np.testing.assert_array_equal(found.users[:, 7], alone.users[:, 7])
    np.testing.assert_array_equal(
        found.user_variances[:, 7], alone.user_variances[:, 7]
    )


def precisions_given(r, p, V, biases, Lambda, mean, degrees):
    """Return tau, from the first row, and omega, computed until it does not change."""
    (nu, own_nu), n, (tau, omega) = degrees, np.count_nonzero(p), (1.0, 1.0)
    for update in range(_MAX_UPDATES):
        last, given = omega, (V, biases, omega * Lambda, mean, np.zeros(mean.size))
        x = reference.posterior_row(r, tau * p, *given)
        covariance = np.linalg.inv(omega * Lambda + V.T @ (tau * p[:, None] * V))
        if update == 0 and np.isfinite(nu):
            tau = (nu + n) / (nu + (p * (V @ x + biases - r) ** 2).sum())
        if np.isfinite(own_nu):
            square = (x - mean) @ Lambda @ (x - mean) + np.trace(Lambda @ covariance)
            omega = (own_nu + mean.size) / (own_nu + square)
        if abs(omega / last - 1) < _CHANGE:
            break
    return tau, omega


@pytest.mark.parametrize("degrees", [(7.0, np.inf), (np.inf, 4.0), (7.0, 4.0)])
@pytest.mark.parametrize("linked", [True, False])
def test_precisions_of_new_users_follow_from_their_errors(linked, degrees):
    d = draws(linked=linked, degrees=degrees[0], own_degrees=degrees[1])
    drawn = random_ratings(2, (3, N_ITEMS), weighted=True)
    R, W = reference.merge(*drawn)
    new = rating_matrix(*drawn)
    means, drawn_rows = mean_rows(d, new), draw_rows(d, new)
    rng = np.random.default_rng(0)
    for s in range(N_DRAWS):
        V = np.column_stack([d.items[s, :-1, :-1], np.ones(N_ITEMS)])
        biases, noise = d.items[s, :-1, -1], rng.standard_normal(K + 1)
        for user in range(3):
            mean = d.user_prior.means[s].copy()
            if linked:
                mean += reference.mask_rows(W[[user]])[0] @ d.user_prior.links[s]
            p = W[user] / (d.noise[s] * d.item_ratios[s, :-1])
            Lambda = d.user_prior.precisions[s]
            given = R[user], p, V, biases, Lambda, mean
            tau, omega = precisions_given(*given, degrees)
            given = R[user], tau * p, V, biases, omega * Lambda, mean
            for found, z in ((means[s], 0 * noise), (drawn_rows.users[s], noise)):
                expected = reference.posterior_row(*given, z)
                np.testing.assert_allclose(found[user], expected, atol=1e-9)
            variance = drawn_rows.user_variances[s, user]
            assert variance == pytest.approx(d.noise[s] / tau)
    # The last row is still the unknown user.
    np.testing.assert_array_equal(drawn_rows.users[:, -1], d.users[:, -1])
    unknown = drawn_rows.user_variances[:, -1]
    np.testing.assert_array_equal(unknown, d.user_variances[:, -1])
    np.testing.assert_array_equal(drawn_rows.items, d.items)


def test_rows_of_earlier_versions_have_no_precisions_of_their_own():
    d, new = draws(), rating_matrix(*random_ratings(2, (3, N_ITEMS)))
    earlier = d._replace(user_prior=d.user_prior._replace(own_degrees=NO_DRAWS))
    np.testing.assert_array_equal(mean_rows(earlier, new), mean_rows(d, new))
