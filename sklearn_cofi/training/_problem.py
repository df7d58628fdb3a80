"""The problem that a fit solves: centred ratings, their means, and the penalty."""

from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Normalization, RegParam
from sklearn_cofi.data._centering import (
    Means,
    centre,
    fallback_of_rows,
    rating_means,
)
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.inference._fitted_factors import FittedFactors, Side
from sklearn_cofi.objective._bias import split_biases, zero_biases
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss


@dataclass(frozen=True)
class CenteredProblem:
    """Centred ratings, the means that were subtracted, and the penalty of factors."""

    ratings: RatingMatrix  # centred
    means: Means
    fallbacks: tuple[np.ndarray, np.ndarray]  # see `fallback_of_rows`
    normalization: Normalization
    penalty: Penalty

    def objective(self, reg_param: RegParam) -> MaskedSquaredLoss:
        """Return the cost of factors with this ``reg_param``."""
        return MaskedSquaredLoss(self.ratings, self.penalty.with_reg_param(reg_param))

    def fitted(
        self, factors: Factors, ids: tuple[np.ndarray, np.ndarray], rated: CSRRows
    ) -> FittedFactors:
        """Return the fitted model with these factors.

        Parameters
        ----------
        factors : Factors
            With columns for biases if the penalty has ``fit_bias``.
        ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        rated : CSRRows
            The ratings of the fit by user, not centred.
        """
        split = split_biases if self.penalty.fit_bias else zero_biases
        (U, V), user_bias, item_bias = split(factors)
        return FittedFactors(
            Side(ids[0], U, user_bias, self.means.user, self.fallbacks[0]),
            Side(ids[1], V, item_bias, self.means.item, self.fallbacks[1]),
            self.means.overall,
            self.normalization,
            rated,
        )


def make_problem(
    ratings: RatingMatrix,
    normalization: Normalization,
    mean_damping: float,
    penalty: Penalty,
) -> CenteredProblem:
    """Return the problem of a matrix, with its means subtracted.

    Parameters
    ----------
    ratings : RatingMatrix
    normalization : {"item", "user", "global"} or None
    mean_damping : float
    penalty : Penalty
        Its ``reg_param`` is replaced by that of `CenteredProblem.objective`.
    """
    means = rating_means(ratings, mean_damping)
    dampings = penalty.fallback_dampings(mean_damping)
    of_users, of_items = (
        fallback_of_rows(side, rows, own, means.overall, normalization, dampings)
        for side, rows, own in (
            (0, ratings.by_user, means.user),
            (1, ratings.by_item, means.item),
        )
    )
    centred = centre(ratings, means, normalization)
    return CenteredProblem(centred, means, (of_users, of_items), normalization, penalty)
