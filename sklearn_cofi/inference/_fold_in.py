"""Rows of one side, solved exactly given the factors of the other side."""

from dataclasses import replace

import numpy as np

from sklearn_cofi.data._centering import (
    Means,
    damped_means,
    fallback_of_rows,
    mean_offsets,
)
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._side_features import FeatureRows
from sklearn_cofi.data._unit import Units, unit_of
from sklearn_cofi.data._unrated import UnratedPairs
from sklearn_cofi.inference._cold_rows import cold_baseline, cold_side, side_of_rows
from sklearn_cofi.inference._fitted_factors import (
    NO_IDS,
    ColdRows,
    FittedFactors,
    FittedFeatures,
    Side,
)
from sklearn_cofi.kernels._blocks import balanced_blocks
from sklearn_cofi.objective._penalty import Penalty
from sklearn_cofi.objective._ridge import solve_ridges
from sklearn_cofi.objective._unrated import AllPairs


def infer_rows(
    model: FittedFactors,
    side: int,
    rows: CSRRows,
    penalty: Penalty,
    mean_damping: float,
    features: FeatureRows | None = None,
) -> Side:
    """Return the users that minimise the objective given the items, or the reverse.

    Parameters
    ----------
    model : FittedFactors
    side : {0, 1}
        0 solves rows of users, 1 rows of items.
    rows : CSRRows
        All ratings of each row, not centred.
    penalty : Penalty
    mean_damping : float
    features : FeatureRows, default=None
        Features of the rows, whose distance from what they predict is penalised. Not
        used if the model has no coefficients of this side. None has no features.

    Returns
    -------
    Side
        A row for each of ``rows``, without ids. A row without ratings is cold if it has
        features.
    """
    same, other = (model.users, model.items)[:: 1 - 2 * side]
    unrated, prior = model.unrated, _prior(same, features, rows.indptr.size - 1)
    if unrated:
        other, rows = _without_unrated_cold_rows(other, rows)
    n_others = len(other.means)
    own_means = damped_means(rows, model.global_mean, mean_damping, unrated, n_others)
    fallback = fallback_of_rows(
        side,
        rows,
        own_means,
        model.global_mean,
        model.normalization,
        penalty.fallback_dampings(mean_damping),
        unrated,
        n_others,
    )
    counts = penalty.counts_of_rows(rows, unrated.weight, n_others)
    if not unrated:
        other, rows = _rated_only(other, rows)
    ratings = rows, other
    sides = (own_means, other.means) if side == 0 else (other.means, own_means)
    means = Means(model.global_mean, sides[0], sides[1], unrated.rating)
    offsets = mean_offsets(means, model.normalization)
    own, others = offsets[side], offsets[1 - side]
    targets = unrated.over((len(own_means), len(others))).minus(own, others)
    rows = rows.minus(own, others)
    factors, bias = _solved(rows, other, penalty, side, counts, targets, prior)
    solved = Side(NO_IDS, factors, bias, own_means, fallback, features=prior)
    if other.cold is None:
        return solved
    damping = (penalty.fallback_dampings(mean_damping) or (mean_damping,) * 2)[side]
    return with_baselines(solved, *ratings, damping, model)


def _prior(
    own: Side, features: FeatureRows | None, n_rows: int
) -> FittedFeatures | None:
    """Return what features predict for new rows, of which none may have features."""
    if own.features is None:
        return None
    if features is None:
        features = own.features.rows.take(np.full(n_rows, -1))
    return own.features.of_rows(features)


def _without_unrated_cold_rows(other: Side, rows: CSRRows) -> tuple[Side, CSRRows]:
    """Return the rows of the other side whose unrated pairs were in the fit."""
    if other.cold is None:
        return other, rows
    used = ~other.cold.is_cold
    used[rows.indices] = True
    indices = (np.cumsum(used) - 1)[rows.indices].astype(rows.indices.dtype)
    return other.take(np.flatnonzero(used)), rows._replace(indices=indices)


def with_baselines(
    solved: Side, rows: CSRRows, other: Side, damping: float, model: FittedFactors
) -> Side:
    """Return rows with `ColdRows`; rows without ratings are what features predict.

    Parameters
    ----------
    solved : Side
        Rows without `ColdRows`.
    rows : CSRRows
        Their ratings.
    other : Side
        The other side.
    damping : float
        See `cold_baseline`.
    model : FittedFactors
    """
    baseline = cold_baseline(solved, other, rows, damping, model.unrated)
    n, prior = baseline.size, solved.features
    solved = replace(solved, cold=ColdRows(np.zeros(n, bool), baseline))
    if prior is None:
        return solved
    cold_rows = np.flatnonzero((np.diff(rows.indptr) == 0) & prior.rows.present)
    features = prior.of_rows(prior.rows.take(cold_rows))
    alone = cold_side(NO_IDS, features, model.global_mean, solved.means.dtype)
    parts = (np.arange(n), solved), (cold_rows, alone)
    return side_of_rows(n, *parts, ids=solved.ids, features=prior)


def _solved(
    rows: CSRRows,
    other: Side,
    penalty: Penalty,
    side: int,
    counts: np.ndarray,
    unrated: UnratedPairs,
    prior: FittedFeatures | None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors and biases of rows of centred ratings.

    Weights and factors of the other side are divided by a unit each, so that penalties
    are in units, too. In ``unrated``, the rows are users.
    """
    dtype = rows.ratings.dtype.type
    scale = unit_of(other.factors)
    weight = unit_of(np.append(rows.weights, unrated.weight))
    units = Units(scale**2, weight)
    of_weights = Units(weight=weight)
    rows, unrated = rows.in_units(of_weights), unrated.in_units(of_weights)
    V = other.factors / dtype(scale)
    penalty = penalty.in_units(units)
    penalties = penalty.of_rows(side, counts / weight).astype(dtype)
    means = None if prior is None else prior.factors * dtype(scale)
    if penalty.fit_bias:
        if prior is not None and means is not None:
            means = np.column_stack([means, prior.bias])
        rest = penalties, unrated, means
        factors, bias = fold_in_with_bias(rows, V, other.bias, *rest)
    else:
        factors = fold_in(rows, V, penalties, unrated, means)
        bias = np.zeros(len(factors), dtype)
    return factors / dtype(scale), bias


def _rated_only(other: Side, rows: CSRRows) -> tuple[Side, CSRRows]:
    """Return the rated rows of the other side, and the ratings of these.

    A new user has rated few of many items: copying them is cheaper than copying all.
    """
    if rows.indices.size >= len(other.means):
        return other, rows
    rated, indices = np.unique(rows.indices, return_inverse=True)
    indices = indices.astype(rows.indices.dtype)
    return other.take(rated), rows._replace(indices=indices)


def fold_in(
    rows: CSRRows,
    V: np.ndarray,
    penalties: np.ndarray,
    unrated: UnratedPairs | None = None,
    means: np.ndarray | None = None,
) -> np.ndarray:
    """Return the factors of each row that minimise the objective with V fixed.

    ::

        U_u = argmin 1/2 * sum_i W_ui * (U_u . V_i - R_ui)**2 + p_u/2 * ||U_u||**2
            = (V_u.T @ diag(W_u) @ V_u + p_u * I)^-1 @ V_u.T @ (W_u * R_u)

    ``V_u`` has the rows of V that u has rated. A row without ratings gets zeros. If
    the system is singular (no penalty, fewer ratings than latent factors), the result
    is the minimiser of smallest norm.

    Parameters
    ----------
    rows : CSRRows
        Centred ratings of each row.
    V : float array of shape (n_columns, k)
    penalties : float array of shape (n_rows, 2)
        Penalties of each row: of its last latent factor (column 1), and of the others.
    unrated : UnratedPairs, default=None
        Centred ratings and the weight of unrated pairs. Their cost is added, and a row
        without ratings is then the minimiser of that cost.
    means : float array of shape (n_rows, k), default=None
        What features predict: the penalty is that of ``U_u - means_u``.

    Returns
    -------
    ndarray of shape (n_rows, k)

    References
    ----------
    Zhou, Wilkinson, Schreiber and Pan, "Large-Scale Parallel Collaborative Filtering
    for the Netflix Prize", AAIM 2008, doi:10.1007/978-3-540-68880-8_32, section 3.1.
    """
    U = np.zeros((rows.indptr.size - 1, V.shape[1]), V.dtype)
    V = np.ascontiguousarray(V)
    k = V.shape[1]
    all_pairs = AllPairs.none(V.dtype)
    if unrated is not None and unrated.weight:
        targets = unrated.by_user, unrated.by_item
        all_pairs = AllPairs.of_rows(unrated.weight, *targets, V, k)
    prior = np.empty((0, 0), V.dtype) if means is None else means.astype(V.dtype)
    solve_ridges(balanced_blocks(rows), rows, penalties, prior, V, U, k, all_pairs)
    return U


def fold_in_with_bias(
    rows: CSRRows,
    V: np.ndarray,
    item_bias: np.ndarray,
    penalties: np.ndarray,
    unrated: UnratedPairs | None = None,
    means: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Return the factors and the bias of each row, by the same exact solve.

    The items' biases are subtracted from the ratings. The bias of a row is the
    coefficient of one more latent factor, whose value is 1 for every item.

    Parameters
    ----------
    rows : CSRRows
        Centred ratings of each row.
    V : float array of shape (n_columns, k)
    item_bias : float array of shape (n_columns,)
    penalties : float array of shape (n_rows, 2)
        Penalties of each row's factors, and of its bias.
    unrated : UnratedPairs, default=None
        As in `fold_in`.
    means : float array of shape (n_rows, k + 1), default=None
        As in `fold_in`. The last column is that of the biases.

    Returns
    -------
    factors : ndarray of shape (n_rows, k)
    bias : ndarray of shape (n_rows,)
    """
    rows = rows._replace(ratings=rows.ratings - item_bias[rows.indices])
    V = np.column_stack([V, np.ones_like(item_bias)])
    unrated = unrated and unrated.minus(0, item_bias)
    U = fold_in(rows, V, penalties, unrated, means)
    return U[:, :-1], U[:, -1]
