"""R-hat and effective sample size."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklearn_cofi.bayesian._mixing import MIN_DRAWS, bulk_ess, split_r_hat

MEASURES = pytest.mark.parametrize("measure", [split_r_hat, bulk_ess])


def autoregressive(phi, n_chains, n_draws, seed=0):
    """Return chains whose draws have the correlation phi**lag, after the start."""
    draws = np.random.default_rng(seed).standard_normal((1, n_chains, n_draws))
    for t in range(1, n_draws):
        draws[..., t] += phi * draws[..., t - 1]
    return draws


def test_waves_have_the_values_of_arviz():
    # rhat and ess of ArviZ 0.19, as in the tests below.
    steps = np.arange(24)
    draws = (np.sin(steps) + steps / 20).reshape(1, 2, 12)
    assert split_r_hat(draws)[0] == pytest.approx(1.1319753719801102)
    assert bulk_ess(draws)[0] == pytest.approx(12.793810055231067)


@pytest.mark.parametrize(
    ("phi", "n_chains", "n_draws", "r_hat", "ess"),
    [
        (0.0, 4, 200, 0.9987659602507241, 831.5985794730396),
        (0.5, 4, 201, 1.0025496503536973, 269.30353583242356),
        (0.9, 2, 400, 1.0336790008477472, 66.01747028742498),
        (-0.4, 3, 100, 1.001396795024124, 743.1363764158988),
    ],
)
def test_random_chains_have_the_values_of_arviz(phi, n_chains, n_draws, r_hat, ess):
    draws = autoregressive(phi, n_chains, n_draws)
    assert split_r_hat(draws)[0] == pytest.approx(r_hat)
    assert bulk_ess(draws)[0] == pytest.approx(ess)


@pytest.mark.parametrize("phi", [0.0, 0.5, 0.8])
def test_correlated_draws_count_by_their_correlation_time(phi):
    # The sum of phi**lag over all lags is (1 + phi) / (1 - phi).
    found = bulk_ess(autoregressive(phi, 4, 5000))[0]
    assert found == pytest.approx(4 * 5000 * (1 - phi) / (1 + phi), rel=0.2)


def test_chains_at_different_places_have_not_mixed():
    draws = np.random.default_rng(0).standard_normal((1, 4, 200))
    apart = draws + 3 * np.arange(4)[:, None]
    assert split_r_hat(draws)[0] < 1.01
    assert split_r_hat(apart)[0] > 2
    assert bulk_ess(apart)[0] < 10


def test_a_chain_that_moves_has_not_mixed():
    draws = np.random.default_rng(0).standard_normal((1, 1, 200))
    assert split_r_hat(draws + np.linspace(0, 4, 200))[0] > 1.5


def test_chains_of_different_width_have_not_mixed():
    # Their means are equal: the distances from the median differ.
    draws = np.random.default_rng(0).standard_normal((1, 4, 200))
    assert split_r_hat(draws * np.array([1, 1, 1, 9])[:, None])[0] > 1.2


@MEASURES
@given(seed=st.integers(0, 99), n_chains=st.integers(1, 3), n=st.integers(8, 30))
def test_units_and_order_of_chains_change_nothing(measure, seed, n_chains, n):
    draws = np.random.default_rng(seed).standard_cauchy((2, n_chains, n))
    found = measure(draws)
    assert np.isfinite(found).all()
    # A power of two keeps ties among the distances from the median.
    np.testing.assert_allclose(measure(4 * draws[:, ::-1]), found, rtol=1e-9)
    np.testing.assert_allclose(measure(draws[1:])[0], found[1], rtol=1e-9)


@MEASURES
def test_too_few_or_equal_draws_have_no_value(measure):
    rng = np.random.default_rng(0)
    assert np.isnan(measure(rng.random((3, 2, MIN_DRAWS - 1)))).all()
    assert np.isfinite(measure(rng.random((3, 2, MIN_DRAWS)))).all()
    draws = rng.random((2, 2, 20))
    draws[0] = 7
    np.testing.assert_array_equal(np.isnan(measure(draws)), [True, False])
