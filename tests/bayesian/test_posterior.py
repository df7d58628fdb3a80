"""The mean over draws as one product, and the kept draws."""

import numpy as np
import pytest
from side_information import random_rows
from strategies import random_factors

from sklearn_cofi.bayesian._feature_regression import FeatureRegression
from sklearn_cofi.bayesian._gibbs import Draw
from sklearn_cofi.bayesian._link import Link
from sklearn_cofi.bayesian._noise import Noise
from sklearn_cofi.bayesian._posterior import Posterior, PosteriorMean
from sklearn_cofi.bayesian._row_prior import RowPrior


def product(users, items):
    return users[:, :-1] @ items[:, :-1].T


@pytest.mark.parametrize("n_draws", [1, 2, 7, 20])
def test_the_mean_is_exact_if_the_rank_suffices(n_draws):
    pairs = [random_factors((9, 12), 4, seed=seed) for seed in range(n_draws)]
    mean = PosteriorMean(9)
    for pair in pairs:
        mean.add(*pair)
    (U, V), (b, c) = mean.result()
    assert U.shape[1] <= 9
    expected = np.mean([product(*pair) for pair in pairs], axis=0)
    np.testing.assert_allclose(U @ V.T, expected, atol=1e-7)
    np.testing.assert_allclose(b, np.mean([u[:, -1] for u, _ in pairs], axis=0))
    np.testing.assert_allclose(c, np.mean([i[:, -1] for _, i in pairs], axis=0))


def test_rotations_of_the_factors_do_not_change_the_mean():
    users, items = random_factors((30, 20), 4)
    rng, mean = np.random.default_rng(0), PosteriorMean(3)
    for _ in range(10):
        rotation = np.eye(4)
        rotation[:3, :3] = np.linalg.qr(rng.standard_normal((3, 3)))[0]
        mean.add(users @ rotation, items @ rotation)
    (U, V), _ = mean.result()
    assert U.shape[1] == 3
    np.testing.assert_allclose(U @ V.T, product(users, items), atol=1e-7)


def test_few_columns_keep_the_signal_and_drop_noise():
    users, items = random_factors((200, 150), 3, seed=1)
    mean, noise = PosteriorMean(4), 0.2
    for seed in range(40):
        pair = random_factors((200, 150), 3, seed=100 + seed)
        mean.add(users + noise * pair[0], items + noise * pair[1])
    (U, V), _ = mean.result()
    expected = product(users, items)
    error = np.linalg.norm(U @ V.T - expected) / np.linalg.norm(expected)
    assert error < 0.1


def test_computing_the_mean_before_the_end_changes_no_bit():
    pairs = [random_factors((9, 12), 4, seed=seed) for seed in range(20)]
    one, other = PosteriorMean(4), PosteriorMean(4)
    for pair in pairs:
        one.add(*pair)
        other.add(*pair)
        other.result()
    for expected, found in zip(one.result()[0], other.result()[0], strict=True):
        np.testing.assert_array_equal(found, expected)


COUNTS = np.array([3.0, 0.5, 1, 4, 1]), np.array([1.0, 2, 0.25, 7])
SHARES = [counts / counts.sum() for counts in COUNTS]


def draw(seed):
    prior = RowPrior(np.array([0.5, 0, 0]), np.eye(3), (), np.ones(5), 10.0)
    priors = prior, prior._replace(own=np.ones(4))
    noise = Noise(4.0, (np.arange(1.0, 6), np.array([1, 1, 2, 4.0])), (10.0, 5.0))
    return Draw(random_factors((5, 4), 3, seed=seed), priors, noise)


@pytest.mark.parametrize(("n_draws", "n_kept"), [(10, 3), (7, 7), (5, 20), (1, 1)])
def test_kept_draws_are_spread_over_all_and_end_with_the_last(n_draws, n_kept):
    posterior = Posterior(n_draws, n_kept, 2, COUNTS)
    draws = [draw(seed) for seed in range(n_draws)]
    for each in draws:
        posterior.update([each], enters=True)
    kept = posterior.snapshot().kept()
    assert len(kept.users) == min(n_kept, n_draws)
    np.testing.assert_array_equal(kept.users[-1, :-1], draws[-1].rows[0])
    assert kept.users.shape[1:] == (6, 3)
    of_users, of_items = 1 / np.arange(1.0, 6), np.array([1, 1, 1 / 2, 1 / 4])
    expected = np.append(of_users, SHARES[0] @ of_users) / 4
    np.testing.assert_allclose(kept.user_variances[0], expected)
    expected = np.append(of_items, SHARES[1] @ of_items)
    np.testing.assert_allclose(kept.item_ratios[0], expected)
    np.testing.assert_allclose(kept.noise, 1 / 4)
    np.testing.assert_allclose(kept.user_prior.means[0], [0.5, 0, 0])
    for rows, covariances, counts in (
        (kept.users, kept.user_covariances, COUNTS[0]),
        (kept.items, kept.item_covariances, COUNTS[1]),
    ):
        mean = np.average(rows[-1, :-1], axis=0, weights=counts)
        np.testing.assert_allclose(rows[-1, -1], mean, rtol=1e-6)
        expected = np.cov(rows[-1, :-1].T, aweights=counts, ddof=0)
        np.testing.assert_allclose(covariances[-1], expected, rtol=1e-6, atol=1e-9)
    variance, found = posterior.variance()
    assert variance == pytest.approx(1 / 4)
    np.testing.assert_allclose(found[0], of_users)
    np.testing.assert_allclose(found[1], of_items)


def test_during_the_burn_in_the_last_draw_is_the_posterior():
    posterior = Posterior(5, 2, 2, COUNTS)
    posterior.update([draw(0)], enters=False)
    posterior.update([draw(1)], enters=False)
    (U, V), _ = posterior.snapshot().mean()
    users, items = draw(1).rows
    np.testing.assert_allclose(U @ V.T, product(users, items), atol=1e-7)
    assert posterior.snapshot().noise_path == [0.5, 0.5]


def test_a_chain_that_ends_before_a_draw_is_kept_has_the_mean():
    posterior = Posterior(100, 2, 2, COUNTS)
    draws = [draw(seed) for seed in range(3)]
    for each in draws:
        posterior.update([each], enters=True)
    snapshot = posterior.snapshot()
    (U, V), _ = snapshot.mean()
    expected = np.mean([product(*each.rows) for each in draws], axis=0)
    np.testing.assert_allclose(U @ V.T, expected, atol=1e-7)
    np.testing.assert_array_equal(snapshot.kept().users[0, :-1], draws[-1].rows[0])
    assert posterior.snapshot().variance()[0] == pytest.approx(1 / 4)


@pytest.mark.parametrize(("n_kept", "expected"), [(3, 3), (4, 4), (8, 8), (50, 12)])
def test_chains_take_turns_in_the_kept_draws(n_kept, expected):
    posterior = Posterior(4, n_kept, 2, COUNTS)
    sweeps = [[draw(3 * sweep + chain) for chain in range(3)] for sweep in range(4)]
    for draws in sweeps:
        posterior.update(draws, enters=True)
    kept = posterior.snapshot().kept().users[:, :-1]
    rows = np.array([[each.rows[0] for each in draws] for draws in sweeps])
    found = [
        np.argwhere((rows == users).all(axis=(2, 3))).tolist()[0] for users in kept
    ]
    assert len(found) == len(set(map(tuple, found))) == expected
    chains = [chain for _, chain in found]
    assert max(map(chains.count, range(3))) - min(map(chains.count, range(3))) <= 1
    sweeps_of_found = [sweep for sweep, _ in found]
    assert sweeps_of_found == sorted(sweeps_of_found)
    assert sweeps_of_found[-1] == 3, "the last sweep is among them"


def test_the_mean_is_that_of_all_chains():
    posterior = Posterior(2, 2, 2, COUNTS)
    sweeps = [[draw(2 * sweep), draw(2 * sweep + 1)] for sweep in range(2)]
    for draws in sweeps:
        posterior.update(draws, enters=True)
    (U, V), (b, _) = posterior.snapshot().mean()
    each = [one for draws in sweeps for one in draws]
    expected = np.mean([product(*one.rows) for one in each], axis=0)
    np.testing.assert_allclose(U @ V.T, expected, atol=1e-7)
    np.testing.assert_allclose(b, np.mean([one.rows[0][:, -1] for one in each], axis=0))
    assert posterior.noise_path == [0.5, 0.5]


def with_features():
    """Return a posterior in which users have features, and items have none."""
    of_users = FeatureRegression(random_rows(5, 2), np.array([0, 0]))
    of_items = FeatureRegression(None, np.empty(0, int))
    return Posterior(3, 3, 2, COUNTS, (of_users, of_items))


def draw_with_links(seed, *, mask):
    """Return a draw with the link of a mask, or without, and that of features."""
    one = draw(seed)
    own = Link(np.zeros((2, 3)), np.zeros((5, 3)), 2.0)
    of_mask = Link(np.full((4, 3), 7.0), np.zeros((5, 3)), 1.0)
    links = (of_mask, own) if mask else (own,)
    users, items = one.priors
    return one._replace(priors=(users._replace(links=links), items))


@pytest.mark.parametrize("mask", [True, False])
def test_kept_draws_have_the_link_of_the_mask_only(mask):
    posterior = with_features()
    posterior.update([draw_with_links(0, mask=mask)], enters=True)
    links = posterior.snapshot().kept().user_prior.links
    assert links.shape == (1, 4 if mask else 0, 3)
    assert (links == 7).all()


def test_coefficients_are_below_the_rows_of_the_mean():
    posterior = with_features()
    draws = [draw_with_links(seed, mask=True) for seed in range(3)]
    for each in draws:
        posterior.update([each], enters=True)
    (U, V), (b, c) = posterior.snapshot().mean()
    assert (len(U), len(V), len(b), len(c)) == (5 + 2, 4, 5 + 2, 4)
    expected = np.mean(
        [product(*x.rows) + x.rows[0][:, -1:] + x.rows[1][:, -1] for x in draws], axis=0
    )
    found = U[:5] @ V.T + b[:5, None] + c
    np.testing.assert_allclose(found, expected, atol=1e-6)


def test_a_snapshot_changes_no_later_draw():
    one, other = with_features(), with_features()
    for seed in range(3):
        each = [draw_with_links(seed, mask=False)]
        for posterior in (one, other):
            posterior.update(each, enters=seed > 0)
        other.snapshot()
    for a, b in zip(one.predicted()[0], other.predicted()[0], strict=True):
        np.testing.assert_array_equal(a, b)
    coef = one.predicted()[0].coef
    assert len(coef) == 3 - 1
    assert not np.array_equal(coef[0], coef[1])
