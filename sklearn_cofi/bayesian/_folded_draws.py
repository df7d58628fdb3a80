"""Draws of users or items that are folded in."""

from typing import NamedTuple

import numpy as np

from sklearn_cofi.base._merged_ratings import MergedRatings
from sklearn_cofi.bayesian._cold_draws import draw_predicted, with_link_rows
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._feature_regression import PredictedRows
from sklearn_cofi.bayesian._side_draws import other_side, rows_given
from sklearn_cofi.data._matrix import CSRRows
from sklearn_cofi.data._put_rows import put_rows
from sklearn_cofi.data._side_features import FeatureRows


class FoldedDraws(NamedTuple):
    """Rows of one side in each draw, given the draws of the other side."""

    means: np.ndarray  # float64 (n_draws, n_rows, k + 1): of the posterior of each row
    drawn: np.ndarray  # float64 (n_draws, n_rows, k + 1)
    ratios: np.ndarray  # float64 (n_draws, n_rows): 1 / tau


def fold_draws(
    draws: PosteriorDraws,
    side: int,
    ratings: CSRRows,
    features: FeatureRows | None,
    regression: PredictedRows | None,
) -> FoldedDraws:
    """Return the rows of users or items from their ratings and their features.

    A row without ratings is what its features predict, and its noise is that of an
    unknown row. All rows of a side have the same noise, so a row does not depend on the
    other rows. The noise of users differs from that of items, because a product of a
    user and an item with the same noise would have another mean.

    Parameters
    ----------
    draws : PosteriorDraws
    side : {0, 1}
        0 is users, 1 is items.
    ratings : CSRRows
        Centred and scaled ratings of the rows.
    features : FeatureRows or None
        Features of the rows.
    regression : PredictedRows or None
        What features of this side predict in each draw.
    """
    other = other_side(draws, side)
    n_draws, width = other.prior.means.shape
    noise = np.random.default_rng(side).standard_normal((n_draws, width))
    means = rows_given(other, ratings, None, features).rows
    drawn, precisions, _ = rows_given(other, ratings, noise, features)
    ratios = 1 / precisions
    if features is not None and regression is not None:
        cold = np.flatnonzero(np.diff(ratings.indptr) == 0)
        of_cold = features.take(cold)
        drawn[:, cold] = draw_predicted(regression, of_cold, noise[:, None])
        ratios[:, cold] = _ratios(draws, side)[:, -1:]
    return FoldedDraws(means, drawn, ratios)


def _ratios(draws: PosteriorDraws, side: int) -> np.ndarray:
    """Return the variances of users or items, in multiples of the noise."""
    if side == 0:
        return draws.user_variances / draws.noise[:, None]
    return draws.item_ratios


def with_folded(
    draws: PosteriorDraws, side: int, rows: FoldedDraws, merged: MergedRatings
) -> PosteriorDraws:
    """Return the draws of old rows, with some rows of one side put in.

    The last row of each draw still stands for unknown users or items. The link of the
    other side has a zero for each new row, which is its prior mean.
    """
    n = merged.ids.size
    before = np.append(merged.before, n)

    def put(old: np.ndarray, new: np.ndarray) -> np.ndarray:
        return put_rows(n + 1, (before, old), (merged.solved, new), axis=1)

    if side == 0:
        variances = draws.noise[:, None] * rows.ratios
        return draws._replace(
            users=put(draws.users, rows.drawn),
            user_variances=put(draws.user_variances, variances),
            item_prior=with_link_rows(draws.item_prior, n, merged.before),
        )
    return draws._replace(
        items=put(draws.items, rows.drawn),
        item_ratios=put(draws.item_ratios, rows.ratios),
        user_prior=with_link_rows(draws.user_prior, n, merged.before),
    )
