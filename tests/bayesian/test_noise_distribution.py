"""The distribution of the noise, compared with the errors of the ratings."""

import numpy as np
import pytest
from sampling import N_ITEMS, N_USERS, PAIRS, RATINGS, draws, model, score
from scipy.special import ndtr

from sklearn_cofi.bayesian._noise_distribution import (
    LIMIT,
    POINTS,
    noise_distribution,
    normal_distribution,
)
from sklearn_cofi.bayesian._predictive_variance import predictive_quantiles
from sklearn_cofi.data._matrix import rating_matrix

X = np.linspace(-LIMIT, LIMIT, POINTS)


def ratings(*, weighted=False):
    rng = np.random.default_rng(3)
    users, items = np.divmod(np.arange(N_USERS * N_ITEMS), N_ITEMS)
    weights = rng.uniform(0.5, 2, users.size) if weighted else None
    values = rng.standard_normal(users.size)
    return rating_matrix(users, items, values, weights, (N_USERS, N_ITEMS)).by_user


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_that_of_the_standardised_errors_of_all_draws(weighted):
    d, rows = draws(), ratings(weighted=weighted)
    users, items = rows.row_of_entry, rows.indices
    errors = rows.ratings - score(d.users[:, users], d.items[:, items])
    variance = d.user_variances[:, users] * d.item_ratios[:, items]
    errors *= np.sqrt(rows.weight_of_entry / variance)
    errors = (errors - errors.mean()) / errors.std()
    expected = (errors.ravel()[:, None] <= X).mean(axis=0)
    found = noise_distribution(d, rows)
    # Errors are counted in cells, which the function crosses in a straight line.
    assert np.abs(found - expected).max() <= 3 / errors.size
    assert (np.diff(found) >= 0).all()
    assert (found[0], found[-1]) == (0, 1)


def test_equal_errors_give_the_normal_distribution():
    d = draws()
    zero = d._replace(users=0 * d.users, items=0 * d.items)
    rows = ratings()
    rows = rows._replace(ratings=np.zeros_like(rows.ratings))
    np.testing.assert_array_equal(noise_distribution(zero, rows), normal_distribution())


def test_quantiles_of_the_normal_distribution_are_those_of_the_mixture():
    d, levels = draws(), np.array([0.01, 0.3, 0.5, 0.975])
    users, items = np.array([0, 4, 2]), np.array([5, 0, 3])
    found = predictive_quantiles(d, users, items, levels, normal_distribution())
    between = score(d.users[:, users], d.items[:, items]).var(axis=0, ddof=1)
    noise = d.user_variances[:, users] * d.item_ratios[:, items]
    sd = np.sqrt(between + noise)
    for level, quantiles in zip(levels, found.T, strict=True):
        np.testing.assert_allclose(ndtr(quantiles / sd).mean(axis=0), level, atol=1e-5)


def test_skewed_noise_gives_skewed_intervals():
    # Most ratings are a little above the mean, and few are far below.
    rng = np.random.default_rng(0)
    skewed = RATINGS + 3 * (1 - rng.exponential(size=len(RATINGS)))
    found = model().fit(PAIRS, skewed)
    low, high = found.predict_interval(PAIRS, 0.9).T
    middle = found.predict(PAIRS)
    assert (middle - low).mean() > 1.1 * (high - middle).mean()
