"""Several chains of one model, which sweep at the same time."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context

from sklearn_cofi.bayesian._gibbs import Draw, GibbsSampler
from sklearn_cofi.kernels._threads import kernel_threads, n_threads

# Threads of a chain's kernels, if chains sweep at the same time. On two threads of a
# busy machine, two chains of MovieLens-100k take twice the time of one in turn, but 3.5
# times with one thread each: threads of Python wait for each other after each array
# operation, while those of kernels do not wait for a helper that has not started.
_PER_CHAIN = 2


@contextmanager
def simultaneous_sweeps(
    samplers: list[GibbsSampler],
) -> Iterator[Callable[[list[Draw]], list[Draw]]]:
    """Give a function that makes one sweep of each chain.

    The threads of this context are shared among the chains. Each chain that sweeps at
    the same time as others has at least `_PER_CHAIN` threads for its kernels, and
    chains take turns where there are fewer threads. The draws do not depend on their
    number.

    Parameters
    ----------
    samplers : list of GibbsSampler
        One for each chain.
    """
    at_once = min(len(samplers), n_threads() // _PER_CHAIN)
    if at_once < 2:
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
