"""The base of an estimator whose ratings have times."""

import numpy as np

from sklearn_cofi._typing import Column, FrameLike, SideName, TimeScales
from sklearn_cofi.base._feature_estimator import SIDES, FeatureEstimator
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.bayesian._fitted_times import FittedTimes
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._frame import open_table
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.data._put_rows import put_rows
from sklearn_cofi.data._times import in_seconds, read_times


class TimeEstimator(FeatureEstimator):
    """An estimator with a column of times.

    The fitted attributes of times exist only if the fit had times.
    """

    time_col: Column
    time_scales: TimeScales
    item_time_scales: TimeScales
    user_time_stds_: np.ndarray
    item_time_stds_: np.ndarray
    noise_at_times_: float

    def _read_training_times(
        self, X: FrameLike, read: RatingsInput, encoded: EncodedRatings
    ) -> np.ndarray | None:
        """Return the time of each entry of the matrix by user; None without times.

        Repeated ratings of a pair have their weighted mean time.
        """
        if self.time_col is None:
            return None
        times = in_seconds(read_times(open_table(X), self.time_col))
        if read.positions is not None:
            times = times[read.positions >= 0]
        if not np.isfinite(times).all():
            raise ValueError(
                f"{int((~np.isfinite(times)).sum())} times in column "
                f"{self.time_col!r} are infinite. Drop these rows first."
            )
        shape = encoded.user_ids.size, encoded.item_ids.size
        start = times.min()  # sums of small numbers lose no digits
        rows = encoded.users, encoded.items, times - start, encoded.weights
        return start + rating_matrix(*rows, shape).by_user.ratings

    def _effects_of_times(
        self, X: FrameLike, users: np.ndarray, items: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the effects of the times of pairs, and ratios of variances.

        ::

            ratio = (noise + variance of the effects at the time)
                    / (noise + variance of the effects at no particular time)

        A variance without times contains that of the effects. It is multiplied by the
        ratio, which is 1 far from all ratings.
        """
        effects, variances = np.zeros((2, users.size))
        if not self._has_times:
            return effects, np.ones(users.size)
        table = open_table(X)
        times = in_seconds(read_times(table, self.time_col, may_be_missing=True))
        noise = at_no_time = self.noise_at_times_**2
        for side, rows in zip(SIDES, (users, items), strict=True):
            fitted = self._fitted_times(side)
            mean, variance = fitted.at(rows, times)
            effects += mean
            variances += variance
            at_no_time += fitted.variances.sum()
        return effects, (noise + variances) / at_no_time

    @property
    def _has_times(self) -> bool:
        """Whether the fit had times."""
        return hasattr(self, "_user_times")

    def _fitted_times(self, side: SideName) -> FittedTimes:
        at = f"_{side}_time"
        indptr = getattr(self, at + "_indptr", None)
        if indptr is None:  # nothing is folded in, so each rating has a time
            indptr = self._rated_indptr
            if side == "item":
                indptr = np.append(0, self.item_counts_.cumsum())
        return FittedTimes(
            indptr.astype(np.int64),
            getattr(self, at + "s"),
            getattr(self, at + "_effects"),
            getattr(self, at + "_effect_stds"),
            getattr(self, at + "_scale_seconds"),
            np.square(getattr(self, f"{side}_time_stds_")),
        )

    def _set_times(self, times: tuple[FittedTimes, ...], noise: float) -> None:
        if times:
            self.noise_at_times_ = noise
        for side, fitted in zip(SIDES, times, strict=False):
            setattr(self, f"_{side}_times", fitted.times)
            setattr(self, f"_{side}_time_effects", fitted.effects)
            setattr(self, f"_{side}_time_effect_stds", fitted.stds)
            setattr(self, f"_{side}_time_scale_seconds", fitted.scales)
            setattr(self, f"{side}_time_stds_", np.sqrt(fitted.variances))

    def _move_times(
        self, fitted: "TimeEstimator", name: SideName, before: np.ndarray, n: int
    ) -> None:
        """Set the effects of time of a model that has more rows of one side.

        Parameters
        ----------
        fitted : TimeEstimator
            The model without the new rows. It may be without times.
        name : {"user", "item"}
            The side that has n rows now.
        before : int array
            Increasing positions of the old rows.
        n : int
        """
        if not fitted._has_times:
            return
        for side in SIDES:
            indptr = fitted._fitted_times(side).indptr
            if side == name:
                lengths = put_rows(n, (before, np.diff(indptr)))
                indptr = np.append(0, lengths.cumsum())
            setattr(self, f"_{side}_time_indptr", indptr)
