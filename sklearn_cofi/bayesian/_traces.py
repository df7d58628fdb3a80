"""Quantities of each draw that show whether the chains have mixed."""

from dataclasses import dataclass

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.bayesian._gibbs import Draw
from sklearn_cofi.bayesian._mixing import bulk_ess, split_r_hat
from sklearn_cofi.data._matrix import RatingMatrix

# Number of pairs whose predictions are recorded.
N_PAIRS = 100
PREDICTIONS = "predictions"
_NAMES = "noise", "user_means", "item_means", "interactions"
_LINKS = "user_link", "item_link"

# Median R-hat of predictions above which a fit warns. Vehtari et al. ask for 1.01 where
# tails of the posterior matter. A mean prediction needs less: at 1.1 a chain adds about
# a tenth to the error of sampling.
_LARGEST_R_HAT = 1.1
# Draws of a chain from which on R-hat is exact enough for a warning.
_ENOUGH_DRAWS = 100


@dataclass(frozen=True)
class Traces:
    """The recorded quantities of a fit, and how well they have mixed."""

    names: np.ndarray  # str (n_traces + 1,): the last one is "predictions"
    values: np.ndarray  # (n_traces, n_chains, n_sweeps), burn-in included
    r_hat: np.ndarray  # (n_traces + 1,): the last one is a median over pairs
    ess: np.ndarray  # (n_traces + 1,), likewise


class TraceRecorder:
    """Computes the quantities of a draw that are identified.

    Latent factors rotate and change signs without any change of the predictions, so
    their own values do not converge. These do:

    - "noise": the standard deviation of ratings around their predictions;
    - "user_means": the standard deviation over users of the mean prediction over items;
    - "item_means": likewise over items;
    - "interactions": the root mean square over all pairs of what is left of the
      predictions without these means;
    - "user_link", "item_link": the precision of the effects of rated items on users,
      and of users on items, if the model has implicit features;
    - the predictions of `N_PAIRS` pairs.

    Parameters
    ----------
    ratings : RatingMatrix
        A pair has the user of one rating and the item of another, both drawn.
    rng : numpy.random.Generator
    burn_in : int
        Number of first sweeps that R-hat and the effective sample size leave out.
    implicit_features : bool
        Whether the first link of each side is that of the mask. Links of features of
        users and items are not recorded.

    Attributes
    ----------
    names : list of str
        Names of the quantities before the predictions.
    """

    def __init__(
        self,
        ratings: RatingMatrix,
        rng: np.random.Generator,
        burn_in: int,
        *,
        implicit_features: bool,
    ) -> None:
        rows = ratings.by_user
        entries = rng.integers(rows.indices.size, size=(2, N_PAIRS))
        self._pairs = rows.row_of_entry[entries[0]], rows.indices[entries[1]]
        self._burn_in = burn_in
        self._records: list[np.ndarray] = []
        self._links = _LINKS if implicit_features else ()
        self.names = [*_NAMES, *self._links]

    def update(self, draws: list[Draw]) -> None:
        """Record the draws of a sweep, one of each chain."""
        self._records.append(np.stack([self.record(draw) for draw in draws]))

    def traces(self, scale: float, noise_scale: float) -> Traces:
        """Return the traces of the sweeps so far, as `make_traces` does."""
        records = np.stack(self._records)
        return make_traces(self.names, records, self._burn_in, scale, noise_scale)

    def record(self, draw: Draw) -> np.ndarray:
        """Return the quantities named by ``names``, then the predictions.

        They are in units of the scaled ratings.
        """
        (U, b), (V, c) = ((rows[:, :-1], rows[:, -1]) for rows in draw.rows)
        u, i = self._pairs
        mean_u, mean_v = (
            X.mean(axis=0, dtype=np.float64).astype(X.dtype) for X in (U, V)
        )
        grams = [X.T @ X / len(X) for X in (U - mean_u, V - mean_v)]
        quantities = (
            draw.noise.precision**-0.5,
            (b + U @ mean_v).std(),
            (c + V @ mean_u).std(),
            np.sqrt(np.sum(grams[0] * grams[1])),
            *(prior.links[0].strength for prior in draw.priors if self._links),
        )
        return np.r_[quantities, b[u] + c[i] + np.einsum("nk,nk->n", U[u], V[i])]


def make_traces(
    names: list[str],
    records: np.ndarray,
    burn_in: int,
    scale: float,
    noise_scale: float,
) -> Traces:
    """Return the traces of all chains, in units of the rating.

    Parameters
    ----------
    names : list of str
        ``TraceRecorder.names``.
    records : ndarray of shape (n_sweeps, n_chains, n_traces + N_PAIRS)
        From `TraceRecorder.record`.
    burn_in : int
        Number of first sweeps that R-hat and the effective sample size leave out.
    scale, noise_scale : float
        Units of the predictions and of the noise.
    """
    units = {"noise": noise_scale, **dict.fromkeys(_LINKS, 1.0)}
    values = np.moveaxis(records, (2, 1), (0, 1)).astype(np.float64)
    n = len(names)
    values[:n] *= np.array([units.get(name, scale) for name in names])[:, None, None]
    after = values[..., burn_in:]
    r_hat, ess = (
        np.append(found[:n], _median(found[n:]))
        for found in (split_r_hat(after), bulk_ess(after))
    )
    return Traces(np.array([*names, PREDICTIONS]), values[:n], r_hat, ess)


def warn_of_mixing(traces: Traces, burn_in: int) -> None:
    """Warn that the chains have not mixed, if there are draws enough to tell."""
    n_draws = traces.values.shape[-1] - burn_in
    r_hat, ess = traces.r_hat[-1], traces.ess[-1]
    if n_draws >= _ENOUGH_DRAWS and r_hat > _LARGEST_R_HAT:
        warn_caller(
            f"The chains have not mixed: the median R-hat of the predictions is "
            f"{r_hat:.2f}, above {_LARGEST_R_HAT}, and their median effective sample "
            f"size is {ess:.0f}. Increase n_sweeps, and burn_in if the trace of the "
            "noise still falls after it (sklearn_cofi.displays.TraceDisplay).",
            ConvergenceWarning,
        )


def _median(values: np.ndarray) -> float:
    """Return the median without NaN, or NaN if nothing is left."""
    known = values[~np.isnan(values)]
    return float(np.median(known)) if known.size else np.nan
