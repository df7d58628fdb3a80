"""Draws, likelihoods and later values of paths equal those of dense normal vectors."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import multivariate_normal

from sklearn_cofi.kernels._threads import kernel_threads
from sklearn_cofi.kernels._time_effects import draw_paths, effects_at, path_likelihoods

# Times of the entries of each row: equal, near, far apart, one entry, none.
TIMES = (
    [0.0, 0.0, 1.0, 1.5, 9.0],
    [],
    [3.0],
    [-2.0, -2.0 + 1e-9, 40.0, 40.0],
    [0.0, 1e12],
)
SCALE = 2.0


def entries(rows, scale=SCALE):
    """Return the bounds of the rows, and the decay from the entry before to each."""
    indptr = np.append(0, np.cumsum([len(row) for row in rows])).astype(np.int64)
    decays = [
        np.exp(-np.diff(row, prepend=-np.inf) / scale) if len(row) else []
        for row in rows
    ]
    return indptr, np.concatenate(decays)


def blocks_of(rows, size=2):
    return np.unique(np.append(np.arange(0, len(rows), size), len(rows)))


def covariance(s, t, variance, scale=SCALE):
    """Return the covariance of a path at times s and at times t."""
    return variance * np.exp(-np.abs(np.subtract.outer(s, t)) / scale)


def random_entries(seed, n, largest=30.0):
    rng = np.random.default_rng(seed)
    return rng.standard_normal(n), rng.choice([0.0, 0.01, 1.0, largest], n)


def posterior(times, errors, precisions, variance):
    """Return the mean and the covariance of a path at its entries."""
    prior = covariance(times, times, variance)
    gain = prior @ np.linalg.inv(np.eye(len(times)) + precisions[:, None] * prior)
    return gain @ (precisions * errors), gain


@pytest.mark.parametrize("seed", range(3))
def test_likelihoods_equal_those_of_dense_normal_vectors(seed):
    indptr, decays = entries(TIMES)
    errors, precisions = random_entries(seed, decays.size)
    variances = np.array([1e-8, 0.3, 2.0, 1e4])
    found = np.full((len(TIMES), variances.size), np.nan)
    given_ = blocks_of(TIMES), indptr, decays, errors, precisions
    path_likelihoods(*given_, variances, found)
    for row, times in enumerate(TIMES):
        own = slice(indptr[row], indptr[row + 1])
        known = precisions[own] > 0
        noise = np.diag(1 / precisions[own][known])
        centres = np.array(times)[known]
        for j, variance in enumerate(variances):
            expected = 0.0
            if known.any():
                total = covariance(centres, centres, variance) + noise
                values = errors[own][known]
                expected = multivariate_normal(cov=total).logpdf(values)
                # Terms without the variance of the path.
                constant = np.log(precisions[own][known] / (2 * np.pi)).sum() / 2
                expected -= constant
            assert found[row, j] == pytest.approx(expected, rel=1e-6, abs=1e-7)


def test_the_likelihood_of_a_long_row_neither_overflows_nor_loses_digits():
    # The product of all scales is about 1e500.
    rng = np.random.default_rng(0)
    times, errors = np.sort(rng.uniform(0, 900, 200)), rng.standard_normal(200)
    indptr, decays = entries([times])
    found, precisions = np.empty((1, 2)), rng.uniform(500, 600, 200)
    variances = np.array([0.5, 2.0])
    given_ = np.array([0, 1]), indptr, decays, errors, precisions
    path_likelihoods(*given_, variances, found)
    constant = np.log(precisions / (2 * np.pi)).sum() / 2
    for value, variance in zip(found[0], variances, strict=True):
        total = covariance(times, times, variance) + np.diag(1 / precisions)
        expected = multivariate_normal(cov=total).logpdf(errors) - constant
        assert value == pytest.approx(expected, rel=1e-9)


def drawn(rows, errors, precisions, variance, noise, scale=SCALE):
    indptr, decays = entries(rows, scale)
    paths = np.full(decays.size, np.nan)
    one = np.array([variance])
    draw_paths(blocks_of(rows), indptr, decays, errors, precisions, one, noise, paths)
    return paths


@given(
    st.lists(st.sampled_from([0.0, 0.25, 1.0, 7.5, 60.0, 1e4]), min_size=1, max_size=6),
    st.sampled_from([1e-4, 0.5, 10.0]),
    st.integers(0, 99),
)
def test_draws_have_the_mean_and_the_covariance_of_the_posterior(gaps, variance, seed):
    times = np.cumsum(gaps)
    n = times.size
    errors, precisions = random_entries(seed, n)
    mean = drawn([times], errors, precisions, variance, np.zeros(n))
    # A draw is the mean plus a linear function of the noise.
    root = np.stack(
        [
            drawn([times], errors, precisions, variance, unit) - mean
            for unit in np.eye(n)
        ]
    )
    expected, spread = posterior(times, errors, precisions, variance)
    np.testing.assert_allclose(mean, expected, rtol=1e-9, atol=1e-9 * variance)
    np.testing.assert_allclose(root.T @ root, spread, rtol=1e-8, atol=1e-9 * variance)


def test_many_draws_have_the_moments_of_the_posterior():
    n, times = 20000, np.array([0.0, 0.5, 0.5, 4.0])
    errors = np.array([1.0, -1.0, 0.5, 2.0])
    precisions = np.array([2.0, 0.5, 0.0, 8.0])
    noise = np.random.default_rng(0).standard_normal(n * 4)
    found = drawn([times] * n, np.tile(errors, n), np.tile(precisions, n), 0.7, noise)
    found = found.reshape(n, 4)
    mean, spread = posterior(times, errors, precisions, 0.7)
    np.testing.assert_allclose(found.mean(axis=0), mean, atol=0.02)
    np.testing.assert_allclose(np.cov(found.T), spread, atol=0.02)


def test_rows_are_drawn_alone():
    indptr, decays = entries(TIMES)
    errors, precisions = random_entries(0, decays.size)
    noise = np.random.default_rng(1).standard_normal(decays.size)
    together = drawn(TIMES, errors, precisions, 0.5, noise)
    for row, times in enumerate(TIMES):
        own = slice(indptr[row], indptr[row + 1])
        alone = drawn([times], errors[own], precisions[own], 0.5, noise[own])
        np.testing.assert_array_equal(together[own], alone)


def test_entries_at_one_time_have_one_value():
    times = [1.0, 1.0, 1.0]
    errors, noise = np.array([1.0, -2.0, 4.0]), np.array([0.3, -0.2, 0.9])
    found = drawn([times], errors, np.array([1.0, 2.0, 0.5]), 0.5, noise)
    np.testing.assert_allclose(found, found[0], rtol=1e-14)
    # The last draw fixes them all: its mean is that of the three errors together.
    mean = (1 - 4 + 2) / (1 / 0.5 + 3.5)
    expected = mean + 0.9 / np.sqrt(1 / 0.5 + 3.5)
    assert found[2] == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize("precision", [0.0, 1e-300, 1e300])
@pytest.mark.parametrize("times", [[5.0, 5.0, 5.0 + 1e-12, 1e15], [2.0]])
def test_extreme_precisions_give_finite_draws(precision, times):
    n = len(times)
    errors, noise = np.linspace(1, 1, n), np.linspace(-1, 1, n)
    found = drawn([times], errors, np.full(n, precision), 0.5, noise)
    assert np.isfinite(found).all()
    if precision > 1:
        np.testing.assert_allclose(found, errors, rtol=1e-10)
    elif n == 1:
        np.testing.assert_allclose(found, np.sqrt(0.5) * noise)


def effects(rows, values, stds, scales, variances, own, at):
    indptr, _ = entries(rows)
    mean, variance = np.full((2, len(own)), np.nan)
    times = np.concatenate([np.asarray(row, float) for row in rows])
    given_ = indptr, times, values, stds, np.array(scales), np.array(variances)
    effects_at(*given_, np.array(own), np.array(at, float), mean, variance)
    return mean, variance


def dense_effect(times, values, stds, scale, variance, at):
    """Return the mean and the variance of a path at a time, given all entries."""
    times = np.array(times, float)
    _, first = np.unique(times, return_index=True)
    entries_, stds = times[first], stds[first]
    if not entries_.size:
        return 0.0, variance
    among = covariance(entries_, entries_, variance, scale)
    across = covariance([at], entries_, variance, scale)[0]
    weights = np.linalg.solve(among, across)
    # The errors of two entries are taken to be the same up to their sizes.
    return weights @ values[first], (weights @ stds) ** 2 + variance - weights @ across


TIMES_OF_EFFECTS = ([0.0, 0.0, 1.0, 1.5, 9.0], [], [3.0], [-2.0, 40.0, 40.0])


@given(st.floats(-20, 60), st.integers(0, 3), st.integers(0, 9))
def test_effects_are_those_of_a_dense_normal_vector(at, row, seed):
    rng = np.random.default_rng(seed)
    indptr, _ = entries(TIMES_OF_EFFECTS)
    scales, variances = (0.7, 12.0), (0.4, 1.5)
    values = rng.standard_normal((2, indptr[-1]))
    stds = rng.uniform(0, 0.3, values.shape)
    for first, second in ((0, 1), (8, 9)):  # equal times have equal values
        if second < indptr[-1]:
            values[:, second], stds[:, second] = values[:, first], stds[:, first]
    values[:, 8], stds[:, 8] = values[:, 7], stds[:, 7]
    mean, variance = effects(
        TIMES_OF_EFFECTS, values, stds, scales, variances, [row], [at]
    )
    own = slice(indptr[row], indptr[row + 1])
    found = [
        dense_effect(TIMES_OF_EFFECTS[row], value[own], std[own], scale, size, at)
        for value, std, scale, size in zip(values, stds, scales, variances, strict=True)
    ]
    expected = np.sum(found, axis=0)
    assert mean[0] == pytest.approx(expected[0], rel=1e-8, abs=1e-10)
    assert variance[0] == pytest.approx(expected[1], rel=1e-6, abs=1e-8)


def test_effects_at_entries_are_those_of_the_entries():
    rows = [[0.0, 1.0, 1.0 + 1e-9, 5.0]]
    values, stds = np.array([[1.0, -2.0, 3.0, 0.5]]), np.array([[0.1, 0.2, 0.3, 0.4]])
    mean, variance = effects(rows, values, stds, [1e6], [2.0], [0] * 4, rows[0])
    np.testing.assert_allclose(mean, values[0], rtol=1e-6)
    np.testing.assert_allclose(variance, stds[0] ** 2, rtol=1e-6)


@pytest.mark.parametrize("at", [np.nan, np.inf, -np.inf, 1e300, -1e300])
def test_a_missing_time_is_a_time_long_after_all_entries(at):
    values, stds = np.array([[1.0, -2.0]]), np.array([[0.1, 0.2]])
    found = effects([[0.0, 1.0]], values, stds, [3.0], [2.0], [0], [at])
    np.testing.assert_array_equal(found, [[0.0], [2.0]])


@pytest.mark.parametrize("at", [0.5, np.nan])
def test_unknown_rows_and_rows_without_entries_have_the_variance_of_the_path(at):
    values = stds = np.ones((2, 1))
    rows, scales, variances = [[0.0], []], [3.0, 1.0], [2.0, 0.25]
    found = effects(rows, values, stds, scales, variances, [-1, 1], [at, at])
    np.testing.assert_array_equal(found, [[0.0, 0.0], [2.25, 2.25]])


def test_later_effects_decay_to_zero():
    values, stds = np.array([[0.0, 2.0]]), np.array([[0.1, 0.2]])
    at = 1.0 + 3.0 * np.log([1, 2, 4, 1e9])
    mean, variance = effects([[0.0, 1.0]], values, stds, [3.0], [2.0], [0] * 4, at)
    np.testing.assert_allclose(mean, [2, 1, 0.5, 2e-9], rtol=1e-12)
    assert (np.diff(variance) > 0).all()


def test_threads_change_no_bit():
    rng = np.random.default_rng(0)
    rows = [np.sort(rng.uniform(0, 50, n)) for n in rng.integers(0, 9, 400)]
    indptr, decays = entries(rows)
    errors, precisions = random_entries(0, decays.size)
    noise = rng.standard_normal(decays.size)
    own, at = rng.integers(-1, 400, 9000), rng.uniform(-9, 60, 9000)
    found = []
    for threads in (1, 2):
        with kernel_threads(threads):
            paths = drawn(rows, errors, precisions, 0.5, noise)
            sizes = np.empty((400, 2))
            given_ = blocks_of(rows), indptr, decays, errors, precisions
            path_likelihoods(*given_, np.array([0.5, 0.7]), sizes)
            stds = np.abs(paths[None])
            later = effects(rows, paths[None], stds, [3.0], [2.0], own, at)
        found.append((paths, sizes, *later))
    for one, two in zip(*found, strict=True):
        np.testing.assert_array_equal(one, two)
