"""The result of a fit of the Bayesian model, in units of the rating, as a value."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sklearn_cofi._types import Factors
from sklearn_cofi.base._ratings_input import InputFeatures
from sklearn_cofi.bayesian._cold_draws import ratios_of_rows, with_cold_draws
from sklearn_cofi.bayesian._draws import PosteriorDraws
from sklearn_cofi.bayesian._feature_regression import PredictedRows
from sklearn_cofi.bayesian._fitted_times import FittedTimes, fitted_times
from sklearn_cofi.bayesian._noise_distribution import noise_distribution
from sklearn_cofi.bayesian._posterior import Posterior
from sklearn_cofi.bayesian._problem import BayesianProblem
from sklearn_cofi.bayesian._time_effects import TimeEffects
from sklearn_cofi.bayesian._traces import TraceRecorder, Traces
from sklearn_cofi.data._centering import FALLBACK_DAMPING, row_means
from sklearn_cofi.data._matrix import CSRRows, RatingMatrix
from sklearn_cofi.inference._cold_rows import with_cold_rows
from sklearn_cofi.inference._fitted_factors import (
    FittedFactors,
    FittedFeatures,
    Side,
)
from sklearn_cofi.inference._predict import predict_pairs
from sklearn_cofi.training._side_tables import SideTables


@dataclass(frozen=True)
class PosteriorFit:
    """The fitted values of the Bayesian model."""

    model: FittedFactors  # the product of its factors is the mean over the draws
    features: InputFeatures
    tables: SideTables
    rating_scale: float
    noise: float
    noise_at_times: float  # around the effects of time
    row_noise: tuple[np.ndarray, np.ndarray]  # multiples of noise, by user and item
    draws: PosteriorDraws
    predicted: tuple[PredictedRows, PredictedRows] | None  # from features, in each draw
    mean_weight: float
    noise_distribution: np.ndarray  # of errors in standard deviations
    times: tuple[FittedTimes, ...]  # of users and of items; empty without times
    noise_path: np.ndarray
    traces: Traces


def posterior_fit(
    problem: BayesianProblem,
    features: InputFeatures,
    posterior: Posterior,
    recorder: TraceRecorder,
    times: Sequence[TimeEffects],
) -> PosteriorFit:
    """Return a posterior of scaled ratings in units of the rating.

    Parameters
    ----------
    problem : BayesianProblem
    features : InputFeatures
    posterior : Posterior
        A posterior of at least one draw: see `Posterior.snapshot`.
    recorder : TraceRecorder
        Its records of the same draws.
    times : sequence of TimeEffects
        The effects of time that were drawn.
    """
    scale, ratings = problem.scale, problem.ratings
    model = _fitted_factors(problem, posterior)
    # The noise was drawn for weights with a mean of one.
    unit = ratings.by_user.mean_weight
    noise_scale = scale * np.sqrt(unit)
    variance, ratios = posterior.variance()
    kept, predicted = posterior.kept(), posterior.predicted()
    draws = kept
    if predicted is not None:
        # Dampings count ratings of the mean weight.
        model = with_cold_rows(model, problem.tables, (unit * FALLBACK_DAMPING,) * 2)
        draws = with_cold_draws(kept, predicted, model)
        ratios = ratios_of_rows(ratios, ratings, model)
    return PosteriorFit(
        model=model,
        features=features,
        tables=problem.tables,
        rating_scale=scale,
        noise=float(noise_scale * np.sqrt(variance)),
        noise_at_times=float(noise_scale * np.sqrt(posterior.variance_at_times())),
        row_noise=(np.sqrt(ratios[0]), np.sqrt(ratios[1])),
        draws=draws._replace(
            user_variances=unit * draws.user_variances, noise=unit * draws.noise
        ),
        predicted=predicted,
        mean_weight=unit,
        noise_distribution=noise_distribution(kept, problem.scaled.by_user),
        times=tuple(
            fitted_times(effects, paths, scale)
            for effects, paths in zip(times, posterior.paths(), strict=False)
        ),
        noise_path=noise_scale * np.array(posterior.noise_path),
        traces=recorder.traces(scale, noise_scale),
    )


def _fitted_factors(problem: BayesianProblem, posterior: Posterior) -> FittedFactors:
    """Return the mean over the draws as a model of users and items with ratings."""
    stacked, biases = posterior.mean()
    ids, means, scale = problem.ids, problem.means, problem.scale
    root, shape = np.sqrt(scale), problem.ratings.shape
    factors = [root * X[:n] for X, n in zip(stacked, shape, strict=True)]
    bias = [scale * b[:n] for b, n in zip(biases, shape, strict=True)]
    fallbacks = population_predictions(
        problem.ratings.with_mean_weight_one(),
        means.overall,
        Factors(*factors),
        (bias[0], bias[1]),
    )
    rows = problem.tables.rows_of(ids)
    sides = []
    for number, n in enumerate(shape):
        features, own = None, rows[number]
        if own is not None:
            coef, effects = root * stacked[number][n:], scale * biases[number][n:]
            features = FittedFeatures(own, coef, effects)
        side_means = (means.user, means.item)[number]
        values = factors[number], bias[number], side_means, fallbacks[number]
        sides.append(Side(ids[number], *values, features=features))
    users, items = sides
    rated = problem.ratings.by_user
    return FittedFactors(users, items, means.overall, "global", rated)


def population_predictions(
    ratings: RatingMatrix,
    overall: float,
    factors: Factors,
    biases: tuple[np.ndarray, np.ndarray],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the predictions of each user and each item with an unknown other side.

    ::

        p_ui = overall + b_u + c_i + U_u . V_i
        P_i  = sum over all ratings (v, j) of w_vj * p_vi / sum of w_vj
        prediction of item i by an unknown user
             = (sum over raters u of i of w_ui * p_ui + d * P_i)
               / (sum over raters u of i of w_ui + d)

    and the same for an unknown item by user u. An unknown user who rates i is thus like
    the users who rated i, and like d users from the population of ratings, in which a
    user has a frequency of n ratings. The prior mean of a user without ratings would
    predict for the users who rate least.

    Parameters
    ----------
    ratings : RatingMatrix
        Its ratings are not used, only which pairs are rated and their weights.
    overall : float
        Mean of all ratings.
    factors : Factors
    biases : (ndarray of shape (n_users,), ndarray of shape (n_items,))

    Returns
    -------
    of_users, of_items : ndarrays of shape (n_users,) and (n_items,)
    """
    sides, results = (ratings.by_user, ratings.by_item), []
    for side, rows in enumerate(sides):
        own = factors[side], overall + biases[side]
        other = factors[1 - side], biases[1 - side]
        sums = sides[1 - side].weight_sums
        shares = sums / sums.sum()
        results.append(unknown_predictions(rows, own, other, shares, FALLBACK_DAMPING))
    of_users, of_items = results
    return of_users, of_items


def unknown_predictions(
    rows: CSRRows,
    own: tuple[np.ndarray, np.ndarray],
    other: tuple[np.ndarray, np.ndarray],
    shares: np.ndarray,
    damping: float,
) -> np.ndarray:
    """Return the prediction of each row with an unknown row of the other side.

    See `population_predictions`.

    Parameters
    ----------
    rows : CSRRows
        The rated pairs of the rows, with their weights.
    own : (ndarray of shape (n_rows, k), ndarray of shape (n_rows,))
        Factors and constants of the rows.
    other : (ndarray of shape (n_others, k), ndarray of shape (n_others,))
        Factors and biases of the other side.
    shares : ndarray of shape (n_others,)
        Share of the ratings of each row of the other side.
    damping : float
        The d of the formula, in units of the weights.

    Returns
    -------
    ndarray of shape (n_rows,)
    """
    (U, constant), (V, bias) = own, other
    typical = constant + shares @ bias + U @ (shares @ V)
    pairs = rows.row_of_entry.astype(np.int64), rows.indices.astype(np.int64)
    baseline = constant[pairs[0]] + bias[pairs[1]]
    predicted = predict_pairs(Factors(U, V), baseline, *pairs)
    return row_means(rows._replace(ratings=predicted), typical, damping)
