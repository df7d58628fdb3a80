"""`fold_in`: a model with new ratings of users or items, without a fit."""

import copy
from dataclasses import replace
from typing import Self

from numpy.typing import ArrayLike

from sklearn_cofi._typing import Frame, FrameLike, SideName
from sklearn_cofi.base._factor_estimator import FactorEstimator
from sklearn_cofi.base._feature_estimator import SIDES
from sklearn_cofi.base._fit_warnings import warn_of_conflicts
from sklearn_cofi.base._new_rows import NewRows, read_new_rows
from sklearn_cofi.inference._fitted_factors import FittedFactors
from sklearn_cofi.inference._fold_in import infer_rows
from sklearn_cofi.kernels._threads import kernel_threads, single_blas_thread


class FoldInMixin(FactorEstimator):
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
        """Return a model with new ratings of users, or of items.

        ::

            U_u = argmin 1/2 * sum_i W_ui * (U_u . V_i - R_ui)**2 + p_u/2 * ||U_u||**2

        for each user u of X, with all ratings of the user, old and new. This is the
        exact minimiser of the objective given the items. With ``unrated_weight``, the
        sum also has the unrated items of the user, as in `fit`. With features, the
        penalty is that of ``U_u - F_u @ B``. Items and all other users do not change.
        With ``side="item"`` users and items change places.

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
            Side whose factors are computed: "user" for new or known users from their
            ratings of known items, "item" for new or known items from their ratings
            by known users.
        features : frame, default=None
            Features of new or known users (with ``side="item"`` of items), as in
            ``user_features``. They replace features of the fit. An id that has features
            and no rating gets the factors and the bias that its features predict. New
            ids without a row have the mean of each feature.

        Returns
        -------
        model : estimator of the same class
            Fitted model with the new ratings. It shares all other attributes with this
            estimator, which is not changed; ``cost_``, ``gradient_norm_``,
            ``converged_`` and the other results of the solver are those of the fit.

        Raises
        ------
        ValueError
            If an id of the other side is unknown (fold in that side first, or fit
            again), if `fit` would raise it for the same X and y, if there is neither X
            nor ``features``, or if there are ``features`` and the model was fitted
            without features of this side.
        TypeError
            If ids are of another kind than the ids of `fit`.

        Warns
        -----
        UserWarning
            If a pair of X has more than one rating (they are averaged).

        Notes
        -----
        The factors of the other side do not change, so errors grow slowly as ratings
        arrive. From time to time, set ``warm_start=True`` on the returned model and
        `fit` it to all ratings: the fit starts from the folded-in factors.

        References
        ----------
        Sarwar, Karypis, Konstan and Riedl, "Incremental Singular Value Decomposition
        Algorithms for Highly Scalable Recommender Systems", ICCIT 2002.

        Examples
        --------
        >>> import pandas as pd
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, 1.0, tol=1e-6, random_state=0).fit(ratings)
        >>> new = pd.DataFrame({"user": 99, "item": [0, 8], "rating": [9.0, 2.0]})
        >>> model.fold_in(new).recommend(99, n=1).round(1)
           user  rank  item  prediction
        0    99     1     1         9.8

        With ``item_features``, a new item needs no rating:

        >>> items = pd.DataFrame({"item": range(10), "genre": list("aabbabbaab")})
        >>> model.set_params(item_features=items).fit(ratings)
        CollaborativeFilter(...)
        >>> new = pd.DataFrame({"item": [10], "genre": ["b"]})
        >>> model = model.fold_in(side="item", features=new)
        >>> model.predict(pd.DataFrame({"user": [0, 5], "item": [10, 10]})).round(1)
        array([6.8, 7.2])
        """
        given = X, y, sample_weight
        new = read_new_rows(self, given, side, features, self.dtype)
        folded = copy.copy(self)
        folded._set_model(self._solved(new), new.merged.validation)
        warn_of_conflicts(new.merged.n_conflicts)
        return folded

    def _solved(self, new: NewRows) -> FittedFactors:
        """Return the model with new factors for all rows that have something new."""
        model, rows, own = self._model(), new.ratings, new.side
        with kernel_threads(
            self.n_jobs, rows.indices.size * model.items.factors.shape[1]
        ):
            with single_blas_thread:
                settings = self._penalty(), self.mean_damping
                solved = infer_rows(model, own, rows, *settings, new.own_features)
        before = model.users if own == 0 else model.items
        model = model.with_side(SIDES[own], new.put_into(before, solved))
        return replace(model, rated=new.merged.ratings.by_user)
