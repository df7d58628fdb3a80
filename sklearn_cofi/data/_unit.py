"""Units of tiny and huge ratings and weights, so that products of several are finite.

Solvers multiply up to four numbers of the size of a rating, and up to two weights. Tiny
and huge numbers are therefore divided by a unit, which is a power of four. A fit in
units has the same digits, because division by a power of four changes no digit of
ratings, and neither does division by its root of factors.
"""

from typing import NamedTuple

import numpy as np

# Numbers from 2**-20 to 2**20 need no unit: the product of four of them is at most
# 2**80, and float32 ends at 2**128.
_EXPONENT = 20


class Units(NamedTuple):
    """The numbers by which the ratings and the weights of a problem are divided."""

    rating: float = 1.0
    weight: float = 1.0

    @property
    def factor(self) -> float:
        """Unit of the factors, whose products are ratings."""
        return float(np.sqrt(self.rating))

    @property
    def cost(self) -> float:
        """Unit of the cost, a sum of weights times squared ratings."""
        return self.rating**2 * self.weight

    @property
    def gradient(self) -> float:
        """Unit of the gradient of the cost by the factors."""
        return self.rating * self.factor * self.weight

    def reg_param(self, reg_scaling: float) -> float:
        """Return the unit of penalties that are multiplied by ``n**reg_scaling``.

        ``n`` is a sum of weights, in units of weights.
        """
        return self.rating * self.weight ** (1 - reg_scaling)


def unit_of(values: np.ndarray) -> float:
    """Return the unit of numbers, which is 1 for numbers of usual size.

    Parameters
    ----------
    values : float array
    """
    largest = float(np.abs(values).max(initial=0))
    exponent = int(np.frexp(largest)[1])
    if not largest or abs(exponent) <= _EXPONENT:
        return 1.0
    # The largest number is from 2 to 8 units, as centred ratings from 1 to 5 are.
    return float(np.ldexp(1.0, exponent // 2 * 2 - 2))
