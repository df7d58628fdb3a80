"""A fitted model as a value: its users, its items and its predictions."""

from dataclasses import dataclass, replace

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi._typing import Normalization, SideName
from sklearn_cofi.data._centering import Means, baseline_predictions, mean_offsets
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._unrated import UNCOUNTED, Unrated
from sklearn_cofi.inference._predict import predict_pairs

NO_IDS = np.empty(0, np.int64)

# Columns of `user_terms` and `item_terms`.
N_TERMS = 3


@dataclass(frozen=True)
class Side:
    """The users or the items of a model, one row each."""

    ids: np.ndarray  # (n,), sorted; empty where the rows have no ids
    factors: np.ndarray  # (n, k)
    bias: np.ndarray  # (n,)
    means: np.ndarray  # (n,): means of the ratings, damped by ``mean_damping``
    fallback: np.ndarray  # (n,): predictions with an unknown row of the other side

    def take(self, rows: np.ndarray) -> "Side":
        """Return the given rows, in the given order."""
        ids = self.ids[rows] if self.ids.size else self.ids
        return Side(
            ids,
            self.factors[rows],
            self.bias[rows],
            self.means[rows],
            self.fallback[rows],
        )


@dataclass(frozen=True)
class FittedFactors:
    """The fitted attributes of an estimator, as a value; no array is copied.

    ::

        prediction of (u, i) = baseline(u, i) + U_u . V_i

    Predictions, recommendations, similarities and explanations are functions of this
    value.
    """

    users: Side
    items: Side
    global_mean: float
    normalization: Normalization  # the means that were subtracted from the ratings
    rated: CSRRows  # the training ratings by user, not centred
    unrated: Unrated = UNCOUNTED  # the weight and the rating of all other pairs

    def baseline(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the means and biases of encoded pairs, of shape (n,).

        See `baseline_predictions`.
        """
        return baseline_predictions(
            self._means,
            (self.users.bias, self.items.bias),
            (self.users.fallback, self.items.fallback),
            self.normalization,
            users,
            items,
        )

    def predict(self, users: np.ndarray, items: np.ndarray) -> np.ndarray:
        """Return the predictions of encoded pairs, not clipped, of shape (n,).

        Parameters
        ----------
        users, items : int arrays of shape (n,)
            Row numbers; -1 is unknown.
        """
        factors = Factors(self.users.factors, self.items.factors)
        return predict_pairs(factors, self.baseline(users, items), users, items)

    def user_terms(self, users: np.ndarray) -> np.ndarray:
        """Return the users' factor of the baseline, of shape (n, 3).

        ``user_terms(users) @ item_terms().T`` is the baseline of these users with
        all items, except for rounding.
        """
        known = users >= 0
        own = self.users.bias[users]
        if self.normalization == "user":
            own = self.users.means[users] + own
        terms = [np.where(known, own, 0), known, ~known]
        return np.column_stack(terms).astype(self.items.means.dtype)

    def item_terms(self) -> np.ndarray:
        """Return the items' factor of the baseline, of shape (n_items, 3)."""
        fallback = self.items.fallback
        offsets = mean_offsets(self._means, self.normalization)[1]
        terms = [np.ones_like(fallback), offsets + self.items.bias, fallback]
        return np.column_stack(terms)

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
