"""The effects of time of a fitted model, and their values at other times."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._time_effects import TimeDraw, TimeEffects


class PathTotals(NamedTuple):
    """Sums over draws of the paths, of their squares, and of their variances."""

    n_draws: int = 0
    total: np.ndarray = np.zeros((0, 0))  # (n_paths, n_ratings)
    squares: np.ndarray = np.zeros((0, 0))  # (n_paths, n_ratings)
    variances: np.ndarray = np.zeros(0)  # (n_paths,)

    def plus(self, draw: TimeDraw | None) -> "PathTotals":
        """Return the totals with one more draw, if it has effects of time."""
        if draw is None:
            return self
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
    """Effects of time on the ratings of users, in units of the rating."""

    indptr: np.ndarray  # int64 (n_users + 1,)
    times: np.ndarray  # (n_ratings,): by user, increasing for each user
    effects: np.ndarray  # (n_scales, n_ratings): means over the draws
    stds: np.ndarray  # (n_scales, n_ratings)
    scales: np.ndarray  # (n_scales,): in seconds
    variances: np.ndarray  # (n_scales,): of a path at any time

    def at(self, users: np.ndarray, times: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the effects on ratings of users at some times, and their variances.

        Parameters
        ----------
        users : int array of shape (n,)
            Row numbers; -1 is an unknown user, whose effect is zero.
        times : float64 array of shape (n,)
            NaN is no time, at which the effect is zero.
        """
        from sklearn_cofi.kernels._time_effects import effects_at

        mean, variance = np.empty(users.size), np.empty(users.size)
        effects_at(
            self.indptr,
            self.times,
            self.effects,
            self.stds,
            self.scales,
            self.variances,
            users.astype(np.int64, copy=False),
            times,
            mean,
            variance,
        )
        return mean, variance

    def of_rows(self, indptr: np.ndarray) -> "FittedTimes":
        """Return the same effects by the rows of a model with further users."""
        return replace(self, indptr=indptr.astype(np.int64))


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
