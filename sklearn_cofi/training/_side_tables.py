"""The features of users and of items that a fit learns from."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._ids import union_ids
from sklearn_cofi.data._side_features import FeatureTable
from sklearn_cofi.objective._feature_penalty import RowFeatures


class SideTables(NamedTuple):
    """Encoded frames of features of users and of items; None without a frame."""

    user: FeatureTable | None = None
    item: FeatureTable | None = None

    @property
    def present(self) -> bool:
        """Whether a side has features."""
        return self.user is not None or self.item is not None

    def rows_of(self, ids: tuple[np.ndarray, np.ndarray]) -> RowFeatures:
        """Return the features of users and items with these ids, minus their means.

        The means are those of the given ids. A feature that all of them have or lack is
        then zero, and does not act as an intercept, of which a row that differs in this
        feature would get a multiple.
        """
        user, item = (
            None if table is None else table.rows_of(own).centred()
            for table, own in zip(self, ids, strict=True)
        )
        return RowFeatures(user, item)

    def all_ids(
        self, ids: tuple[np.ndarray, np.ndarray]
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the given ids and all ids of the tables, sorted."""
        users, items = (
            own if table is None else union_ids(own, table.ids, "ids")
            for table, own in zip(self, ids, strict=True)
        )
        return users, items


NO_TABLES = SideTables()
