"""Ratings that are held out of a problem, and the error of predictions on them."""

from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Range
from sklearn_cofi.data._encoded import EncodedRatings, expendable
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.data._matrix import RatingMatrix, pair_keys
from sklearn_cofi.inference._predict import clip
from sklearn_cofi.training._previous_fit import PreviousFit
from sklearn_cofi.training._problem import CenteredProblem
from sklearn_cofi.training._side_tables import NO_TABLES, SideTables

# What a previous fit has done with an entry, in the order in which entries stay in
# training.
_LEARNED, _UNSEEN, _HELD_OUT = range(3)


class ValidationSet:
    """Held-out ratings, and the error of predictions on them.

    Parameters
    ----------
    held_out : EncodedRatings
        Its ids contain all ids of the problem.
    ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        Ids of the problem.
    rating_range : (low, high) or None
        Predictions are clipped to it, as `predict` clips them.
    tables : SideTables, default=NO_TABLES
        Features, which predict for ids that are not in the problem.
    """

    def __init__(
        self,
        held_out: EncodedRatings,
        ids: tuple[np.ndarray, np.ndarray],
        rating_range: Range,
        tables: SideTables = NO_TABLES,
    ) -> None:
        # Sorted, because sums would depend on the order of the rows.
        keys = [held_out.ratings, held_out.items, held_out.users]
        if held_out.weights is not None:
            keys.insert(0, held_out.weights)
        rows = held_out.rows(np.lexsort(keys))
        users, items = tables.all_ids(ids)
        self._users = IdMap(users).encode_distinct(rows.user_ids, "ids")[rows.users]
        self._items = IdMap(items).encode_distinct(rows.item_ids, "ids")[rows.items]
        self._ratings, self._weights = rows.ratings, rows.weights
        self._ids, self._rating_range = ids, rating_range

    def rmse(self, problem: CenteredProblem, factors: Factors) -> float:
        """Return the root mean squared error of the predictions, clipped."""
        model = problem.complete(factors, self._ids, problem.ratings.by_user)
        predicted = model.predict(self._users, self._items)
        predicted = clip(predicted, self._rating_range)
        square = np.square(predicted.astype(np.float64) - self._ratings)
        return float(np.sqrt(np.average(square, weights=self._weights)))


@dataclass(frozen=True)
class ValidationSplit:
    """Ratings divided into a training matrix and a validation set."""

    train: RatingMatrix
    validation: ValidationSet
    mask: np.ndarray  # bool (n_ratings,): which entries, by user, are held out


def validation_split(
    ratings: RatingMatrix,
    ids: tuple[np.ndarray, np.ndarray],
    fraction: float,
    rating_range: Range,
    rng: np.random.RandomState,
    previous: PreviousFit | None = None,
    tables: SideTables = NO_TABLES,
) -> ValidationSplit | None:
    """Hold out ratings, but keep one of each user and of each item for training.

    The entries of the matrix are drawn, and the matrix is in canonical order. The draw
    therefore does not depend on the order of the rows, and is the same for weights and
    for repeats.

    Validation ratings must not have been learned by the fit that a warm start
    continues. The ratings that it held out are held out again, and the fraction is
    drawn of the pairs that it has not seen.

    Parameters
    ----------
    ratings : RatingMatrix
    ids : (ndarray of shape (n_users,), ndarray of shape (n_items,))
    fraction : float
        Fraction of the entries to hold out.
    rating_range : (low, high) or None
    rng : numpy.random.RandomState
    previous : PreviousFit, default=None
        The fit that a warm start continues.
    tables : SideTables, default=NO_TABLES

    Returns
    -------
    ValidationSplit or None
        None if no entry can be held out.
    """
    rows = ratings.by_user
    weights = rows.weights if rows.weights.size else None
    entries = EncodedRatings(
        rows.row_of_entry, rows.indices, rows.ratings, weights, *ids
    )
    order = rng.permutation(ratings.n_ratings)
    use = np.full(order.size, _UNSEEN, np.int8)
    if previous is not None:
        learned, held_out_before = previous.usage(ratings, ids)
        use[learned], use[held_out_before] = _LEARNED, _HELD_OUT
        order = order[np.argsort(use[order], kind="stable")]
    # The first entry of each user and of each item in this order stays in training.
    candidates = order[expendable(entries.users[order], entries.items[order])]
    again, unseen = (candidates[use[candidates] == k] for k in (_HELD_OUT, _UNSEEN))
    n_drawn = round(fraction * int((use == _UNSEEN).sum()))
    drawn = np.concatenate([again, unseen[: max(n_drawn, int(not again.size))]])
    if not drawn.size:
        return None
    train = np.ones(order.size, bool)
    train[drawn] = False
    held_out = entries.rows(~train)
    return ValidationSplit(
        entries.rows(train).matrix(),
        ValidationSet(held_out, ids, rating_range, tables),
        entry_mask(ratings, held_out),
    )


def entry_mask(ratings: RatingMatrix, chosen: EncodedRatings) -> np.ndarray:
    """Return which entries of a matrix, by user, are among the chosen pairs.

    Returns
    -------
    bool array of shape (n_ratings,)
    """
    n_items = ratings.shape[1]
    keys = ratings.by_user.keys(n_items)
    mask = np.zeros(keys.size, bool)
    wanted = pair_keys(chosen.users, chosen.items, n_items)
    mask[np.searchsorted(keys, wanted)] = True
    return mask
