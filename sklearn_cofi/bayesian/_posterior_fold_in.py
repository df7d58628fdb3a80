"""`fold_in` of the Bayesian model: rows with new ratings, without a fit."""

import copy
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike

from sklearn_cofi._typing import Frame, FrameLike, SideName
from sklearn_cofi.base._feature_estimator import SIDES
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.base._merged_ratings import MergedRatings
from sklearn_cofi.base._new_rows import NewRows, read_new_rows
from sklearn_cofi.bayesian._folded_draws import fold_draws, with_folded
from sklearn_cofi.bayesian._folded_mean import FittedMean, folded_side
from sklearn_cofi.bayesian._posterior_estimator import PosteriorEstimator
from sklearn_cofi.data._put_rows import put_rows
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread


class PosteriorFoldInMixin(PosteriorEstimator):
    """The method `fold_in`."""

    def fold_in(
        self,
        X: FrameLike | None = None,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
        *,
        side: SideName = "user",
        features: Frame | None = None,
    ) -> Self:
        """Return a model with new ratings of users, or of items, without a fit.

        Each user of X is drawn from the posterior given the items of each kept draw,
        with all ratings of the user, old and new::

            [U_u, b_u] ~ Normal(m, precision P)
            P = omega_u * Lambda + tau_u * sum over rated j of p_j * outer(a_j, a_j)
            m = P^-1 @ (omega_u * Lambda @ (mu + sum over blocks of F_u @ beta)
                        + tau_u * sum over rated j of p_j * a_j * (r_uj - mean - c_j))

        with ``a_j = [V_j, 1]``, ``p_j`` the precision of a rating of item j, and
        ``tau_u`` its mean given the errors of the user's ratings. The blocks are the
        mask of the user's ratings (with ``implicit_features``) and the features of the
        user. The prediction is the mean over the kept draws of the mean m. Items and
        all other users do not change. With ``side="item"`` users and items change
        places.

        Parameters
        ----------
        X : frame or array-like of shape (n_ratings, n_columns), default=None
            A row for each new rating, columns as in `fit`. A new rating of a pair
            replaces an old one. None has no ratings, but new ``features``.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            Weights of the ratings, as in `fit`.
        side : {"user", "item"}, default="user"
            Side whose rows are drawn: "user" for new or known users from their ratings
            of known items, "item" for new or known items from their ratings by known
            users.
        features : frame, default=None
            Features of new or known users (with ``side="item"`` of items), as in
            ``user_features``. They replace features of the fit. An id that has features
            and no rating is what its features predict, as in the notes of the class.
            New ids without a row have the mean of each feature.

        Returns
        -------
        model : BayesianCollaborativeFilter
            Fitted model with the new ratings. It shares all other attributes with this
            estimator, which is not changed; ``noise_``, ``noise_path_`` and the traces
            are those of the fit.

        Raises
        ------
        ValueError
            If an id of the other side is unknown (fold in that side first, or fit
            again), if `fit` would raise it for the same X and y, if there is neither X
            nor ``features``, if there are ``features`` and the model was fitted without
            features of this side, or if the file of the model was saved before
            `fold_in` had ``side`` and ``features``, and they are needed.
        TypeError
            If ids are of another kind than the ids of `fit`.

        Warns
        -----
        UserWarning
            If a pair of X has more than one rating (they are averaged).

        Notes
        -----
        The factors of a user are the least-squares projection of the rows of all kept
        draws on ``item_factors_``, with a weight of n for an item with n ratings. The
        seed of the draws is fixed, and a user's draws do not depend on other users.
        The mask of a new item has coefficients of zero in the prior of users, because
        zero is their prior mean and the fit has not learned them.

        In a model with ``time_col``, X needs no column of times, and times of new
        ratings are not used. New users have no effects of time: at any time, the only
        effect in their predictions is that of the item. Known users keep the effects
        that the fit found. The same holds for items.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_cofi import BayesianCollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = BayesianCollaborativeFilter(3, random_state=0).fit(ratings)
        >>> new = pd.DataFrame({"user": 99, "item": [0, 8], "rating": [9.0, 2.0]})
        >>> 99 in model.fold_in(new).user_ids_
        True
        >>> late = pd.DataFrame({"user": [0, 5], "item": 99, "rating": [9.0, 2.0]})
        >>> 99 in model.fold_in(late, side="item").item_ids_
        True
        """
        new = read_new_rows(self, (X, y, sample_weight), side, features, None)
        self._check_version(side)
        folded = copy.copy(self)
        work = new.ratings.indices.size * self.user_draws_.shape[2]
        with kernel_threads(self.n_jobs, work), single_blas_thread:
            folded._set_folded(self, new)
        warn_of_conflicts(new.merged.n_conflicts)
        return folded

    def _check_version(self, side: SideName) -> None:
        """Check that the model has the prior of the rows, which older files lack."""
        has_features = hasattr(self, "_user_regression_draws")
        if hasattr(self, "_item_degrees_draws") or not (side == "item" or has_features):
            return
        raise ValueError(
            "The model was saved by an earlier version of sklearn_cofi, without the "
            "draws that `fold_in` needs for items and for features. Fit again."
        )

    def _set_folded(self, fitted: PosteriorEstimator, new: NewRows) -> None:
        """Set all attributes of the side that is folded in."""
        name, merged = SIDES[new.side], new.merged
        scale, draws = fitted.rating_scale_, fitted._draws()
        centred = (new.ratings.ratings - fitted.global_mean_) / scale
        scaled = new.ratings._replace(ratings=centred.astype(np.float64))
        regressions = fitted._predicted_rows()
        regression = None if regressions is None else regressions[new.side]
        folded = fold_draws(draws, new.side, scaled, new.own_features, regression)
        self._set_draws(with_folded(draws, new.side, folded, merged))
        self._set_noise(name, merged, folded.ratios)
        model = fitted._model()
        mean = FittedMean(model, draws, regressions, scale, fitted._mean_weight)
        given = folded.means, new.ratings, new.own_features
        before = model.users if new.side == 0 else model.items
        side = new.put_into(before, folded_side(mean, new.side, *given))
        model = replace(model.with_side(name, side), rated=merged.ratings.by_user)
        self._set_model(model, merged.validation)
        self._move_times(fitted, name, merged.before, merged.ids.size)

    def _set_noise(
        self, name: SideName, merged: MergedRatings, ratios: np.ndarray
    ) -> None:
        """Set the noise of each row from the variances of folded-in rows."""
        attribute = f"{name}_noise_"
        old = merged.before, getattr(self, attribute)
        new = merged.solved, np.sqrt(ratios.mean(axis=0))
        setattr(self, attribute, put_rows(merged.ids.size, old, new))
