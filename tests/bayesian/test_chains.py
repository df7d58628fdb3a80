"""Several chains of one model."""

import numpy as np
import pytest
from strategies import random_ratings

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


@pytest.mark.parametrize("threads", [1, 2])
@pytest.mark.parametrize("n", [1, 3])
def test_chains_sweep_as_each_does_alone(n, threads):
    together, alone = samplers(n), samplers(n)
    draws = [sampler.start() for sampler in together]
    expected = [sampler.start() for sampler in alone]
    with kernel_threads(threads), simultaneous_sweeps(together) as sweeps:
        for _ in range(3):
            draws = sweeps(draws)
    for _ in range(3):
        expected = [s.sweep(draw) for s, draw in zip(alone, expected, strict=True)]
    for one, other in zip(draws, expected, strict=True):
        assert one.noise.precision == other.noise.precision
        for side in (0, 1):
            np.testing.assert_array_equal(one.rows[side], other.rows[side])
    assert len({draw.noise.precision for draw in draws}) == n


class Failing:
    """A sampler that fails on two threads, or counts its threads."""

    def __init__(self, error=None):
        self.error, self.n_threads = error, []

    def sweep(self, draw):
        self.n_threads.append(n_threads())
        if self.error:
            raise self.error
        return draw


def test_an_error_in_a_chain_is_raised():
    chains = [Failing(), Failing(ValueError("no draw"))]
    with kernel_threads(2), pytest.raises(ValueError, match="no draw"):
        with simultaneous_sweeps(chains) as sweeps:
            sweeps([None, None])


def test_chains_share_the_threads():
    chains = [Failing(), Failing()]
    with kernel_threads(2), simultaneous_sweeps(chains) as sweeps:
        sweeps([None, None])
        assert n_threads() == 2
    assert [chain.n_threads for chain in chains] == [[1], [1]]
