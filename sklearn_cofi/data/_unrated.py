"""The pairs without a rating, which can count as a rating of low weight."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._unit import Units


class Unrated(NamedTuple):
    """The rating and the weight of each pair without a rating."""

    weight: float = 0.0
    rating: float = 0.0

    def __bool__(self) -> bool:
        """Whether pairs without a rating count."""
        return self.weight > 0

    def over(self, shape: tuple[int, int]) -> "UnratedPairs":
        """Return these pairs for a matrix with a number of users and of items."""
        by_user, by_item = np.zeros(shape[0]), np.full(shape[1], float(self.rating))
        return UnratedPairs(float(self.weight), by_user, by_item)


# Pairs without a rating that do not count, as in a model of ratings.
UNCOUNTED = Unrated()


@dataclass(frozen=True)
class UnratedPairs:
    """The pairs without a rating of a matrix, of which means may be subtracted.

    The rating of the pair (u, i) is ``by_user[u] + by_item[i]``.
    """

    weight: float
    by_user: np.ndarray  # float64 (n_users,)
    by_item: np.ndarray  # float64 (n_items,)

    def minus(
        self, user_offsets: np.ndarray | float, item_offsets: np.ndarray
    ) -> "UnratedPairs":
        """Return the pairs with ``user_offsets[u] + item_offsets[i]`` subtracted."""
        return UnratedPairs(
            self.weight, self.by_user - user_offsets, self.by_item - item_offsets
        )

    def in_units(self, units: Units) -> "UnratedPairs":
        """Return the pairs with ratings and weight divided by their units."""
        return UnratedPairs(
            self.weight / units.weight,
            self.by_user / units.rating,
            self.by_item / units.rating,
        )

    @property
    def largest_rating(self) -> float:
        """Largest absolute rating of all pairs."""
        ends = [f(self.by_user) + f(self.by_item) for f in (np.min, np.max)]
        return max(map(abs, ends))
