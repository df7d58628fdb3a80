"""Splits that test some ratings of every user."""

from abc import abstractmethod
from collections.abc import Iterator
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_random_state, check_scalar

from sklearn_cofi._typing import Column, Ints, RandomState, SplitBy
from sklearn_cofi.data._frame import Table
from sklearn_cofi.data._times import ordered_times
from sklearn_cofi.model_selection._pairs import Pairs
from sklearn_cofi.model_selection._splitter import Parts, RatingsSplitter


class PerUserSplitter(RatingsSplitter):
    """A splitter that sorts the pairs of each user and tests the last ones."""

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
    def _n_tested(self, counts: Ints) -> Ints:
        """Return the number of pairs to test of users with these numbers of pairs."""

    def _parts(self, table: Table, pairs: Pairs) -> Parts:
        counts = np.bincount(pairs.users)
        n_tested = self._n_tested(counts)[pairs.users]
        counts = counts[pairs.users]
        for n_later, position in self._orders(table, pairs):
            # A user with too few pairs for this test keeps all of them in training.
            too_few = counts <= (n_later + 1) * n_tested
            not_before = position < (n_later + 1) * n_tested
            test = not_before & (position >= n_later * n_tested) & ~too_few
            if not test.any():
                raise ValueError(
                    f"No user has enough ratings for {self!r}: the largest number of "
                    f"ratings of a user is {counts.max()}. Test fewer ratings, or use "
                    "fewer splits."
                )
            yield pairs.rows(~not_before | too_few), pairs.rows(test)

    def _orders(self, table: Table, pairs: Pairs) -> Iterator[tuple[int, Ints]]:
        """Yield the number of later tests and `_positions_from_last` for each split.

        Random splits are independent, so none is later. By time, the tests follow each
        other.
        """
        if self.by == "time":
            times = pairs.latest(ordered_times(table, self.time_col))
            # The sort is stable: among equal times, the larger item id is the later.
            order = np.lexsort((times, pairs.users))
            positions = _positions_from_last(pairs.users, order)
            for n_later in reversed(range(self.n_splits)):
                yield n_later, positions
        else:
            rng = check_random_state(self.random_state)
            for _ in range(self.n_splits):
                drawn = rng.permutation(pairs.n_pairs)
                order = np.argsort(pairs.users * pairs.n_pairs + drawn)
                yield 0, _positions_from_last(pairs.users, order)


def _positions_from_last(users: Ints, order: Ints) -> Ints:
    """Return the position of each pair among its user's, 0 for the last in order."""
    ends = np.cumsum(np.bincount(users))
    positions = np.empty(order.size, np.int64)
    positions[order] = ends[users[order]] - 1 - np.arange(order.size)
    return positions


class LeaveNOutPerUser(PerUserSplitter):
    """Test n ratings of each user: random ones or the latest.

    Users with n ratings or fewer are not tested and stay in training, so every user of
    a test part has training ratings.

    Parameters
    ----------
    n : int, default=1
        Number of pairs to test of each user.
    n_splits : int, default=1
        Number of splits. Random splits are independent draws. Splits by time follow
        each other: each tests n pairs of a user, and the last split tests the latest n.
        The training part leaves out the ratings of a tested user that are later than
        the test. Users without a rating before a test are not tested in it.
    by : {"random", "time"}, default="random"
        Which ratings to test. "time" tests the latest ratings of each user. The
        training part can hold later ratings of other users; `TemporalSplit` has one
        date for all users. Among equal times, the larger item id counts as later.
    random_state : int, RandomState instance or None, default=None
        Seed of the draws. With an int, the splits do not depend on the order of the
        rows.
    user_col, item_col : str, int or None, default=None
        Columns of X, as in `CollaborativeFilter`.
    time_col : str, int or None, default=None
        Column of times, which are numbers or dates. None is "timestamp".

    See Also
    --------
    UserFractionSplit : Test a fraction of each user's ratings instead of n.
    TemporalSplit : One date for all users.
    sklearn.model_selection.LeavePGroupsOut : Test all ratings of some users.

    Notes
    -----
    Rows that repeat a pair are one rating with the latest of their times, and never
    divided between training and test.

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

    def _n_tested(self, counts: Ints) -> Ints:
        return np.full(counts.size, int(self.n))


class UserFractionSplit(PerUserSplitter):
    """Test a fraction of each user's ratings: random ones or the latest.

    For a user with m ratings, ``min(floor(test_fraction * m + 1/2), m - 1)`` are
    tested. At least one rating stays in training, so every user of a test part has
    training ratings. Users with few ratings may not be tested at all.

    Parameters
    ----------
    test_fraction : float, default=0.2
        Fraction of each user's ratings to test, in (0, 1).
    n_splits : int, default=1
        Number of splits. Random splits are independent draws. Splits by time follow
        each other, as in `LeaveNOutPerUser`.
    by, random_state, user_col, item_col, time_col
        As in `LeaveNOutPerUser`.

    See Also
    --------
    LeaveNOutPerUser : Test n ratings of each user instead of a fraction.
    TemporalSplit : One date for all users.

    Notes
    -----
    Rows that repeat a pair are one rating with the latest of their times, and never
    divided between training and test.

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

    def _n_tested(self, counts: Ints) -> Ints:
        rounded = np.floor(self.test_fraction * counts + 0.5).astype(np.int64)
        return np.minimum(rounded, counts - 1)
