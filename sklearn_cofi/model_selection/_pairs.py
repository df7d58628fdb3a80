"""Rated pairs, read from the input of a splitter."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi._typing import Bools, Column, Ints
from sklearn_cofi.data._columns import find_columns
from sklearn_cofi.data._frame import Table
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import pair_keys


class Pairs(NamedTuple):
    """The distinct pairs, sorted by user and item, and the pair of each row."""

    of_row: Ints  # (n_rows,), number of the row's pair
    users: Ints  # (n_pairs,), row number of the user, rising
    items: Ints  # (n_pairs,), row number of the item, rising for each user

    @property
    def n_pairs(self) -> int:
        """Number of distinct pairs."""
        return self.users.size

    def rows(self, chosen: Bools) -> Ints:
        """Return the rows of the pairs chosen by a mask of shape (n_pairs,)."""
        return np.flatnonzero(chosen[self.of_row])

    def latest(self, times: np.ndarray) -> np.ndarray:
        """Return the latest time of each pair, given the times of the rows."""
        order = np.argsort(self.of_row, kind="stable")
        starts = np.searchsorted(self.of_row[order], np.arange(self.n_pairs))
        return np.maximum.reduceat(times[order], starts)


def number_pairs(users: Ints, items: Ints, n_items: int) -> Pairs:
    """Number the distinct pairs of rows whose ids are encoded.

    Parameters
    ----------
    users, items : int arrays of shape (n_rows,)
        Row numbers of user and item, not negative.
    n_items : int
        Number of items, above all of ``items``.

    Returns
    -------
    Pairs

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_cofi.model_selection._pairs import number_pairs
    >>> number_pairs(np.array([1, 0, 1]), np.array([2, 1, 2]), 3).of_row
    array([1, 0, 1])
    """
    keys = pair_keys(users, items, n_items)
    pairs, of_row = np.unique(keys, return_inverse=True)
    return Pairs(of_row, *np.divmod(pairs, n_items))


def read_pairs(table: Table, user_col: Column, item_col: Column) -> Pairs:
    """Find the columns of user and item as the estimators do, and number the pairs."""
    user, item, _, _ = find_columns(table, user_col, item_col, None, with_rating=False)
    assert user is not None  # the user column is optional only with user_optional
    users = distinct_ids(table.take(user), table.label(user))[1]
    item_ids, items = distinct_ids(table.take(item), table.label(item))
    return number_pairs(users, items, item_ids.size)
