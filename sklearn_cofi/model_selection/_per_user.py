"""Splits that test some ratings of every user."""

from abc import abstractmethod
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from sklearn_cofi._typing import Column, RandomState, SplitBy
from sklearn_cofi.data._frame import Table
from sklearn_cofi.model_selection._pairs import Pairs, read_times
from sklearn_cofi.model_selection._splitter import RatingsSplitter


class PerUserSplitter(RatingsSplitter):
    """A splitter that tests, of each user, the last of his pairs in some order."""

    def __init__(
        self,
        n_splits: int,
        by: SplitBy,
        random_state: RandomState,
        user_col: Column,
        item_col: Column,
        time_col: Column,
    ) -> None:
        check_scalar(n_splits, "n_splits", Integral, min_val=1)
        if by not in ("random", "time"):
            raise ValueError(f"by must be 'random' or 'time', got {by!r}.")
        self.n_splits = n_splits
        self.by = by
        self.random_state = random_state
        self.user_col = user_col
        self.item_col = item_col
        self.time_col = time_col

    @abstractmethod
    def _n_tested(self, counts: np.ndarray) -> np.ndarray:
        """Return how many pairs to test of users who have so many."""

    def _parts(self, table: Table, pairs: Pairs):
        counts = np.bincount(pairs.users)
        n_tested = self._n_tested(counts)[pairs.users]
        counts = counts[pairs.users]
        for after, from_last in self._orders(table, pairs):
            # Whoever has too few pairs for this test stays in training, whole.
            whole = counts <= (after + 1) * n_tested
            begun = from_last < (after + 1) * n_tested
            test = begun & (from_last >= after * n_tested) & ~whole
            if not test.any():
                raise ValueError(
                    f"No user has enough ratings to be tested by {self!r}: the most "
                    f"that one has is {counts.max()}. Test fewer, or use fewer splits."
                )
            yield pairs.rows(~begun | whole), pairs.rows(test)

    def _orders(self, table: Table, pairs: Pairs):
        """Yield, for each split, how many tests lie after it, and places from the end.

        Draws are independent; in time the tests come one after the other.
        """
        if self.by == "time":
            times = pairs.latest(read_times(table, self.time_col))
            # Of pairs of one time, that of the larger item id counts as later.
            places = _places_from_last(pairs.users, np.lexsort((times, pairs.users)))
            for after in reversed(range(self.n_splits)):
                yield after, places
        else:
            rng = check_random_state(self.random_state)
            for _ in range(self.n_splits):
                drawn = rng.permutation(pairs.n_pairs)
                order = np.argsort(pairs.users * pairs.n_pairs + drawn)
                yield 0, _places_from_last(pairs.users, order)


def _places_from_last(users, order) -> np.ndarray:
    """Return each pair's place among its user's, from 0, the last in this order."""
    ends = np.cumsum(np.bincount(users))
    places = np.empty(order.size, np.int64)
    places[order] = ends[users[order]] - 1 - np.arange(order.size)
    return places


class LeaveNOutPerUser(PerUserSplitter):
    """Test n ratings of each user: at random, or the last ones.

    Users with n ratings or fewer are never tested and stay in training, so that every
    user of a test part is known.

    Parameters
    ----------
    n : int, default=1
        Number of pairs to test of each user.
    n_splits : int, default=1
        At random, so many independent draws. By time, so many tests of n pairs each,
        one after the other and the last one of the last n: what a tested user rated
        after a test is left out of its training part, and users who have no rating
        before it are not tested in it.
    by : {"random", "time"}, default="random"
        "time" tests a user's latest ratings. What other users rated later is still
        learned from; `TemporalSplit` has one date for all. Of equal times, that of
        the larger item id counts as later.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. With an int, the order of the rows does not matter.
    user_col, item_col : str, int or None, default=None
        Columns of X, as in `CollaborativeFilter`.
    time_col : str, int or None, default=None
        Column of times, numbers or dates. None is "timestamp".

    Notes
    -----
    Rows that repeat a pair are one rating, of the latest time, and never divided
    between training and test.

    Examples
    --------
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.model_selection import LeaveNOutPerUser
    >>> ratings = load_tutorial().frame
    >>> ((train, test),) = LeaveNOutPerUser(2, random_state=0).split(ratings)
    >>> ratings.loc[test, "user"].value_counts().unique()
    array([2])
    """

    def __init__(
        self,
        n: int = 1,
        *,
        n_splits: int = 1,
        by: SplitBy = "random",
        random_state: RandomState = None,
        user_col: Column = None,
        item_col: Column = None,
        time_col: Column = None,
    ) -> None:
        check_scalar(n, "n", Integral, min_val=1)
        self.n = n
        super().__init__(n_splits, by, random_state, user_col, item_col, time_col)

    def _n_tested(self, counts):
        return np.full(counts.size, self.n)


class UserFractionSplit(PerUserSplitter):
    """Test a fraction of each user's ratings: at random, or the last ones.

    Of a user with m ratings ``min(floor(test_fraction * m + 1/2), m - 1)`` are tested:
    one at least stays in training, so that every user of a test part is known, and
    users with few ratings may not be tested at all.

    Parameters
    ----------
    test_fraction : float, default=0.2
        In (0, 1).
    n_splits : int, default=1
        At random, so many independent draws. By time, so many tests, one after the
        other, as in `LeaveNOutPerUser`.
    by, random_state, user_col, item_col, time_col
        As in `LeaveNOutPerUser`.

    Notes
    -----
    Rows that repeat a pair are one rating, of the latest time, and never divided
    between training and test.

    Examples
    --------
    >>> from sklearn_cofi.datasets import load_tutorial
    >>> from sklearn_cofi.model_selection import UserFractionSplit
    >>> ratings = load_tutorial().frame
    >>> ((train, test),) = UserFractionSplit(0.25, random_state=0).split(ratings)
    >>> train.size, test.size
    (23, 9)
    """

    def __init__(
        self,
        test_fraction: float = 0.2,
        *,
        n_splits: int = 1,
        by: SplitBy = "random",
        random_state: RandomState = None,
        user_col: Column = None,
        item_col: Column = None,
        time_col: Column = None,
    ) -> None:
        check_scalar(
            test_fraction,
            "test_fraction",
            Real,
            min_val=0,
            max_val=1,
            include_boundaries="neither",
        )
        self.test_fraction = test_fraction
        super().__init__(n_splits, by, random_state, user_col, item_col, time_col)

    def _n_tested(self, counts):
        rounded = np.floor(self.test_fraction * counts + 0.5).astype(np.int64)
        return np.minimum(rounded, counts - 1)
