"""Items prepared to be ranked for any user by a matrix product."""

import numpy as np

from sklearn_cofi.data._unit import unit_of
from sklearn_cofi.inference._fitted_factors import (
    ITEM_RATED,
    USER_RATED,
    FittedFactors,
)
from sklearn_cofi.inference._ranking_query import RankingQuery

# A matrix product rounds differently than single predictions do, so this many more
# items are kept than are returned. Where even these do not separate the best from the
# rest beyond rounding, all items of the user are predicted.
SPARE = 8


# A float64 model is searched in float32 if rounding stays below this share of the
# standard deviation of its scores. Next to the tenth best of 100,000 normal scores the
# eighth next is 0.12 standard deviations away, next to the two-hundredth best 0.01.
_NEGLIGIBLE = 5e-4

# Products of numbers up to this size stay far from the largest float32.
_LARGEST = 1e10

# Users whose scores are computed to find that standard deviation.
_SAMPLED = 8


class ItemRanking:
    """The items of a model in the form that the search for the best of them takes.

    ::

        score(row, i) = W_row . Z_i,    W = [U, user terms],  Z = [V, item terms]

    which is the prediction, except for rounding. It depends on the model only, and is
    made once for all queries. Scores need not be exact, because the best items are
    ordered by their predictions: where float32 separates the items well enough, it is
    used for float64 models too, in half the time and memory.

    Parameters
    ----------
    model : FittedFactors
    """

    def __init__(self, model: FittedFactors):
        # numba takes half a second to import: not before the first query needs it.
        from sklearn_cofi.kernels._top_k import panels_of

        V, terms = model.items.factors, model.item_terms()
        # The columns of ones have no unit, so tiny or huge ratings need one.
        rated = terms[:, _within(ITEM_RATED, terms)]
        sizes = np.append(np.abs(rated).max(axis=0), np.abs(V).max() ** 2)
        self._unit = unit_of(sizes)
        Z = _in_unit(V, terms, self._unit, ITEM_RATED)
        # Of both sums, that of the product and that of a prediction, and of the
        # conversion to the dtype: u * n_columns each, with u half the epsilon.
        error = (Z.shape[1] + 4) * np.linalg.norm(Z, axis=1).max()
        dtype = V.dtype
        if dtype == np.float64 and _is_separated(model, Z, error, self._unit):
            dtype = np.dtype(np.float32)
        self._panels, self._n_items = panels_of(Z.astype(dtype, copy=False)), len(Z)
        self._rounding = error * np.finfo(dtype).eps
        self._is_rounded = dtype != V.dtype

    def keep(self, query: RankingQuery, n_kept: int) -> tuple[np.ndarray, np.ndarray]:
        """Return items among which the best of each row are, and a bound of the others.

        Returns
        -------
        kept : int32 array of shape (n_rows, n_kept)
            In no order; -1 where there are no more.
        others : float64 array of shape (n_rows,)
            Above the prediction of every item that is not kept.
        """
        from sklearn_cofi.kernels._top_k import keep_best

        W = _rows(query.model, query.users, self._unit)
        is_large = np.zeros(len(W), bool)
        if self._is_rounded:
            is_large = np.abs(W).max(axis=1) > _LARGEST
            W[is_large] = 0  # these rows are not searched: `others` is infinite
        lengths = np.linalg.norm(W, axis=1)
        W = W.astype(self._panels.dtype, copy=False)
        kept = np.empty((len(W), n_kept), np.int32)
        cuts = np.empty(len(W), W.dtype)
        excluded = query.starts, query.stops, query.excluded
        keep_best(W, self._panels, self._n_items, *excluded, kept, cuts)
        others = cuts.astype(np.float64) + self._rounding * lengths
        return kept, np.where(is_large, np.inf, others * self._unit)


def _rows(model: FittedFactors, users: np.ndarray, unit: float) -> np.ndarray:
    """Return the W of the class for some users; -1 is an unknown user."""
    U = np.where((users >= 0)[:, None], model.users.factors[users], 0)
    return _in_unit(U, model.user_terms(users), unit, USER_RATED)


def _in_unit(
    X: np.ndarray, terms: np.ndarray, unit: float, rated: tuple[int, ...]
) -> np.ndarray:
    """Return factors and terms in a unit of ratings, which ``rated`` terms have."""
    if unit != 1:
        X, terms = X / X.dtype.type(np.sqrt(unit)), terms.copy()
        terms[:, _within(rated, terms)] /= unit
    return np.hstack([X, terms]).astype(X.dtype, copy=False)


def _within(columns: tuple[int, ...], terms: np.ndarray) -> list[int]:
    """Return the columns that the terms have: fewer in models without features."""
    return [column for column in columns if column < terms.shape[1]]


def _is_separated(
    model: FittedFactors, Z: np.ndarray, error: float, unit: float
) -> bool:
    """Return whether scores differ by far more than the rounding of float32."""
    n_users = len(model.users.factors)
    sample = np.linspace(0, n_users - 1, min(_SAMPLED, n_users)).astype(np.int64)
    W = _rows(model, sample, unit)
    if not max(np.abs(W).max(), np.abs(Z).max()) < _LARGEST:
        return False
    rounding = np.finfo(np.float32).eps * error * np.linalg.norm(W, axis=1)
    spreads = (Z @ W.T).std(axis=0)
    return bool(np.median(rounding) < _NEGLIGIBLE * np.median(spreads))
