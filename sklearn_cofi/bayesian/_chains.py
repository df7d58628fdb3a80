"""Several chains of one model, which sweep at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

from sklearn_cofi.bayesian._gibbs import Draw, GibbsSampler
from sklearn_cofi.kernels._threads import kernel_threads, n_threads


@contextmanager
def simultaneous_sweeps(
    samplers: list[GibbsSampler],
) -> Iterator[Callable[[list[Draw]], list[Draw]]]:
    """Give a function that makes one sweep of each chain.

    The threads of this context are shared among the chains: with two threads, two
    chains sweep at the same time and each runs its kernels on one. This is faster than
    one chain on two threads, because only kernels and noise run on several threads. The
    draws do not depend on the number of threads.

    Parameters
    ----------
    samplers : list of GibbsSampler
        One for each chain.
    """
    at_once = min(len(samplers), n_threads())
    if at_once == 1:
        yield lambda draws: [
            sampler.sweep(draw) for sampler, draw in zip(samplers, draws, strict=True)
        ]
        return
    of_each = n_threads() // at_once

    def sweep(sampler: GibbsSampler, draw: Draw) -> Draw:
        with kernel_threads(of_each):
            return sampler.sweep(draw)

    with ThreadPoolExecutor(at_once, "sklearn_cofi_chain") as pool:

        def sweeps(draws: list[Draw]) -> list[Draw]:
            # In a copy of this context, chains announce compilation as it does.
            futures = [
                pool.submit(copy_context().run, sweep, sampler, draw)
                for sampler, draw in zip(samplers, draws, strict=True)
            ]
            return [future.result() for future in futures]

        yield sweeps
