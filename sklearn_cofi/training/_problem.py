"""The middle of the road, which every fit takes: from a matrix to a solution."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Callback, Factors, Solution
from sklearn_cofi.data._centering import (
    Means,
    baseline_predictions,
    centre,
    rating_means,
)
from sklearn_cofi.data._encoded import EncodedRatings, places
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.inference._predict import predict_pairs
from sklearn_cofi.objective._bias import split_biases
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.solvers import SOLVERS
from sklearn_cofi.solvers._path import solve_path


@dataclass(frozen=True)
class CenteredProblem:
    """Ratings to learn from, their means subtracted, and what a model of them costs."""

    centred: RatingMatrix
    means: Means
    mean_normalization: str | None
    penalty: Penalty  # whose reg_param `objective` replaces

    def objective(self, reg_param) -> MaskedSquaredLoss:
        """Return the cost with this penalty."""
        return MaskedSquaredLoss(self.centred, self.penalty.with_reg_param(reg_param))


def training(
    ratings: RatingMatrix, mean_normalization, mean_damping: float, penalty: Penalty
) -> CenteredProblem:
    """Learn the means of a matrix and subtract them."""
    means = rating_means(ratings, mean_damping)
    centred = centre(ratings, means, mean_normalization)
    return CenteredProblem(centred, means, mean_normalization, penalty)


def solve(
    solver,
    objective: MaskedSquaredLoss,
    start: Factors,
    *,
    max_iter: int,
    tol: float,
    callback: Callback | None = None,
) -> Solution:
    """Run a solver, given by its name or itself.

    Raises
    ------
    ValueError
        If the cost leaves the range of floats.
    """
    minimise = SOLVERS[solver] if isinstance(solver, str) else solver
    solution = minimise(objective, start, max_iter=max_iter, tol=tol, callback=callback)
    if not np.isfinite(solution.cost):
        raise ValueError(
            f"The cost reached {solution.cost}: the ratings or weights are too "
            f"large for {objective.dtype}. Scale them down, or fit in float64."
        )
    return solution


def solve_along(
    seen: CenteredProblem,
    reg_params,
    num_features_grid: list[int],
    finished=(),
    **settings,
) -> Iterator[dict[int, Solution]]:
    """Yield the solutions at each falling penalty, by position in the grid of k.

    As `solve_path`, with the solver's ``settings`` as in `solve`.
    """
    return solve_path(
        (seen.objective(reg_param) for reg_param in reg_params),
        num_features_grid,
        lambda objective, start: solve(objective=objective, start=start, **settings),
        finished,
    )


class ValidationSet:
    """Ratings that a training has not seen, to measure predictions by.

    Parameters
    ----------
    rows : EncodedRatings
        Of all ids.
    user_ids, item_ids : ndarray
        Those that the training has.
    rating_range : (low, high) or None
        Predictions are clipped to it, as `predict` clips them.
    """

    def __init__(self, rows: EncodedRatings, user_ids, item_ids, rating_range):
        # Sorted, so that sums do not depend on the order of the rows.
        keys = rows.ratings, rows.items, rows.users
        if rows.weights is not None:
            keys = rows.weights, *keys
        rows = rows.rows(np.lexsort(keys))
        self._users = places(user_ids, rows.user_ids)[rows.users]
        self._items = places(item_ids, rows.item_ids)[rows.items]
        self._ratings, self._weights = rows.ratings, rows.weights
        self._rating_range = rating_range

    def rmse(self, seen: CenteredProblem, factors: Factors) -> float:
        """Return the root mean squared error of what `predict` would say."""
        U, V = factors
        biases = np.zeros(len(U), U.dtype), np.zeros(len(V), V.dtype)
        if seen.penalty.fit_bias:
            factors, *biases = split_biases(factors)
        pairs = self._users, self._items
        centres = baseline_predictions(
            seen.means, biases, seen.mean_normalization, *pairs
        )
        predicted = predict_pairs(factors, centres, *pairs)
        if self._rating_range is not None:
            predicted = np.clip(predicted, *self._rating_range)
        square = np.square(predicted.astype(np.float64) - self._ratings)
        return float(np.sqrt(np.average(square, weights=self._weights)))
