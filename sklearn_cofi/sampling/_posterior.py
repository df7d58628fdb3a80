"""What is kept of the draws: the mean of all, in little room, and some of them."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.sampling._gibbs import Draw


class KeptDraw(NamedTuple):
    """What predictions and their errors need of one draw.

    The last row of each side is a user or an item that nothing is known of: a draw
    from the prior.
    """

    users: np.ndarray  # (n_users + 1, k + 1): [features, bias]
    items: np.ndarray  # (n_items + 1, k + 1)
    variances: np.ndarray  # (n_users + 1,): of a rating around what is predicted
    degrees: float  # of the distribution of the users' precisions
    mean: np.ndarray  # (k + 1,): of the users' prior
    precision: np.ndarray  # (k + 1, k + 1)
    beta: np.ndarray  # (n_items, k + 1), or (0, k + 1) without implicit features


def kept(draw: Draw, rng: np.random.Generator) -> KeptDraw:
    """Return what to keep of a draw, with unknown rows drawn from the priors."""
    users, items = (
        np.vstack([rows, _drawn_from(prior, rng)]).astype(rows.dtype)
        for rows, prior in zip(draw.rows, draw.priors, strict=True)
    )
    prior, (precision, by_user, degrees) = draw.priors[0], draw.noise
    # The mean of 1 / precision over users like these, for the one that is unknown.
    unknown = degrees / max(degrees - 2, 1)
    width = users.shape[1]
    return KeptDraw(
        users,
        items,
        np.append(1 / by_user, unknown) / precision,
        degrees,
        prior.mean,
        prior.precision,
        np.empty((0, width)) if prior.link is None else prior.link.beta,
    )


class PosteriorMean:
    """The mean of ``users @ items.T`` over draws, as one product of few columns.

    The draws' features turn and change from sweep to sweep: their own means say
    nothing, and only products can be averaged. Side by side, the features of all draws
    are one pair of factors, ``[U_1, U_2, ..] @ [V_1, V_2, ..].T / n``, whose columns a
    singular value decomposition brings down again to those that matter, each time
    some draws have come. The rest is what has not averaged out yet.

    Biases are averaged as they are.

    Parameters
    ----------
    rank : int
        Columns that are kept.
    """

    def __init__(self, rank: int):
        self._rank = rank
        self._new = []
        self._factors = None
        self._biases = None
        self.n_draws = 0

    def add(self, users: np.ndarray, items: np.ndarray) -> None:
        """Add a draw, of rows ``[features, bias]``."""
        features = Factors(users[:, :-1], items[:, :-1])
        biases = users[:, -1].astype(np.float64), items[:, -1].astype(np.float64)
        if self._biases is None:
            self._factors = Factors(*(side[:, :0] for side in features))
            self._biases = tuple(np.zeros_like(side) for side in biases)
        for total, side in zip(self._biases, biases, strict=True):
            total += side
        self._new.append(features)
        self.n_draws += 1
        if len(self._new) * features.user.shape[1] >= self._rank:
            self._compress()

    def result(self) -> tuple[Factors, tuple[np.ndarray, np.ndarray]]:
        """Return the mean's factors, by falling singular value, and biases."""
        if self._new:
            self._compress()
        root = np.sqrt(self.n_draws)
        factors = Factors(*(side / root for side in self._factors))
        return factors, tuple(side / self.n_draws for side in self._biases)

    def _compress(self) -> None:
        pairs = [self._factors, *self._new]
        wide = [np.hstack([pair[side] for pair in pairs]) for side in (0, 1)]
        (Q, R), (P, S) = (np.linalg.qr(X) for X in wide)
        left, values, right = np.linalg.svd(R @ S.T, full_matrices=False)
        roots = np.sqrt(values[: self._rank])
        self._factors = Factors(
            Q @ (left[:, : roots.size] * roots), P @ (right[: roots.size].T * roots)
        )
        self._new = []


def with_unknown(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of a draw and, as the last of each side, the prior's mean."""
    return tuple(
        np.vstack([rows, prior.mean]).astype(rows.dtype)
        for rows, prior in zip(draw.rows, draw.priors, strict=True)
    )


def _drawn_from(prior, rng):
    spread = np.linalg.cholesky(prior.precision)
    noise = rng.standard_normal(prior.mean.size)
    return prior.mean + np.linalg.solve(spread.T, noise)
