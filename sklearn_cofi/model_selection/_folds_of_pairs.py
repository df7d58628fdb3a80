"""Folds of pairs that are assigned at random."""

from numbers import Integral

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from sklearn_cofi._typing import Column, Ints, RandomState
from sklearn_cofi.data._encoded import expendable
from sklearn_cofi.data._frame import Table
from sklearn_cofi.model_selection._pairs import Pairs
from sklearn_cofi.model_selection._splitter import Parts, RatingsSplitter


def split_pairs(pairs: Pairs, n_splits: int, random_state: RandomState) -> Parts:
    """Yield the folds of `PairKFold` for pairs that are numbered already.

    Parameters
    ----------
    pairs : Pairs
        Rated pairs, as `number_pairs` returns them.
    n_splits : int
        Number of folds.
    random_state : int, RandomState instance or None
        Seed of the assignment of pairs to folds.

    Yields
    ------
    train, test : int ndarray
        Row numbers, rising.

    Raises
    ------
    ValueError
        If there are fewer pairs than folds.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn_cofi.model_selection._folds_of_pairs import split_pairs
    >>> from sklearn_cofi.model_selection._pairs import number_pairs
    >>> pairs = number_pairs(np.array([0, 1, 1, 1]), np.array([0, 0, 1, 1]), 2)
    >>> [test.tolist() for train, test in split_pairs(pairs, 3, random_state=0)]
    [[2, 3], [1], [0]]
    """
    return _split_drawn(pairs, _shuffled(pairs, random_state), n_splits)


def _shuffled(pairs: Pairs, random_state: RandomState) -> Ints:
    return check_random_state(random_state).permutation(pairs.n_pairs)


def _split_drawn(pairs: Pairs, drawn: Ints, n_splits: int) -> Parts:
    """Yield folds of equally many of the drawn pairs; all others stay in training."""
    if drawn.size < n_splits:
        raise ValueError(
            f"There are too few pairs to test for n_splits={n_splits}: "
            f"n_samples={drawn.size}. Use fewer folds."
        )
    for fold in np.array_split(drawn, n_splits):
        tested = np.zeros(pairs.n_pairs, bool)
        tested[fold] = True
        yield pairs.rows(~tested), pairs.rows(tested)


class PairKFold(RatingsSplitter):
    """K folds of the rated pairs, assigned at random.

    Every row is tested exactly once. Three things differ from `KFold`: pairs are always
    shuffled, because files of ratings are often sorted by user; all rows of a pair are
    in the same fold; and with an int as ``random_state``, the folds do not depend on
    the order of the rows. An int as ``cv`` of `CollaborativeFilterCV` and of
    `compare_models` stands for this splitter.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    random_state : int, RandomState instance or None, default=None
        Seed of the assignment of pairs to folds.
    user_col, item_col : str, int or None, default=None
        Columns of X, as in `CollaborativeFilter`.

    See Also
    --------
    WarmKFold : Folds without unknown users and items.
    UserFractionSplit : Test ratings of every user.
    sklearn.model_selection.KFold : Folds of rows, which need not be pairs.

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

    def _parts(self, table: Table, pairs: Pairs) -> Parts:
        return split_pairs(pairs, self.n_splits, self.random_state)


class WarmKFold(PairKFold):
    """K folds that test only users and items with training ratings.

    The pairs are shuffled. The first pair of each user and the first pair of each item
    stay in all training parts, and every other pair is tested exactly once. The errors
    are therefore those of predictions for known users and known items. A user or item
    with a single pair is never tested, and those with few pairs are tested less often.

    Parameters
    ----------
    n_splits : int, default=5
        Number of folds.
    random_state : int, RandomState instance or None, default=None
        Seed of the shuffle. With an int, the folds do not depend on the order of the
        rows.
    user_col, item_col : str, int or None, default=None
        Columns of X, as in `CollaborativeFilter`.

    See Also
    --------
    PairKFold : Folds that can have unknown users and items.
    UserFractionSplit : Test ratings of every user.

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

    def _parts(self, table: Table, pairs: Pairs) -> Parts:
        drawn = _shuffled(pairs, self.random_state)
        drawn = drawn[expendable(pairs.users[drawn], pairs.items[drawn])]
        return _split_drawn(pairs, drawn, self.n_splits)
