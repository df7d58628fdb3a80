"""Rows of ratings with encoded ids, from which matrices are built."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.data._frame import ColumnArray
from sklearn_cofi.data._ids import distinct_ids
from sklearn_cofi.data._matrix import RatingMatrix, rating_matrix


class EncodedRatings(NamedTuple):
    """Rows of ratings whose users and items are positions in arrays of sorted ids."""

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
        """Return the masked matrix of the ratings."""
        shape = self.user_ids.size, self.item_ids.size
        return rating_matrix(self.users, self.items, self.ratings, self.weights, shape)

    def rows(self, chosen: np.ndarray) -> "EncodedRatings":
        """Return the chosen rows, with the same ids."""
        return self._replace(
            users=self.users[chosen],
            items=self.items[chosen],
            ratings=self.ratings[chosen],
            weights=None if self.weights is None else self.weights[chosen],
        )

    def compact(self) -> "EncodedRatings":
        """Remove ids without a row, and renumber the other ids in the same order.

        The result equals the encoding of these rows alone.
        """
        users, user_ids = _renumbered(self.users, self.user_ids)
        items, item_ids = _renumbered(self.items, self.item_ids)
        return EncodedRatings(
            users, items, self.ratings, self.weights, user_ids, item_ids
        )


def encode_ratings(
    users: ColumnArray,
    items: ColumnArray,
    ratings: np.ndarray,
    weights: np.ndarray | None,
    names: tuple[str, str],
) -> EncodedRatings:
    """Encode the ids of both columns.

    Parameters
    ----------
    users, items : ndarray or pandas array of shape (n_rows,)
    ratings : float array of shape (n_rows,)
    weights : float array of shape (n_rows,) or None
    names : (str, str)
        Names of the two columns, for messages.
    """
    user_ids, user_codes = distinct_ids(users, names[0])
    item_ids, item_codes = distinct_ids(items, names[1])
    return EncodedRatings(user_codes, item_codes, ratings, weights, user_ids, item_ids)


def positions(ids: np.ndarray, all_ids: np.ndarray) -> np.ndarray:
    """Return the position in ``ids`` of each of ``all_ids``, or -1.

    Parameters
    ----------
    ids : ndarray of shape (n,)
        A part of ``all_ids``, in the same order.
    all_ids : ndarray of shape (m,)
        Sorted ids.

    Returns
    -------
    int array of shape (m,)
    """
    position = np.full(all_ids.size, -1, np.int64)
    position[np.searchsorted(all_ids, ids)] = np.arange(ids.size)
    return position


def expendable(users: np.ndarray, items: np.ndarray) -> np.ndarray:
    """Mark the entries that are neither the first of their user nor of their item.

    If all marked entries are removed, each user and each item still has an entry.

    Parameters
    ----------
    users, items : int arrays of shape (n,)
        The entries, in the order in which they were drawn.

    Returns
    -------
    bool array of shape (n,)
    """
    mask = np.ones(users.size, bool)
    for codes in (users, items):
        mask[np.unique(codes, return_index=True)[1]] = False
    return mask


def _renumbered(codes: np.ndarray, ids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    present = np.zeros(ids.size, bool)
    present[codes] = True
    return (np.cumsum(present) - 1)[codes], ids[present]
