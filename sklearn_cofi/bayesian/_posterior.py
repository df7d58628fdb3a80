"""What is kept of the draws: the mean of all, in little room, and some of them."""

from copy import copy

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._gibbs import Draw
from sklearn_cofi.bayesian._noise import mean_variance

# Columns that the mean is kept in. On MovieLens-100k and 10 features, 60 columns have
# the held-out error of the whole mean to the fourth digit, 20 to the third.
_MIN_RANK = 64
_RANK_PER_FEATURE = 4


class Posterior:
    """The posterior as the chain shows it, draw by draw.

    Parameters
    ----------
    n_draws : int
        Draws that are to enter.
    n_kept : int
        Draws that are kept as they are, evenly spread over these.
    num_features : int

    Attributes
    ----------
    noise_path : list of float
        Standard deviation of the noise in each draw seen.
    """

    def __init__(self, n_draws: int, n_kept: int, num_features: int):
        self._n_draws, self._n_kept = n_draws, min(n_kept, n_draws)
        self._mean = PosteriorMean(max(_MIN_RANK, _RANK_PER_FEATURE * num_features))
        self._kept, self._variance, self._ratios = [], 0.0, (0.0, 0.0)
        self.noise_path = []

    def update(self, draw: Draw, *, enters: bool) -> None:
        """Note a draw, which enters the posterior or not."""
        self._last = draw
        self.noise_path.append(draw.noise.precision**-0.5)
        if enters:
            self._enter(draw)
            share = self._mean.n_draws * self._n_kept // self._n_draws
            if share > len(self._kept):
                self._kept.append(_kept(draw))

    def snapshot(self) -> "Posterior":
        """Return it as if the chain ended here, with at least the last draw in it."""
        ended = copy(self)
        ended._kept = self._kept or [_kept(self._last)]
        if not self._mean.n_draws:
            ended._mean = PosteriorMean(self._mean.rank)
            ended._enter(self._last)
        return ended

    def _enter(self, draw: Draw) -> None:
        self._mean.add(*_with_unknown(draw))
        self._variance += 1 / draw.noise.precision
        pairs = zip(self._ratios, draw.noise.rows, strict=True)
        self._ratios = tuple(total + 1 / side for total, side in pairs)

    def mean(self) -> tuple[Factors, tuple[np.ndarray, np.ndarray]]:
        """Return the mean's factors and biases, with unknown rows as the last."""
        return self._mean.result()

    def variance(self) -> tuple[float, tuple[np.ndarray, np.ndarray]]:
        """Return the noise's mean variance, and ratios to it of users and items."""
        n = self._mean.n_draws
        return self._variance / n, tuple(side / n for side in self._ratios)

    def kept(self) -> PosteriorDraws:
        """Return the draws that were kept, stacked."""
        stacks = (np.stack(parts) for parts in zip(*self._kept, strict=True))
        return PosteriorDraws(*stacks)


class PosteriorMean:
    """The mean of ``users @ items.T`` over draws, as one product of few columns.

    The draws' features turn and change from sweep to sweep: their own means say
    nothing, and only products can be averaged. Side by side, the features of all draws
    are one pair of factors, ``[U_1, U_2, ..] @ [V_1, V_2, ..].T / n``, whose columns a
    singular value decomposition brings down again to those that matter, each time
    some draws have come. The rest is what has not averaged out yet. Biases are
    averaged as they are.

    Parameters
    ----------
    rank : int
        Columns that are kept.
    """

    def __init__(self, rank: int):
        self.rank = rank
        self._pairs = []
        self._biases = 0.0, 0.0
        self.n_draws = 0

    def add(self, users: np.ndarray, items: np.ndarray) -> None:
        """Add a draw, of rows ``[features, bias]``."""
        self._biases = tuple(
            total + side[:, -1].astype(np.float64)
            for total, side in zip(self._biases, (users, items), strict=True)
        )
        self._pairs.append(Factors(users[:, :-1], items[:, :-1]))
        self.n_draws += 1
        if sum(pair.user.shape[1] for pair in self._pairs) >= 2 * self.rank:
            self._pairs = [_compressed(self._pairs, self.rank)]

    def result(self) -> tuple[Factors, tuple[np.ndarray, np.ndarray]]:
        """Return the mean's factors, by falling singular value, and biases."""
        root = np.sqrt(self.n_draws)
        total = _compressed(self._pairs, self.rank)
        factors = Factors(*(side.astype(np.float64) / root for side in total))
        return factors, tuple(side / self.n_draws for side in self._biases)


def _compressed(pairs: list[Factors], rank: int) -> Factors:
    """Return the sum of the products of pairs as the product of one, of some rank."""
    wide = [np.hstack([pair[side] for pair in pairs]) for side in (0, 1)]
    (R, to_users), (S, to_items) = (_triangle(X) for X in wide)
    left, values, right = np.linalg.svd(R @ S.T, full_matrices=False)
    roots = np.sqrt(values[:rank])
    turns = left[:, :rank] * roots, right[:rank].T * roots
    return Factors(
        *(
            X @ (inverse @ turn).astype(X.dtype)
            for X, inverse, turn in zip(wide, (to_users, to_items), turns, strict=True)
        )
    )


def _triangle(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return R and its inverse, with ``X @ inverse`` orthonormal and times R equal X.

    By the eigenvectors of ``X.T @ X``, in a third of the time of a QR factorisation:
    the directions that this rounds away are of the rounding of X itself.
    """
    wide = X.astype(np.float64)
    squares, vectors = np.linalg.eigh(wide.T @ wide)
    kept = squares > np.finfo(np.float64).eps * X.shape[1] * squares[-1]
    roots, vectors = np.sqrt(squares[kept]), vectors[:, kept]
    return roots[:, None] * vectors.T, vectors / roots


def _with_unknown(draw: Draw) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows of a draw and, as the last of each side, the prior's mean."""
    return tuple(
        np.vstack([rows, prior.mean]).astype(rows.dtype)
        for rows, prior in zip(draw.rows, draw.priors, strict=True)
    )


def _kept(draw: Draw) -> PosteriorDraws:
    (of_users, of_items), noise = draw.priors, draw.noise
    user_ratios, item_ratios = (
        np.append(1 / side, mean_variance(degrees))
        for side, degrees in zip(noise.rows, noise.degrees, strict=True)
    )
    users, items = _with_unknown(draw)
    no_link = np.empty((0, users.shape[1]), users.dtype)
    return PosteriorDraws(
        users,
        items,
        user_ratios / noise.precision,
        item_ratios,
        1 / noise.precision,
        noise.degrees[0],
        of_users.precision,
        of_items.precision,
        no_link if of_users.link is None else of_users.link.beta,
    )
