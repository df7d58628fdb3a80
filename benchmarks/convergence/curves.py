"""Curves of error over seconds, from repeated fits with more and more iterations."""

import numpy as np

from benchmarks.peers.driver import Peer, rmse

ITERATIONS = (1, 2, 3, 4, 5, 6, 8, 12, 16, 24, 32, 48, 64, 100, 150, 200)
# An error of at most this factor times the best one counts as reached.
REACHED = 1.001
# A decrease by less than this fraction of the error does not count.
HARDLY = 1e-4


class Loaded:
    """A peer that has loaded a split."""

    def __init__(self, name, environments, parts):
        self.peer, self.parts = Peer(name, environments), parts
        self.peer.load(parts)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.peer.__exit__(*exception)

    def warm_up(self, settings):
        """Fit two iterations, untimed: the compiled code depends on the settings."""
        self.peer.fit(2, settings)
        return self.peer.ask("versions")

    def curve(self, settings, iterations=ITERATIONS, longest=np.inf):
        """Yield (iterations, seconds, error) of fits from scratch.

        It ends when the error has not decreased twice in a row, or when the next fit
        would take more than `longest` seconds.
        """
        errors, n_before, seconds = [], 1, 0.0
        for n in iterations:
            if seconds * n / n_before > longest or _settled(errors):
                return
            seconds, arrays = self.peer.fit(n, settings)
            errors.append(rmse(self.parts, arrays["predicted"]))
            n_before = n
            yield n, seconds, errors[-1]


def first_time(points, error):
    """Return the seconds of the first point with at most this error, or None."""
    below = [seconds for _, seconds, reached in points if reached <= error]
    return below[0] if below else None


def _settled(errors):
    """Return whether neither of the last two steps has lowered the error enough."""
    with np.errstate(invalid="ignore"):  # errors are infinite if a fit diverged
        falls = -np.diff(errors[-3:])
    return len(falls) == 2 and not (falls >= HARDLY * errors[-1]).any()
