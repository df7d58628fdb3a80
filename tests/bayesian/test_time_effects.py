"""Effects of time: their levels, and the distribution of their draws."""

import numpy as np
import pytest
from strategies import Ratings, random_ratings

from sklearn_cofi.bayesian import _gibbs
from sklearn_cofi.bayesian._fitted_times import FittedTimes, PathTotals, fitted_times
from sklearn_cofi.bayesian._gibbs import Draw, GibbsSampler
from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.bayesian._noise import Noise
from sklearn_cofi.bayesian._row_prior import RowPrior
from sklearn_cofi.bayesian._time_effects import _VARIANCE, TimeDraw, TimeEffects
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads

SCALES = np.array([0.5, 8.0])


def effects_of(drawn, side, scales=SCALES, seed=0):
    """Return the effects of random times, many of them equal, and these times."""
    rows = rating_matrix(*drawn).by_user
    rng = np.random.default_rng(seed)
    times = rng.choice([0.0, 0.25, 1.0, 6.0, 1e7], rows.indices.size)
    return TimeEffects(side, rows, drawn.shape[1], times, scales), times


def covariance(own, times, scales, variances):
    """Return the dense covariance of the effects of time at all ratings."""
    gaps = np.abs(np.subtract.outer(times, times))
    paths = variances[:, None, None] * np.exp(-gaps / scales[:, None, None])
    return paths.sum(axis=0) * np.equal.outer(own, own)


@pytest.mark.parametrize("side", [0, 1])
def test_draws_keep_the_prior_of_their_covariance(side, monkeypatch):
    """Errors of known precision: the mean of the draws is the dense posterior mean."""
    monkeypatch.setattr(
        "sklearn_cofi.bayesian._time_effects._draw_variance", lambda _, old, __: old
    )
    drawn = random_ratings(1, (4, 3), density=0.8, weighted=True)
    effects, times = effects_of(drawn, side)
    matrix = rating_matrix(*drawn)
    rows = matrix.by_user
    pairs = rows.row_of_entry, rows.indices
    rng = np.random.default_rng(0)
    precisions = rng.uniform(0.5, 2, 4), rng.uniform(0.5, 2, 3)
    draw, found = effects.start(), []
    total = rows.weight_of_entry * precisions[0][pairs[0]] * precisions[1][pairs[1]]
    for _ in range(4000):
        draw = effects.draw(rows.ratings, total, draw, rng)
        found.append(effects.by_user(draw))
    prior = covariance(pairs[side], times, SCALES, np.full(2, _VARIANCE))
    gain = prior @ np.linalg.inv(prior + np.diag(1 / total))
    np.testing.assert_allclose(np.mean(found, axis=0), gain @ rows.ratings, atol=0.02)
    expected = prior - gain @ prior
    np.testing.assert_allclose(np.cov(np.transpose(found)), expected, atol=0.01)


SHAPE = (5, 4)
PAIRS = random_ratings(3, SHAPE, density=0.6)
TIMES = np.random.default_rng(5).choice([0.0, 0.25, 1.0, 6.0], PAIRS.users.size)


def likelihood_of(values):
    return NormalLikelihood(rating_matrix(*PAIRS._replace(ratings=values)))


def times_by_user():
    drawn = Ratings(PAIRS.users, PAIRS.items, TIMES, None, SHAPE)
    return rating_matrix(*drawn).by_user.ratings


def time_effects():
    rows = rating_matrix(*PAIRS).by_user
    return tuple(
        TimeEffects(side, rows, SHAPE[1], times_by_user(), scales)
        for side, scales in enumerate((SCALES, np.array([3.0])))
    )


def drawn_from_prior(rng, effects):
    """Draw all parameters from their prior."""
    rows, priors = [], []
    for n in SHAPE:
        root = rng.standard_normal((2, 2))
        precision = root.T @ root
        spread = np.linalg.inv(np.linalg.cholesky(precision))
        mean = rng.standard_normal(2) @ spread / np.sqrt(2)
        rows.append(mean + rng.standard_normal((n, 2)) @ spread)
        priors.append(RowPrior(mean, precision, (), np.ones(n), 1000.0))
    noise = Noise(1.0, tuple(np.ones(n) for n in SHAPE), (1.0, 1.0))
    times = tuple(paths_from_prior(rng, one) for one in effects)
    return Draw(tuple(rows), tuple(priors), noise, times, rng.gamma(1.0))


def paths_from_prior(rng, effects):
    # The standard deviation of a path is half-Cauchy.
    scales = effects.scales
    stds = np.sqrt(_VARIANCE) * np.abs(rng.standard_cauchy(scales.size))
    own = np.repeat(np.arange(effects.indptr.size - 1), np.diff(effects.indptr))
    paths = []
    for std, scale in zip(stds, scales, strict=True):
        one = covariance(own, effects.times, np.array([scale]), np.ones(1))
        root = np.linalg.cholesky(one + 1e-12 * np.eye(own.size))
        paths.append(std * root @ rng.standard_normal(own.size))
    return TimeDraw(np.array(paths), stds**2)


def ratings_given(draw, effects, rng):
    """Return drawn ratings in the order of the pairs."""
    users, items = (rows[codes] for rows, codes in zip(draw.rows, PAIRS, strict=False))
    exact = (users[:, :-1] * items[:, :-1]).sum(axis=1) + users[:, -1] + items[:, -1]
    order = np.lexsort((PAIRS.items, PAIRS.users))
    for one, times in zip(effects, draw.times, strict=True):
        exact[order] += one.by_user(times)
    return exact + rng.standard_normal(exact.size) / np.sqrt(draw.precision_at_times)


def statistics(draw, values):
    """Return bounded functions of all parameters, because the prior has heavy tails."""
    of_users, of_items = draw.times
    parts = [
        draw.precision_at_times,
        *(np.log(of_users.variances) + 3),
        *(np.log(of_items.variances) + 3),
        *(3 * of_users.paths[:, 0] ** 2),
        *(3 * of_users.paths[:, 0] * of_users.paths[:, 1]),
        3 * of_items.paths[0, 0] * of_items.paths[0, 1],
        3 * of_users.paths[0].sum() * of_items.paths[0].sum(),
        values[0] ** 2,
        values[0] * values[1],
    ]
    return np.arctan(parts)


@pytest.mark.slow
def test_draws_of_effects_and_ratings_in_turn_keep_the_prior():
    """As the test in ``test_gibbs.py``; the rows do not depend on the effects."""
    rng, effects = np.random.default_rng(0), time_effects()
    expected = []
    for _ in range(8000):
        draw = drawn_from_prior(rng, effects)
        expected.append(statistics(draw, ratings_given(draw, effects, rng)))
    found = []
    options = {"implicit_features": False, "heteroscedastic": False}
    for _ in range(400):
        draw = drawn_from_prior(rng, effects)
        for _ in range(12):
            likelihood = likelihood_of(ratings_given(draw, effects, rng))
            sampler = GibbsSampler(likelihood, 1, rng, times=effects, **options)
            draw = sampler._draw_times(draw)
            rng.random()  # the generator of the effects begins at another state
        found.append(statistics(draw, ratings_given(draw, effects, rng)))
    delta = np.mean(found, axis=0) - np.mean(expected, axis=0)
    error = np.sqrt(np.var(found, axis=0) / len(found))
    assert (np.abs(delta) < 3.5 * error).all(), delta / error


def test_the_noise_at_times_is_drawn_given_the_new_effects(monkeypatch):
    given_squares = []

    def recorded(n_ratings, half_squares, rng):
        assert n_ratings == PAIRS.users.size
        given_squares.append(half_squares)
        return 2.0

    monkeypatch.setattr(_gibbs, "draw_common", recorded)
    likelihood, effects = likelihood_of(PAIRS.ratings), time_effects()
    options = {"implicit_features": False, "heteroscedastic": True}
    rng = np.random.default_rng(0)
    sampler = GibbsSampler(likelihood, 1, rng, times=effects, **options)
    draw = sampler.sweep(sampler.sweep(sampler.start()))
    errors = likelihood.errors(draw.rows)
    for one, times in zip(effects, draw.times, strict=True):
        errors -= one.by_user(times)
    by_user = rating_matrix(*PAIRS).by_user
    of_users, of_items = draw.noise.rows
    weights = of_users[by_user.row_of_entry] * of_items[by_user.indices]
    assert given_squares[1] == pytest.approx(weights @ errors**2 / 2)


def test_threads_change_no_bit():
    drawn = random_ratings(0, (300, 200), density=0.1)
    likelihood = NormalLikelihood(rating_matrix(*drawn))
    found = []
    for threads in (1, 2):
        rng = np.random.default_rng(0)
        effects = [effects_of(drawn, side)[0] for side in (0, 1)]
        options = {"implicit_features": False, "heteroscedastic": True}
        with kernel_threads(threads):
            sampler = GibbsSampler(likelihood, 3, rng, times=effects, **options)
            draw = sampler.start()
            for _ in range(4):
                draw = sampler.sweep(draw)
        found.append(draw)
    one, two = found
    for side in (0, 1):
        np.testing.assert_array_equal(one.rows[side], two.rows[side])
        np.testing.assert_array_equal(one.times[side].paths, two.times[side].paths)
        variances = one.times[side].variances
        np.testing.assert_array_equal(variances, two.times[side].variances)
        assert (variances != _VARIANCE).all()


def test_fitted_times_are_moments_of_the_draws_in_units_of_the_rating():
    drawn = random_ratings(2, (4, 3))
    effects, times = effects_of(drawn, 0)
    shape = effects.start().paths.shape
    rng = np.random.default_rng(0)
    draws = [
        TimeDraw(rng.standard_normal(shape), rng.uniform(1, 2, 2)) for _ in range(5)
    ]
    totals = PathTotals()
    for draw in draws:
        totals = totals.plus(draw)
    found = fitted_times(effects, totals, 3.0)
    paths = 3 * np.array([draw.paths for draw in draws])
    np.testing.assert_allclose(found.effects, paths.mean(axis=0))
    np.testing.assert_allclose(found.stds, paths.std(axis=0))
    expected = 9 * np.mean([draw.variances for draw in draws], axis=0)
    np.testing.assert_allclose(found.variances, expected)
    users = rating_matrix(*drawn).by_user.row_of_entry
    np.testing.assert_array_equal(found.times, times[np.lexsort((times, users))])
    assert isinstance(found, FittedTimes)
