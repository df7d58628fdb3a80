"""`explain` of the Bayesian model: a prediction as a sum of parts."""

import numpy as np

from sklearn_cofi._typing import Frame, FrameLike, Id, Titles
from sklearn_cofi.base._explained_pair import (
    ExplainedPair,
    clipping,
    explained_pair,
    part_columns,
)
from sklearn_cofi.bayesian._draw_terms import draw_terms
from sklearn_cofi.bayesian._feature_regression import centred_draws
from sklearn_cofi.bayesian._posterior_estimator import PosteriorEstimator
from sklearn_cofi.bayesian._side_draws import OtherSide, other_side, rows_given
from sklearn_cofi.data._frame import native_frame
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.inference._explain import Part, RatingTerms, rating_parts
from sklearn_cofi.kernels._threads import single_blas_thread


class PosteriorExplanationMixin(PosteriorEstimator):
    """The method `explain`."""

    def explain(
        self,
        user: Id | None = None,
        item: Id | None = None,
        *,
        ratings: FrameLike | None = None,
        n: int | None = 10,
        titles: Titles | None = None,
    ) -> Frame:
        """Return a prediction as a sum: mean, bias, choice, and a term for each rating.

        ::

            predicted = mean + c_i + typical user + choice of items
                        + sum over rated j of s_ij * (r_uj - mean - c_j) + remainder

        Given the items of a draw, the mean of a user's row ``[U_u, b_u]`` is linear in
        the mean of its prior and in the ratings::

            [U_u, b_u] = P^-1 @ (omega_u * Lambda @ (mu + F_u @ beta)
                                 + sum over rated j of p_j * a_j * (r_uj - mean - c_j))
            P    = omega_u * Lambda + sum over rated j of p_j * outer(a_j, a_j)
            a_j  = [V_j, 1]
            s_ij = p_j * a_i . P^-1 @ a_j

        with ``p_j`` the precision of the rating, and ``omega_u`` that of the user's
        row in multiples of Lambda. The terms are means over the kept draws of these,
        with ``mu`` as the typical user and ``F_u @ beta`` as the choice of items, or
        as what the features of the user predict. With features, the bias of an item
        contains what a user with mean features thinks of its factors, and the typical
        user does not.

        Parameters
        ----------
        user : id, default=None
            User of the prediction. An unknown user has no ratings, so the prediction
            is a mean.
        item : id
            Item of the prediction.
        ratings : frame or array-like, default=None
            Ratings of one new user in place of ``user``, as in `recommend`.
        n : int or None, default=10
            Number of ratings with a row of their own; the other ratings are summed.
            None is all ratings.
        titles : mapping, Series or frame, default=None
            Titles of items, as in `recommend`, for a column title next to the items.

        Returns
        -------
        frame
            A row for each part; the contributions add up to the result of `predict`.
            Columns as in `CollaborativeFilter.explain`, with these kinds: "mean", "item
            bias", "typical user", with ``implicit_features`` "choice of items", with
            ``user_features`` "user features", "rating", "other ratings", "remainder",
            and "clipping" if ``rating_range`` clips the prediction. A prediction for an
            unknown user or item has only a "mean". The similarity of a rating is the
            change of the prediction if this rating were one higher and the items and
            the noise stayed the same.

        Raises
        ------
        ValueError
            If there is not exactly one user and one item, if one of them is unknown
            and ``unknown="error"``, or if ``ratings`` has several users.
        TypeError
            If ids are of another kind than the ids of `fit`.

        Notes
        -----
        The remainder of a user of the fit is the difference between the mean over all
        draws, which is the prediction, and the mean over the kept draws. It falls with
        ``n_kept_draws``. It is zero for a new user, whose prediction is the mean over
        the kept draws.

        References
        ----------
        Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback
        Datasets", ICDM 2008, doi:10.1109/ICDM.2008.22, section 5.

        Examples
        --------
        >>> from sklearn_cofi import BayesianCollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = BayesianCollaborativeFilter(3, random_state=0).fit(ratings)
        >>> why = model.explain(0, 6)
        >>> why["kind"].tolist()[:5]
        ['mean', 'item bias', 'typical user', 'choice of items', 'rating']
        >>> predicted = model.predict(ratings[:1].assign(item=6))[0]
        >>> bool(abs(why["contribution"].sum() - predicted) < 1e-9)
        True
        """
        pair = explained_pair(self, user, item, ratings, n)
        parts = _parts(self, pair, n) + clipping(self, pair)
        return native_frame(part_columns(parts, self, titles), pair.kind)


def _parts(
    estimator: PosteriorEstimator, pair: ExplainedPair, n: int | None
) -> list[Part]:
    """Return the parts whose sum is the prediction, not clipped."""
    encoded = np.array([pair.user]), np.array([pair.item])
    predicted = float(pair.model.predict(*encoded)[0])
    if pair.user < 0 or pair.item < 0:
        return [Part("mean", predicted)]
    other = other_side(estimator._draws(), 0)
    with single_blas_thread:
        features = estimator._features_of_new_users(pair.ids)
        given = _ratings_and_precisions(estimator, pair, other, features)
        terms = draw_terms(other, pair.item, *given, features)
    scale, bias = estimator.rating_scale_, float(pair.model.items.bias[pair.item])
    shift = scale * _average_taste(estimator, other, pair.item)
    if pair.new_ratings is not None:  # the biases are means over the kept draws
        bias += shift
    parts = [
        Part("mean", pair.model.global_mean),
        Part("item bias", bias),
        Part("typical user", scale * terms.prior - shift),
    ]
    if other.prior.links.size:
        parts.append(Part("choice of items", scale * terms.choice))
    if features is not None:
        parts.append(Part("user features", scale * terms.features))
    of_ratings = RatingTerms(terms.similarities, scale * terms.contributions)
    parts += rating_parts(pair.rows, of_ratings, n)
    rest = predicted - sum(part.contribution for part in parts)
    return [*parts, Part("remainder", rest)]


def _average_taste(estimator: PosteriorEstimator, other: OtherSide, item: int) -> float:
    """Return what biases of items hold in addition to those of the draws.

    With features it is the mean over the kept draws of ``(V_i - m_V) . m_U``, of
    `centred_with_coefficients`; else it is zero.
    """
    rows = other.rows[:, item : item + 1]
    centred = centred_draws(rows, 1, estimator._predicted_rows())
    return float(np.mean(centred[..., -1] - rows[..., -1]))


def _ratings_and_precisions(
    estimator: PosteriorEstimator,
    pair: ExplainedPair,
    other: OtherSide,
    features: FeatureRows | None,
) -> tuple[CSRRows, np.ndarray, np.ndarray]:
    """Return the user's ratings in units of the draws, and tau and omega in each draw.

    They are means given the ratings, but the tau of a user of the fit is that of the
    draw.
    """
    if pair.new_ratings is not None:
        scaled = estimator._scaled(pair.new_ratings).by_user
        _, tau, omega = rows_given(other, scaled, None, features)
        return scaled, tau[:, 0], omega[:, 0]
    draws = estimator._draws()
    centred = pair.rows.ratings.astype(np.float64) - estimator.global_mean_
    scaled = pair.rows._replace(ratings=centred / estimator.rating_scale_)
    _, _, omega = rows_given(other, scaled, None, features)
    return scaled, draws.noise / draws.user_variances[:, pair.user], omega[:, 0]
