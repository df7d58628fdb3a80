"""The features of users and items, as blocks of the link and as regressions."""

import numpy as np

from sklearn_cofi.bayesian._feature_block import FeatureBlock
from sklearn_cofi.bayesian._feature_regression import FeatureRegression
from sklearn_cofi.training._side_tables import SideTables

Blocks = tuple[FeatureBlock, ...]


class SideFeatures:
    """The features of the users and items that have ratings.

    Parameters
    ----------
    tables : SideTables
    ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
    """

    def __init__(self, tables: SideTables, ids: tuple[np.ndarray, np.ndarray]) -> None:
        self._present = tables.present
        self._sides = tuple(
            (rows, np.empty(0, np.int64) if table is None else table.blocks)
            for rows, table in zip(tables.rows_of(ids), tables, strict=True)
        )

    def blocks(self) -> tuple[Blocks, Blocks]:
        """Return the blocks of users and of items, one for each column of a frame."""
        user, item = (
            ()
            if rows is None
            else tuple(
                FeatureBlock(rows.columns(blocks == number))
                for number in np.unique(blocks).tolist()
            )
            for rows, blocks in self._sides
        )
        return user, item

    def regressions(self) -> tuple[FeatureRegression, FeatureRegression] | None:
        """Return the regressions of users and of items on features, if there are any.

        A side without features has a regression on the intercept only.
        """
        if not self._present:
            return None
        user, item = (FeatureRegression(*side) for side in self._sides)
        return user, item
