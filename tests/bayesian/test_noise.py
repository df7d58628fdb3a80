"""Precisions of the ratings, drawn given their errors."""

import numpy as np
import pytest
import reference
from strategies import random_ratings

from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._noise import (
    draw_noise,
    draw_precision,
    first_noise,
)
from sklearn_cofi.data._matrix import rating_matrix


def from_errors(spread, seed=0, density=0.5):
    """Return the likelihood of ratings that are errors, and rows that predict zeros."""
    shape = spread.shape
    drawn = random_ratings(seed, shape, density=density)
    noise = np.random.default_rng(seed).standard_normal(drawn.users.size)
    errors = spread[drawn.users, drawn.items] * noise
    matrix = rating_matrix(drawn.users, drawn.items, errors, None, shape)
    rows = tuple(np.zeros((n, 2)) for n in shape)
    return NormalLikelihood(matrix), rows


def test_the_common_precision_has_the_moments_of_its_gamma():
    drawn = random_ratings(0, (6, 5), weighted=True)
    R, W = reference.merge(*drawn)
    likelihood = NormalLikelihood(rating_matrix(*drawn))
    rows = tuple(np.zeros((n, 2)) for n in drawn.shape)
    noise = first_noise(drawn.shape, heteroscedastic=True)
    own = np.array([1.0, 2, 3, 4, 5, 6]), np.array([1.0, 3, 1, 2, 1])
    noise = noise._replace(rows=own)
    rng = np.random.default_rng(0)
    precisions = [
        draw_precision(likelihood, rows, noise, rng).precision for _ in range(4000)
    ]
    shape = 1 + (W > 0).sum() / 2
    rate = 1 + (W * np.outer(*own) * R**2).sum() / 2
    assert np.mean(precisions) == pytest.approx(shape / rate, rel=0.03)
    assert np.var(precisions) == pytest.approx(shape / rate**2, rel=0.1)


def drawn_many(likelihood, rows, shape, n):
    rng, draws = np.random.default_rng(0), []
    noise = first_noise(shape, heteroscedastic=True)
    for _ in range(n):
        noise = draw_noise(likelihood, rows, noise, rng)
        noise = draw_precision(likelihood, rows, noise, rng)
        draws.append(noise)
    return draws[n // 4 :]


def test_precisions_of_users_and_items_follow_their_errors():
    of_users, of_items = np.geomspace(0.3, 3, 150), np.geomspace(2, 0.5, 120)
    likelihood, rows = from_errors(np.outer(of_users, of_items))
    draws = drawn_many(likelihood, rows, (150, 120), 100)
    for side, spread in ((0, of_users), (1, of_items)):
        found = np.mean([1 / noise.rows[side] for noise in draws], axis=0)
        ratio = np.sqrt(found) / spread
        assert np.std(np.log(ratio)) < 0.15


def test_equal_rows_have_large_degrees_of_freedom():
    likelihood, rows = from_errors(np.ones((200, 150)))
    draws = drawn_many(likelihood, rows, (200, 150), 100)
    degrees = np.mean([noise.degrees for noise in draws], axis=0)
    assert (degrees > 100).all()


def test_degrees_of_freedom_of_different_rows_are_estimated():
    of_users = np.random.default_rng(1).gamma(4 / 2, 2 / 4, 800) ** -0.5
    likelihood, rows = from_errors(np.outer(of_users, np.ones(300)), density=0.3)
    draws = drawn_many(likelihood, rows, (800, 300), 60)
    degrees = np.mean([noise.degrees for noise in draws], axis=0)
    assert degrees[0] == pytest.approx(4, rel=0.2)
    assert degrees[1] > 100


def test_precisions_of_rows_have_the_means_of_their_gammas():
    # Each precision times its rate is a standard gamma variable.
    drawn = random_ratings(0, (6, 5), weighted=True)
    R, W = reference.merge(*drawn)
    likelihood = NormalLikelihood(rating_matrix(*drawn))
    rows = tuple(np.zeros((n, 2)) for n in drawn.shape)
    given = first_noise(drawn.shape, heteroscedastic=True)
    of_items = np.array([1.0, 3, 1, 2, 1])
    given = given._replace(
        precision=4.0, rows=(np.ones(6), of_items), degrees=(3.0, 5.0)
    )
    rng, n_draws = np.random.default_rng(0), 2000
    users, items = [], []
    for _ in range(n_draws):
        tau = draw_noise(likelihood, rows, given, rng).rows
        users.append(tau[0] * (3 / 2 + 4 / 2 * (W * R**2) @ of_items))
        # Items are drawn given the new precisions of the users.
        items.append(tau[1] * (5 / 2 + 4 / 2 * (W * R**2).T @ tau[0]))
    counts = (W > 0).sum(axis=1), (W > 0).sum(axis=0)
    for found, degrees, n in zip((users, items), (3, 5), counts, strict=True):
        shape = (degrees + n) / 2
        error = np.sqrt(shape / n_draws)
        assert (np.abs(np.mean(found, axis=0) - shape) < 4 * error).all()
