"""`explain`: a predicted rating, taken apart."""

from numbers import Integral
from typing import NamedTuple

import numpy as np
import pandas as pd
from sklearn.utils import check_scalar
from sklearn.utils.validation import check_is_fitted

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Frame, FrameLike, Id
from sklearn_cofi.base._query import Asking, LearnedUsers
from sklearn_cofi.data._centering import baseline_predictions
from sklearn_cofi.data._frame import id_array, native_frame
from sklearn_cofi.data._ids import IdMap, encode_pairs
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.inference._explain import rating_terms
from sklearn_cofi.inference._predict import predict_pairs


class _Evidence(NamedTuple):
    """One user: what was learned of the user, and from which ratings."""

    learned: LearnedUsers  # of one row
    rows: CSRRows  # of one row, ratings as they were given
    user: int  # 0, or -1 where nothing is known of the user
    kind: str  # of frame


class ExplanationMixin:
    """Explanations from the fitted attributes of a collaborative filter.

    Subclasses have ``_asking`` of `recommend`, the parameters of the penalty, and a
    property ``_fitted_reg_param``.
    """

    def explain(
        self,
        user: Id | None = None,
        item: Id | None = None,
        *,
        ratings: FrameLike | None = None,
        n: int | None = 10,
    ) -> Frame:
        """Return what each part of the model, and each rating, adds to a prediction.

        ::

            predicted = mean + b_u + c_i + sum over rated j of s_ij * d_j + remainder
            d_j       = r_uj - mean_j - b_u - c_j
            s_ij      = V_i . (V_u.T @ diag(W_u) @ V_u + p_u * I)^-1 @ V_j * W_uj

        which is exact: given the items, the factors of a user are linear in the
        user's ratings. `fit` stops within ``tol`` of that, and the difference is the
        remainder; it vanishes as ``tol`` does, and for new users.

        Parameters
        ----------
        user : id, default=None
            A user. One that fit has not seen has no ratings, and is predicted a mean.
        item : id
            The item whose prediction is explained.
        ratings : frame or array-like, default=None
            Ratings of one new user, given in place of ``user``, as for `recommend`.
        n : int or None, default=10
            Number of ratings that have a row of their own; the others are summed.
            None is all.

        Returns
        -------
        frame
            A row for each part, whose contributions add up to what `predict` says. Of
            the kind that ``ratings`` or, without them, `fit` was given. Columns:

            - kind: "mean"; "user bias" and "item bias", with ``fit_bias``; "rating",
              the largest contributions first, of either sign; "other ratings";
              "remainder"; and "clipping", if ``rating_range`` cuts the prediction.
              An unknown user or item has a mean, and a bias if that is used.
            - item: the item that was rated, else None
            - rating: the rating it was given, else NaN
            - similarity: s_ij, by how much the prediction moves for a star more, means
              and biases left as they are; else NaN
            - contribution: in units of the rating

        Raises
        ------
        ValueError
            If there is not one user and one item, if one of them is unknown and
            ``unknown="error"``, or if ``ratings`` are of several users.
        TypeError
            If ids are of another kind than those seen in fit.

        Notes
        -----
        With ``early_stopping``, ratings that were set apart were not learned from, and
        are no reasons; the remainder is what the solver had still to go.

        `BayesianCollaborativeFilter` has no explanations: its predictions are means
        over draws of users and items together, of which few are kept.

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
        >>> why[:3].round(2)
             kind  item  rating  similarity  contribution
        0    mean  None     NaN         NaN          6.00
        1  rating     7     3.0       -0.48          0.65
        2  rating     0     7.0        0.27          0.33
        >>> round(why["contribution"].sum(), 2)
        np.float64(6.98)
        """
        check_is_fitted(self)
        if n is not None:
            check_scalar(n, "n", Integral, min_val=1)
        if item is None or (user is None) == (ratings is None):
            raise ValueError(
                "Pass an item and either a user that fit has seen, as in "
                "explain(user, item), or one new user's `ratings`."
            )
        if ratings is None:
            users, items = self._read_pair(user, item)
            evidence = self._known_user(int(users[0]))
        else:
            items = IdMap(self.item_ids_).encode(_one_id(item, "item"), "item")
            evidence = _of_new_user(self._asking(None, ratings))
            if self.unknown == "error":
                self._check_unknown(np.zeros_like(items), items)
        return self._explained(evidence, items, n)

    def _read_pair(self, user, item) -> tuple[np.ndarray, np.ndarray]:
        users, items = encode_pairs(
            IdMap(self.user_ids_),
            IdMap(self.item_ids_),
            _one_id(user, "user"),
            _one_id(item, "item"),
            ("user", "item"),
        )
        if self.unknown == "error":
            self._check_unknown(users, items)
        return users, items

    def _known_user(self, user: int) -> _Evidence:
        row = slice(max(user, 0), max(user, 0) + 1)
        learned = LearnedUsers(
            self.user_factors_[row],
            self.user_bias_[row],
            self.user_means_[row],
            self.item_factors_,
            self.item_bias_,
        )
        rows = self._rated.take([row.start])
        if self._rated_apart.size:
            apart = self._rated_apart[slice(*self._rated_indptr[row.start :][:2])]
            rows = CSRRows(
                np.array([0, apart.size - apart.sum()]),
                *(column[~apart] if column.size else column for column in rows[1:]),
            )
        return _Evidence(learned, rows, min(user, 0), self._frame_kind)

    def _explained(self, evidence: _Evidence, items, n):
        """Return the frame of what adds up to the prediction."""
        learned, rows, user, kind = evidence
        users = np.full_like(items, user)
        means = self._means()._replace(user=learned.means)
        biases = learned.bias, learned.item_bias
        centre = baseline_predictions(means, biases, self._normalization, users, items)
        factors = Factors(learned.factors, learned.item_factors)
        predicted = predict_pairs(factors, centre, users, items)
        parts = self._constant_parts(means, biases, users, items)
        if user >= 0 and items[0] >= 0:
            rated = np.zeros_like(rows.indices), rows.indices
            expected = baseline_predictions(means, biases, self._normalization, *rated)
            terms = rating_terms(
                learned.item_factors[items[0]],
                learned.item_factors[rows.indices],
                rows.ratings.astype(np.float64) - expected,
                rows.weight_of_entry,
                self._user_penalty(rows),
            )
            parts += _rating_parts(self.item_ids_, rows, terms, n)
            rest = float(predicted[0]) - sum(part[-1] for part in parts)
            parts.append(("remainder", None, np.nan, np.nan, rest))
        cut = float(self._clip(predicted)[0]) - float(predicted[0])
        if cut:
            parts.append(("clipping", None, np.nan, np.nan, cut))
        return native_frame(_columns(parts), kind)

    def _constant_parts(self, means, biases, users, items) -> list[tuple]:
        """Return the mean and the biases in a prediction."""
        none = tuple(np.zeros_like(side) for side in biases)
        of_user = biases[0], none[1]
        mean, with_user, with_both = (
            float(
                baseline_predictions(means, some, self._normalization, users, items)[0]
            )
            for some in (none, of_user, biases)
        )
        parts = [("mean", mean)]
        if self.fit_bias and users[0] >= 0:
            parts.append(("user bias", with_user - mean))
            if items[0] >= 0:
                parts.append(("item bias", with_both - with_user))
        return [(kind, None, np.nan, np.nan, part) for kind, part in parts]

    def _user_penalty(self, rows: CSRRows) -> float:
        return float(self._penalty(self._fitted_reg_param).of_rows(0, rows)[0, 0])


def _of_new_user(asking: Asking) -> _Evidence:
    if asking.users.size != 1:
        raise ValueError(
            f"ratings are of {asking.users.size} users: explain one at a time. If "
            "they are of one, drop the column of users."
        )
    return _Evidence(
        asking.learned, asking.new.by_user, int(asking.users[0]), asking.kind
    )


def _one_id(value, name: str) -> np.ndarray:
    ids = id_array(value, name)
    if len(ids) != 1:
        raise ValueError(f"{name} must be one id, got {len(ids)}: explain one pair.")
    return ids


def _rating_parts(item_ids, rows: CSRRows, terms, n) -> list[tuple]:
    """Return the parts of the n ratings that count most, and the sum of the others."""
    order = np.argsort(-np.abs(terms.contributions), kind="stable")
    own = order[:n]
    others = order[own.size :]
    # Through pandas, for numpy makes bare numbers of dates.
    ids = pd.Series(item_ids[rows.indices[own]]).astype(object)
    parts = [
        ("rating", item, *map(float, numbers))
        for item, *numbers in zip(
            ids, rows.ratings[own], *(column[own] for column in terms), strict=True
        )
    ]
    if others.size:
        rest = float(terms.contributions[others].sum())
        parts.append(("other ratings", None, np.nan, np.nan, rest))
    return parts


def _columns(parts: list[tuple]) -> dict:
    kinds, items, *numbers = zip(*parts, strict=True)
    of_items = np.empty(len(items), object)
    of_items[:] = items
    names = "rating", "similarity", "contribution"
    return {
        "kind": np.array(kinds),
        "item": of_items,
        **{name: np.array(x) for name, x in zip(names, numbers, strict=True)},
    }
