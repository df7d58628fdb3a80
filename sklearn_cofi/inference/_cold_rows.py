"""Rows that have features and no rating, as users and items of a model."""

from dataclasses import replace

import numpy as np

from sklearn_cofi.data._ids import IdMap, union_ids
from sklearn_cofi.data._matrix import CSRRows, transposed
from sklearn_cofi.data._put_rows import put_rows
from sklearn_cofi.data._side_features import FeatureTable
from sklearn_cofi.data._unrated import Unrated
from sklearn_cofi.inference._fitted_factors import (
    ColdRows,
    FittedFactors,
    FittedFeatures,
    Side,
)

Tables = tuple[FeatureTable | None, FeatureTable | None]


def with_cold_rows(
    model: FittedFactors, tables: Tables, dampings: tuple[float, float]
) -> FittedFactors:
    """Return the model with a row for each id of the tables.

    A new row has the factors and the bias that its features predict.

    Parameters
    ----------
    model : FittedFactors
        Fitted model whose rows all have ratings.
    tables : (FeatureTable or None, FeatureTable or None)
        Features of users and of items.
    dampings : (float, float)
        See `cold_baseline`.
    """
    sides = model.users, model.items
    by_item = transposed(model.rated, len(model.items.means))
    baselines = [
        cold_baseline(own, other, rows, damping, model.unrated)
        for own, other, rows, damping in zip(
            sides, sides[::-1], (model.rated, by_item), dampings, strict=True
        )
    ]
    users, items = (
        side_with_rows(
            replace(side, cold=ColdRows(np.zeros(baseline.size, bool), baseline)),
            table,
            model.global_mean,
        )
        for side, baseline, table in zip(sides, baselines, tables, strict=True)
    )
    positions = [
        np.arange(new.ids.size)
        if new.ids.size == old.ids.size
        else IdMap(new.ids).encode_distinct(old.ids, "ids")
        for new, old in zip((users, items), sides, strict=True)
    ]
    rated = _renumbered(model.rated, positions[0], positions[1], users.ids.size)
    return replace(model, users=users, items=items, rated=rated)


def without_cold_rows(model: FittedFactors) -> FittedFactors:
    """Return the model with the rows that have ratings."""
    of_users, of_items = model.users.cold, model.items.cold
    if of_users is None or of_items is None:
        return model
    warm = [np.flatnonzero(~cold.is_cold) for cold in (of_users, of_items)]
    columns = np.zeros(len(model.items.means), np.int64)
    columns[warm[1]] = np.arange(warm[1].size)
    rated = model.rated.take(warm[0])
    indices = columns[rated.indices].astype(rated.indices.dtype)
    users, items = model.users.take(warm[0]), model.items.take(warm[1])
    rated = rated._replace(indices=indices)
    return replace(model, users=users, items=items, rated=rated)


def cold_baseline(
    own: Side, other: Side, rows: CSRRows, damping: float, unrated: Unrated
) -> np.ndarray:
    """Return the baselines of rows with cold rows of the other side: see `ColdRows`.

    ::

        baseline_u = fallback_u - sum_j W_uj * f_uj / (sum_j W_uj + damping)
        f_uj       = U_u . (F_j @ C) + F_j @ c

    over the rated j, where f is what the features of j add to a prediction. The
    prediction for a cold row i, ``baseline_u + f_ui``, is that for an unknown row plus
    what i has more than the rows that u has rated. Without features it is the fallback.
    If unrated pairs count, they are in the mean with their weight.

    Parameters
    ----------
    own, other : Side
        Rows that have ratings, and the other side.
    rows : CSRRows
        The ratings of each row.
    damping : float
        Damping of the means in ``own.fallback``.
    unrated : Unrated

    Returns
    -------
    ndarray of shape (n_rows,)
    """
    from sklearn_cofi.kernels._pair_predictions import add_pair_scores

    if other.features is None:
        return own.fallback.copy()
    P, bias = other.features.factors, other.features.bias
    row, column = (x.astype(np.int64) for x in (rows.row_of_entry, rows.indices))
    added, n = bias[column], own.fallback.size
    add_pair_scores(own.factors, P, row, column, added)
    weights = rows.weight_of_entry.astype(np.float64) - unrated.weight
    total = np.bincount(row, weights * added, minlength=n)
    weight = np.bincount(row, weights, minlength=n) + damping
    if unrated:
        rated = slice(None) if other.cold is None else ~other.cold.is_cold
        of_all = own.factors @ P[rated].sum(axis=0) + bias[rated].sum()
        total += unrated.weight * of_all
        weight += unrated.weight * bias[rated].size
    mean = np.divide(total, weight, out=np.zeros(n), where=weight > 0)
    return (own.fallback - mean).astype(own.fallback.dtype)


def side_with_rows(side: Side, table: FeatureTable | None, global_mean: float) -> Side:
    """Return a side with cold rows, and with a further row for each id of a table."""
    if table is None or side.features is None:
        return side
    ids = union_ids(side.ids, table.ids, "ids")
    if ids.size == side.ids.size:
        return side
    means = side.features.rows.means
    features = side.features.of_rows(table.rows_of(ids).around(means))
    before = IdMap(ids).encode_distinct(side.ids, "ids")
    rows = cold_side(ids, features, global_mean, side.means.dtype)
    parts = (np.arange(ids.size), rows), (before, side)
    return side_of_rows(ids.size, *parts, ids=ids, features=features)


def cold_side(
    ids: np.ndarray, features: FittedFeatures, global_mean: float, dtype: np.dtype
) -> Side:
    """Return rows with the factors and biases that their features predict."""
    bias = features.bias
    means = np.full(bias.size, global_mean, dtype)
    alone = means + bias
    cold = ColdRows(np.ones(bias.size, bool), alone)
    return Side(ids, features.factors, bias, means, alone.copy(), cold, features)


def side_of_rows(
    n: int,
    *parts: tuple[np.ndarray, Side],
    ids: np.ndarray,
    features: FittedFeatures | None,
) -> Side:
    """Return a side of n rows, with the rows of other sides at given positions.

    Parameters
    ----------
    n : int
    *parts : (int array of shape (n_rows,), Side)
        Positions of the rows of a side, as in `put_rows`.
    ids : ndarray of shape (n,), or (0,) without ids
    features : FittedFeatures or None
        Features of all rows.
    """
    positions = [rows for rows, _ in parts]
    arrays = [
        put_rows(n, *zip(positions, values, strict=True))
        for values in zip(*(side.arrays for _, side in parts), strict=True)
    ]
    factors, bias, means, fallback, *of_cold = arrays
    cold = ColdRows(*of_cold) if of_cold else None
    return Side(ids, factors, bias, means, fallback, cold, features)


def _renumbered(
    rated: CSRRows, users: np.ndarray, items: np.ndarray, n_users: int
) -> CSRRows:
    """Return ratings by user with other numbers of users and items, in one order."""
    lengths = np.zeros(n_users, np.int64)
    lengths[users] = np.diff(rated.indptr)
    return rated._replace(
        indptr=np.concatenate([[0], np.cumsum(lengths)]),
        indices=items[rated.indices].astype(rated.indices.dtype),
    )
