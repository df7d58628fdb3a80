"""`as_frame`: the fitted attributes of users or of items, as a table."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Frame, SideName, Titles
from sklearn_cofi.base._ratings_estimator import RatingsEstimator
from sklearn_cofi.data._frame import native_frame


class FactorFrameMixin(RatingsEstimator):
    """The method `as_frame`."""

    def as_frame(
        self, side: SideName = "item", *, titles: Titles | None = None
    ) -> Frame:
        """Return the fitted attributes of all items, or of all users, as a frame.

        Parameters
        ----------
        side : {"item", "user"}, default="item"
            Side whose attributes are returned.
        titles : mapping, Series or frame, default=None
            Titles of items for a column title, as in `recommend`.

        Returns
        -------
        frame
            Columns item (or user), title (with ``titles``), mean, bias, count (number
            of ratings) and feature_0, feature_1, ... (the latent factors). A Bayesian
            model also has the columns bias_std, effect and effect_std before count.
            There is a row for each item in the order of ``item_ids_``, or for each user
            in the order of ``user_ids_``.
            The frame has the kind of the frame that was passed to `fit`, or is a
            pandas frame.

            The effect of an item is how much higher its rating is than the mean, over
            the population of ratings::

                effect = c_i + (mean of U over all ratings) . V_i

            bias_std and effect_std are standard deviations over the kept draws. Draws
            of biases and of factors replace each other in part, so the effect is known
            better than the bias, relative to its spread. Latent factors have no
            standard deviations, because they rotate from draw to draw.

        Raises
        ------
        ValueError
            If ``side`` is neither "item" nor "user", or titles are passed for users.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(2, 1.0, tol=1e-6, random_state=0).fit(ratings)
        >>> model.as_frame("user").columns.tolist()
        ['user', 'mean', 'bias', 'count', 'feature_0', 'feature_1']
        >>> model.as_frame().head(2)[["item", "mean", "bias", "count"]].round(2)
           item  mean  bias  count
        0     0  5.75 -0.84      4
        1     1  7.33  0.28      3
        """
        check_is_fitted(self)
        if side not in ("item", "user"):
            raise ValueError(f"side must be 'item' or 'user', got {side!r}.")
        if titles is not None and side == "user":
            raise ValueError("titles are titles of items, but side is 'user'.")
        if side == "item":
            ids, means, bias = self.item_ids_, self.item_means_, self.item_bias_
            factors = self.item_factors_
        else:
            ids, means, bias = self.user_ids_, self.user_means_, self.user_bias_
            factors = self.user_factors_
        columns: dict[str, np.ndarray] = {side: ids}
        if titles is not None:
            columns["title"] = self._titles_of(titles)
        columns |= {"mean": means, "bias": bias}
        columns |= self._uncertain_columns(side) | {"count": self._counts_of(side)}
        columns |= {f"feature_{f}": column for f, column in enumerate(factors.T)}
        return native_frame(columns, self._frame_kind)
