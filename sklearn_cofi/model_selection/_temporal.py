"""Splits by date: earlier ratings are for training, later ones for testing."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Bools, Column, Ints
from sklearn_cofi.data._frame import Table
from sklearn_cofi.data._times import ordered_times
from sklearn_cofi.model_selection._pairs import Pairs
from sklearn_cofi.model_selection._splitter import Parts, RatingsSplitter


class TemporalSplit(RatingsSplitter):
    """Train on all ratings before a date, and test the ratings of a window after it.

    The test parts are windows of about the same number of rows. They follow each other
    up to the latest rating, and the training part of a window is all rows before it.
    All rows with the same time are in the same window.

    Parameters
    ----------
    n_splits : int, default=5
        Number of windows.
    test_fraction : float or None, default=None
        Fraction of all rows in each window. None is ``1 / (n_splits + 1)``, as
        in `TimeSeriesSplit`.
    known_only : bool, default=False
        Whether to leave out of each test part the users and items without training
        ratings. There are often many of them.
    user_col, item_col : str, int or None, default=None
        Columns of X, as in `CollaborativeFilter`.
    time_col : str, int or None, default=None
        Column of times, which are numbers or dates. None is "timestamp".

    See Also
    --------
    LeaveNOutPerUser : With ``by="time"``, test the last ratings of each user.
    sklearn.model_selection.TimeSeriesSplit : Splits by positions of rows.

    Notes
    -----
    A row that repeats a pair of the training part is not tested, because the rating of
    this pair is known.

    Examples
    --------
    >>> import pandas as pd
    >>> from sklearn_cofi.model_selection import TemporalSplit
    >>> ratings = pd.DataFrame(
    ...     {"user": [1, 1, 2, 2], "item": [7, 8, 7, 9], "timestamp": [40, 10, 30, 20]}
    ... )
    >>> for train, test in TemporalSplit(3).split(ratings):
    ...     print(train, test)
    [1] [3]
    [1 3] [2]
    [1 2 3] [0]
    """

    def __init__(
        self,
        n_splits: int = 5,
        *,
        test_fraction: float | None = None,
        known_only: bool = False,
        user_col: Column = None,
        item_col: Column = None,
        time_col: Column = None,
    ) -> None:
        check_scalar(n_splits, "n_splits", Integral, min_val=1)
        if test_fraction is not None:
            check_scalar(
                test_fraction,
                "test_fraction",
                Real,
                min_val=0,
                max_val=1 / n_splits,
                include_boundaries="neither",
            )
        self.n_splits = n_splits
        self.test_fraction = test_fraction
        self.known_only = known_only
        self.user_col = user_col
        self.item_col = item_col
        self.time_col = time_col

    def _parts(self, table: Table, pairs: Pairs) -> Parts:
        times = ordered_times(table, self.time_col)
        begins = self._window_begins(np.sort(times))
        for begin, end in zip(begins, [*begins[1:], None], strict=True):
            train = times < begin
            test = ~train if end is None else ~train & (times < end)
            test &= ~_occurs_in(train, pairs.of_row)
            if self.known_only:
                for codes in (pairs.users, pairs.items):
                    test &= _occurs_in(train, codes[pairs.of_row])
            if not test.any():
                raise ValueError(
                    f"The window of {self!r} that begins at time {begin!s} has no row "
                    "to test. Use fewer or larger windows."
                )
            yield np.flatnonzero(train), np.flatnonzero(test)

    def _window_begins(self, times: np.ndarray) -> np.ndarray:
        """Return the first time of each window, given the sorted times of all rows."""
        n_splits = int(self.n_splits)
        fraction = self.test_fraction or 1 / (n_splits + 1)
        # As a float, 1 / 49 of 49 rows is less than one row.
        n_tested = int(fraction * times.size + 1e-9)
        first_rows = times.size - n_tested * np.arange(n_splits, 0, -1)
        begins = times[np.minimum(first_rows, times.size - 1)]
        if not n_tested or (np.diff(begins, prepend=times[0]) <= 0).any():
            raise ValueError(
                f"{times.size} rows at {np.unique(times).size} times are too few for "
                f"{self!r}: each window must begin at a different time, and the first "
                "one needs an earlier time for training. Use fewer splits."
            )
        return begins


def _occurs_in(part: Bools, codes: Ints) -> Bools:
    """Mark the rows whose code occurs in the rows of a part."""
    present = np.zeros(codes.max() + 1, bool)
    present[codes[part]] = True
    return present[codes]
