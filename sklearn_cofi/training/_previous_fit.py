"""The fit that a warm start continues: its rows and its ratings, found by id."""

from dataclasses import dataclass

import numpy as np

from sklearn_cofi.data._id_arrays import id_kind
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.data._matrix import RatingMatrix, pair_keys
from sklearn_cofi.inference._fitted_factors import FittedFactors

Ids = tuple[np.ndarray, np.ndarray]


@dataclass(frozen=True)
class PreviousFit:
    """An earlier fit, and which of its ratings it held out for validation."""

    model: FittedFactors
    validation: np.ndarray  # bool (n_ratings,), or empty: it learned all ratings

    def positions(self, ids: Ids) -> Ids:
        """Return the row of each previous user and item among other ids, or -1.

        Raises
        ------
        TypeError
            If the ids are of another kind than those of the previous fit.
        """
        users, items = self.model.users.ids, self.model.items.ids
        return _positions("user", users, ids[0]), _positions("item", items, ids[1])

    def usage(self, ratings: RatingMatrix, ids: Ids) -> tuple[np.ndarray, np.ndarray]:
        """Return which entries of a matrix, by user, were learned, and which held out.

        Entries of neither kind are of pairs that the previous fit has not seen.

        Returns
        -------
        learned, held_out : bool arrays of shape (n_ratings,)
        """
        users, items = self.positions(ids)
        rated = self.model.rated
        rows, columns = users[rated.row_of_entry], items[rated.indices]
        n_items = ratings.shape[1]
        present = (rows >= 0) & (columns >= 0)
        known = pair_keys(rows, columns, n_items)
        learned = present & ~self.validation if self.validation.size else present
        keys = ratings.by_user.keys(n_items)
        return np.isin(keys, known[learned]), np.isin(keys, known[present & ~learned])


def _positions(name: str, previous: np.ndarray, ids: np.ndarray) -> np.ndarray:
    if id_kind(ids) != id_kind(previous):
        raise TypeError(
            f"The {name} ids are of kind {id_kind(ids)}, but the previous fit has "
            f"kind {id_kind(previous)}, so there is nothing to start from. Convert "
            "them, or set warm_start=False to start without it."
        )
    return IdMap(ids).encode(previous, name)
