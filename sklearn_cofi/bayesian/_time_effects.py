"""Biases of users and items that drift in time, given the other parameters."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.bayesian._normal import standard_normal
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.kernels._blocks import blocks_of

# The variance of a path starts at this share of the variance of the ratings, which is
# also the middle of its prior.
_VARIANCE = 0.05

# A proposal multiplies the variance by the exponential of a normal number with one of
# these standard deviations: large steps find the size, small ones move around it.
_STEPS = (1.0, 0.2)


class TimeDraw(NamedTuple):
    """One draw of the effects of time."""

    paths: np.ndarray  # float64 (n_paths, n_ratings), in the order of the times
    variances: np.ndarray  # float64 (n_paths,): of each path at any time


class TimeEffects:
    """The biases of users or of items as sums of paths, one for each time scale.

    ::

        b_u(t) = b_u + sum over scales of f_u(t),  items likewise
        f_u ~ Ornstein-Uhlenbeck process with mean 0,
              cov(f_u(s), f_u(t)) = variance * exp(-|s - t| / scale)

    A user who rates several items at one sitting is in one mood: ratings of one minute
    have errors in common, and so have, less, ratings of one hour. The variance of each
    scale is drawn with its paths, so that the paths of a scale on which nothing changes
    vanish. All other parameters are given, and do not depend on the paths.

    Parameters
    ----------
    side : {0, 1}
        0 is the biases of users, 1 those of items.
    rows : CSRRows
        The ratings by user.
    n_items : int
    times : float64 array of shape (n_ratings,)
        Time of each rating, in the order of ``rows``.
    scales : float64 array of shape (n_paths,)
        In the unit of the times.

    References
    ----------
    Koren, "Collaborative Filtering with Temporal Dynamics", KDD 2009,
    doi:10.1145/1557019.1557072, section 3.1; Rendle, Zhang and Koren, "On the
    Difficulty of Evaluating Baselines", arXiv:1905.01395.
    """

    def __init__(
        self,
        side: int,
        rows: CSRRows,
        n_items: int,
        times: np.ndarray,
        scales: np.ndarray,
    ) -> None:
        pairs = rows.row_of_entry, rows.indices.astype(np.int64)
        self._order = np.lexsort((times, pairs[side]))
        self.scales = scales
        n_rows = n_items if side else rows.indptr.size - 1
        self._n_rated = np.bincount(pairs[side], minlength=n_rows)
        self.indptr = np.append(0, self._n_rated.cumsum())
        self.times = times[self._order]
        self._blocks = blocks_of(self.indptr)
        gaps = np.diff(self.times, prepend=self.times[0])
        self._decays = np.exp(-np.maximum(gaps, 0) / scales[:, None])
        self._decays[:, self.indptr[:-1][self._n_rated > 0]] = 0

    def start(self) -> TimeDraw:
        """Return the start of the chain: no effects."""
        shape = self.scales.size, self.times.size
        return TimeDraw(np.zeros(shape), np.full(shape[0], _VARIANCE))

    def by_user(self, draw: TimeDraw) -> np.ndarray:
        """Return the sum of all paths at each rating, in the order of the matrix."""
        effects = np.empty(self.times.size)
        effects[self._order] = draw.paths.sum(axis=0)
        return effects

    def draw(
        self,
        errors: np.ndarray,
        precisions: np.ndarray,
        draw: TimeDraw,
        rng: np.random.Generator,
    ) -> TimeDraw:
        """Draw each path and its variance, given all other parameters.

        The variance is drawn first, with the path integrated out, because paths of many
        ratings would hardly let it move. Its prior is flat at small standard
        deviations, and falls as one over the variance at large ones.

        Parameters
        ----------
        errors : float64 array of shape (n_ratings,)
            Ratings by user minus their predictions and all other effects of time.
        precisions : float64 array of shape (n_ratings,)
            Precisions of these ratings.
        draw : TimeDraw
            The previous draw.
        rng : numpy.random.Generator
        """
        from sklearn_cofi.kernels._time_effects import draw_paths

        of_ratings = precisions[self._order]
        paths, variances = draw.paths.copy(), draw.variances.copy()
        rest = errors[self._order] - paths.sum(axis=0)
        for number, decays in enumerate(self._decays):
            rest += paths[number]
            given = self._blocks, self.indptr, decays, rest, of_ratings
            variances[number] = _draw_variance(given, variances[number], rng)
            noise = standard_normal(rng, rest.shape, np.dtype(np.float64))
            variance, path = variances[number : number + 1], np.empty_like(rest)
            draw_paths(*given, variance, noise, path)
            paths[number] = path
            rest -= path
        return TimeDraw(paths, variances)


def _draw_variance(
    given: tuple[np.ndarray, ...], variance: float, rng: np.random.Generator
) -> float:
    """Return the next variance of a path, by a Metropolis step on its logarithm."""
    from sklearn_cofi.kernels._time_effects import path_likelihoods

    step = _STEPS[rng.integers(len(_STEPS))] * rng.standard_normal()
    candidates = np.array([variance, variance * np.exp(step)])
    of_rows = np.empty((given[1].size - 1, candidates.size))
    path_likelihoods(*given, candidates, of_rows)
    # The prior of the logarithm: sqrt(variance) / (1 + variance / middle).
    posterior = of_rows.sum(axis=0) + np.log(candidates) / 2
    posterior -= np.log1p(candidates / _VARIANCE)
    accepted = np.log(rng.random()) < posterior[1] - posterior[0]
    return float(candidates[int(accepted)])
