"""The base of an estimator whose ratings have times."""

import numpy as np

from sklearn_cofi._typing import Column, FrameLike, TimeScales
from sklearn_cofi.base._feature_estimator import FeatureEstimator
from sklearn_cofi.base._ratings_input import RatingsInput
from sklearn_cofi.bayesian._fitted_times import FittedTimes
from sklearn_cofi.data._encoded import EncodedRatings
from sklearn_cofi.data._frame import open_table
from sklearn_cofi.data._matrix import rating_matrix
from sklearn_cofi.data._times import in_seconds, read_times


class TimeEstimator(FeatureEstimator):
    """An estimator with a column of times.

    The fitted attributes of times exist only if the fit had times.
    """

    time_col: Column
    time_scales: TimeScales
    time_stds_: np.ndarray
    _times: np.ndarray
    _time_effects: np.ndarray
    _time_effect_stds: np.ndarray
    _time_scale_seconds: np.ndarray

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
        self, X: FrameLike, users: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the effects of the times of pairs, and their variances."""
        fitted = self._fitted_times()
        if fitted is None:
            zeros = np.zeros(users.size)
            return zeros, zeros
        table = open_table(X)
        times = in_seconds(read_times(table, self.time_col, may_be_missing=True))
        return fitted.at(users, times)

    def _fitted_times(self) -> FittedTimes | None:
        if not hasattr(self, "_times"):
            return None
        return FittedTimes(
            self._rated_indptr,
            self._times,
            self._time_effects,
            self._time_effect_stds,
            self._time_scale_seconds,
            np.square(self.time_stds_),
        ).of_rows(self._rated_indptr)

    def _set_times(self, times: FittedTimes | None) -> None:
        if times is None:
            return
        self._times, self._time_effects = times.times, times.effects
        self._time_effect_stds = times.stds
        self._time_scale_seconds = times.scales
        self.time_stds_ = np.sqrt(times.variances)
