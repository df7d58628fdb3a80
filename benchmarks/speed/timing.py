"""Functions to time calls, for the scripts of this folder."""

from statistics import median
from time import perf_counter


def timed(run):
    """Return the seconds of a call and its result."""
    start = perf_counter()
    result = run()
    return perf_counter() - start, result


def median_seconds(run, repeats):
    """Return the median seconds of a call, after one call as a warm-up."""
    run()
    times = []
    for _ in range(repeats):
        times.append(timed(run)[0])
    return median(times)
