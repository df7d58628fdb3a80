"""Stop a solver by the error on ratings that it does not see."""

import numpy as np

from sklearn_cofi._types import Callback, Factors, Solution
from sklearn_cofi.data._encoded import EncodedRatings, spared
from sklearn_cofi.data._matrix import RatingMatrix, pair_keys
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers._state import evaluate, gradient_norm
from sklearn_cofi.training._problem import CenteredProblem, ValidationSet


def validation_split(
    ratings: RatingMatrix, ids, fraction: float, rng
) -> tuple[EncodedRatings, EncodedRatings] | None:
    """Set ratings apart, but of each user and each item leave one.

    The entries of the matrix are drawn, in their canonical order: neither the order
    of the rows nor repeats instead of weights change which.

    Parameters
    ----------
    ratings : RatingMatrix
    ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
    fraction : float
        Of all entries, to be set apart.
    rng : numpy.random.RandomState

    Returns
    -------
    (left, set_apart) : pair of EncodedRatings, or None where nothing can be spared.
    """
    rows = ratings.by_user
    weights = rows.weights if rows.weights.size else None
    entries = EncodedRatings(
        rows.row_of_entry, rows.indices, rows.ratings, weights, *ids
    )
    order = rng.permutation(ratings.n_ratings)
    # The first one drawn of each user and each item stays.
    spare = spared(entries.users[order], entries.items[order])
    apart = order[spare][: max(1, round(fraction * order.size))]
    if not apart.size:
        return None
    left = np.ones(order.size, bool)
    left[apart] = False
    return entries.rows(left), entries.rows(~left)


def entry_mask(ratings: RatingMatrix, some: EncodedRatings) -> np.ndarray:
    """Return which entries of a matrix, by user, some of its pairs are.

    Returns
    -------
    bool array of shape (n_ratings,)
    """
    n_items = ratings.shape[1]
    keys = ratings.by_user.keys(n_items)
    chosen = np.zeros(keys.size, bool)
    wanted = pair_keys(some.users, some.items, n_items)
    chosen[np.searchsorted(keys, wanted)] = True
    return chosen


class EarlyStopping:
    """A callback of a solver that watches the error on held-out ratings.

    It asks to stop when the last ``n_iter_no_change`` iterations together have not
    lowered the error by more than ``tol`` times itself, and keeps the factors with the
    lowest error.

    Parameters
    ----------
    held_out : ValidationSet
    seen : CenteredProblem
    tol : float
    n_iter_no_change : int

    Attributes
    ----------
    scores : ndarray
        Root mean squared error after each iteration so far.
    """

    def __init__(
        self,
        held_out: ValidationSet,
        seen: CenteredProblem,
        tol: float,
        n_iter_no_change: int,
    ):
        self._held_out, self._seen = held_out, seen
        self._tol, self._patience = tol, n_iter_no_change
        self._scores: list[float] = []
        self._mark, self._since = np.inf, 0
        self._lowest, self._factors = np.inf, None
        self._asked = False

    @property
    def scores(self) -> np.ndarray:
        return np.array(self._scores)

    def after(self, callback: Callback) -> Callback:
        """Return a callback that calls another one first, and stops for either."""

        def both(factors: Factors, cost: float) -> bool:
            stopped = callback(factors, cost)
            self._asked = self._has_plateaued(factors) and not stopped
            return stopped or self._asked

        return both

    def best(self, objective: MaskedSquaredLoss, solution: Solution) -> Solution:
        """Return the solution with the best factors seen, and why it ended."""
        if self._asked and solution.stop_reason == "callback":
            solution = solution._replace(stop_reason="early_stopping")
        if self._factors is None:
            return solution
        point = evaluate(objective, self._factors)
        return solution._replace(
            factors=self._factors,
            cost=point.cost,
            gradient_norm=gradient_norm(point),
        )

    def _has_plateaued(self, factors: Factors) -> bool:
        error = self._held_out.rmse(self._seen, factors)
        self._scores.append(error)
        if error < self._lowest:
            # A solver may go on in the same arrays.
            self._lowest = error
            self._factors = Factors(*(side.copy() for side in factors))
        self._since += 1
        if error < self._mark * (1 - self._tol) or len(self._scores) == 1:
            self._mark, self._since = error, 0
        return self._since >= self._patience
