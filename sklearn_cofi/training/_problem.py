"""The problem that a fit solves: centred ratings, their means, and the penalty."""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sklearn_cofi._types import Factors, Solution
from sklearn_cofi._typing import Normalization, RegParam
from sklearn_cofi.data._centering import (
    Means,
    centre,
    fallbacks_of_sides,
    rating_means,
)
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.data._unit import Units
from sklearn_cofi.data._unrated import UNCOUNTED, Unrated
from sklearn_cofi.inference._cold_rows import with_cold_rows
from sklearn_cofi.inference._fitted_factors import (
    FittedFactors,
    FittedFeatures,
    Side,
)
from sklearn_cofi.objective._bias import split_biases, zero_biases
from sklearn_cofi.objective._feature_penalty import (
    NO_FEATURES,
    FeatureTerm,
    RowFeatures,
)
from sklearn_cofi.objective._noise_penalty import noise_penalty
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._squared import MaskedSquaredLoss
from sklearn_cofi.training._side_tables import NO_TABLES, SideTables


@dataclass(frozen=True)
class CenteredProblem:
    """Centred ratings, the means that were subtracted, and the penalty of factors.

    The objective, and with it factors and costs of a solver, is in ``units``. They are
    1 unless ratings or weights are tiny or huge.
    """

    ratings: RatingMatrix  # centred, in units
    means: Means  # not in units
    fallbacks: tuple[np.ndarray, np.ndarray]  # see `fallback_of_rows`; not in units
    normalization: Normalization
    penalty: Penalty  # in units
    unrated: Unrated = UNCOUNTED  # not in units
    features: RowFeatures = NO_FEATURES  # of the users and items of the matrix
    tables: SideTables = NO_TABLES  # also those of users and items without a rating
    mean_damping: float = 0.0

    @cached_property
    def feature_term(self) -> FeatureTerm:
        """The penalties of rows with features, which are the same for any reg_param."""
        counts = self.penalty.counts(self.ratings)
        return FeatureTerm(self.features, self.penalty, counts)

    @cached_property
    def auto_reg_param(self) -> float:
        """The penalty "auto", of which a grid can hold several multiples."""
        return noise_penalty(self.ratings, self.penalty)

    @property
    def units(self) -> Units:
        return self.penalty.units

    def objective(self, reg_param: RegParam) -> MaskedSquaredLoss:
        """Return the cost of factors with this ``reg_param``, in units."""
        penalty = self.penalty.with_reg_param(reg_param)
        return MaskedSquaredLoss(self.ratings, penalty, self.feature_term)

    def in_rating_units(self, solution: Solution) -> Solution:
        """Return a solution whose costs and gradients are in units of the rating.

        Its factors are those of the solver: `fitted` converts them.
        """
        cost, slope = self.units.cost, self.units.gradient
        norms = solution.gradient_norm_path
        return solution._replace(
            cost=solution.cost * cost,
            gradient_norm=solution.gradient_norm * slope,
            cost_path=solution.cost_path * cost,
            gradient_norm_path=None if norms is None else norms * slope,
        )

    def in_solver_units(self, model: FittedFactors) -> FittedFactors:
        """Return a fitted model whose factors and biases are those of a solver."""
        unit = 1 / self.units.rating
        return replace(
            model, users=_scaled(model.users, unit), items=_scaled(model.items, unit)
        )

    def fitted(
        self, factors: Factors, ids: tuple[np.ndarray, np.ndarray], rated: CSRRows
    ) -> FittedFactors:
        """Return the fitted model with these factors.

        Parameters
        ----------
        factors : Factors
            Factors of a solver, with columns for biases if the penalty has
            ``fit_bias``.
        ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        rated : CSRRows
            The ratings of the fit by user, not centred.
        """
        split = split_biases if self.penalty.fit_bias else zero_biases
        (U, V), user_bias, item_bias = split(factors)
        users = Side(ids[0], U, user_bias, self.means.user, self.fallbacks[0])
        items = Side(ids[1], V, item_bias, self.means.item, self.fallbacks[1])
        users, items = (
            self._with_features(side, _scaled(rows, self.units.rating))
            for side, rows in enumerate((users, items))
        )
        return FittedFactors(
            users,
            items,
            self.means.overall,
            self.normalization,
            rated,
            self.unrated,
        )

    def complete(
        self, factors: Factors, ids: tuple[np.ndarray, np.ndarray], rated: CSRRows
    ) -> FittedFactors:
        """Return the fitted model, with the users and items that have features only."""
        model = self.fitted(factors, ids, rated)
        if not self.tables.present:
            return model
        damping = self.mean_damping
        dampings = self.penalty.fallback_dampings(damping) or (damping, damping)
        return with_cold_rows(model, self.tables, dampings)

    def _with_features(self, side: int, rows: Side) -> Side:
        """Return rows with the coefficients that are best for their factors."""
        latent, bias = self.feature_term.latent(side), self.feature_term.bias(side)
        if latent is None or bias is None:
            return rows
        coef = latent.coefficients(rows.factors).astype(rows.factors.dtype)
        effects = bias.coefficients(rows.bias[:, None])[:, 0].astype(rows.bias.dtype)
        return replace(rows, features=FittedFeatures(latent.rows, coef, effects))


def make_problem(
    ratings: RatingMatrix,
    normalization: Normalization,
    mean_damping: float,
    penalty: Penalty,
    unrated: Unrated = UNCOUNTED,
    features: RowFeatures = NO_FEATURES,
    tables: SideTables = NO_TABLES,
) -> CenteredProblem:
    """Return the problem of a matrix, with its means subtracted.

    Parameters
    ----------
    ratings : RatingMatrix
    normalization : {"item", "user", "global", "unrated"} or None
    mean_damping : float
    penalty : Penalty
        Its ``reg_param`` is replaced by that of `CenteredProblem.objective`.
    unrated : Unrated, default=UNCOUNTED
        Rating and weight of unrated pairs.
    features : RowFeatures, default=NO_FEATURES
        Features of the users and items of the matrix.
    tables : SideTables, default=NO_TABLES
        The features of all users and items.
    """
    means = rating_means(ratings, mean_damping, unrated)
    sides = ratings.by_user, ratings.by_item
    dampings = penalty.fallback_dampings(mean_damping)
    fallbacks = fallbacks_of_sides(sides, means, normalization, dampings, unrated)
    centred = centre(ratings.with_unrated(unrated), means, normalization)
    units = centred.units
    return CenteredProblem(
        centred.in_units(units),
        means,
        fallbacks,
        normalization,
        penalty.in_units(units),
        unrated,
        features,
        tables,
        mean_damping,
    )


def _scaled(side: Side, unit: float) -> Side:
    """Return a side with factors times the root of a unit, and biases times it."""
    if unit == 1:
        return side
    factors = side.factors * side.factors.dtype.type(np.sqrt(unit))
    return replace(side, factors=factors, bias=side.bias * side.bias.dtype.type(unit))
