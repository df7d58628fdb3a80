"""Folds of pairs that are dealt at random."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from sklearn_cofi._typing import Column, RandomState
from sklearn_cofi.data._encoded import expendable
from sklearn_cofi.model_selection._splitter import RatingsSplitter


class PairKFold(RatingsSplitter):
    """K folds of the rated pairs, dealt at random.

    Every row is tested exactly once. Unlike `KFold`, it shuffles, for files of ratings
    are sorted by user; rows that repeat a pair are in one fold; and with an int as
    ``random_state`` the order of the rows does not matter. It is what an int means as
    ``cv`` of `CollaborativeFilterCV` and of `compare_models`.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    random_state : int, RandomState instance or None, default=None
        Seed of the deal.
    user_col, item_col : str, int or None, default=None
        Columns of X, as in `CollaborativeFilter`.

    Examples
    --------
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.model_selection import PairKFold
    >>> folds = PairKFold(4, random_state=0).split(load_tutorial().frame)
    >>> [test.size for train, test in folds]
    [8, 8, 8, 8]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        random_state: RandomState = None,
        user_col: Column = None,
        item_col: Column = None,
    ) -> None:
        check_scalar(n_splits, "n_splits", Integral, min_val=2)
        self.n_splits = n_splits
        self.random_state = random_state
        self.user_col = user_col
        self.item_col = item_col

    def _parts(self, table, pairs):
        drawn = check_random_state(self.random_state).permutation(pairs.n_pairs)
        drawn = self._to_test(drawn, pairs)
        if drawn.size < self.n_splits:
            raise ValueError(
                f"There are {drawn.size} pairs to be tested, too few for "
                f"n_splits={self.n_splits}. Use fewer folds."
            )
        for fold in np.array_split(drawn, self.n_splits):
            tested = np.zeros(pairs.n_pairs, bool)
            tested[fold] = True
            yield pairs.rows(~tested), pairs.rows(tested)

    def _to_test(self, drawn, pairs):
        """Return the pairs to deal, of all pairs in the order drawn."""
        return drawn


class WarmKFold(PairKFold):
    """K folds in which training has seen every user and item of the test part.

    Of the pairs in random order, the first of each user and the first of each item stay
    in all training parts; all others are tested exactly once. So the only or rarest
    ratings of users and items are tested never or less than others: errors are those of
    predictions for known users and known items.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    random_state : int, RandomState instance or None, default=None
        Seed of the order. With an int, the order of the rows does not matter.
    user_col, item_col : str, int or None, default=None
        Columns of X, as in `CollaborativeFilter`.

    Notes
    -----
    Rows that repeat a pair are one rating, and never divided between training and test.

    Examples
    --------
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.model_selection import WarmKFold
    >>> ratings = load_tutorial().frame
    >>> for train, test in WarmKFold(2, random_state=0).split(ratings):
    ...     print(test.size, set(ratings["item"][test]) <= set(ratings["item"][train]))
    10 True
    9 True
    """

    def _to_test(self, drawn, pairs):
        return drawn[expendable(pairs.users[drawn], pairs.items[drawn])]
