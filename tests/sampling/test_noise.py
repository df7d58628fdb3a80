"""Precisions of the ratings, drawn given their errors."""

import numpy as np
import pytest

from sklearn_cofi.sampling._noise import draw_noise, first_noise


def drawn_many(half_squares, weights, n=3000, **options):
    rng, noise, draws = np.random.default_rng(0), first_noise(weights.size), []
    for _ in range(n):
        noise = draw_noise(half_squares, weights, noise, rng, **options)
        draws.append(noise)
    return draws


def test_one_precision_for_all_has_the_moments_of_its_gamma():
    half_squares, weights = np.array([3.0, 5.0]), np.array([4.0, 6.0])
    draws = drawn_many(half_squares, weights, user_noise=False)
    precisions = [noise.precision for noise in draws]
    # Gamma(1 + 10 / 2, rate 1 + 8)
    assert np.mean(precisions) == pytest.approx(6 / 9, rel=0.03)
    assert np.var(precisions) == pytest.approx(6 / 81, rel=0.1)
    assert all((noise.by_user == 1).all() for noise in draws)


def test_users_differ_as_their_errors_do():
    weights = np.full(40, 200.0)
    variances = np.geomspace(0.2, 5, 40)
    draws = drawn_many(weights * variances / 2, weights, 300, user_noise=True)[50:]
    found = np.mean([1 / (n.precision * n.by_user) for n in draws], axis=0)
    np.testing.assert_allclose(found, variances, rtol=0.1)


def test_users_that_are_alike_are_found_alike():
    weights = np.full(300, 50.0)
    draws = drawn_many(weights / 2, weights, 300, user_noise=True)[50:]
    assert np.mean([noise.degrees for noise in draws]) > 200


def test_the_degrees_of_users_that_differ_are_found():
    rng = np.random.default_rng(1)
    by_user = rng.gamma(4 / 2, 2 / 4, 2000)
    weights = np.full(2000, 400.0)
    draws = drawn_many(weights / by_user / 2, weights, 200, user_noise=True)[50:]
    assert np.mean([noise.degrees for noise in draws]) == pytest.approx(4, rel=0.15)
