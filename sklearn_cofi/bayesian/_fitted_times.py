"""The effects of time of a fitted model, and their values at other times."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._time_effects import TimeDraw, TimeEffects


class PathTotals(NamedTuple):
    """Sums over draws of the paths, of their squares, and of their variances."""

    n_draws: int = 0
    total: np.ndarray = np.zeros((0, 0))  # (n_paths, n_ratings)
    squares: np.ndarray = np.zeros((0, 0))  # (n_paths, n_ratings)
    variances: np.ndarray = np.zeros(0)  # (n_paths,)

    def plus(self, draw: TimeDraw) -> "PathTotals":
        """Return the totals with one more draw."""
        if not self.n_draws:
            return PathTotals(1, draw.paths, draw.paths**2, draw.variances)
        return PathTotals(
            self.n_draws + 1,
            self.total + draw.paths,
            self.squares + draw.paths**2,
            self.variances + draw.variances,
        )

    @property
    def means(self) -> TimeDraw:
        """Mean paths and mean variances."""
        return TimeDraw(self.total / self.n_draws, self.variances / self.n_draws)

    @property
    def stds(self) -> np.ndarray:
        """Standard deviations of the paths over the draws."""
        squares = self.squares / self.n_draws - self.means.paths**2
        return np.sqrt(np.maximum(squares, 0))


@dataclass(frozen=True)
class FittedTimes:
    """Effects of time on the biases of a side, in units of the rating."""

    indptr: np.ndarray  # int64 (n_rows + 1,)
    times: np.ndarray  # (n_ratings,): by row, increasing for each row
    effects: np.ndarray  # (n_scales, n_ratings): means over the draws
    stds: np.ndarray  # (n_scales, n_ratings)
    scales: np.ndarray  # (n_scales,): in seconds
    variances: np.ndarray  # (n_scales,): of a path at any time

    def at(self, rows: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the effects on rows at some times, and their variances.

        Parameters
        ----------
        rows : int array of shape (n,)
            Row numbers; -1 is an unknown row, whose effect is zero.
        times : float64 array of shape (n,)
            NaN is no time, at which the effect is zero.
        """
        from sklearn_cofi.kernels._time_effects import effects_at

        mean, variance = np.empty(rows.size), np.empty(rows.size)
        effects_at(
            self.indptr,
            self.times,
            self.effects,
            self.stds,
            self.scales,
            self.variances,
            rows.astype(np.int64, copy=False),
            times,
            mean,
            variance,
        )
        return mean, variance


def fitted_times(time: TimeEffects, paths: PathTotals, scale: float) -> FittedTimes:
    """Return the posterior of the effects of time, in units of the rating."""
    means = paths.means
    return FittedTimes(
        time.indptr,
        time.times,
        scale * means.paths,
        scale * paths.stds,
        time.scales,
        scale**2 * means.variances,
    )
