"""The penalty: the coefficients of the squares of factors and of biases."""

from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real

import numpy as np

from sklearn_cofi._typing import RegParam, RegScaling
from sklearn_cofi.data._centering import FALLBACK_DAMPING
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.data._unit import Units

_EXPONENTS = {"none": 0.0, "count": 1.0, "weight": 1.0}
_LARGEST = float(np.finfo(np.float64).max)

# Factors and biases with this penalty are below the rounding of ratings of usual size,
# and its products with them are far from the largest float32.
LARGEST_PENALTY = 2.0**100


@dataclass(frozen=True)
class Penalty:
    """The penalty of a pair of factors, given by the parameters of an estimator.

    ::

        sum over users u of p_u/2 * ||U_u||**2 + q_u/2 * b_u**2,  likewise for items
        p_u = reg_user * n_u**reg_scaling
        q_u = reg_bias_user, or p_u where reg_bias is None

    ``n_u`` is the number of ratings of user u, counted by their weights. With
    ``reg_scaling="weight"`` it is the weight of all pairs of u, rated or not.

    Parameters
    ----------
    reg_param : float or (users, items)
    reg_scaling : {"none", "count", "weight"} or float in [0, 1], default="none"
    fit_bias : bool, default=False
    reg_bias : float, (users, items) or None, default=None
        Not used without ``fit_bias``.
    units : Units, default=Units()
        Units of the ratings and weights of the objective. The penalty of the factors
        has the unit of a rating times a weight, and the penalty of the biases that of a
        weight.
    reg_features : float, default=1.0
        Penalty of the coefficients of features, as a multiple of the penalty of all
        rows that a coefficient moves.

    Raises
    ------
    ValueError
        If a penalty is negative or not a number, or if ``reg_param`` is zero for one
        side only.
    """

    reg_param: RegParam
    reg_scaling: RegScaling = "none"
    fit_bias: bool = False
    reg_bias: RegParam | None = None
    units: Units = Units()
    reg_features: float = 1.0

    def __post_init__(self) -> None:
        if (self.factors[0] == 0) != (self.factors[1] == 0):
            raise ValueError(
                f"reg_param={self.reg_param!r} penalises one side only, which has no "
                "effect: factors of that side would shrink without limit and those of "
                "the other side grow, with the same predictions. Make both positive, "
                "or both 0."
            )
        _ = self.biases  # raises if they are invalid

    @cached_property
    def factors(self) -> tuple[float, float]:
        """The penalties of the factors of users and of items."""
        return _pair("reg_param", self.reg_param)

    @cached_property
    def biases(self) -> tuple[float, float] | tuple[None, None]:
        """The penalties of the biases of users and of items, or None as for factors.

        Kernels penalise the last column by the second penalty of a row, and without
        biases the last column is a latent factor.
        """
        if self.reg_bias is None:
            return None, None
        pair = _pair("reg_bias", self.reg_bias)
        return pair if self.fit_bias else (None, None)

    @property
    def as_one(self) -> float:
        """The single penalty that is equivalent to both, in units of the objective.

        Predictions depend on the product of the factors only, and ::

            min of a/2 * ||U||**2 + b/2 * ||V||**2 = sqrt(a * b) * ||Z||_*

        over all U and V with ``U @ V.T = Z``. The minimum is the same with ``a = b``,
        because U and V can be replaced by ``U * (b / a)**(1/4)`` and
        ``V * (a / b)**(1/4)``.
        """
        a, b = self.factors
        one = a if a == b else float(np.sqrt(a) * np.sqrt(b))
        return min(one / self.reg_unit, _LARGEST)

    @property
    def exponent(self) -> float:
        """``reg_scaling`` as a number."""
        power = self.reg_scaling
        return _EXPONENTS[power] if isinstance(power, str) else float(power)

    def fallback_dampings(self, mean_damping: float) -> tuple[float, float] | None:
        """Return the dampings of the means that predict for unknown items and users.

        ::

            max(mean_damping, reg_bias)

        for the means of users and the means of items, with 4 where ``reg_bias`` is
        None. The bias of a row without factors is ``sum / (n + reg_bias)``, so both
        numbers count ratings. None without biases: the means of the fit are used.
        """
        if not self.fit_bias:
            return None
        of_users, of_items = self.biases
        if of_users is None or of_items is None:
            of_users = of_items = FALLBACK_DAMPING
        return max(mean_damping, of_users), max(mean_damping, of_items)

    def with_reg_param(self, reg_param: RegParam) -> "Penalty":
        """Return the penalty with another ``reg_param``."""
        return replace(self, reg_param=reg_param)

    def in_units(self, units: Units) -> "Penalty":
        """Return the penalty for ratings and weights that are divided by units."""
        return replace(self, units=units)

    @property
    def reg_unit(self) -> float:
        """Unit of ``reg_param``, by which it is divided in the objective."""
        return self.units.reg_param(self.exponent)

    def counts(self, ratings: RatingMatrix) -> tuple[np.ndarray, np.ndarray]:
        """Return the ``n`` of each user and of each item."""
        if self.reg_scaling == "weight":
            return ratings.pair_weights
        return ratings.by_user.weight_sums, ratings.by_item.weight_sums

    def counts_of_rows(
        self, rows: CSRRows, unrated_weight: float, n_columns: int
    ) -> np.ndarray:
        """Return the ``n`` of rows of any number, each with ``n_columns`` pairs."""
        if self.reg_scaling == "weight":
            return rows.pair_weights(unrated_weight, n_columns)
        return rows.weight_sums

    def scales(self, counts: np.ndarray) -> np.ndarray:
        """Return ``n**reg_scaling`` of each row, float64 of shape (n_rows,)."""
        return counts**self.exponent

    def of_rows(
        self, side: int, counts: np.ndarray, largest: float = LARGEST_PENALTY
    ) -> np.ndarray:
        """Return ``p`` and ``q`` of each row, float64 of shape (n_rows, 2).

        Parameters
        ----------
        side : {0, 1}
            0 if the rows are users, 1 if the rows are items.
        counts : float64 array of shape (n_rows,)
            The ``n`` of each row: its number of ratings, by weight.
        largest : float
            Larger penalties are replaced by it.
        """
        scales, reg, bias = self.scales(counts), self.factors[side], self.biases[side]
        scaled = own = scales * min(reg / self.reg_unit, largest)
        if bias is not None:
            own = np.full_like(scales, bias / self.units.weight)
        elif self.fit_bias:
            own = scales * min(reg / self.reg_unit * self.units.rating, largest)
        return np.minimum(np.column_stack([scaled, own]), largest)


def _pair(name: str, value: object) -> tuple[float, float]:
    """Return the penalties of users and of items, from one number or two."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2 or not all(_is_penalty(x) for x in pair):
        raise ValueError(
            f"The {name!r} parameter must be a number or a pair of numbers (users, "
            f"items), each a float in the range [0.0, inf). Got {value!r} instead."
        )
    return float(pair[0]), float(pair[1])


def _is_penalty(value: object) -> bool:
    return isinstance(value, Real) and 0 <= float(value) < np.inf
