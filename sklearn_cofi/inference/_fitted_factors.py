"""A fitted model as a value: its users, its items and its predictions."""

from dataclasses import dataclass, replace

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Normalization, SideName
from sklearn_cofi.data._centering import Means, baseline_predictions, mean_offsets
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.data._unrated import UNCOUNTED, Unrated
from sklearn_cofi.inference._predict import predict_pairs

NO_IDS = np.empty(0, np.int64)

# Columns of `user_terms` and of `item_terms` in units of the rating.
USER_RATED, ITEM_RATED = (0, 3), (1, 2, 4)


@dataclass(frozen=True)
class ColdRows:
    """Which rows of a side have features and no rating, and the baseline of such pairs.

    The factors and the bias of a cold row are those that its features predict. Users
    choose items that they like, so their ratings exceed what features predict, and the
    prediction for an item that a user did not choose is corrected by ``baseline``.
    """

    is_cold: np.ndarray  # bool (n,)
    # (n,): predictions with a cold row of the other side, without its bias and without
    # the product of factors.
    baseline: np.ndarray

    def take(self, rows: np.ndarray) -> "ColdRows":
        """Return the given rows, in the given order."""
        return ColdRows(self.is_cold[rows], self.baseline[rows])


@dataclass(frozen=True)
class FittedFeatures:
    """The features of the rows of a side, and what they predict.

    ::

        factors of row u without its own part = F_u @ coef
        bias of row u without its own part    = F_u @ effects
    """

    rows: FeatureRows  # F, of shape (n, m)
    coef: np.ndarray  # (m, k)
    effects: np.ndarray  # (m,): in units of the rating

    @property
    def factors(self) -> np.ndarray:
        """The factors that features predict, of shape (n, k)."""
        return self.rows.times(self.coef).astype(self.coef.dtype)

    @property
    def bias(self) -> np.ndarray:
        """The biases that features predict, of shape (n,)."""
        predicted = self.rows.times(self.effects[:, None])[:, 0]
        return predicted.astype(self.effects.dtype)

    def of_rows(self, rows: FeatureRows) -> "FittedFeatures":
        """Return the same coefficients for other rows."""
        return replace(self, rows=rows)


@dataclass(frozen=True)
class Side:
    """The users or the items of a model, one row each."""

    ids: np.ndarray  # (n,), sorted; empty where the rows have no ids
    factors: np.ndarray  # (n, k)
    bias: np.ndarray  # (n,)
    means: np.ndarray  # (n,): means of the ratings, damped by ``mean_damping``
    fallback: np.ndarray  # (n,): predictions with an unknown row of the other side
    cold: ColdRows | None = None  # None in models without features
    features: FittedFeatures | None = None

    def take(self, rows: np.ndarray) -> "Side":
        """Return the given rows, in the given order."""
        ids = self.ids[rows] if self.ids.size else self.ids
        return Side(
            ids,
            self.factors[rows],
            self.bias[rows],
            self.means[rows],
            self.fallback[rows],
            self.cold and self.cold.take(rows),
            self.features and self.features.of_rows(self.features.rows.take(rows)),
        )

    @property
    def arrays(self) -> tuple[np.ndarray, ...]:
        """The arrays on which predictions depend."""
        arrays = self.factors, self.bias, self.means, self.fallback
        if self.cold is None:
            return arrays
        return *arrays, self.cold.is_cold, self.cold.baseline


@dataclass(frozen=True)
class FittedFactors:
    """The fitted attributes of an estimator, as a value; no array is copied.

    ::

        prediction of (u, i) = baseline(u, i) + U_u . V_i

    Predictions, recommendations, similarities and explanations are functions of this
    value. Either both sides have `ColdRows` or neither.
    """

    users: Side
    items: Side
    global_mean: float
    normalization: Normalization  # the means that were subtracted from the ratings
    rated: CSRRows  # the training ratings by user, not centred
    unrated: Unrated = UNCOUNTED  # the weight and the rating of all other pairs

    def baseline(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the means and biases of encoded pairs, of shape (n,).

        See `baseline_predictions`. If one row of a known pair is cold, the baseline is
        ::

            users.cold.baseline[u] + items.bias[i]    if i is cold
            items.cold.baseline[i] + users.bias[u]    if only u is cold
        """
        baseline = baseline_predictions(
            self._means,
            (self.users.bias, self.items.bias),
            (self.users.fallback, self.items.fallback),
            self.normalization,
            users,
            items,
        )
        of_users, of_items = self.users.cold, self.items.cold
        if of_users is None or of_items is None:
            return baseline
        known = (users >= 0) & (items >= 0)
        item_is_cold = known & of_items.is_cold[items]
        only_user_is_cold = known & of_users.is_cold[users] & ~item_is_cold
        u, i = users[item_is_cold], items[item_is_cold]
        baseline[item_is_cold] = of_users.baseline[u] + self.items.bias[i]
        u, i = users[only_user_is_cold], items[only_user_is_cold]
        baseline[only_user_is_cold] = of_items.baseline[i] + self.users.bias[u]
        return baseline

    def has_cold(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return whether a row of each known pair is cold, bool of shape (n,)."""
        of_users, of_items = self.users.cold, self.items.cold
        if of_users is None or of_items is None:
            return np.zeros(users.shape, bool)
        is_cold = of_users.is_cold[users] | of_items.is_cold[items]
        return is_cold & (users >= 0) & (items >= 0)

    def predict(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the predictions of encoded pairs, not clipped, of shape (n,).

        Parameters
        ----------
        users, items : int arrays of shape (n,)
            Row numbers; -1 is unknown.
        """
        factors = Factors(self.users.factors, self.items.factors)
        return predict_pairs(factors, self.baseline(users, items), users, items)

    @property
    def n_terms(self) -> int:
        """Number of columns of `user_terms` and of `item_terms`."""
        return 3 if self.items.cold is None else 5

    def user_terms(self, users: np.ndarray) -> np.ndarray:
        """Return the users' factor of the baseline, of shape (n, n_terms).

        ``user_terms(users) @ item_terms().T`` is the baseline of these users with
        all items, except for rounding. `USER_RATED` and `ITEM_RATED` are the columns
        in units of the rating.
        """
        known = users >= 0
        own = self.users.bias[users]
        if self.normalization == "user":
            own = self.users.means[users] + own
        cold, terms = self.users.cold, [np.where(known, own, 0), known, ~known]
        if cold is not None:
            is_cold = known & cold.is_cold[users]
            terms[0] = np.where(is_cold, self.users.bias[users], terms[0])
            terms[1] = known & ~is_cold
            terms += [np.where(known, cold.baseline[users], 0), is_cold]
        return np.column_stack(terms).astype(self.items.means.dtype)

    def item_terms(self) -> np.ndarray:
        """Return the items' factor of the baseline, of shape (n_items, n_terms).

        With cold rows, the last two columns multiply the baseline of a user with cold
        items, and the ones of cold users.
        """
        fallback, cold = self.items.fallback, self.items.cold
        offsets = mean_offsets(self._means, self.normalization)[1]
        terms = [np.ones_like(fallback), offsets + self.items.bias, fallback]
        if cold is not None:
            bias, is_cold = self.items.bias, cold.is_cold
            terms[0] = np.where(is_cold, 0, terms[0])
            terms[1] = np.where(is_cold, bias, terms[1])
            terms += [is_cold, np.where(is_cold, bias, cold.baseline)]
        return np.column_stack(terms).astype(fallback.dtype, copy=False)

    def with_side(self, name: SideName, side: Side) -> "FittedFactors":
        """Return the model with its users, or its items, replaced."""
        if name == "user":
            return replace(self, users=side)
        return replace(self, items=side)

    def with_items(self, chosen: np.ndarray) -> "FittedFactors":
        """Return the model with the given items only, in the given order."""
        return replace(self, items=self.items.take(chosen))

    @property
    def _means(self) -> Means:
        means = self.global_mean, self.users.means, self.items.means
        return Means(*means, self.unrated.rating)
