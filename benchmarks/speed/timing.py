"""The clock that scripts of this folder share."""

from statistics import median
from time import perf_counter


def median_seconds(run, repeats):
    """Return the median time of a call, after one that warms up."""
    run()
    times = []
    for _ in range(repeats):
        start = perf_counter()
        run()
        times.append(perf_counter() - start)
    return median(times)
