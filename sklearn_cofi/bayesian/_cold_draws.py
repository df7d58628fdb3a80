"""Draws of users and items that have features and no rating."""

import numpy as np

from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._feature_regression import PredictedRows, covariance_root
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.inference._fitted_factors import FittedFactors, Side


def with_cold_draws(
    draws: PosteriorDraws,
    predicted: tuple[PredictedRows, PredictedRows],
    model: FittedFactors,
) -> PosteriorDraws:
    """Return the draws with a row for each cold user and each cold item.

    ::

        row ~ Normal(intercept + F @ coef, covariance of the rest)

    A cold row is drawn around what features predict, as far as rows with ratings are
    from it. Its noise is that of an unknown row. The seed is fixed.

    Parameters
    ----------
    draws : PosteriorDraws
        Draws of the rows with ratings.
    predicted : (PredictedRows, PredictedRows)
        The regressions of users and of items in each draw.
    model : FittedFactors
        Model of all rows.
    """
    rng = np.random.default_rng(0)
    users, items = (
        _all_rows(side, rows, regression, rng)
        for side, rows, regression in zip(
            (model.users, model.items),
            (draws.users, draws.items),
            predicted,
            strict=True,
        )
    )
    warm_users, warm_items = _warm(model.users), _warm(model.items)
    links = draws.links
    if links.size:
        n_draws, _, width = links.shape
        links = np.zeros((n_draws, len(model.items.means), width), links.dtype)
        links[:, warm_items] = draws.links
    return draws._replace(
        users=users,
        items=items,
        user_variances=_repeated_last(draws.user_variances, warm_users, users.shape[1]),
        item_ratios=_repeated_last(draws.item_ratios, warm_items, items.shape[1]),
        links=links,
    )


def ratios_of_rows(
    ratios: tuple[np.ndarray, np.ndarray], ratings: RatingMatrix, model: FittedFactors
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean ratios of the variances of all rows.

    That of a cold row is the mean over the ratings.
    """
    found = []
    for side, own, rows in zip(
        (model.users, model.items),
        ratios,
        (ratings.by_user, ratings.by_item),
        strict=True,
    ):
        of_all = np.full(len(side.means), np.average(own, weights=rows.weight_sums))
        of_all[_warm(side)] = own
        found.append(of_all)
    return found[0], found[1]


def _all_rows(
    side: Side, rows: np.ndarray, regression: PredictedRows, rng: np.random.Generator
) -> np.ndarray:
    """Return the rows of each draw with cold rows drawn, and the unknown row last."""
    n_draws, _, width = rows.shape
    warm, features = _warm(side), side.features
    found = np.empty((n_draws, len(side.means) + 1, width), rows.dtype)
    found[:, warm], found[:, -1] = rows[:, :-1], rows[:, -1]
    if features is None or side.cold is None:
        return found
    cold = np.flatnonzero(side.cold.is_cold)
    given = features.rows.take(cold)
    for number, (intercept, coef, covariance) in enumerate(
        zip(*regression, strict=True)
    ):
        noise = rng.standard_normal((cold.size, width)) @ covariance_root(covariance).T
        found[number, cold] = intercept + given.times(coef) + noise
    return found


def _warm(side: Side) -> np.ndarray:
    """Return the numbers of the rows that have ratings."""
    if side.cold is None:
        return np.arange(len(side.means))
    return np.flatnonzero(~side.cold.is_cold)


def _repeated_last(values: np.ndarray, warm: np.ndarray, n: int) -> np.ndarray:
    """Return values of all rows; other rows than the warm ones have the last value."""
    found = np.repeat(values[:, -1:], n, axis=1)
    found[:, warm] = values[:, :-1]
    return found
