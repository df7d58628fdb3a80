"""The problem of a fit: ratings around their mean, in units of their spread."""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sklearn_cofi.bayesian._side_features import SideFeatures
from sklearn_cofi.bayesian._time_effects import TimeEffects
from sklearn_cofi.data._centering import Means, centre, rating_means
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.training._side_tables import SideTables

# The unit of equal ratings, in multiples of the rating. In this unit, draws do not
# change predictions.
_EQUAL = np.finfo(np.float64).eps ** 2


@dataclass(frozen=True)
class BayesianProblem:
    """Ratings, and what else is known of their users, their items and their times."""

    ids: tuple[np.ndarray, np.ndarray]
    ratings: RatingMatrix  # not centred
    tables: SideTables
    times: np.ndarray | None = None  # (n_ratings,), by user; None without times
    # Of users and of items, in the unit of the times.
    time_scales: tuple[tuple[float, ...], tuple[float, ...]] = ((), ())

    @cached_property
    def means(self) -> Means:
        """Means of the ratings."""
        return rating_means(self.ratings)

    @cached_property
    def scale(self) -> float:
        """Root mean square of the centred ratings, the unit of the scaled ratings."""
        spread = _root_mean_square(self._centred.by_user)
        return spread or _EQUAL * abs(self.means.overall) or _EQUAL

    @cached_property
    def scaled(self) -> RatingMatrix:
        """The centred ratings over `scale`, with a mean weight of one."""
        return self._centred.over(self.scale).with_mean_weight_one()

    @cached_property
    def features(self) -> SideFeatures:
        """The features of users and items with ratings."""
        return SideFeatures(self.tables, self.ids)

    def time_effects(self, scaled: RatingMatrix) -> tuple[TimeEffects, ...]:
        """Return the effects of time on users and on items; none without times."""
        if self.times is None:
            return ()
        rows, n_items = scaled.by_user, scaled.shape[1]
        return tuple(
            TimeEffects(side, rows, n_items, self.times, np.array(scales))
            for side, scales in enumerate(self.time_scales)
        )

    @cached_property
    def _centred(self) -> RatingMatrix:
        return centre(self.ratings, self.means, "global")


def _root_mean_square(rows: CSRRows) -> float:
    weights = rows.weights if rows.weights.size else None
    return float(np.sqrt(np.average(np.square(rows.ratings), weights=weights)))
