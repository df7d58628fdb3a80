"""Users to rank items for, and the items that are left out for each."""

from dataclasses import dataclass, replace

import numpy as np

from sklearn_cofi.inference._fitted_factors import FittedFactors


@dataclass(frozen=True)
class RankingQuery:
    """Users to rank the items of a model for, a row each."""

    model: FittedFactors
    users: np.ndarray  # int64 (n_rows,): rows of model.users; -1 is unknown
    # excluded[starts[row]:stops[row]] are item numbers, increasing, left out.
    starts: np.ndarray
    stops: np.ndarray
    excluded: np.ndarray  # int32

    @property
    def n_rows(self) -> int:
        """Number of rows."""
        return self.users.size

    def part(self, rows: slice) -> "RankingQuery":
        """Return some of the rows."""
        return replace(
            self,
            users=self.users[rows],
            starts=self.starts[rows],
            stops=self.stops[rows],
        )

    def predict(self, rows: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the predictions of pairs of a row and an item."""
        return self.model.predict(self.users[rows], items)
