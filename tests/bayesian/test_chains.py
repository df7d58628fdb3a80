"""Several chains of one model."""

from threading import current_thread

import numpy as np
import pytest
from numba import config
from strategies import random_ratings

from sklearn_cofi.bayesian import _chains
from sklearn_cofi.bayesian._chains import simultaneous_sweeps
from sklearn_cofi.bayesian._gibbs import GibbsSampler
from sklearn_cofi.bayesian._likelihood import NormalLikelihood
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.kernels._threads import kernel_threads, n_threads


def samplers(n):
    likelihood = NormalLikelihood(rating_matrix(*random_ratings(0, (30, 20))))
    named = {"implicit_features": True, "heteroscedastic": True}
    first = GibbsSampler(likelihood, 3, np.random.default_rng(0), **named)
    others = [first.with_generator(np.random.default_rng(s)) for s in range(1, n)]
    return [first, *others]


@pytest.fixture
def four_threads(monkeypatch):
    """Let chains share four threads, although the machine may have fewer."""
    monkeypatch.setattr(_chains, "n_threads", lambda: 4)


@pytest.mark.usefixtures("four_threads")
@pytest.mark.parametrize("n", [1, 2, 3])
def test_chains_sweep_as_each_does_alone(n):
    together, alone = samplers(n), samplers(n)
    draws = [sampler.start() for sampler in together]
    expected = [sampler.start() for sampler in alone]
    with simultaneous_sweeps(together) as sweeps:
        for _ in range(3):
            draws = sweeps(draws)
    for _ in range(3):
        expected = [s.sweep(draw) for s, draw in zip(alone, expected, strict=True)]
    for one, other in zip(draws, expected, strict=True):
        assert one.noise.precision == other.noise.precision
        for side in (0, 1):
            np.testing.assert_array_equal(one.rows[side], other.rows[side])
    assert len({draw.noise.precision for draw in draws}) == n


class Recorder:
    """A sampler that records its thread and the number of threads of its kernels."""

    def __init__(self, error=None):
        self.error, self.seen = error, []

    def sweep(self, draw):
        self.seen.append((current_thread().name.split("_")[-2:-1], n_threads()))
        if self.error:
            raise self.error
        return draw


@pytest.mark.usefixtures("four_threads")
def test_an_error_in_a_chain_is_raised():
    chains = [Recorder(), Recorder(ValueError("no draw"))]
    with (
        pytest.raises(ValueError, match="no draw"),
        simultaneous_sweeps(chains) as all_,
    ):
        all_([None, None])


@pytest.mark.usefixtures("four_threads")
def test_chains_share_the_threads():
    chains = [Recorder() for _ in range(2)]
    expected = min(2, config.NUMBA_NUM_THREADS)
    with simultaneous_sweeps(chains) as sweeps:
        sweeps([None, None])
    assert [chain.seen for chain in chains] == [[(["chain"], expected)]] * 2


def test_chains_take_turns_where_threads_are_few():
    chains = [Recorder() for _ in range(2)]
    with kernel_threads(1), simultaneous_sweeps(chains) as sweeps:
        sweeps([None, None])
    assert [chain.seen for chain in chains] == [[([], 1)]] * 2
