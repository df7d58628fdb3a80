"""Draws of users and items that have features and no rating."""

import numpy as np

from sklearn_cofi.bayesian._draws import PosteriorDraws, PriorDraws
from sklearn_cofi.bayesian._feature_regression import PredictedRows, covariance_root
from sklearn_cofi.data._matrix import RatingMatrix
from sklearn_cofi.data._put_rows import put_rows
from sklearn_cofi.data._side_features import FeatureRows
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
    return draws._replace(
        users=users,
        items=items,
        user_variances=_of_all_rows(draws.user_variances, model.users),
        item_ratios=_of_all_rows(draws.item_ratios, model.items),
        user_prior=with_link_rows(draws.user_prior, *_warm(model.items)),
        item_prior=with_link_rows(draws.item_prior, *_warm(model.users)),
    )


def with_link_rows(prior: PriorDraws, n: int, positions: np.ndarray) -> PriorDraws:
    """Return the prior for n rows of the other side, with the given ones at positions.

    Further rows have a link of zero, its prior mean.
    """
    if not prior.links.size:
        return prior
    return prior._replace(links=put_rows(n, (positions, prior.links), axis=1))


def draw_predicted(
    regression: PredictedRows, features: FeatureRows, noise: np.ndarray
) -> np.ndarray:
    """Return rows around what features predict, one set for each draw.

    ::

        row = intercept + F @ coef + noise @ L.T,  L @ L.T = covariance

    Parameters
    ----------
    regression : PredictedRows
        Of all draws, stacked.
    features : FeatureRows
    noise : float array of shape (n_draws, n_rows or 1, k + 1)
        Standard normal noise.

    Returns
    -------
    float64 array of shape (n_draws, n_rows, k + 1)
    """
    return np.stack(
        [
            intercept + features.times(coef) + of_draw @ covariance_root(covariance).T
            for intercept, coef, covariance, of_draw in zip(
                *regression, noise, strict=True
            )
        ]
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
        of_all[_warm(side)[1]] = own
        found.append(of_all)
    return found[0], found[1]


def _all_rows(
    side: Side, rows: np.ndarray, regression: PredictedRows, rng: np.random.Generator
) -> np.ndarray:
    """Return the rows of each draw with cold rows drawn, and the unknown row last."""
    n, warm = _warm(side)
    parts = [(np.append(warm, n), rows)]
    if side.features is not None and side.cold is not None:
        cold = np.flatnonzero(side.cold.is_cold)
        noise = rng.standard_normal((len(rows), cold.size, rows.shape[2]))
        features = side.features.rows.take(cold)
        parts.append((cold, draw_predicted(regression, features, noise)))
    return put_rows(n + 1, *parts, axis=1)


def _warm(side: Side) -> tuple[int, np.ndarray]:
    """Return the number of all rows, and the positions of those with ratings."""
    n = len(side.means)
    if side.cold is None:
        return n, np.arange(n)
    return n, np.flatnonzero(~side.cold.is_cold)


def _of_all_rows(values: np.ndarray, side: Side) -> np.ndarray:
    """Return values of all rows; those of cold rows are those of the unknown row."""
    n, warm = _warm(side)
    return put_rows(n + 1, (np.append(warm, n), values), axis=1, fill=values[:, -1:])
