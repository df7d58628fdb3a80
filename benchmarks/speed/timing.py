"""The clock that scripts of this folder share."""

from statistics import median
from time import perf_counter


def timed(run):
    """Return the seconds of a call, and what it returned."""
    start = perf_counter()
    result = run()
    return perf_counter() - start, result


def median_seconds(run, repeats):
    """Return the median time of a call, after one that warms up."""
    run()
    times = []
    for _ in range(repeats):
        times.append(timed(run)[0])
    return median(times)
