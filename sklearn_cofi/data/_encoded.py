"""Ratings with their ids factorised, row by row: what matrices are made from."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import RatingMatrix, pair_keys, rating_matrix


class EncodedRatings(NamedTuple):
    """Rows of ratings whose users and items are row numbers of sorted ids."""

    users: np.ndarray  # int (n_rows,)
    items: np.ndarray  # int (n_rows,)
    ratings: np.ndarray  # float (n_rows,)
    weights: np.ndarray | None  # positive float (n_rows,), or None: ones
    user_ids: np.ndarray  # (n_users,)
    item_ids: np.ndarray  # (n_items,)

    @property
    def ids(self) -> tuple[np.ndarray, np.ndarray]:
        """The ids of users and of items, sorted."""
        return self.user_ids, self.item_ids

    def matrix(self) -> RatingMatrix:
        """Return the masked matrix of these ratings."""
        shape = self.user_ids.size, self.item_ids.size
        return rating_matrix(self.users, self.items, self.ratings, self.weights, shape)

    def rows(self, chosen) -> "EncodedRatings":
        """Return some of the rows, with the same ids."""
        weights = None if self.weights is None else self.weights[chosen]
        columns = (column[chosen] for column in self[:3])
        return EncodedRatings(*columns, weights, *self[4:])

    def compact(self) -> "EncodedRatings":
        """Leave out the ids without a row, and renumber the others.

        Numbers keep their order: the matrix is the one that these rows' ids, read
        from scratch, would give.
        """
        users, user_ids = _renumbered(self.users, self.user_ids)
        items, item_ids = _renumbered(self.items, self.item_ids)
        return EncodedRatings(
            users, items, self.ratings, self.weights, user_ids, item_ids
        )


def encode_ratings(users, items, ratings, weights, names) -> EncodedRatings:
    """Factorise the ids of both columns.

    Parameters
    ----------
    users, items : ndarray or pandas array of shape (n_rows,)
    ratings : float array of shape (n_rows,)
    weights : float array of shape (n_rows,) or None
    names : (str, str)
        Names of the two columns, for messages.
    """
    user_ids, users = distinct_ids(users, names[0])
    item_ids, items = distinct_ids(items, names[1])
    return EncodedRatings(users, items, ratings, weights, user_ids, item_ids)


def positions(ids: np.ndarray, within: np.ndarray) -> np.ndarray:
    """Return the position of each of ``within`` among some of them, else -1.

    Parameters
    ----------
    ids : ndarray of shape (n,)
        Some of ``within``, in the same order.
    within : ndarray of shape (m,)
        Sorted ids.

    Returns
    -------
    int array of shape (m,)
    """
    place = np.full(within.size, -1, np.int64)
    place[np.searchsorted(within, ids)] = np.arange(ids.size)
    return place


def pair_numbers(coded: EncodedRatings) -> np.ndarray:
    """Number the pairs that occur, by user and then item; repeats get one number."""
    key = pair_keys(coded.users, coded.items, coded.item_ids.size)
    return np.unique(key, return_inverse=True)[1]


def expendable(users, items) -> np.ndarray:
    """Mark the entries that are the first neither of their user nor of their item.

    Without all of these, each user and each item still has an entry.

    Parameters
    ----------
    users, items : int arrays of shape (n,)
        Of entries in the order in which they were drawn.

    Returns
    -------
    bool array of shape (n,)
    """
    spare = np.ones(users.size, bool)
    for codes in (users, items):
        spare[np.unique(codes, return_index=True)[1]] = False
    return spare


def _renumbered(codes, ids):
    present = np.zeros(ids.size, bool)
    present[codes] = True
    return (np.cumsum(present) - 1)[codes], ids[present]
