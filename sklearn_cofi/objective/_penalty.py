"""The penalty: what the squares of factors and of biases are multiplied by."""

from dataclasses import dataclass, replace
from functools import cached_property
from numbers import Real

import numpy as np

from sklearn_cofi._typing import RegParam, RegScaling
from sklearn_cofi.data._matrix import CSRRows

_EXPONENTS = {"none": 0.0, "count": 1.0}


@dataclass(frozen=True)
class Penalty:
    """The penalty of a pair of factors, as the parameters of an estimator give it.

    ::

        sum over users u of p_u/2 * ||U_u||**2 + q_u/2 * b_u**2,  likewise for items
        p_u = reg_user * n_u**reg_scaling
        q_u = reg_bias_user, or p_u where reg_bias is None

    ``n_u`` is the number of ratings of the row: the sum of their weights.

    Parameters
    ----------
    reg_param : float or (users, items)
    reg_scaling : {"none", "count"} or float in [0, 1], default="none"
    fit_bias : bool, default=False
    reg_bias : float, (users, items) or None, default=None

    Raises
    ------
    ValueError
        If a penalty is negative or not a number, if ``reg_param`` is zero for one
        side only, or if ``reg_bias`` is given without biases.
    """

    reg_param: RegParam
    reg_scaling: RegScaling = "none"
    fit_bias: bool = False
    reg_bias: RegParam | None = None

    def __post_init__(self) -> None:
        if (self.factors[0] == 0) != (self.factors[1] == 0):
            raise ValueError(
                f"reg_param={self.reg_param!r} penalises one side only, which has no "
                "effect: factors of that side would shrink without limit and those of "
                "the other side grow, with the same predictions. Make both positive, "
                "or both 0."
            )
        if self.reg_bias is not None and not self.fit_bias:
            raise ValueError(
                f"reg_bias={self.reg_bias!r} needs biases to penalise. Set "
                "fit_bias=True, or leave reg_bias=None."
            )
        _ = self.biases  # checks them

    @cached_property
    def factors(self) -> tuple[float, float]:
        """The penalties of users' factors and of items' factors."""
        return _pair("reg_param", self.reg_param)

    @cached_property
    def biases(self) -> tuple[float, float] | tuple[None, None]:
        """The penalties of users' and of items' biases; None is that of the factors."""
        if self.reg_bias is None:
            return None, None
        return _pair("reg_bias", self.reg_bias)

    @property
    def as_one(self) -> float:
        """The single penalty that has the effect of the two of users and items.

        Only products of factors count in predictions, and ::

            min of a/2 * ||U||**2 + b/2 * ||V||**2 = sqrt(a * b) * ||Z||_*

        over all U and V with ``U @ V.T = Z``, as with ``a = b``: U and V can be
        exchanged for ``U * (b / a)**(1/4)`` and ``V * (a / b)**(1/4)``.
        """
        a, b = self.factors
        return a if a == b else float(np.sqrt(a) * np.sqrt(b))

    def with_reg_param(self, reg_param: RegParam) -> "Penalty":
        """Return the penalty with another ``reg_param``."""
        return replace(self, reg_param=reg_param)

    def scales(self, rows: CSRRows) -> np.ndarray:
        """Return ``n**reg_scaling`` of each row, float64 of shape (n_rows,)."""
        n_rows = rows.indptr.size - 1
        if rows.weights.size:
            counts = np.bincount(rows.row_of_entry, rows.weights, minlength=n_rows)
        else:
            counts = np.diff(rows.indptr).astype(np.float64)
        return counts ** _EXPONENTS.get(self.reg_scaling, self.reg_scaling)

    def of_rows(self, side: int, rows: CSRRows) -> np.ndarray:
        """Return ``p`` and ``q`` of each row, float64 of shape (n_rows, 2).

        Parameters
        ----------
        side : {0, 1}
            0 has rows of users, 1 rows of items.
        rows : CSRRows
        """
        scaled = self.factors[side] * self.scales(rows)
        bias = self.biases[side]
        own = scaled if bias is None else np.full_like(scaled, bias)
        return np.column_stack([scaled, own])


def _pair(name: str, value) -> tuple[float, float]:
    """Return a penalty of users and one of items, out of one number or two."""
    pair = tuple(value) if isinstance(value, tuple | list) else (value, value)
    if len(pair) != 2 or not all(isinstance(x, Real) and 0 <= x < np.inf for x in pair):
        raise ValueError(
            f"The {name!r} parameter must be a number or a pair of numbers (users, "
            f"items), each a float in the range [0.0, inf). Got {value!r} instead."
        )
    return float(pair[0]), float(pair[1])
