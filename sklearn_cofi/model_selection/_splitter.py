"""The base class of all splitters of ratings."""

from abc import abstractmethod
from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import ArrayLike
from sklearn.model_selection import BaseCrossValidator
from sklearn.utils import check_consistent_length

from sklearn_cofi._typing import Column, FrameLike
from sklearn_cofi._warnings import warn_caller
from sklearn_cofi.data._frame import Table, open_table
from sklearn_cofi.model_selection._pairs import Pairs, read_pairs

Parts = Iterator[tuple[np.ndarray, np.ndarray]]
"""Row numbers of each training part and each test part."""


class RatingsSplitter(BaseCrossValidator):
    """A splitter of ratings that keeps all rows of a pair in the same part.

    Subclasses store the parameters ``n_splits``, ``user_col`` and ``item_col``, and
    define ``_parts``.
    """

    n_splits: int
    user_col: Column
    item_col: Column

    def split(
        self, X: FrameLike, y: ArrayLike | None = None, groups: Any = None
    ) -> Parts:
        """Yield the rows of each training part and each test part.

        Parameters
        ----------
        X : frame or array-like of shape (n_rows, n_columns)
            Ratings, as they are passed to an estimator.
        y : array-like of shape (n_rows,), default=None
            Ignored, except that its length must be n_rows.
        groups : None
            Ignored, with a warning.

        Yields
        ------
        train, test : int ndarray
            Row numbers, rising.
        """
        table = open_table(X)
        if y is not None:
            check_consistent_length(range(table.n_rows), y)
        if groups is not None:
            warn_caller(
                f"The groups parameter is ignored by {type(self).__name__}.",
                UserWarning,
            )
        yield from self._parts(table, read_pairs(table, self.user_col, self.item_col))

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """Return the number of splits. All arguments are ignored."""
        return self.n_splits

    @abstractmethod
    def _parts(self, table: Table, pairs: Pairs) -> Parts:
        """Yield the rows of each training part and each test part."""
