"""Splits by date: the past is learned from, what came next is tested."""

from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar

from sklearn_cofi._typing import Column
from sklearn_cofi.model_selection._pairs import read_times
from sklearn_cofi.model_selection._splitter import RatingsSplitter


class TemporalSplit(RatingsSplitter):
    """Train on all ratings before a date, test those of a time after it.

    The test parts are windows of about equally many rows, one after the other up to
    the latest rating, each with all rows before it as training part. A window begins
    with a time and takes all rows of that time: equal times are never divided.

    Parameters
    ----------
    n_splits : int, default=5
        Number of windows.
    test_fraction : float or None, default=None
        Rows of each window, as a share of all. None is ``1 / (n_splits + 1)``, as in
        `TimeSeriesSplit`.
    known_only : bool, default=False
        Leave out of each test part the users and items that its training part has not
        seen. Many are new at any date.
    user_col, item_col : str, int or None, default=None
        Columns of X, as in `CollaborativeFilter`.
    time_col : str, int or None, default=None
        Column of times, numbers or dates. None is "timestamp".

    Notes
    -----
    A row that repeats a pair of its training part is not tested, for that rating is
    known.

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

    def _parts(self, table, pairs):
        times = read_times(table, self.time_col)
        begins = self._begins(np.sort(times))
        for begin, end in zip(begins, [*begins[1:], None], strict=True):
            train = times < begin
            test = ~train if end is None else ~train & (times < end)
            test &= ~_among(pairs.of_row, train)
            if self.known_only:
                for codes in (pairs.users, pairs.items):
                    test &= _among(codes[pairs.of_row], train)
            if not test.any():
                raise ValueError(
                    f"From time {begin!s} on, no row is left to be tested by {self!r}. "
                    "Use fewer or larger windows."
                )
            yield np.flatnonzero(train), np.flatnonzero(test)

    def _begins(self, times) -> np.ndarray:
        """Return the first time of each window, of times in rising order."""
        fraction = self.test_fraction or 1 / (self.n_splits + 1)
        n_tested = int(fraction * times.size + 1e-9)
        places = times.size - n_tested * np.arange(self.n_splits, 0, -1)
        begins = times[np.minimum(places, times.size - 1)]
        if not n_tested or (np.diff(begins, prepend=times[0]) <= 0).any():
            raise ValueError(
                f"{times.size} rows at {np.unique(times).size} times are too few for "
                f"{self!r}: each window needs a time of its own, and one before them "
                "all is to be learned from. Use fewer splits."
            )
        return begins


def _among(codes, chosen) -> np.ndarray:
    """Tell which rows have a code that some chosen row has."""
    seen = np.zeros(codes.max() + 1, bool)
    seen[codes[chosen]] = True
    return seen[codes]
