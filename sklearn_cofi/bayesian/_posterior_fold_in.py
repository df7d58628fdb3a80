"""`fold_in` of the Bayesian model: users with new ratings, without a fit."""

import copy
from dataclasses import replace
from typing import Self

import numpy as np
from numpy.typing import ArrayLike
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import FrameLike
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.base._merged_ratings import MergedRatings, merge_ratings, with_rows
from sklearn_cofi.bayesian._folded_draws import factors_of_mean, fold_into
from sklearn_cofi.bayesian._posterior_estimator import PosteriorEstimator
from sklearn_cofi.bayesian._side_draws import OtherSide, rows_given
from sklearn_cofi.data._centering import FALLBACK_DAMPING, row_means
from sklearn_cofi.data._ids import IdMap
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._fitted_factors import NO_IDS, FittedFactors, Side
from sklearn_cofi.inference._predict import predict_pairs
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread


class PosteriorFoldInMixin(PosteriorEstimator):
    """The method `fold_in`."""

    def fold_in(
        self,
        X: FrameLike,
        y: ArrayLike | None = None,
        sample_weight: ArrayLike | None = None,
    ) -> Self:
        """Return a model with new ratings of users, without a fit.

        Each user of X is drawn from the posterior given the items of each kept draw,
        with all ratings of the user, old and new::

            [U_u, b_u] ~ Normal(m, precision P)
            P = Lambda + tau_u * sum over rated j of p_j * outer(a_j, a_j)
            m = P^-1 @ (Lambda @ (mu + F_u @ beta)
                        + tau_u * sum over rated j of p_j * a_j * (r_uj - mean - c_j))

        with ``a_j = [V_j, 1]``, ``p_j`` the precision of a rating of item j, and
        ``tau_u`` its mean given the errors of the user's ratings. The prediction is the
        mean over the kept draws of the mean m. Items and all other users do not change.

        Parameters
        ----------
        X : frame or array-like of shape (n_ratings, n_columns)
            A row for each new rating, columns as in `fit`. A new rating of a pair
            replaces an old one.
        y : array-like of shape (n_ratings,), default=None
            Ratings. None takes the rating column of X.
        sample_weight : float or array-like of shape (n_ratings,), default=None
            Weights of the ratings, as in `fit`.

        Returns
        -------
        model : BayesianCollaborativeFilter
            Fitted model with the new ratings. It shares all other attributes with this
            estimator, which is not changed; ``noise_``, ``noise_path_`` and the traces
            are those of the fit.

        Raises
        ------
        ValueError
            If an item is unknown, if `fit` would raise it for the same X and y, or if
            the model was fitted with ``user_features``, ``item_features`` or
            ``time_col``.
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
        """
        check_is_fitted(self)
        model = self._model()
        has_features = model.users.cold is not None or model.users.features is not None
        if has_features or self._has_times:
            raise ValueError(
                "fold_in does not take a model that was fitted with user_features, "
                "item_features or time_col. Fit again, or pass the ratings of new "
                "users to `recommend`."
            )
        read = self._read_ratings(X, y, sample_weight, like_fit=True)
        has_ratings = read.features.has_ratings
        self._check_new_ratings(read.ratings, read.weights, has_ratings=has_ratings)
        encoded = read.encode(None)
        _check_items(IdMap(self.item_ids_).encode(encoded.item_ids, "item"))
        merged = merge_ratings(model, np.empty(0, bool), 0, encoded)
        folded = copy.copy(self)
        rows = merged.ratings.by_user.take(merged.solved)
        work = rows.indices.size * self.user_draws_.shape[2]
        with kernel_threads(self.n_jobs, work), single_blas_thread:
            folded._set_folded(self, merged, rows)
        warn_of_conflicts(merged.n_conflicts)
        return folded

    def _set_folded(
        self, fitted: PosteriorEstimator, merged: MergedRatings, rows: CSRRows
    ) -> None:
        """Set all attributes of users."""
        draws, scale = fitted._draws(), fitted.rating_scale_
        other = OtherSide.items_of(draws)
        centred = (rows.ratings - fitted.global_mean_) / scale
        scaled = rows._replace(ratings=centred.astype(np.float64))
        noise = np.random.default_rng(0).standard_normal(other.prior_means.shape)
        means, _ = rows_given(other, scaled)
        drawn, precisions = rows_given(other, scaled, noise)
        variances = draws.noise[:, None] / precisions
        users, variances = fold_into(draws, drawn, variances, merged)
        self.user_draws_, self._user_variance_draws = users, variances
        self.user_noise_ = np.ones(merged.ids.size)
        self.user_noise_[merged.before] = fitted.user_noise_
        self.user_noise_[merged.solved] = np.sqrt((1 / precisions).mean(axis=0))
        model = fitted._model()
        factors = factors_of_mean(draws, means, model.items, fitted.item_counts_)
        bias = scale * means[:, :, -1].mean(axis=0)
        solved = _side(model, rows, scale * factors, bias, fitted._mean_weight)
        side = with_rows(model.users, solved, merged, None)
        model = replace(model, users=side, rated=merged.ratings.by_user)
        self._set_model(model, np.empty(0, bool))


def _check_items(items: np.ndarray) -> None:
    n_unknown = int((items < 0).sum())
    if n_unknown:
        raise ValueError(
            f"X contains {n_unknown} items that were not seen in fit, so rows of users "
            "cannot be computed from their ratings. Leave them out, or fit all ratings."
        )


def _side(
    model: FittedFactors,
    rows: CSRRows,
    factors: np.ndarray,
    bias: np.ndarray,
    mean_weight: float,
) -> Side:
    """Return folded-in users, with their means and predictions of unknown items.

    See `population_predictions` for these.
    """
    items, n_items = model.items, len(model.items.ids)
    weights = np.bincount(
        model.rated.indices, model.rated.weight_of_entry, minlength=n_items
    )
    shares, own = weights / weights.sum(), model.global_mean + bias
    typical = own + shares @ items.bias + factors @ (shares @ items.factors)
    pairs = rows.row_of_entry.astype(np.int64), rows.indices.astype(np.int64)
    baseline = own[pairs[0]] + items.bias[pairs[1]]
    predicted = predict_pairs(Factors(factors, items.factors), baseline, *pairs)
    damping = FALLBACK_DAMPING * mean_weight
    fallback = row_means(rows._replace(ratings=predicted), typical, damping)
    return Side(NO_IDS, factors, bias, row_means(rows), fallback)
