"""`explain`: a predicted rating as a sum of parts."""

from typing import Literal

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._typing import Frame, FrameLike, Id, Titles
from sklearn_cofi.base._explained_pair import (
    ExplainedPair,
    clipping,
    explained_pair,
    part_columns,
)
from sklearn_cofi.base._factor_estimator import FactorEstimator
from sklearn_cofi.data._frame import native_frame
from sklearn_cofi.inference._explain import explain_prediction
from sklearn_cofi.inference._explain_features import feature_parts

# Ratings and factors are in no unit here, and the root of this penalty is taken.
_LARGEST_PENALTY = 1e150


class ExplanationMixin(FactorEstimator):
    """The method `explain`."""

    def explain(
        self,
        user: Id | None = None,
        item: Id | None = None,
        *,
        ratings: FrameLike | None = None,
        n: int | None = 10,
        titles: Titles | None = None,
        by: Literal["ratings", "features"] = "ratings",
    ) -> Frame:
        """Return a prediction as a sum: mean, biases, and a term for each rating.

        ::

            predicted = mean + b_u + c_i + sum over rated j of s_ij * d_j + remainder
            d_j       = r_uj - mean_j - b_u - c_j
            s_ij      = V_i . (V_u.T @ diag(W_u) @ V_u + p_u * I)^-1 @ V_j * W_uj

        The sum is exact because, given the items, the factors of a user are linear in
        the user's ratings. The remainder is the distance of the solver from this
        solution: it goes to zero with ``tol``, and is zero for new users.

        With an ``unrated_weight`` w0, the unrated items are terms of the sum, too::

            predicted = mean + b_u + c_i + unrated + sum over rated j of g_ij
                        + remainder
            unrated   = sum over all items j of h_ij * w0 * t_j
            g_ij      = h_ij * (W_uj * d_j - w0 * t_j)
            s_ij      = h_ij * W_uj
            h_ij      = V_i . (V.T @ diag(a) @ V + p_u * I)^-1 @ V_j
            t_j       = unrated_rating - mean_j - b_u - c_j

        where a_j is W_uj for rated items and w0 for all others. ``unrated`` counts all
        items as unrated ones, and g_ij replaces the term of a rated item with that of
        its rating.

        With ``by="features"``, the terms are those of the features of the item::

            predicted = mean + b_u + sum over features f of F_if * (e_f + U_u . C_f)
                        + own
            own       = c_i - F_i @ e + U_u . (V_i - F_i @ C)

        with F the features minus their means, e ``item_feature_effects_`` and C
        ``item_feature_coef_``. The own part is what the features do not explain.

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
        by : {"ratings", "features"}, default="ratings"
            Whether the terms are those of the user's ratings or those of the item's
            features.

        Returns
        -------
        frame
            A row for each part; the contributions add up to the result of `predict`.
            The frame has the kind of ``ratings`` or, without them, of the frame that
            was passed to `fit`. Columns:

            - kind: "mean"; with ``fit_bias`` "user bias" and "item bias"; with
              ``unrated_weight`` "unrated items"; "rating", sorted by falling absolute
              contribution; "other ratings"; "remainder"; and "clipping" if
              ``rating_range`` clips the prediction. With user features "user features",
              the product of what they predict with the item. With features also
              "choice" if the user or the item has no rating: users choose items that
              they like, and this corrects what features predict for others. A
              prediction for an unknown user or item has only a "mean".
            - item: the rated item, else None
            - title (with ``titles``): its title, else missing
            - rating: the rating of that item, else NaN
            - similarity: s_ij, the change of the prediction if this rating were one
              higher and means and biases stayed the same; else NaN
            - contribution: in units of the rating

            With ``by="features"``, the columns are kind, feature, value (of the encoded
            feature, minus its mean) and contribution. The kinds of the terms are
            "feature", sorted by falling absolute contribution, "other features" and
            "own part"; there is no "item bias".

        Raises
        ------
        ValueError
            If there is not exactly one user and one item, if one of them is unknown
            and ``unknown="error"``, if ``ratings`` has several users, or if ``by`` is
            "features" and the model has no features of items.
        TypeError
            If ids are of another kind than the ids of `fit`.

        Notes
        -----
        With ``early_stopping``, held-out ratings have no row, because the factors were
        not learned from them, and the remainder is larger, because the solver stops
        before the optimum.

        References
        ----------
        Hu, Koren and Volinsky, "Collaborative Filtering for Implicit Feedback
        Datasets", ICDM 2008, doi:10.1109/ICDM.2008.22, section 5.

        Examples
        --------
        >>> from sklearn_cofi import CollaborativeFilter
        >>> from sklearn_cofi.datasets import load_tutorial
        >>> ratings = load_tutorial().frame
        >>> model = CollaborativeFilter(3, reg_param=1.0, tol=1e-6, random_state=0)
        >>> why = model.fit(ratings).explain(0, 6)
        >>> why[:5].round(2)
                kind  item  rating  similarity  contribution
        0       mean  None     NaN         NaN          6.69
        1  user bias  None     NaN         NaN         -0.31
        2  item bias  None     NaN         NaN         -0.39
        3     rating     7     3.0       -0.17          0.46
        4     rating     4     8.0        0.08          0.11
        >>> round(why["contribution"].sum(), 2)
        np.float64(6.53)
        """
        check_is_fitted(self)
        if by not in ("ratings", "features"):
            raise ValueError(f"by must be 'ratings' or 'features', got {by!r}.")
        if by == "features":
            self._required_features("item")
        pair = explained_pair(self, user, item, ratings, n)
        if by == "features":
            return _explained_by_features(self, pair, n)
        return _explained(self, pair, n, titles)


def _explained(
    estimator: FactorEstimator,
    pair: ExplainedPair,
    n: int | None,
    titles: Titles | None,
) -> Frame:
    """Return the frame of the parts whose sum is the prediction."""
    penalty, n_items = estimator._penalty(), len(pair.model.items.ids)
    counts = penalty.counts_of_rows(pair.rows, pair.model.unrated.weight, n_items)
    penalties = penalty.of_rows(0, counts, _LARGEST_PENALTY)
    parts = explain_prediction(
        pair.model,
        pair.user,
        pair.item,
        pair.rows,
        penalty=float(penalties[0, 0]),
        with_biases=estimator.fit_bias,
        n=n,
    )
    parts += clipping(estimator, pair)
    return native_frame(part_columns(parts, estimator, titles), pair.kind)


def _explained_by_features(
    estimator: FactorEstimator, pair: ExplainedPair, n: int | None
) -> Frame:
    """Return the frame of the parts of the features of the item."""
    parts, features, own = feature_parts(
        pair.model, pair.user, pair.item, estimator.fit_bias
    )
    features.sort(key=lambda part: -abs(part.contribution))
    rows: list[tuple[str, str | None, float, float]] = [
        (part.kind, None, np.nan, part.contribution) for part in parts
    ]
    for part in features[:n]:
        name = str(estimator.item_feature_names_[part.feature])
        rows.append(("feature", name, part.value, part.contribution))
    if features[n:] and n is not None:
        rest = sum(part.contribution for part in features[n:])
        rows.append(("other features", None, np.nan, rest))
    if features:
        rows.append(("own part", None, np.nan, own))
    rows += [
        (part.kind, None, np.nan, part.contribution)
        for part in clipping(estimator, pair)
    ]
    kinds, names, values, contributions = zip(*rows, strict=True)
    columns = {
        "kind": np.array(kinds),
        "feature": np.array(names, object),
        "value": np.array(values),
        "contribution": np.array(contributions),
    }
    return native_frame(columns, pair.kind)
