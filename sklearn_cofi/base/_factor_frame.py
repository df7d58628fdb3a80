"""`as_frame`: all that was learned of users or of items, as a table."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Frame, SideName
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import native_frame


class FactorFrameMixin(RatingsEstimator):
    """The fitted attributes of one side of a collaborative filter, as a table."""

    def as_frame(self, side: SideName = "item") -> Frame:
        """Return what was learned of each item, or of each user, as a frame.

        Parameters
        ----------
        side : {"item", "user"}, default="item"

        Returns
        -------
        frame
            Columns item (or user), mean, bias, count (the number of its ratings) and
            feature_0, feature_1, ...; a row for each, in the order of ``item_ids_``
            (or ``user_ids_``). A frame of the kind that `fit` was given, else pandas.

        Raises
        ------
        ValueError
            If ``side`` is neither.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(2, reg_param=1.0, random_state=0).fit(ratings)
        >>> model.as_frame("user").columns.tolist()
        ['user', 'mean', 'bias', 'count', 'feature_0', 'feature_1']
        >>> model.as_frame().head(2)[["item", "mean", "bias", "count"]].round(2)
           item  mean  bias  count
        0     0  5.75   0.0      4
        1     1  7.33   0.0      3
        """
        check_is_fitted(self)
        if side not in ("item", "user"):
            raise ValueError(f"side must be 'item' or 'user', got {side!r}.")
        if side == "item":
            ids, means, bias = self.item_ids_, self.item_means_, self.item_bias_
            counts, factors = self.item_counts_, self.item_factors_
        else:
            ids, means, bias = self.user_ids_, self.user_means_, self.user_bias_
            counts, factors = np.diff(self._rated_indptr), self.user_factors_
        columns = {side: ids, "mean": means, "bias": bias, "count": counts}
        columns |= {f"feature_{f}": column for f, column in enumerate(factors.T)}
        return native_frame(columns, self._frame_kind)
