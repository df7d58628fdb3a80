"""A draw of the chain as one of the kept draws."""

import numpy as np

from sklearn_cofi.bayesian._draws import PosteriorDraws, PriorDraws
from sklearn_cofi.bayesian._feature_regression import FeatureRegression
from sklearn_cofi.bayesian._gibbs import Draw

Regressions = tuple[FeatureRegression, FeatureRegression] | None


def kept_draw(
    draw: Draw, shares: tuple[np.ndarray, np.ndarray], regressions: Regressions
) -> PosteriorDraws:
    """Return a draw as one of the kept draws.

    Parameters
    ----------
    draw : Draw
    shares : (ndarray of shape (n_users,), ndarray of shape (n_items,))
        Frequencies of the rows in the population of ratings, with the sum 1.
    regressions : (FeatureRegression, FeatureRegression) or None
        They know the blocks of features; None is a model without features.
    """
    noise = draw.noise
    (users, user_covariance), (items, item_covariance) = (
        with_unknown(rows, share) for rows, share in zip(draw.rows, shares, strict=True)
    )
    user_ratios, item_ratios = (
        np.append(1 / precisions, share @ (1 / precisions))
        for precisions, share in zip(noise.rows, shares, strict=True)
    )
    return PosteriorDraws(
        users,
        items,
        user_ratios / noise.precision,
        item_ratios,
        np.array(1 / noise.precision),
        user_covariance,
        item_covariance,
        _prior(draw, 0, regressions),
        _prior(draw, 1, regressions),
    )


def _prior(draw: Draw, side: int, regressions: Regressions) -> PriorDraws:
    """Return the prior of the rows of a side, and of their noise."""
    prior, rows = draw.priors[side], draw.rows[side]
    links = coef = np.empty((0, rows.shape[1]), rows.dtype)
    n_blocks = 0
    if regressions is not None:
        n_blocks = regressions[side].n_blocks
        if n_blocks:
            coef = regressions[side].prior_coef(prior.links)
    # The mask, if the model has it, is the block before those of features.
    if len(prior.links) > n_blocks:
        links = prior.links[0].beta
    degrees = np.array(draw.noise.degrees[side])
    own_degrees = np.array(prior.own_degrees)
    return PriorDraws(prior.mean, prior.precision, links, coef, degrees, own_degrees)


def with_unknown(rows: np.ndarray, shares: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the rows and their weighted mean, and their weighted covariance."""
    exact = rows.astype(np.float64)
    mean = shares @ exact
    deltas = exact - mean
    covariance = deltas.T @ (shares[:, None] * deltas)
    return np.vstack([rows, mean]).astype(rows.dtype), covariance
